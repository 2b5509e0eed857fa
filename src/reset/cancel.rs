//! "This wasn't me": the key in a message ends its request. After the password was changed, it revokes the new
//! password, so that whoever chose it is locked out.

use super::ResetService;
use super::complete::RESET_ELSEWHERE;
use super::error::Fault;
use super::recorder::{Event, Record};
use crate::announcements::{Announcement, Details};
use crate::model::{Caller, ChallengeId, SecretHash, Timestamp, WebhookEvent};
use crate::store::{CancelledRow, ChallengeRow, KeyPurpose};

/// The reason, in the table and for the operator's app.
const NOT_ME: &str = "not_me";

/// The same, if the program that requested the reset cancels it.
const BY_CLIENT: &str = "by_client";

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
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        if tx.cancel_challenge(&challenge.id, BY_CLIENT, now).await? {
            tx.delete_grants_of_challenge(&challenge.id).await?;
            let record = Record {
                event: Event::Cancelled,
                result: "request",
                challenge_id: Some(&challenge.id),
                account_id: challenge.account_id.as_deref(),
                caller: Some(caller),
            };
            self.recorder.record_in(&mut tx, &record).await?;
            let cancelled = [CancelledRow { id: challenge.id, account_id: challenge.account_id }];
            self.announcer.announce_cancelled(&mut tx, &cancelled, BY_CLIENT, now).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(true)
    }

    async fn try_to_cancel(&self, key: &SecretHash, caller: &Caller) -> Result<Cancelled, Fault> {
        let Some((challenge, subject)) = self.cancellable(key).await? else { return Ok(Cancelled::Nothing) };
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let done = match (subject, &challenge.account_id, challenge.completed_at) {
            (CancelSubject::CompletedReset, Some(account_id), Some(completed_at)) => {
                if tx.revoke_password_written_at(account_id, completed_at, now).await? {
                    let cancelled = tx.cancel_challenges_of_account(account_id, NOT_ME, now).await?;
                    tx.delete_grants_of_account(account_id).await?;
                    tx.delete_sessions_of_account(account_id).await?;
                    self.announcer.announce_cancelled(&mut tx, &cancelled, NOT_ME, now).await?;
                    Cancelled::Password
                } else {
                    Cancelled::Nothing
                }
            }
            (CancelSubject::Over(_), ..) => return Ok(Cancelled::Nothing),
            _ => {
                let cancelled = tx.cancel_challenge(&challenge.id, NOT_ME, now).await?;
                tx.delete_grants_of_challenge(&challenge.id).await?;
                if cancelled { Cancelled::Request } else { Cancelled::Nothing }
            }
        };
        let result = match done {
            Cancelled::Request => "request",
            Cancelled::Password => "password",
            Cancelled::Nothing => "nothing",
        };
        let record = Record {
            event: Event::Cancelled,
            result,
            challenge_id: Some(&challenge.id),
            account_id: challenge.account_id.as_deref(),
            caller: Some(caller),
        };
        self.recorder.record_in(&mut tx, &record).await?;
        if done != Cancelled::Nothing {
            let announcement = Announcement {
                event: WebhookEvent::ResetCancelled,
                reset_id: &challenge.id,
                account_id: challenge.account_id.as_deref(),
                details: Details { reason: Some(NOT_ME), ended: Some(result), channel: None },
            };
            self.announcer.announce(&mut tx, &announcement, now).await?;
        }
        tx.commit().await?;
        self.wake_webhooks();
        Ok(done)
    }

    async fn cancellable(&self, key: &SecretHash) -> Result<Option<(ChallengeRow, CancelSubject)>, Fault> {
        let now = self.clock.now();
        let Some(row) = self.store.find_link_key(key, KeyPurpose::Cancel).await? else { return Ok(None) };
        let Some(challenge) = self.store.challenge(&row.challenge_id).await? else { return Ok(None) };
        let subject = match (challenge.completed_at, challenge.cancelled_at) {
            (Some(at), _) => {
                let key_lives = row.expires_at > now.millis();
                self.subject_of_completed(&challenge, Timestamp::from_millis(at), key_lives).await?
            }
            (None, Some(at)) if challenge.cancelled_because.as_deref() == Some(RESET_ELSEWHERE) => {
                CancelSubject::Over(Over::SetElsewhere(Timestamp::from_millis(at)))
            }
            (None, Some(at)) => CancelSubject::Over(Over::Cancelled(Timestamp::from_millis(at))),
            (None, None) if self.may_be_completed(&challenge, now) => CancelSubject::OpenRequest,
            (None, None) => CancelSubject::Over(Over::Expired(Timestamp::from_millis(challenge.expires_at))),
        };
        Ok(Some((challenge, subject)))
    }

    /// Whether the password can still be set: the link may have been opened, or the code entered, just before the
    /// request ended, and the form remains valid for a while.
    fn may_be_completed(&self, challenge: &ChallengeRow, now: Timestamp) -> bool {
        let code_outlives_link_by = self.settings.code_ttl.saturating_sub(self.settings.link_ttl);
        let link_ends_at = Timestamp::from_millis(challenge.expires_at);
        link_ends_at.after(code_outlives_link_by).after(self.settings.grant_ttl) > now
    }

    async fn subject_of_completed(
        &self,
        challenge: &ChallengeRow,
        completed_at: Timestamp,
        key_lives: bool,
    ) -> Result<CancelSubject, Fault> {
        let account = match &challenge.account_id {
            Some(id) => self.directory.get(id).await?,
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
