//! Counts what is handed over to mail servers and providers, for the metrics. Called by `send`.

use super::Worker;
use crate::delivery::SendError;
use crate::model::Channel;
use crate::telemetry::SendOutcome;

impl Worker {
    /// Hands one message over, and counts what came of it and how long it took.
    pub(super) async fn counted(
        &self,
        channel: Channel,
        handing_over: impl Future<Output = Result<(), SendError>>,
    ) -> Result<(), SendError> {
        let sending = self.metrics.sending(channel);
        let sent = handing_over.await;
        sending.ended(match &sent {
            Ok(()) => SendOutcome::Sent,
            Err(SendError::Transient { .. }) => SendOutcome::Postponed,
            Err(SendError::Unanswered(_)) => SendOutcome::Unanswered,
            Err(SendError::Permanent(_)) => SendOutcome::Refused,
        });
        sent
    }
}
