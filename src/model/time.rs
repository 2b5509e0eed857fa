//! A point in time in milliseconds since 1970 (UTC), as both databases store it.

use std::time::Duration;

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch, as a row holds them.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment plus `duration`, saturating.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// This moment minus `duration`, saturating.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// The time from `now` until this moment; zero if it has passed.
    pub fn since(self, now: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(now.0)).unwrap_or(0))
    }

    /// For people: `2026-11-22 14:03 UTC`, which is the same in every language.
    pub fn for_people(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map(|moment| moment.strftime("%Y-%m-%d %H:%M UTC").to_string())
            .unwrap_or_default()
    }

    /// For programs: `2026-11-22T14:03:00Z` (RFC 3339).
    pub fn for_programs(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map(|moment| moment.to_string()).unwrap_or_default()
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_same_in_every_language() {
        let moment = Timestamp::from_millis(1_795_356_180_000);
        assert_eq!(moment.for_people(), "2026-11-22 14:03 UTC");
        assert_eq!(moment.for_programs(), "2026-11-22T14:03:00Z");
    }

    #[test]
    fn time_left_never_goes_below_zero() {
        let now = Timestamp::from_millis(10_000);
        assert_eq!(now.after(Duration::from_secs(5)).since(now), Duration::from_secs(5));
        assert_eq!(now.before(Duration::from_secs(5)).since(now), Duration::ZERO);
    }
}
