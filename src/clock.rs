//! The only source of time. `cli` creates it at startup; tests use a clock that they can move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::model::Timestamp;

/// The source of the current time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system clock.
    System,
    /// A clock that moves only on [`Clock::advance`].
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Creates a clock that stands at `start` until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.millis())))
    }

    /// Moves a manual clock forward; the system clock ignores this.
    pub fn advance(&self, duration: Duration) {
        if let Self::Manual(millis) = self {
            millis.store(
                Timestamp::from_millis(millis.load(Ordering::SeqCst)).after(duration).millis(),
                Ordering::SeqCst,
            );
        }
    }

    /// The current time.
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
            Self::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
        }
    }
}
