//! Processes one lane: claims rows that are due as places become free, and begins the next message without waiting for
//! others to end.
//!
//! A message is sent a fixed time after its request. That time shows neither how long the queue is nor what the mail
//! server received before.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::breaker::Admission;
use super::lanes::Lane;
use super::{Worker, answered};
use crate::model::{Channel, OutboxLane};

/// The time from the request of a message until it is sent.
const RELEASE: Duration = Duration::from_secs(1);

/// How often a lane is checked when no row is known to become due. Not longer than [`RELEASE`], so that rows of other
/// instances are found before they are due.
const POLL: Duration = Duration::from_secs(1);

/// How long to wait if rows are due but unavailable: others hold them, or their destinations have their share.
const OTHERS_HAVE_IT: Duration = Duration::from_millis(50);

impl Worker {
    pub(super) async fn work_off(&self, kind: OutboxLane, mut stop: watch::Receiver<bool>) {
        let lane = self.lanes.get(kind);
        let mut sending = JoinSet::new();
        while !*stop.borrow() {
            if kind == OutboxLane::Messages(Channel::Email) {
                self.heartbeat.beat();
            }
            let pause = self.begin_what_is_due(lane, &mut sending).await;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = lane.changed() => {}
                () = self.reset.webhooks_changed(), if kind == OutboxLane::Webhooks => {}
                _ = stop.changed() => break,
            }
            while let Some(ended) = sending.try_join_next() {
                ended_well(ended);
            }
        }
        while let Some(ended) = sending.join_next().await {
            ended_well(ended);
        }
    }

    /// Begins to send as many as there is room for. Returns how long there is nothing more to do.
    async fn begin_what_is_due(&self, lane: &Arc<Lane>, sending: &mut JoinSet<()>) -> Duration {
        if lane.free() == 0 {
            return POLL;
        }
        let (room, is_probe) = match lane.breaker.admission() {
            Admission::Nobody(left) => return left.clamp(OTHERS_HAVE_IT, POLL),
            Admission::One => (1, true),
            Admission::All => (lane.room(), false),
        };
        let begun = self.begin(lane, room, is_probe, sending).await;
        if is_probe && !matches!(begun, Ok(Begun::Some)) {
            lane.breaker.nothing_to_try();
        }
        match begun {
            Ok(Begun::Some) => Duration::ZERO,
            Ok(Begun::NoneFor(pause)) => pause,
            Err(error) => {
                tracing::error!(%error, "could not read the outbox; retrying");
                POLL
            }
        }
    }

    async fn begin(
        &self,
        lane: &Arc<Lane>,
        room: usize,
        is_probe: bool,
        sending: &mut JoinSet<()>,
    ) -> Result<Begun, String> {
        let now = self.clock.now();
        let due_by = match lane.kind {
            OutboxLane::Messages(_) => now.before(RELEASE),
            OutboxLane::Webhooks => now,
        };
        match answered(self.store.next_due(lane.kind, now)).await? {
            None => return Ok(Begun::NoneFor(POLL)),
            Some(due) if due > due_by => return Ok(Begun::NoneFor(due.since(due_by).min(POLL))),
            Some(_) => {}
        }
        let (full, first_tries_only) = (lane.full_destinations(), lane.has_enough_retries());
        let claimed = answered(self.claim(lane, room, due_by, &full, first_tries_only)).await?;
        if claimed.is_empty() {
            return Ok(Begun::NoneFor(OTHERS_HAVE_IT));
        }
        for queued in claimed {
            let place = lane.take(&queued, is_probe);
            let (worker, lane) = (self.clone(), Arc::clone(lane));
            sending.spawn(async move {
                worker.handle(&lane, &queued).await;
                drop(place);
            });
        }
        Ok(Begun::Some)
    }
}

/// The result of a look at the lane.
enum Begun {
    Some,
    NoneFor(Duration),
}

pub(super) fn ended_well(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "sending a message crashed; it is retried when its lease ends");
    }
}
