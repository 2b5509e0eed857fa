//! How many passwords may wait: as many as the threads can hash in ten seconds. One hash takes 15 ms in one form and
//! half a second in another, so a number would be wrong for one of them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// What the last one waits at most. A request has 30 seconds.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// More never wait, however fast hashing is.
pub const MOST: usize = 256;

/// Counts who waits, and measures what one hash costs.
pub struct Admission {
    threads: u32,
    waiting: AtomicUsize,
    /// A moving average, in nanoseconds.
    cost: AtomicU64,
    /// Cheap hashes of an older form do not make new ones look cheap.
    least_cost: u64,
}

impl Admission {
    /// `first` is what one hash took, or an estimate.
    pub fn new(threads: usize, first: Duration) -> Self {
        let first = nanoseconds(first);
        Self {
            threads: u32::try_from(threads).unwrap_or(u32::MAX),
            waiting: AtomicUsize::new(0),
            cost: AtomicU64::new(first),
            least_cost: (first / 2).max(1),
        }
    }

    /// How many may wait now.
    pub fn capacity(&self) -> usize {
        let cost = self.cost.load(Ordering::Relaxed).max(self.least_cost);
        let hashes = nanoseconds(LONGEST_WAIT.saturating_mul(self.threads)) / cost;
        usize::try_from(hashes).unwrap_or(MOST).clamp(1, MOST)
    }

    /// One more waits, if it may.
    pub fn enter(&self) -> bool {
        let capacity = self.capacity();
        let more = |waiting: usize| (waiting < capacity).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    /// One waits no longer.
    pub fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }

    /// One hash took so long.
    pub fn measured(&self, took: Duration) {
        let took = nanoseconds(took);
        let average = |cost: u64| Some((cost.saturating_mul(7).saturating_add(took)) / 8);
        let _always_some = self.cost.fetch_update(Ordering::Relaxed, Ordering::Relaxed, average);
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    // SECURITY.md, requirement 43
    #[test]
    fn as_many_may_wait_as_ten_seconds_are_enough_for() {
        for (milliseconds, threads, capacity) in [(15, 2, 256), (600, 2, 33), (600, 4, 66), (40_000, 2, 1)] {
            let admission = Admission::new(threads, Duration::from_millis(milliseconds));
            assert_eq!(admission.capacity(), capacity);
            assert_eq!((0..300).filter(|_| admission.enter()).count(), capacity);
            admission.leave();
            assert!(admission.enter());
            assert!(!admission.enter());
        }
    }

    #[test]
    fn slower_hashes_let_fewer_wait_and_cheap_ones_do_not_let_all() {
        let admission = Admission::new(2, Duration::from_millis(500));
        assert_eq!(admission.capacity(), 40);
        for _ in 0..100 {
            admission.measured(Duration::from_secs(1));
        }
        assert_eq!(admission.capacity(), 20);
        for _ in 0..1000 {
            admission.measured(Duration::from_micros(1));
        }
        assert_eq!(admission.capacity(), 80);
    }
}
