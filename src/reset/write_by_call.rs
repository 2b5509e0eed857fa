//! Asks an app behind HTTP to set a password, so that a crash, a lost answer or a late call neither loses a change nor
//! leaves a link that works twice.
//!
//! The app compares the version that the link is bound to and sets the password in one step. That step decides. Before
//! the call, a note of it is in our database, with the old version and the name of the call: the new version is not
//! known yet. What follows is settled by what the app says, or by the version that it has:
//!
//! - "done": the note is completed with the new version.
//! - "changed" or "refused" to the first try of the only call: nothing was set, and never will be by this call. The note
//!   is deleted.
//! - Nothing has left this machine, and the call is the only one: the same.
//! - Everything else (no answer, an unsigned one, a crash): the note stays. The worker asks for the version. Another one
//!   than the old one completes the note: whoever set it, the old password is gone, and the owner receives the notice.
//!   With the old version, the call was not done, but it may still arrive: a proxy may have kept it. The note is deleted
//!   only when the app must refuse the call by its timestamp.
//!
//! Meanwhile the same person may try again, because the link still works. A new call takes the place of the old one in
//! the note, so that the time begins again; and since the older call is still out, no answer to the new one deletes the
//! note. At most one of all calls is done, as all compare the same version.
//!
//! "This wasn't me" does not wait for that. It cancels the challenge, so that no further call is made, and the note
//! remembers it: if the call is done after all, the password is locked as soon as that is known.
//!
//! Somebody who keeps or repeats calls gains nothing: a version is compared once and is never the present one again. An
//! answer is signed for the name of its call, so an old "done" does not fit another call.

use super::ResetService;
use super::error::Fault;
use super::write::{Committed, WriteSubject};
use crate::accounts::{CallOutcome, HttpPasswordChange, NotSet};
use crate::model::PasswordWrite;

impl ResetService {
    /// Asks the app to set a password. `None` if the token is dead by now, or if there is nothing left to lock.
    pub(super) async fn commit_by_call(
        &self,
        change: HttpPasswordChange,
        subject: &WriteSubject<'_>,
    ) -> Result<Option<Committed>, Fault> {
        let now = self.clock.now();
        let mut write = PasswordWrite {
            challenge_id: subject.challenge_id.clone(),
            account_id: subject.account_id.clone(),
            purpose: subject.purpose,
            old: change.old.clone(),
            new: change.noted_as(),
            from: subject.from,
            started_at: now,
        };
        let mut tx = self.store.begin().await?;
        let is_only_call = !tx.has_open_write(&write.challenge_id).await?;
        let is_noted = tx.note_write(&write, subject.token, now).await?;
        tx.commit().await?;
        if !is_noted {
            return Ok(None);
        }
        let not_set = match change.send().await {
            CallOutcome::Set(new) => {
                write.new = new;
                return Ok(Some(Committed::App(write)));
            }
            CallOutcome::NotSet(not_set) => {
                if is_only_call {
                    self.forget_call(&write).await?;
                }
                not_set
            }
            CallOutcome::Unknown(not_set) => not_set,
        };
        match not_set {
            NotSet::Changed => Ok(None),
            NotSet::Refused(reason) => {
                let (challenge_id, account_id) = (write.challenge_id.as_str(), write.account_id.as_str());
                tracing::warn!(challenge_id, account_id, reason, "directory: the app refused a new password");
                Err(Fault::RefusedByApp)
            }
            NotSet::Fault(error) => Err(error.into()),
        }
    }

    async fn forget_call(&self, write: &PasswordWrite) -> Result<(), Fault> {
        let mut tx = self.store.begin().await?;
        tx.forget_write(write).await?;
        Ok(tx.commit().await?)
    }

    /// Locks a password that its owner has disowned while it was being set.
    pub(super) async fn lock_disowned(&self, write: &PasswordWrite) -> Result<(), Fault> {
        let Some(challenge) = self.store.challenge(&write.challenge_id).await? else { return Ok(()) };
        let Some(completed_at) = challenge.completed_at else { return Ok(()) };
        self.lock_password(&challenge, &write.account_id, completed_at, (write.from, None)).await?;
        Ok(())
    }
}
