//! Records that the worker is running, for the readiness check and the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::Timestamp;

/// When the worker of this process last did a round. Clones share the time.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    last: Arc<AtomicI64>,
    clock: Clock,
}

impl Heartbeat {
    /// Begins now: a worker that has not started yet counts as alive.
    pub fn new(clock: Clock) -> Self {
        let last = Arc::new(AtomicI64::new(clock.now().millis()));
        Self { last, clock }
    }

    /// Records a round of the worker.
    pub fn beat(&self) {
        self.last.store(self.clock.now().millis(), Ordering::Relaxed);
    }

    /// The time since the last round.
    pub fn age(&self) -> Duration {
        self.clock.now().since(Timestamp::from_millis(self.last.load(Ordering::Relaxed)))
    }
}
