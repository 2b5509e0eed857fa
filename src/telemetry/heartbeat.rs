//! Whether the worker goes round. It says so each time; readiness and the metrics ask how long ago
//! that was.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::Timestamp;

/// When this process's worker was last seen at work. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    last: Arc<AtomicI64>,
    clock: Clock,
}

impl Heartbeat {
    /// Begins now: a worker that has yet to start counts as alive.
    pub fn new(clock: Clock) -> Self {
        let last = Arc::new(AtomicI64::new(clock.now().millis()));
        Self { last, clock }
    }

    /// The worker goes round.
    pub fn beat(&self) {
        self.last.store(self.clock.now().millis(), Ordering::Relaxed);
    }

    /// How long ago it did.
    pub fn age(&self) -> Duration {
        self.clock.now().since(Timestamp::from_millis(self.last.load(Ordering::Relaxed)))
    }
}
