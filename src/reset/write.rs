//! Commits a new password where the accounts are, and settles what a crash has left open.
//!
//! If they are in an app's table, two databases are written and none can wait for the other. The app's commit decides:
//! it makes the link worthless, which is bound to the password that was stored before. What is committed is noted in
//! our database before. Whatever happens afterwards, the note is settled by what is found in the app's table. An app
//! behind HTTP is in `write_by_call.rs`.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::StreamExt as _;

use super::ResetService;
use super::error::Fault;
use super::finish::Completed;
use crate::accounts::{Outcome, PasswordChange, PasswordHash};
use crate::model::{AccountId, ChallengeId, Grant, PasswordWrite, SecretHash, Timestamp, WritePurpose};
use crate::store::{Tx, WrittenCompletion};

/// A write that is younger than this is left to the call that began it.
const SETTLE_AFTER: Duration = Duration::from_secs(15);

/// Writes per round.
const BATCH: u32 = 100;

/// How many of them are settled at the same time, because each may wait for the row of its account.
const AT_ONCE: usize = 8;

/// A password that is decided, or that Keyback's own transaction decides.
pub(super) enum Committed {
    /// Nothing is written yet. `None`: the account is to have no password.
    Own(Option<PasswordHash>),
    /// The app has it, and nothing takes it back.
    App(PasswordWrite),
}

/// Whether a password was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// By this call.
    Won,
    /// By this call, and the owner has said meanwhile "this wasn't me".
    Disowned,
    /// By this call, and the worker has already written the rest.
    Settled,
    /// By another one.
    Lost,
}

/// What a write is about.
pub(super) struct WriteSubject<'a> {
    pub(super) challenge_id: &'a ChallengeId,
    pub(super) account_id: &'a AccountId,
    pub(super) purpose: WritePurpose,
    /// `None` to lock.
    pub(super) token: Option<&'a SecretHash>,
    /// Where the caller is.
    pub(super) from: IpAddr,
}

impl ResetService {
    /// Commits a change to an app's accounts. `None` if the token is dead by now, or if there is nothing left to lock.
    pub(super) async fn commit(
        &self,
        change: PasswordChange,
        subject: &WriteSubject<'_>,
    ) -> Result<Option<Committed>, Fault> {
        let change = match change {
            PasswordChange::Own(hash) => return Ok(Some(Committed::Own(hash))),
            PasswordChange::App(change) => change,
            PasswordChange::Http(change) => return self.commit_by_call(change, subject).await,
        };
        let now = self.clock.now();
        let write = PasswordWrite {
            challenge_id: subject.challenge_id.clone(),
            account_id: subject.account_id.clone(),
            purpose: subject.purpose,
            old: change.old.clone(),
            new: change.new.clone(),
            from: subject.from,
            started_at: now,
        };
        let mut tx = self.store.begin().await?;
        let is_noted = tx.note_write(&write, subject.token, now).await?;
        tx.commit().await?;
        if !is_noted {
            change.rollback().await?;
            return Ok(None);
        }
        change.commit().await?;
        Ok(Some(Committed::App(write)))
    }

    /// Sets the password in our own table, or notes that it is set in the app's.
    pub(super) async fn decide(
        &self,
        tx: &mut Tx,
        committed: &Committed,
        grant: &Grant,
        subject: &WriteSubject<'_>,
        now: Timestamp,
    ) -> Result<Decision, Fault> {
        match committed {
            Committed::Own(hash) => {
                let (Some(hash), Some(token)) = (hash, subject.token) else { return Ok(Decision::Lost) };
                // Lock the account's row first, so that completions of two challenges of one account wait for each
                // other instead of deadlocking.
                let is_theirs = tx.set_password_by_reset(&grant.account_id, &grant.sent_to, hash.as_str(), now).await?;
                let has_won = is_theirs && tx.complete_challenge(token, subject.from, now).await?;
                Ok(if has_won { Decision::Won } else { Decision::Lost })
            }
            Committed::App(write) => Ok(match tx.complete_written(write, now).await? {
                WrittenCompletion::Now => Decision::Won,
                WrittenCompletion::Disowned => Decision::Disowned,
                WrittenCompletion::Before => Decision::Settled,
            }),
        }
    }

    /// Settles writes that a crash or a lost connection has left open. One that cannot be settled, for example because
    /// the app holds its row, is retried in the next round and keeps no other one waiting.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn settle_writes(&self) -> Result<(), Fault> {
        let before = self.clock.now().before(SETTLE_AFTER);
        let writes = self.store.unsettled_writes(before, BATCH).await?;
        let settle = async |write: PasswordWrite| {
            if let Err(error) = self.settle(&write).await {
                let challenge_id = write.challenge_id.as_str();
                tracing::error!(
                    challenge_id,
                    %error,
                    "could not settle a password that was being written; retrying in the next round"
                );
            }
        };
        futures_util::stream::iter(writes).for_each_concurrent(AT_ONCE, settle).await;
        Ok(())
    }

    /// How many of the passwords that were set in the app's table after `from` and until `to` are undone: a program of
    /// the app had read the whole row before and has written it back since. The log names them.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn undone_passwords(&self, from: Timestamp, to: Timestamp) -> Result<u64, Fault> {
        let mut undone = 0;
        for set in self.store.set_in_app(from, to).await? {
            let account = self.directory.get(&set.account_id).await?;
            if account.and_then(|account| account.fingerprint).is_some_and(|stored| stored == set.old) {
                let (account_id, challenge_id) = (set.account_id.as_str(), set.challenge_id.as_str());
                tracing::error!(account_id, challenge_id, "directory: the app has changed a new password back");
                undone += 1;
            }
        }
        Ok(undone)
    }

    /// Settles the write of a challenge, if one is open, so that the challenge can be judged.
    pub(super) async fn settle_write_of(&self, id: &ChallengeId) -> Result<(), Fault> {
        match self.store.unsettled_write(id).await? {
            Some(write) => self.settle(&write).await,
            None => Ok(()),
        }
    }

    /// Settles the writes of an account, so that what Keyback has set is known.
    pub(super) async fn settle_writes_of(&self, id: &AccountId) -> Result<(), Fault> {
        for write in self.store.unsettled_writes_of(id).await? {
            // Settling one may lock the account, and locking settles first.
            Box::pin(self.settle(&write)).await?;
        }
        Ok(())
    }

    async fn settle(&self, write: &PasswordWrite) -> Result<(), Fault> {
        let challenge_id = write.challenge_id.as_str();
        let Some(settled) = self.directory.outcome_of(write).await? else {
            tracing::warn!(challenge_id, "whether the app has set a password stays open: directory.url is not set");
            return Ok(());
        };
        // While the row was waited for, another call may have settled the write, or begun the next one.
        if self.store.unsettled_write(&write.challenge_id).await?.as_ref() != Some(write) {
            return Ok(settled.release().await?);
        }
        let outcome = settled.outcome;
        let found = settled.found.clone().unwrap_or_else(|| write.new.clone());
        let written = PasswordWrite { new: found, ..write.clone() };
        let mut completion = WrittenCompletion::Before;
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        match (outcome, write.purpose) {
            (Outcome::Open, _) => {}
            (Outcome::Kept | Outcome::Gone, _) => tx.forget_write(write).await?,
            (Outcome::Replaced, WritePurpose::Complete) => {
                completion = tx.complete_written(&written, now).await?;
                if completion != WrittenCompletion::Before {
                    self.finish_completion(&mut tx, &Completed::by_worker(write), now).await?;
                }
            }
            (Outcome::Replaced, WritePurpose::Lock) => {
                if tx.lock_written(write, now).await? {
                    self.finish_lock(&mut tx, &write.challenge_id, &write.account_id, None, now).await?;
                }
            }
        }
        tx.commit().await?;
        self.wake_webhooks();
        settled.release().await?;
        if outcome != Outcome::Open {
            tracing::info!(challenge_id, ?outcome, "settled a password that was being written");
        }
        if completion == WrittenCompletion::Disowned {
            self.lock_disowned(&written).await?;
        }
        Ok(())
    }
}
