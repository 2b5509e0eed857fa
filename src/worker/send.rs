//! Sends messages in four steps: claim, commit, send, mark. If a worker dies, another one claims its row when the lease
//! ends. A retry creates new secrets.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::flow::ended_well;
use super::lanes::Lane;
use super::{Worker, answered};
use crate::delivery::SendError;
use crate::model::{Channel, Message, MessageOutcome, OutboxLane, QueuedMessage, TextContent, TextMessage, Timestamp};
use crate::reset::Dispatch;
use crate::store::{Claim, StoreError};

/// How long one message may take from claim to mark.
const SEND_TIMEOUT: Duration = Duration::from_secs(45);

/// How long the mail server may take for a message: not long, for others wait for the place; longer once it has
/// turned out to be slow.
const BUDGET: Duration = Duration::from_secs(20);
const LATER_BUDGET: Duration = Duration::from_secs(40);

/// How often a text message is sent that may already have arrived. Each one costs money.
const TRIES_OF_WHAT_MAY_HAVE_GONE: i64 = 3;

/// How long a claim holds: longer than sending may take, so that nobody else sends the message meanwhile.
const LEASE: Duration = Duration::from_secs(60);

/// The first wait after a failure; doubled each time up to the last: a person waits for a message, an app
/// is told of an event for three days.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LAST_WAIT: Duration = Duration::from_secs(5 * 60);
const LAST_WAIT_OF_WEBHOOKS: Duration = Duration::from_secs(60 * 60);

/// The maximum wait that a provider can ask for.
const LONGEST_REQUESTED_WAIT: Duration = Duration::from_secs(60 * 60);

/// What became of a row.
enum Attempt {
    /// It is to be ended so.
    Over(MessageOutcome),
    /// Its time is to come.
    Wait(Timestamp),
    /// It is to be tried again then, as a message would be that failed so.
    PretendAgain(Timestamp, SendError),
    /// It belongs in another lane.
    Move(Channel),
}

/// The outbox could not be read; the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxUnreadable;

impl Worker {
    /// Sends messages that are due, as many as there are places; tells how many rows it claimed.
    ///
    /// # Errors
    /// [`OutboxUnreadable`]; the next look may go better.
    pub async fn send_due(&self) -> Result<usize, OutboxUnreadable> {
        let mail = self.send_due_in(OutboxLane::Messages(Channel::Email)).await?;
        Ok(mail + self.send_due_in(OutboxLane::Messages(Channel::Sms)).await?)
    }

    /// Sends webhooks that are due, as many as there are places. Returns how many rows it claimed.
    ///
    /// # Errors
    /// As [`Worker::send_due`].
    pub async fn send_due_webhooks(&self) -> Result<usize, OutboxUnreadable> {
        self.send_due_in(OutboxLane::Webhooks).await
    }

    async fn send_due_in(&self, kind: OutboxLane) -> Result<usize, OutboxUnreadable> {
        self.heartbeat.beat();
        let lane = self.lanes.get(kind);
        let claimed =
            answered(self.claim(lane, lane.places(), self.clock.now(), &[], false)).await.map_err(|error| {
                tracing::error!(%error, "the outbox cannot be read");
                OutboxUnreadable
            })?;
        let count = claimed.len();
        let mut sending = JoinSet::new();
        for queued in claimed {
            let (worker, lane) = (self.clone(), Arc::clone(lane));
            sending.spawn(async move { worker.handle(&lane, &queued).await });
        }
        while let Some(ended) = sending.join_next().await {
            ended_well(ended);
        }
        Ok(count)
    }

    pub(super) async fn claim(
        &self,
        lane: &Lane,
        limit: usize,
        due_by: Timestamp,
        but_not_to: &[String],
        first_tries_only: bool,
    ) -> Result<Vec<QueuedMessage>, StoreError> {
        let now = self.clock.now();
        let lease_until = now.after(LEASE);
        let claim = Claim { lane: lane.kind, limit, due_by, but_not_to, first_tries_only, now, lease_until };
        self.store.claim_outbox(&claim).await
    }

    #[tracing::instrument(name = "message", level = "error", skip_all, fields(outbox = queued.id.as_str()))]
    pub(super) async fn handle(&self, lane: &Lane, queued: &QueuedMessage) {
        let outcome = match tokio::time::timeout(SEND_TIMEOUT, self.attempt(lane, queued)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError::Unanswered("sending took too long".into())),
        };
        match outcome {
            Ok(Attempt::Over(MessageOutcome::Failed)) => {
                const REASON: &str = "its time was over before it went";
                tracing::error!(
                    outbox = queued.id.as_str(),
                    challenge_id = queued.challenge_id.as_str(),
                    reason = REASON,
                    "a message is given up"
                );
                self.finish(queued, MessageOutcome::Failed, Some(REASON)).await;
            }
            Ok(Attempt::Over(outcome)) => self.finish(queued, outcome, None).await,
            Ok(Attempt::Wait(until)) => self.wait(queued, until).await,
            Ok(Attempt::PretendAgain(at, error)) => self.put_off(queued, at, &error.to_string(), false).await,
            Ok(Attempt::Move(channel)) => self.move_to(queued, channel).await,
            Err(SendError::Permanent(reason)) => {
                tracing::error!(
                    outbox = queued.id.as_str(),
                    challenge_id = queued.challenge_id.as_str(),
                    reason,
                    "a message is given up"
                );
                self.finish(queued, MessageOutcome::Failed, Some(&reason)).await;
            }
            Err(SendError::Unanswered(reason))
                if is_dear(lane) && queued.unanswered + 1 >= TRIES_OF_WHAT_MAY_HAVE_GONE =>
            {
                tracing::error!(
                    outbox = queued.id.as_str(),
                    challenge_id = queued.challenge_id.as_str(),
                    reason,
                    "a text message is given up: it may have gone each time"
                );
                self.finish(queued, MessageOutcome::Failed, Some(&reason)).await;
            }
            Err(SendError::Transient { reason, retry_after }) => {
                self.postpone(queued, &reason, retry_after, false).await;
            }
            Err(SendError::Unanswered(reason)) => self.postpone(queued, &reason, None, true).await,
            Err(SendError::Unreached(reason)) => self.postpone(queued, &reason, None, false).await,
        }
    }

    async fn attempt(&self, lane: &Lane, queued: &QueuedMessage) -> Result<Attempt, SendError> {
        if let Some(payload) = &queued.payload {
            self.send_webhook(queued.id.as_str(), payload).await?;
            return Ok(Attempt::Over(MessageOutcome::Sent));
        }
        let dispatch = self.reset.dispatch(queued).await.map_err(|fault| SendError::transient(fault.to_string()))?;
        match dispatch {
            Dispatch::Drop(outcome) => Ok(Attempt::Over(outcome)),
            Dispatch::Elsewhere(channel) => Ok(Attempt::Move(channel)),
            Dispatch::Pretend(outcome) => Ok(match self.pretend(lane, queued).await {
                Ok(()) | Err(SendError::Permanent(_)) => Attempt::Over(outcome),
                Err(error) => match self.next_try(queued, None) {
                    Some(at) => Attempt::PretendAgain(at, error),
                    None => Attempt::Over(outcome),
                },
            }),
            Dispatch::Wait(until) => {
                // It is tried again then, however this went.
                let _held = self.pretend(lane, queued).await;
                Ok(Attempt::Wait(until))
            }
            Dispatch::Send(message) => {
                self.hand_over(lane, queued, *message).await?;
                Ok(Attempt::Over(MessageOutcome::Sent))
            }
        }
    }

    async fn hand_over(&self, lane: &Lane, queued: &QueuedMessage, message: Message) -> Result<(), SendError> {
        match message {
            Message::Mail(mail) => {
                let mail = self.renderer.render_mail(&mail).map_err(|error| SendError::Permanent(error.to_string()))?;
                self.counted(lane, queued, Channel::Email, self.transport.send(mail, budget(queued))).await
            }
            Message::Text(text) => {
                let Some(texts) = &self.texts else {
                    return Err(SendError::Permanent("text messages are switched off".into()));
                };
                let text = self.renderer.render_text(&text, &name_of(queued, &text));
                self.counted(lane, queued, Channel::Sms, texts.send(&text)).await
            }
        }
    }

    /// Keeps the place, and for mail a connection, for as long as a message would. Whoever comes next must not be
    /// able to tell that none went. Fails as one would that cannot be handed over.
    async fn pretend(&self, lane: &Lane, queued: &QueuedMessage) -> Result<(), SendError> {
        let duration = lane.pace(queued.destination.as_deref()).min(budget(queued));
        match queued.lane {
            Channel::Email => {
                let held = self.transport.hold(duration, budget(queued)).await;
                lane.answered(&held);
                held
            }
            Channel::Sms => {
                tokio::time::sleep(duration).await;
                Ok(())
            }
        }
    }

    async fn finish(&self, queued: &QueuedMessage, outcome: MessageOutcome, reason: Option<&str>) {
        match answered(self.reset.finish_dispatch(queued, outcome, reason)).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(outbox = queued.id.as_str(), "another worker has taken this message over"),
            Err(error) => {
                tracing::error!(%error, outbox = queued.id.as_str(), "a message cannot be marked; it may go out again");
            }
        }
    }

    /// A limit is full until then; the message goes afterwards, if it is not too late.
    async fn wait(&self, queued: &QueuedMessage, until: Timestamp) {
        const REASON: &str = "a limit is full";
        if until >= queued.give_up_at {
            tracing::warn!(
                outbox = queued.id.as_str(),
                challenge_id = queued.challenge_id.as_str(),
                "a message is withheld: a limit stays full"
            );
            return self.finish(queued, MessageOutcome::Withheld, Some(REASON)).await;
        }
        self.put_off(queued, until, REASON, false).await;
    }

    async fn postpone(&self, queued: &QueuedMessage, reason: &str, retry_after: Option<Duration>, may_have_gone: bool) {
        let Some(due_at) = self.next_try(queued, retry_after) else {
            tracing::error!(
                outbox = queued.id.as_str(),
                challenge_id = queued.challenge_id.as_str(),
                reason,
                "a message is given up: its time is over"
            );
            return self.finish(queued, MessageOutcome::Failed, Some(reason)).await;
        };
        tracing::warn!(
            outbox = queued.id.as_str(),
            attempts = queued.attempts,
            reason,
            "a message did not go; it is tried again"
        );
        self.put_off(queued, due_at, reason, may_have_gone).await;
    }

    /// When a message that failed is tried again; `None`: its time is over by then.
    fn next_try(&self, queued: &QueuedMessage, retry_after: Option<Duration>) -> Option<Timestamp> {
        let last_wait = if queued.payload.is_some() { LAST_WAIT_OF_WEBHOOKS } else { LAST_WAIT };
        let due_at = self.clock.now().after(wait_after(queued.attempts, last_wait).max(granted(retry_after)));
        (due_at < queued.give_up_at).then_some(due_at)
    }

    async fn move_to(&self, queued: &QueuedMessage, channel: Channel) {
        match answered(self.store.move_outbox(queued, channel)).await {
            Ok(_) => self.lanes.get(OutboxLane::Messages(channel)).wake(),
            Err(error) => {
                tracing::error!(%error, outbox = queued.id.as_str(), "a message cannot change its lane; it is tried again when its lease is over");
            }
        }
    }

    async fn put_off(&self, queued: &QueuedMessage, due_at: Timestamp, reason: &str, may_have_gone: bool) {
        if let Err(error) = answered(self.store.postpone_outbox(queued, due_at, reason, may_have_gone)).await {
            tracing::error!(%error, outbox = queued.id.as_str(), "a message cannot be postponed; it is tried again when its lease is over");
        }
    }
}

/// Every message in that lane costs money.
fn is_dear(lane: &Lane) -> bool {
    lane.kind == OutboxLane::Messages(Channel::Sms)
}

fn budget(queued: &QueuedMessage) -> Duration {
    if queued.attempts <= 1 { BUDGET } else { LATER_BUDGET }
}

/// Names a text towards its provider. Each try brings another code; a notice is the same each time.
fn name_of(queued: &QueuedMessage, text: &TextMessage) -> String {
    match text.content {
        TextContent::Code(_) => format!("{}-{}", queued.id, queued.attempts),
        TextContent::Changed { .. } | TextContent::CodesClosed => queued.id.to_string(),
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
