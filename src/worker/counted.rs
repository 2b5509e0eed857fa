//! Sends messages and events while counting the results, for metrics and traces.

use tokio::time::Instant;
use tracing::Instrument;

use super::Worker;
use super::lanes::Lane;
use crate::delivery::SendError;
use crate::model::{Channel, QueuedMessage};
use crate::telemetry::SendOutcome;

impl Worker {
    /// Sends one message, and counts its result and how long it took.
    pub(super) async fn counted(
        &self,
        lane: &Lane,
        queued: &QueuedMessage,
        channel: Channel,
        handing_over: impl Future<Output = Result<(), SendError>>,
    ) -> Result<(), SendError> {
        let sending = self.metrics.sending(channel);
        let begun = Instant::now();
        let sent = handing_over.instrument(tracing::error_span!("send", channel = channel.as_str())).await;
        // The time of a refusal says nothing about the time of the next message.
        if sent.is_ok() {
            lane.took(queued.destination.as_deref(), begun.elapsed());
        }
        lane.answered(&sent);
        sending.ended(outcome(&sent));
        sent
    }

    /// Sends one event to the operator's app, and counts the result.
    pub(super) async fn send_webhook(&self, id: &str, payload: &str) -> Result<(), SendError> {
        let Some(webhooks) = &self.webhooks else {
            return Err(SendError::transient("this instance has no webhooks.url"));
        };
        let sent = webhooks.send(id, payload).instrument(tracing::error_span!("send", channel = "webhook")).await;
        self.metrics.webhook_ended(outcome(&sent));
        sent
    }
}

fn outcome(sent: &Result<(), SendError>) -> SendOutcome {
    match sent {
        Ok(()) => SendOutcome::Sent,
        Err(SendError::Transient { .. } | SendError::Unreached(_)) => SendOutcome::Postponed,
        Err(SendError::Unanswered(_)) => SendOutcome::Unanswered,
        Err(SendError::Permanent(_)) => SendOutcome::Refused,
    }
}
