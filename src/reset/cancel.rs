//! "This wasn't me": the key in a message ends the request that it is about. After the password was
//! changed it takes the new password away, so that whoever chose it is out.

use super::ResetService;
use super::error::Fault;
use super::recorder::{Event, Record};
use crate::announcements::{Announcement, Details};
use crate::model::{Caller, ChallengeId, SecretHash, Timestamp, WebhookEvent};
use crate::store::{CancelledRow, ChallengeRow, KeyPurpose};

/// Why it ends, in the table and to the operator's app.
const NOT_ME: &str = "not_me";

/// The same where the program that asked takes its request back.
const BY_CLIENT: &str = "by_client";

/// What a living cancel key would end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelSubject {
    /// A request that is still open.
    OpenRequest,
    /// A password that was set.
    CompletedReset,
}

/// What was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The request; the password is as it was.
    Request,
    /// The new password: the account has none until the next reset.
    Password,
    /// Nothing: it was over already.
    Nothing,
}

impl ResetService {
    /// What a cancel key would end; `None`: nothing any more.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn cancel_subject(&self, key: &SecretHash) -> Result<Option<CancelSubject>, Fault> {
        Ok(self.cancellable(key).await?.map(|(_, subject)| subject))
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`Fault`]; nothing was ended then.
    pub async fn cancel(&self, key: &SecretHash, caller: &Caller) -> Result<Cancelled, Fault> {
        match self.try_to_cancel(key, caller).await? {
            // Somebody may have completed the request between the look and the act: look once more.
            Cancelled::Nothing => self.try_to_cancel(key, caller).await,
            done => Ok(done),
        }
    }

    /// Ends an open request that the same program asked for; a password that was set stays. `false`: it has no
    /// such request. What has ended already is as well ended.
    ///
    /// # Errors
    /// [`Fault`]; nothing was ended then.
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
        if row.expires_at <= now.millis() {
            return Ok(None);
        }
        let Some(challenge) = self.store.challenge(&row.challenge_id).await? else { return Ok(None) };
        let Some(completed_at) = challenge.completed_at else {
            let open = challenge.cancelled_at.is_none();
            return Ok(open.then_some((challenge, CancelSubject::OpenRequest)));
        };
        let account = match &challenge.account_id {
            Some(id) => self.directory.get(id).await?,
            None => None,
        };
        let still_that_password =
            account.and_then(|account| account.password_changed_at) == Some(Timestamp::from_millis(completed_at));
        Ok(still_that_password.then_some((challenge, CancelSubject::CompletedReset)))
    }
}
