//! Events for the operator's app. An event is an outbox row, written in the transaction of the change it reports, so
//! both commit or neither does. The worker sends it; `docs/webhooks.md` is the contract.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::config::WebhookConfig;
use crate::model::{
    AccountId, CancelReason, CancelledChallenge, ChallengeId, Channel, MessageOutcome, NewContent, NewMessage,
    Timestamp, WebhookEvent, words,
};
use crate::store::{StoreError, Tx};

/// How long the worker retries an event before it fails.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// An event to queue. Never contains a secret, or an address or name of a person.
#[derive(Clone, Copy, Debug)]
pub struct Webhook<'a> {
    pub event: WebhookEvent,
    /// The challenge it is about.
    pub reset_id: &'a ChallengeId,
    /// The account, where it is known.
    pub account_id: Option<&'a AccountId>,
    pub details: Details,
}

/// Details that only some events have.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details {
    pub reason: Option<Reason>,
    /// What "this wasn't me" ended.
    pub ended: Option<Ended>,
    /// The channel of the message that failed.
    pub channel: Option<Channel>,
}

/// Why it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Why the challenge ended.
    Cancelled(CancelReason),
    /// How the message ended.
    Message(MessageOutcome),
    /// Too many wrong codes were entered.
    WrongCodes,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled(reason) => reason.as_str(),
            Self::Message(outcome) => outcome.as_str(),
            Self::WrongCodes => "wrong_codes",
        }
    }
}

words! {
    /// What a cancellation ended.
    pub enum Ended {
        /// The request.
        Request = "request",
        /// The new password.
        Password = "password",
    }
}

/// Writes the events that the operator has subscribed to.
#[derive(Clone)]
pub struct Webhooks {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
}

impl Webhooks {
    /// Creates an webhooks for the configured endpoint, or one that writes nothing.
    pub fn new(webhooks: Option<&WebhookConfig>) -> Self {
        Self { wanted: webhooks.map(|webhooks| webhooks.events.as_slice()).unwrap_or_default().into() }
    }

    /// Writes an event.
    ///
    /// # Errors
    /// The database's; the caller must roll back.
    pub async fn queue(&self, tx: &mut Tx, webhook: &Webhook<'_>, now: Timestamp) -> Result<(), StoreError> {
        let Webhook { event, reset_id, account_id, details } = *webhook;
        if !self.wanted.contains(&event) {
            return Ok(());
        }
        let data = Data {
            reset_id: reset_id.as_str(),
            account_id: account_id.map(AccountId::as_str),
            reason: details.reason.map(Reason::as_str),
            ended: details.ended.map(Ended::as_str),
            channel: details.channel.map(Channel::as_str),
        };
        let payload = serde_json::json!(Payload { r#type: event.as_str(), timestamp: now.for_programs(), data });
        // Codes are also closed for identifiers without an account. That event has no receiver, but the row is written
        // all the same, so that the response time of the last wrong code does not reveal whether an account exists.
        let is_about_nobody = event == WebhookEvent::AccountLockedOut && account_id.is_none();
        let outcome = is_about_nobody.then_some(MessageOutcome::Nobody);
        let message = NewMessage {
            challenge_id: reset_id,
            content: NewContent::Webhook { payload: &payload.to_string(), outcome },
            due_at: now,
            give_up_at: now.after(GIVE_UP),
        };
        tx.insert_outbox(&message, now).await
    }

    /// Writes one event for each cancelled challenge.
    ///
    /// # Errors
    /// The database's; the caller must roll back.
    pub async fn queue_cancelled(
        &self,
        tx: &mut Tx,
        cancelled: &[CancelledChallenge],
        reason: CancelReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for challenge in cancelled {
            let webhook = Webhook {
                event: WebhookEvent::ResetCancelled,
                reset_id: &challenge.id,
                account_id: challenge.account_id.as_ref(),
                details: Details {
                    reason: Some(Reason::Cancelled(reason)),
                    ended: Some(Ended::Request),
                    channel: None,
                },
            };
            self.queue(tx, &webhook, now).await?;
        }
        Ok(())
    }
}
