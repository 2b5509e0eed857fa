//! Events for the operator's app. An event is an outbox row, written in the transaction of the change it reports, so
//! both commit or neither does. The worker sends it; `docs/webhooks.md` is the contract.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::config::WebhookConfig;
use crate::model::{ChallengeId, Channel, Timestamp, WebhookEvent};
use crate::store::{CancelledRow, NewOutboxRow, OutboxKind, OutboxOutcome, StoreError, Tx};

/// The reason for cancelling challenges after their account has changed.
pub const ACCOUNT_CHANGED: &str = "account_changed";

/// How long the worker retries an event before it fails.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// An event to announce. Never contains a secret, or an address or name of a person.
#[derive(Clone, Copy, Debug)]
pub struct Announcement<'a> {
    pub event: WebhookEvent,
    /// The challenge it is about.
    pub reset_id: &'a str,
    /// The account, where it is known.
    pub account_id: Option<&'a str>,
    pub details: Details<'a>,
}

/// Details that only some events have.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Details<'a> {
    /// Why the challenge ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// What "this wasn't me" ended: the `request`, or the new `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<&'a str>,
    /// The channel of the message that failed: `email` or `sms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<&'a str>,
}

/// The event could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// Writes the events that the operator has subscribed to.
#[derive(Clone)]
pub struct Announcer {
    /// Empty if no endpoint is configured.
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
    /// Creates an announcer for the configured endpoint, or one that writes nothing.
    pub fn new(webhooks: Option<&WebhookConfig>) -> Self {
        Self { wanted: webhooks.map(|webhooks| webhooks.events.as_slice()).unwrap_or_default().into() }
    }

    /// Writes an event.
    ///
    /// # Errors
    /// See [`AnnounceError`]; the caller must roll back.
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
        // Codes are also closed for identifiers without an account. That event has no receiver, but the row is written
        // all the same, so that the response time of the last wrong code does not reveal whether an account exists.
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

    /// Writes one event for each cancelled challenge.
    ///
    /// # Errors
    /// See [`AnnounceError`]; the caller must roll back.
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
