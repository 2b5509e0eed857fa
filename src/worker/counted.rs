//! Counts what is handed over to mail servers, providers and the operator's app, for metrics and traces. Called
//! by `send`.

use tokio::time::Instant;
use tracing::Instrument;

use super::Worker;
use super::lanes::Lane;
use crate::delivery::SendError;
use crate::model::Channel;
use crate::store::OutboxRow;
use crate::telemetry::SendOutcome;

impl Worker {
    /// Hands one message over, and counts what came of it and how long it took.
    pub(super) async fn counted(
        &self,
        lane: &Lane,
        row: &OutboxRow,
        channel: Channel,
        handing_over: impl Future<Output = Result<(), SendError>>,
    ) -> Result<(), SendError> {
        let sending = self.metrics.sending(channel);
        let begun = Instant::now();
        let sent = handing_over.instrument(tracing::error_span!("send", channel = channel.as_str())).await;
        // How long a refusal took says nothing about how long the next message will take.
        if sent.is_ok() {
            lane.took(row.destination.as_deref(), begun.elapsed());
        }
        lane.answered(&sent);
        sending.ended(outcome(&sent));
        sent
    }

    /// Tells the operator's app of one event, and counts what came of it.
    pub(super) async fn announce(&self, id: &str, payload: &str) -> Result<(), SendError> {
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
