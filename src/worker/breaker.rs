//! A circuit breaker for mail servers and providers. While one cannot be reached, messages wait, one of them is tried
//! from time to time, and all are sent again as soon as one was accepted.
//!
//! What a server says about a single message does not count, so nobody can open the breaker with their own address.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::Channel;
use crate::telemetry::Metrics;

/// Consecutive failures, perhaps of messages that were sent at about the same time.
const FAILURES: u32 = 5;

/// The first pause. Every failed try doubles it, up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LAST_PAUSE: Duration = Duration::from_secs(60);

pub(super) struct Breaker {
    /// `None` if this breaker never opens.
    watched: Option<(Channel, Metrics)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    pause: Duration,
    /// `None` if the lane is open to all.
    closed_until: Option<Instant>,
    /// Whether a message is being tried.
    is_tried: bool,
}

/// Which messages may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    All,
    /// One message, as a try. [`Breaker::nothing_to_try`] gives the turn back.
    One,
    Nobody(Duration),
}

impl Breaker {
    pub(super) fn new(channel: Channel, metrics: Metrics) -> Self {
        metrics.lane_open(channel, true);
        Self { watched: Some((channel, metrics)), state: Mutex::default() }
    }

    pub(super) fn never() -> Self {
        Self { watched: None, state: Mutex::default() }
    }

    pub(super) fn admission(&self) -> Admission {
        let mut state = self.state();
        let Some(until) = state.closed_until else { return Admission::All };
        let left = until.saturating_duration_since(Instant::now());
        if !left.is_zero() || state.is_tried {
            return Admission::Nobody(left);
        }
        state.is_tried = true;
        Admission::One
    }

    /// There was no message to try.
    pub(super) fn nothing_to_try(&self) {
        self.state().is_tried = false;
    }

    /// The server has answered, whatever it said.
    pub(super) fn reached(&self) {
        let was_closed = std::mem::take(&mut *self.state()).closed_until.is_some();
        if let Some((channel, metrics)) = self.watched.as_ref().filter(|_| was_closed) {
            metrics.lane_open(*channel, true);
            tracing::info!(channel = channel.as_str(), "the server can be reached again; sending all messages");
        }
    }

    /// The server did not answer.
    pub(super) fn missed(&self) {
        let Some((channel, metrics)) = &self.watched else { return };
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        let has_tried = std::mem::take(&mut state.is_tried);
        if state.failures < FAILURES || (state.closed_until.is_some() && !has_tried) {
            return;
        }
        state.pause = (state.pause * 2).clamp(FIRST_PAUSE, LAST_PAUSE);
        state.closed_until = Some(Instant::now() + state.pause);
        metrics.lane_open(*channel, false);
        tracing::warn!(
            channel = channel.as_str(),
            pause_seconds = state.pause.as_secs(),
            "the server cannot be reached: messages wait, and one is tried after the pause"
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_one_message_finds_out() {
        let breaker = Breaker::new(Channel::Email, Metrics::default());
        (0..20).for_each(|_| {
            (1..FAILURES).for_each(|_| breaker.missed());
            breaker.reached();
        });
        assert_eq!(breaker.admission(), Admission::All);
        (0..FAILURES + 3).for_each(|_| breaker.missed());
        assert_eq!(breaker.admission(), Admission::Nobody(FIRST_PAUSE));
        let mut pause = FIRST_PAUSE;
        for _ in 0..6 {
            tokio::time::advance(pause).await;
            assert_eq!(breaker.admission(), Admission::One);
            assert_eq!(breaker.admission(), Admission::Nobody(Duration::ZERO), "one at a time");
            breaker.nothing_to_try();
            assert_eq!(breaker.admission(), Admission::One);
            breaker.missed();
            pause = (pause * 2).min(LAST_PAUSE);
            assert_eq!(breaker.admission(), Admission::Nobody(pause));
        }
        tokio::time::advance(pause).await;
        assert_eq!(breaker.admission(), Admission::One);
        breaker.reached();
        assert_eq!(breaker.admission(), Admission::All);
    }
}
