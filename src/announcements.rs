//! What the operator's app is told as it happens: an event becomes a row of the outbox in the transaction
//! of what it reports, so that neither is there without the other. Called by `reset` and `admin`; the
//! worker sends it. `docs/webhooks.md` is the contract.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::config::WebhookConfig;
use crate::model::{ChallengeId, Channel, Timestamp, WebhookEvent};
use crate::store::{CancelledRow, NewOutboxRow, OutboxKind, OutboxOutcome, StoreError, Tx};

/// Why challenges of an account end that is no longer as it was.
pub const ACCOUNT_CHANGED: &str = "account_changed";

/// How long an event is tried before it is given up.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Something that happened. Never a secret, never an address or a name of a person.
#[derive(Clone, Copy, Debug)]
pub struct Announcement<'a> {
    pub event: WebhookEvent,
    /// The challenge that it is about.
    pub reset_id: &'a str,
    /// Whose, where that is known.
    pub account_id: Option<&'a str>,
    pub details: Details<'a>,
}

/// What else there is to say.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Details<'a> {
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// What "this wasn't me" ended: the `request`, or the new `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<&'a str>,
    /// By which a message should have gone: `email` or `sms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'a str>,
}

/// It could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// Writes events down, those that the operator wants.
#[derive(Clone)]
pub struct Announcer {
    /// Empty: nobody is told anything.
    wanted: Arc<[WebhookEvent]>,
}

#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    reset_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(flatten)]
    details: Details<'a>,
}

impl Announcer {
    /// For the configured endpoint, or for nobody.
    pub fn new(webhooks: Option<&WebhookConfig>) -> Self {
        Self { wanted: webhooks.map(|webhooks| webhooks.events.as_slice()).unwrap_or_default().into() }
    }

    /// Writes an event down.
    ///
    /// # Errors
    /// See [`AnnounceError`]; the caller of this rolls back.
    pub async fn announce(
        &self,
        tx: &mut Tx,
        announcement: &Announcement<'_>,
        now: Timestamp,
    ) -> Result<(), AnnounceError> {
        let Announcement { event, reset_id, account_id, details } = *announcement;
        if !self.wanted.contains(&event) {
            return Ok(());
        }
        let data = Data { reset_id, account_id, details };
        let payload = serde_json::json!(Payload { r#type: event.as_str(), timestamp: now.for_programs(), data });
        let id = ChallengeId::random()?;
        // Codes of nobody's account are closed alike, and there is nothing to report: the row is written all the same,
        // so that the time of the last wrong code does not tell whether there is an account.
        let is_about_nobody = event == WebhookEvent::AccountLockedOut && account_id.is_none();
        let row = NewOutboxRow {
            id: id.as_str(),
            kind: OutboxKind::Webhook,
            challenge_id: reset_id,
            channel: None,
            lane: Channel::Email,
            destination: None,
            text_limit: None,
            payload: Some(&payload.to_string()),
            due_at: now,
            give_up_at: now.after(GIVE_UP),
            outcome: is_about_nobody.then_some(OutboxOutcome::Nobody),
        };
        Ok(tx.insert_outbox(&row, now).await?)
    }

    /// Writes down that challenges were cancelled, an event each.
    ///
    /// # Errors
    /// See [`AnnounceError`]; the caller of this rolls back.
    pub async fn announce_cancelled(
        &self,
        tx: &mut Tx,
        cancelled: &[CancelledRow],
        reason: &str,
        now: Timestamp,
    ) -> Result<(), AnnounceError> {
        for challenge in cancelled {
            let announcement = Announcement {
                event: WebhookEvent::ResetCancelled,
                reset_id: &challenge.id,
                account_id: challenge.account_id.as_deref(),
                details: Details { reason: Some(reason), ended: Some("request"), channel: None },
            };
            self.announce(tx, &announcement, now).await?;
        }
        Ok(())
    }
}
