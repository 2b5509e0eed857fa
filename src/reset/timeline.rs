//! The timeline of a reset, for programs with a secret key: what was requested and sent, who opened the link, and
//! whether that was a person or a mail scanner. Read from the audit. Like `reveal`, it says more than a page may, so
//! only `api` may use it.

use std::time::Duration;

use super::error::Fault;
use super::scanner::is_likely_a_scanner;
use super::{REQUEST_GIVE_UP, ResetService};
use crate::model::{
    AccountId, AuditEvent, AuditStep, CancelReason, Challenge, ChallengeId, Door, MessageStatus, Timestamp, words,
};

/// The maximum number of steps, the newest ones: strangers with the link can cause more.
const STEPS: i64 = 200;

words! {
    /// The status of a reset.
    pub enum ResetStatus {
        /// It can lead to a new password.
        Open = "open",
        /// The password was set.
        Completed = "completed",
        /// It was ended.
        Cancelled = "cancelled",
        /// It has expired.
        Expired = "expired",
    }
}

/// One step.
#[derive(Debug)]
pub struct RevealedStep {
    /// What happened, and with which result.
    pub audit: AuditStep,
    /// It opened the link and was probably not a person.
    pub is_likely_a_scanner: bool,
}

/// Everything that is known about a reset, oldest first.
#[derive(Debug)]
pub struct RevealedTimeline {
    /// Its status.
    pub status: ResetStatus,
    /// Why it was ended.
    pub cancelled_because: Option<CancelReason>,
    /// How it was requested.
    pub door: Option<Door>,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// The account. `None` if there is none, if it is not found yet, or if it is concealed.
    pub account_id: Option<AccountId>,
    /// The steps.
    pub steps: Vec<RevealedStep>,
    /// The messages and their status. `None` if concealed.
    pub messages: Option<Vec<MessageStatus>>,
}

impl ResetService {
    /// The timeline of a reset that was requested by the key `client` or on our pages. `None` if there is no such
    /// reset, or if another program requested it. With `api.conceal_accounts` it leaves out whatever depends on the
    /// existence of an account, except for actions of somebody who has the link or the code.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn reveal_timeline(&self, id: &ChallengeId, client: &str) -> Result<Option<RevealedTimeline>, Fault> {
        let challenge = self.store.challenge(id).await?;
        let is_told = |challenge: &Challenge| challenge.client.as_deref().is_none_or(|owner| owner == client);
        let Some(challenge) = challenge.filter(is_told) else { return Ok(None) };
        let conceal = self.settings.conceal_accounts;
        let mut steps = self.store.newest_audit_of_challenge(id, STEPS).await?;
        // Steps within one millisecond are put into their logical order.
        steps.sort_by_key(|step| (step.happened_at, step.event));
        let sent_at = steps.iter().find(|step| step.event == AuditEvent::Dispatched).map(|step| step.happened_at);
        let is_told = |step: &AuditStep| !conceal || !depends_on_an_account(step.event);
        let steps = steps.into_iter().filter(is_told).map(|step| revealed(step, sent_at)).collect();
        let messages = if conceal { None } else { Some(self.store.messages_of_challenge(id).await?) };
        // An operator can only change a reset that belongs to an account.
        let is_told = |because: &CancelReason| !conceal || *because != CancelReason::AccountChanged;
        let cancelled_because = challenge.cancelled_because.filter(is_told);
        let cancelled = challenge.cancelled_at.is_some() && cancelled_because.is_some();
        let expires_at = if conceal { self.latest_end(challenge.requested_at) } else { challenge.expires_at };
        Ok(Some(RevealedTimeline {
            status: match challenge.completed_at {
                Some(_) => ResetStatus::Completed,
                None if cancelled => ResetStatus::Cancelled,
                None if expires_at > self.clock.now() => ResetStatus::Open,
                None => ResetStatus::Expired,
            },
            cancelled_because,
            door: challenge.door,
            requested_at: challenge.requested_at,
            account_id: challenge.account_id.filter(|_| !conceal),
            steps,
            messages,
        }))
    }

    /// A request expires sooner once its message was sent to somebody. If accounts are concealed, it shows the latest
    /// possible time for all.
    fn latest_end(&self, requested_at: Timestamp) -> Timestamp {
        requested_at.after(REQUEST_GIVE_UP + self.settings.link_ttl)
    }
}

/// The time at which a message was processed reveals whether there was anybody to send it to, and some events only
/// exist for accounts: codes are closed for an account, whichever of its identifiers they were guessed with.
const fn depends_on_an_account(event: AuditEvent) -> bool {
    matches!(
        event,
        AuditEvent::HandedOut
            | AuditEvent::Dispatched
            | AuditEvent::CodesClosed
            | AuditEvent::Notified
            | AuditEvent::Webhook
    )
}

fn revealed(step: AuditStep, sent_at: Option<Timestamp>) -> RevealedStep {
    // A message may have been read before it was marked as sent, if it was retried.
    let after_sending = sent_at
        .and_then(|sent_at| u64::try_from(step.happened_at.millis() - sent_at.millis()).ok())
        .map(Duration::from_millis);
    let is_likely_a_scanner = step.event == AuditEvent::LinkOpened
        && is_likely_a_scanner(step.result, step.user_agent.as_deref(), after_sending);
    RevealedStep { audit: step, is_likely_a_scanner }
}
