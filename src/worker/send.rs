//! Claim, commit, send, mark. A row whose worker dies is claimed by another when the lease ends; a
//! retry mints new secrets. Called by `Worker::run` and by tests.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{BATCH, Worker, answered};
use crate::delivery::SendError;
use crate::model::{Channel, Message, TextContent, TextMessage, Timestamp};
use crate::reset::Dispatch;
use crate::store::{OutboxLane, OutboxOutcome, OutboxRow};

/// How long one message may take from claim to mark.
const SEND_TIMEOUT: Duration = Duration::from_secs(45);

/// How long a claim holds: longer than sending may take, so that nobody else sends it meanwhile.
const LEASE: Duration = Duration::from_secs(60);

/// The first wait after a failure; doubled each time up to the last: a person waits for a message, an app
/// is told of an event for three days.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LAST_WAIT: Duration = Duration::from_secs(5 * 60);
const LAST_WAIT_OF_WEBHOOKS: Duration = Duration::from_secs(60 * 60);

/// What is granted to a provider that asks for a longer wait: after that it is asked again, whatever
/// it said.
const LONGEST_REQUESTED_WAIT: Duration = Duration::from_secs(60 * 60);

/// What became of a row.
enum Attempt {
    /// It is to be ended so.
    Over(OutboxOutcome),
    /// Its time is to come.
    Wait(Timestamp),
}

/// The outbox could not be read; the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxUnreadable;

impl Worker {
    /// Sends up to one batch of messages that are due; tells how many rows it claimed.
    ///
    /// # Errors
    /// [`OutboxUnreadable`]; the next look may go better.
    pub async fn send_due(&self) -> Result<i64, OutboxUnreadable> {
        self.work_off_batch(OutboxLane::Messages).await
    }

    /// Tells the operator's app of up to one batch of events; tells how many rows it claimed.
    ///
    /// # Errors
    /// As [`Worker::send_due`].
    pub async fn announce_due(&self) -> Result<i64, OutboxUnreadable> {
        self.work_off_batch(OutboxLane::Webhooks).await
    }

    pub(super) async fn work_off_batch(&self, lane: OutboxLane) -> Result<i64, OutboxUnreadable> {
        if lane == OutboxLane::Messages {
            self.heartbeat.beat();
        }
        let now = self.clock.now();
        let rows = answered(self.store.claim_outbox(lane, BATCH, now, now.after(LEASE))).await.map_err(|error| {
            tracing::error!(%error, "the outbox cannot be read");
            OutboxUnreadable
        })?;
        let claimed = i64::try_from(rows.len()).unwrap_or(BATCH);
        let mut sending = JoinSet::new();
        for row in rows {
            let worker = self.clone();
            sending.spawn(async move { worker.handle(&row).await });
        }
        while let Some(outcome) = sending.join_next().await {
            if let Err(error) = outcome {
                tracing::error!(%error, "sending a message came to a bad end; it is tried again when its lease is over");
            }
        }
        Ok(claimed)
    }

    #[tracing::instrument(name = "message", level = "error", skip_all, fields(outbox = row.id))]
    async fn handle(&self, row: &OutboxRow) {
        let outcome = match tokio::time::timeout(SEND_TIMEOUT, self.attempt(row)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError::Unanswered("sending took too long".into())),
        };
        match outcome {
            Ok(Attempt::Over(outcome)) => self.finish(row, outcome, None).await,
            Ok(Attempt::Wait(until)) => self.wait(row, until).await,
            Err(SendError::Permanent(reason)) => {
                tracing::error!(outbox = row.id, challenge_id = row.challenge_id, reason, "a message is given up");
                self.finish(row, OutboxOutcome::Failed, Some(&reason)).await;
            }
            Err(SendError::Transient { reason, retry_after }) => self.postpone(row, &reason, retry_after).await,
            Err(SendError::Unanswered(reason)) => self.postpone(row, &reason, None).await,
        }
    }

    async fn attempt(&self, row: &OutboxRow) -> Result<Attempt, SendError> {
        if let Some(payload) = &row.payload {
            self.announce(&row.id, payload).await?;
            return Ok(Attempt::Over(OutboxOutcome::Sent));
        }
        let dispatch = self.reset.dispatch(row).await.map_err(|fault| SendError::transient(fault.to_string()))?;
        let message = match dispatch {
            Dispatch::Drop(outcome) => return Ok(Attempt::Over(outcome)),
            Dispatch::Wait(until) => return Ok(Attempt::Wait(until)),
            Dispatch::Send(message) => message,
        };
        match *message {
            Message::Mail(mail) => {
                let mail = self.renderer.render_mail(&mail).map_err(|error| SendError::Permanent(error.to_string()))?;
                self.counted(Channel::Email, self.transport.send(mail)).await?;
            }
            Message::Text(text) => self.send_text(row, &text).await?,
        }
        Ok(Attempt::Over(OutboxOutcome::Sent))
    }

    /// A text message costs money once a provider has it, and only then.
    async fn send_text(&self, row: &OutboxRow, text: &TextMessage) -> Result<(), SendError> {
        let Some(texts) = &self.texts else {
            return Err(SendError::Permanent("text messages are switched off".into()));
        };
        // Each try brings another code; a notice is the same each time.
        let id = match text.content {
            TextContent::Code(_) => format!("{}-{}", row.id, row.attempts),
            TextContent::Changed { .. } | TextContent::CodesClosed => row.id.clone(),
        };
        let sent = self.counted(Channel::Sms, texts.send(&self.renderer.render_text(text, &id))).await;
        if matches!(sent, Err(SendError::Transient { .. } | SendError::Permanent(_))) {
            let taken_back = self.reset.text_did_not_go(row, &text.to).await;
            if let Err(error) = taken_back {
                tracing::error!(%error, outbox = row.id, "a text message that did not go stays counted");
            }
        }
        sent
    }

    async fn finish(&self, row: &OutboxRow, outcome: OutboxOutcome, reason: Option<&str>) {
        match answered(self.reset.finish_dispatch(row, outcome, reason)).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(outbox = row.id, "another worker has taken this message over"),
            Err(error) => tracing::error!(%error, outbox = row.id, "a message cannot be marked; it may go out again"),
        }
    }

    /// A limit is full until then; the message goes afterwards, if it is not too late.
    async fn wait(&self, row: &OutboxRow, until: Timestamp) {
        const REASON: &str = "a limit is full";
        if until >= Timestamp::from_millis(row.give_up_at) {
            tracing::warn!(
                outbox = row.id,
                challenge_id = row.challenge_id,
                "a message is withheld: a limit stays full"
            );
            return self.finish(row, OutboxOutcome::Withheld, Some(REASON)).await;
        }
        self.put_off(row, until, REASON).await;
    }

    async fn postpone(&self, row: &OutboxRow, reason: &str, retry_after: Option<Duration>) {
        let now = self.clock.now();
        let last_wait = if row.payload.is_some() { LAST_WAIT_OF_WEBHOOKS } else { LAST_WAIT };
        let due_at = now.after(wait_after(row.attempts, last_wait).max(granted(retry_after)));
        if due_at >= Timestamp::from_millis(row.give_up_at) {
            tracing::error!(
                outbox = row.id,
                challenge_id = row.challenge_id,
                reason,
                "a message is given up: its time is over"
            );
            return self.finish(row, OutboxOutcome::Failed, Some(reason)).await;
        }
        tracing::warn!(outbox = row.id, attempts = row.attempts, reason, "a message did not go; it is tried again");
        self.put_off(row, due_at, reason).await;
    }

    async fn put_off(&self, row: &OutboxRow, due_at: Timestamp, reason: &str) {
        if let Err(error) = answered(self.store.postpone_outbox(row, due_at, reason)).await {
            tracing::error!(%error, outbox = row.id, "a message cannot be postponed; it is tried again when its lease is over");
        }
    }
}

/// Doubles with every attempt, and is spread over the upper half of that, so that messages which
/// failed together do not come back together.
fn wait_after(attempts: i64, last_wait: Duration) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let full = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings)).min(last_wait);
    let spread = f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    full.mul_f64(0.5 + spread / 2.0)
}

/// What becomes of a request to wait.
fn granted(retry_after: Option<Duration>) -> Duration {
    retry_after.unwrap_or_default().min(LONGEST_REQUESTED_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_are_spread() {
        for attempts in 1..=40 {
            let wait = wait_after(attempts, LAST_WAIT);
            let full = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempts as u32 - 1)).min(LAST_WAIT);
            assert!(wait >= full / 2 && wait <= full, "{attempts}: {wait:?}");
        }
    }

    #[test]
    fn a_request_to_wait_is_granted_up_to_an_hour() {
        let seconds = |wait| granted(wait).as_secs();
        assert_eq!(seconds(None), 0);
        assert_eq!(seconds(Some(Duration::from_secs(600))), 600);
        assert_eq!(seconds(Some(Duration::from_secs(u64::MAX))), 3600);
    }
}
