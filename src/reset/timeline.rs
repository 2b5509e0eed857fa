//! The timeline of a reset, for programs with a secret key: what was requested and sent, who opened the link, and
//! whether that was a person or a mail scanner. Read from the audit. Like `reveal`, it says more than a page may, so
//! only `api` may use it.

use std::time::Duration;

use super::error::Fault;
use super::recorder::Event;
use super::scanner::is_likely_a_scanner;
use super::{REQUEST_GIVE_UP, ResetService};
use crate::announcements::ACCOUNT_CHANGED;
use crate::model::{ChallengeId, Timestamp};
use crate::store::{AuditRow, ChallengeRow, MessageRow};

/// The maximum number of steps, the newest ones: strangers with the link can cause more.
const STEPS: i64 = 200;

/// The status of a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetStatus {
    /// It can lead to a new password.
    Open,
    /// The password was set.
    Completed,
    /// It was ended.
    Cancelled,
    /// It has expired.
    Expired,
}

/// One step.
#[derive(Debug)]
pub struct RevealedStep {
    /// What happened, and with which result.
    pub row: AuditRow,
    /// It opened the link and was probably not a person.
    pub is_likely_a_scanner: bool,
}

/// Everything that is known about a reset, oldest first.
#[derive(Debug)]
pub struct RevealedTimeline {
    /// Its status.
    pub status: ResetStatus,
    /// Why it was ended: `superseded`, `not_me`, `by_client`, `reset_elsewhere` or `account_changed`.
    pub cancelled_because: Option<String>,
    /// How it was requested.
    pub door: Option<String>,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// The account. `None` if there is none, if it is not found yet, or if it is concealed.
    pub account_id: Option<String>,
    /// The steps.
    pub steps: Vec<RevealedStep>,
    /// The messages and their status. `None` if concealed.
    pub messages: Option<Vec<MessageRow>>,
}

impl ResetService {
    /// The timeline of a reset that was requested by the key `client` or on our pages. `None` if there is no such
    /// reset, or if another program requested it. With `api.conceal_accounts` it leaves out whatever depends on the
    /// existence of an account, except for actions of somebody who has the link or the code.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn reveal_timeline(&self, id: &ChallengeId, client: &str) -> Result<Option<RevealedTimeline>, Fault> {
        let challenge = self.store.challenge(id.as_str()).await?;
        let is_told = |row: &ChallengeRow| row.client.as_deref().is_none_or(|owner| owner == client);
        let Some(challenge) = challenge.filter(is_told) else { return Ok(None) };
        let conceal = self.settings.conceal_accounts;
        let mut rows = self.store.newest_audit_of_challenge(id.as_str(), STEPS).await?;
        // Steps within one millisecond are put into their logical order.
        rows.sort_by_key(|row| (row.happened_at, Event::from_word(&row.event)));
        let sent_at = rows.iter().find(|row| row.event == Event::Dispatched.as_str()).map(|row| row.happened_at);
        let is_told = |row: &AuditRow| !conceal || !depends_on_an_account(&row.event);
        let steps = rows.into_iter().filter(is_told).map(|row| step(row, sent_at)).collect();
        let messages = if conceal { None } else { Some(self.store.messages_of_challenge(id.as_str()).await?) };
        // An operator can only change a reset that belongs to an account.
        let cancelled_because = challenge.cancelled_because.filter(|because| !conceal || because != ACCOUNT_CHANGED);
        let cancelled = challenge.cancelled_at.is_some() && cancelled_because.is_some();
        let expires_at = if conceal { self.latest_end(challenge.requested_at) } else { challenge.expires_at };
        Ok(Some(RevealedTimeline {
            status: match challenge.completed_at {
                Some(_) => ResetStatus::Completed,
                None if cancelled => ResetStatus::Cancelled,
                None if expires_at > self.clock.now().millis() => ResetStatus::Open,
                None => ResetStatus::Expired,
            },
            cancelled_because,
            door: challenge.door,
            requested_at: Timestamp::from_millis(challenge.requested_at),
            account_id: challenge.account_id.filter(|_| !conceal),
            steps,
            messages,
        }))
    }

    /// A request expires sooner once its message was sent to somebody. If accounts are concealed, it shows the latest
    /// possible time for all.
    fn latest_end(&self, requested_at: i64) -> i64 {
        Timestamp::from_millis(requested_at).after(REQUEST_GIVE_UP + self.settings.link_ttl).millis()
    }
}

/// The time at which a message was processed reveals whether there was anybody to send it to, and some events only
/// exist for accounts: codes are closed for an account, whichever of its identifiers they were guessed with.
fn depends_on_an_account(event: &str) -> bool {
    matches!(
        Event::from_word(event),
        Some(Event::HandedOut | Event::Dispatched | Event::CodesClosed | Event::Notified | Event::Announced)
    )
}

fn step(row: AuditRow, sent_at: Option<i64>) -> RevealedStep {
    // A message may have been read before it was marked as sent, if it was retried.
    let after_sending =
        sent_at.and_then(|sent_at| u64::try_from(row.happened_at - sent_at).ok()).map(Duration::from_millis);
    let is_likely_a_scanner = row.event == Event::LinkOpened.as_str()
        && is_likely_a_scanner(&row.result, row.user_agent.as_deref(), after_sending);
    RevealedStep { row, is_likely_a_scanner }
}
