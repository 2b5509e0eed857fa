//! What follows when a password was set or locked, or a request was cancelled: everything else of the account ends, and
//! notices, audit rows and webhooks are written. Always in the caller's transaction.

use super::ResetService;
use super::error::Fault;
use super::notices::Notice;
use super::recorder::Record;
use crate::model::{
    AccountId, AuditEvent, Caller, CancelReason, Challenge, ChallengeId, Grant, PasswordWrite, StepResult, Timestamp,
    WebhookEvent,
};
use crate::store::Tx;
use crate::webhooks::{Details, Ended, Reason, Webhook};

/// A challenge whose password was set.
pub(super) struct Completed<'a> {
    challenge_id: &'a ChallengeId,
    account_id: &'a AccountId,
    /// `None` if the worker found out.
    caller: Option<&'a Caller>,
}

impl<'a> Completed<'a> {
    pub(super) const fn by_caller(grant: &'a Grant, caller: &'a Caller) -> Self {
        Self { challenge_id: &grant.challenge_id, account_id: &grant.account_id, caller: Some(caller) }
    }

    pub(super) const fn by_worker(write: &'a PasswordWrite) -> Self {
        Self { challenge_id: &write.challenge_id, account_id: &write.account_id, caller: None }
    }
}

/// What a cancellation is about.
pub(super) struct Subject<'a> {
    pub(super) challenge_id: &'a ChallengeId,
    pub(super) account_id: Option<&'a AccountId>,
}

impl<'a> Subject<'a> {
    pub(super) const fn of(challenge: &'a Challenge) -> Self {
        Self { challenge_id: &challenge.id, account_id: challenge.account_id.as_ref() }
    }
}

impl ResetService {
    /// Ends everything else of an account whose password was set, and queues the notices.
    pub(super) async fn finish_completion(
        &self,
        tx: &mut Tx,
        completed: &Completed<'_>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Completed { challenge_id, account_id, caller } = *completed;
        let cancelled = tx.cancel_challenges_of_account(account_id, CancelReason::ResetElsewhere, now).await?;
        tx.delete_grants_of_account(account_id).await?;
        tx.delete_sessions_of_account(account_id).await?;
        self.limits.forget_guesses_in_all(tx, account_id).await?;
        self.queue_notices(tx, Notice::PasswordChanged, challenge_id, now).await?;
        let record = Record {
            event: AuditEvent::Completed,
            result: StepResult::Ok.into(),
            challenge_id: Some(challenge_id),
            account_id: Some(account_id),
            caller,
        };
        self.recorder.record_in(tx, &record).await?;
        let webhook = Webhook {
            event: WebhookEvent::ResetCompleted,
            reset_id: challenge_id,
            account_id: Some(account_id),
            details: Details::default(),
        };
        self.webhooks.queue(tx, &webhook, now).await?;
        Ok(self.webhooks.queue_cancelled(tx, &cancelled, CancelReason::ResetElsewhere, now).await?)
    }

    /// Ends everything of an account whose password was locked. `caller` is `None` if the worker found out.
    pub(super) async fn finish_lock(
        &self,
        tx: &mut Tx,
        challenge_id: &ChallengeId,
        account_id: &AccountId,
        caller: Option<&Caller>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let cancelled = tx.cancel_challenges_of_account(account_id, CancelReason::NotMe, now).await?;
        tx.delete_grants_of_account(account_id).await?;
        tx.delete_sessions_of_account(account_id).await?;
        self.webhooks.queue_cancelled(tx, &cancelled, CancelReason::NotMe, now).await?;
        let subject = Subject { challenge_id, account_id: Some(account_id) };
        self.record_cancellation(tx, &subject, StepResult::Password, caller).await?;
        self.queue_cancellation(tx, &subject, Ended::Password, now).await
    }

    pub(super) async fn record_cancellation(
        &self,
        tx: &mut Tx,
        subject: &Subject<'_>,
        result: StepResult,
        caller: Option<&Caller>,
    ) -> Result<(), Fault> {
        let record = Record {
            event: AuditEvent::Cancelled,
            result: result.into(),
            challenge_id: Some(subject.challenge_id),
            account_id: subject.account_id,
            caller,
        };
        Ok(self.recorder.record_in(tx, &record).await?)
    }

    pub(super) async fn queue_cancellation(
        &self,
        tx: &mut Tx,
        subject: &Subject<'_>,
        ended: Ended,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let webhook = Webhook {
            event: WebhookEvent::ResetCancelled,
            reset_id: subject.challenge_id,
            account_id: subject.account_id,
            details: Details {
                reason: Some(Reason::Cancelled(CancelReason::NotMe)),
                ended: Some(ended),
                channel: None,
            },
        };
        Ok(self.webhooks.queue(tx, &webhook, now).await?)
    }
}
