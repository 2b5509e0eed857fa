//! "This wasn't me": the key in a message ends its request. After the password was changed, it revokes the new
//! password, so that whoever chose it is locked out.

use std::net::IpAddr;

use super::ResetService;
use super::error::Fault;
use super::finish::Subject;
use super::recorder::Record;
use super::write::{Committed, WriteSubject};
use crate::model::{
    AccountId, AuditEvent, Caller, CancelReason, CancelledChallenge, Challenge, ChallengeId, KeyPurpose, SecretHash,
    StepResult, Timestamp, WritePurpose,
};
use crate::webhooks::Ended;

/// What a known cancel key is about. Only the receiver of the message has the key, so it may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelSubject {
    /// A request that is still open, or whose form may still be open somewhere.
    OpenRequest,
    /// A password that was set and that the key can revoke.
    CompletedReset,
    /// Nothing that could still be ended.
    Over(Over),
}

/// Why a cancel key no longer ends anything, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The request was cancelled.
    Cancelled(Timestamp),
    /// The request ended because the password was set with another request.
    SetElsewhere(Timestamp),
    /// The request has expired.
    Expired(Timestamp),
    /// Its password was set at that time and is still in use. The key is too old to lock it.
    Set(Timestamp),
    /// Its password was set at that time, and was locked or replaced since.
    Replaced(Timestamp),
}

/// What was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The request. The password is unchanged.
    Request,
    /// The new password: the account has none until the next reset.
    Password,
    /// Nothing; it was over already.
    Nothing,
}

impl ResetService {
    /// What a cancel key is about. `None` if the key is unknown, which says nothing about any request.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn cancel_subject(&self, key: &SecretHash) -> Result<Option<CancelSubject>, Fault> {
        Ok(self.cancellable(key).await?.map(|(_, subject)| subject))
    }

    /// Cancels what the key is about.
    ///
    /// # Errors
    /// [`Fault`]; nothing was cancelled then.
    pub async fn cancel(&self, key: &SecretHash, caller: &Caller) -> Result<Cancelled, Fault> {
        match self.try_to_cancel(key, caller).await? {
            // The request may have been completed between the look-up and the update: try again.
            Cancelled::Nothing => self.try_to_cancel(key, caller).await,
            done => Ok(done),
        }
    }

    /// Cancels an open request of the same program. A password that was set stays. `false` if the program has no such
    /// request. A request that has already ended counts as cancelled.
    ///
    /// # Errors
    /// [`Fault`]; nothing was cancelled then.
    pub async fn cancel_request(&self, id: &ChallengeId, caller: &Caller) -> Result<bool, Fault> {
        let Some(challenge) = self.own_challenge(id, caller).await? else { return Ok(false) };
        if challenge.is_being_written {
            self.settle_write_of(&challenge.id).await?;
            if self.store.unsettled_write(&challenge.id).await?.is_some() {
                return Err(Fault::BeingWritten);
            }
        }
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if tx.cancel_challenge(&challenge.id, CancelReason::ByClient, now).await? {
            tx.delete_grants_of_challenge(&challenge.id).await?;
            let record = Record::new(AuditEvent::Cancelled, StepResult::Request, caller).about(&challenge);
            self.recorder.record_in(&mut tx, &record).await?;
            let cancelled = [CancelledChallenge { id: challenge.id, account_id: challenge.account_id }];
            self.webhooks.queue_cancelled(&mut tx, &cancelled, CancelReason::ByClient, now).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(true)
    }

    async fn try_to_cancel(&self, key: &SecretHash, caller: &Caller) -> Result<Cancelled, Fault> {
        let Some((challenge, subject)) = self.cancellable(key).await? else { return Ok(Cancelled::Nothing) };
        match (subject, &challenge.account_id, challenge.completed_at) {
            (CancelSubject::CompletedReset, Some(account_id), Some(completed_at)) => {
                self.lock_password(&challenge, account_id, completed_at, (caller.address, Some(caller))).await
            }
            (CancelSubject::Over(_), ..) => Ok(Cancelled::Nothing),
            _ => self.end_request(&challenge, caller).await,
        }
    }

    async fn end_request(&self, challenge: &Challenge, caller: &Caller) -> Result<Cancelled, Fault> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        // A password that is on its way to an app is locked once the app has it: see `write_by_call.rs`.
        let is_cancelled = tx.cancel_challenge(&challenge.id, CancelReason::NotMe, now).await?
            || tx.disown_challenge(&challenge.id, now).await?;
        tx.delete_grants_of_challenge(&challenge.id).await?;
        let subject = Subject::of(challenge);
        if is_cancelled {
            self.queue_cancellation(&mut tx, &subject, Ended::Request, now).await?;
        }
        let (result, done) = match is_cancelled {
            true => (StepResult::Request, Cancelled::Request),
            false => (StepResult::Nothing, Cancelled::Nothing),
        };
        self.record_cancellation(&mut tx, &subject, result, Some(caller)).await?;
        tx.commit().await?;
        self.wake_webhooks();
        Ok(done)
    }

    /// Takes the password away that was set with a challenge, where it is still the account's. There is no caller if the
    /// owner has said so before it was set.
    pub(super) async fn lock_password(
        &self,
        challenge: &Challenge,
        account_id: &AccountId,
        completed_at: Timestamp,
        (from, caller): (IpAddr, Option<&Caller>),
    ) -> Result<Cancelled, Fault> {
        self.settle_writes_of(account_id).await?;
        let subject =
            WriteSubject { challenge_id: &challenge.id, account_id, purpose: WritePurpose::Lock, token: None, from };
        let committed = match self.directory.begin_lock(challenge).await? {
            Some(change) => self.commit(change, &subject).await?,
            None => None,
        };
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let is_locked = match &committed {
            Some(Committed::Own(_)) => tx.revoke_password_written_at(account_id, completed_at, now).await?,
            Some(Committed::App(write)) => tx.lock_written(write, now).await?,
            None => false,
        };
        let was_settled = matches!(committed, Some(Committed::App(_))) && !is_locked;
        if is_locked {
            self.finish_lock(&mut tx, &challenge.id, account_id, caller, now).await?;
        } else if !was_settled {
            self.record_cancellation(&mut tx, &Subject::of(challenge), StepResult::Nothing, caller).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(if is_locked || was_settled { Cancelled::Password } else { Cancelled::Nothing })
    }

    async fn cancellable(&self, key: &SecretHash) -> Result<Option<(Challenge, CancelSubject)>, Fault> {
        let now = self.clock.now();
        let Some(key) = self.store.find_link_key(key, KeyPurpose::Cancel).await? else { return Ok(None) };
        let Some(mut challenge) = self.store.challenge(&key.challenge_id).await? else { return Ok(None) };
        if challenge.is_being_written {
            self.settle_write_of(&challenge.id).await?;
            let Some(settled) = self.store.challenge(&key.challenge_id).await? else { return Ok(None) };
            challenge = settled;
        }
        let subject = match (challenge.completed_at, challenge.cancelled_at) {
            (Some(at), _) => {
                let key_lives = key.expires_at > now;
                self.subject_of_completed(&challenge, at, key_lives).await?
            }
            (None, Some(at)) if challenge.cancelled_because == Some(CancelReason::ResetElsewhere) => {
                CancelSubject::Over(Over::SetElsewhere(at))
            }
            (None, Some(at)) => CancelSubject::Over(Over::Cancelled(at)),
            (None, None) if self.may_be_completed(&challenge, now) => CancelSubject::OpenRequest,
            (None, None) => CancelSubject::Over(Over::Expired(challenge.expires_at)),
        };
        Ok(Some((challenge, subject)))
    }

    /// Whether the password can still be set: the link may have been opened, or the code entered, just before the
    /// request ended, and the form remains valid for a while.
    fn may_be_completed(&self, challenge: &Challenge, now: Timestamp) -> bool {
        let code_outlives_link_by = self.settings.code_ttl.saturating_sub(self.settings.link_ttl);
        let link_ends_at = challenge.expires_at;
        link_ends_at.after(code_outlives_link_by).after(self.settings.grant_ttl) > now
    }

    async fn subject_of_completed(
        &self,
        challenge: &Challenge,
        completed_at: Timestamp,
        key_lives: bool,
    ) -> Result<CancelSubject, Fault> {
        // Only what Keyback has done since is of interest, also for an account of an app: whether somebody else changes
        // the password there, or the app hashes it again, the owner may lock it.
        let account = match &challenge.account_id {
            Some(id) => self.store.account(id).await?,
            None => None,
        };
        let still_that_password = account.and_then(|account| account.password_changed_at) == Some(completed_at);
        Ok(match (still_that_password, key_lives) {
            (true, true) => CancelSubject::CompletedReset,
            (true, false) => CancelSubject::Over(Over::Set(completed_at)),
            (false, _) => CancelSubject::Over(Over::Replaced(completed_at)),
        })
    }
}
