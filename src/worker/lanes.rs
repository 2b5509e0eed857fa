//! Lanes: one for email, one for text messages, one for webhooks. Each has its own places, so that none delays another,
//! and gives no destination more than a share of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::breaker::Breaker;
use crate::delivery::SendError;
use crate::model::{Channel, OutboxLane, QueuedMessage};
use crate::telemetry::Metrics;

/// The places of a lane for which there is no setting.
const PLACES: usize = 16;

/// One destination may have at most one in this many places.
const SHARE: usize = 4;

/// The same for unknown destinations (a request with a username, a notice).
const SHARE_OF_UNKNOWN: usize = 2;

/// How many destinations' paces are remembered.
const MOST_PACES: usize = 256;

/// How many of the last messages determine the usual duration.
const LAST: usize = 16;

/// All lanes of a process. Clones share them.
#[derive(Clone)]
pub struct Lanes {
    mail: Arc<Lane>,
    texts: Arc<Lane>,
    webhooks: Arc<Lane>,
}

/// The messages that are being sent in one lane.
pub(super) struct Lane {
    pub(super) kind: OutboxLane,
    pub(super) breaker: Breaker,
    places: usize,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    taken: usize,
    by_destination: HashMap<String, usize>,
    /// How many of them are retries.
    retries: usize,
    /// How long the last messages took.
    last: VecDeque<Duration>,
    paces: HashMap<String, Duration>,
}

/// A place in a lane. It becomes free when it is dropped.
pub(super) struct Place {
    lane: Arc<Lane>,
    destination: String,
    is_retry: bool,
    is_probe: bool,
}

impl Lanes {
    /// Creates the lanes with all places free. Email has as many as there may be connections to the mail server.
    pub fn new(mail_connections: u32, metrics: &Metrics) -> Self {
        let mail_places = usize::try_from(mail_connections).unwrap_or(usize::MAX);
        let messages = |channel, places| {
            let breaker = Breaker::new(channel, metrics.clone());
            Arc::new(Lane::new(OutboxLane::Messages(channel), breaker, places))
        };
        Self {
            mail: messages(Channel::Email, mail_places),
            texts: messages(Channel::Sms, PLACES),
            webhooks: Arc::new(Lane::new(OutboxLane::Webhooks, Breaker::never(), PLACES)),
        }
    }

    pub(super) fn get(&self, kind: OutboxLane) -> &Arc<Lane> {
        match kind {
            OutboxLane::Messages(Channel::Email) => &self.mail,
            OutboxLane::Messages(Channel::Sms) => &self.texts,
            OutboxLane::Webhooks => &self.webhooks,
        }
    }
}

impl Lane {
    fn new(kind: OutboxLane, breaker: Breaker, places: usize) -> Self {
        Self { kind, breaker, places, state: Mutex::default(), changed: Notify::new() }
    }

    /// How many messages may be sent at once.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    pub(super) fn free(&self) -> usize {
        self.places.saturating_sub(self.state().taken)
    }

    /// How many places one destination may have.
    fn share_of(&self, destination: &str) -> usize {
        let part = if destination.is_empty() { SHARE_OF_UNKNOWN } else { SHARE };
        (self.places / part).max(1)
    }

    /// How many rows may be claimed now: no more than any destination has left, because all of them may have the same
    /// one.
    pub(super) fn room(&self) -> usize {
        let state = self.state();
        let left = |(destination, taken): (&String, &usize)| self.share_of(destination).saturating_sub(*taken);
        let least = state.by_destination.iter().map(left).filter(|left| *left > 0).min();
        self.places.saturating_sub(state.taken).min(least.unwrap_or(usize::MAX)).min(self.share_of("any"))
    }

    /// Destinations that have their share. The empty one stands for unknown destinations.
    pub(super) fn full_destinations(&self) -> Vec<String> {
        let state = self.state();
        let full = state.by_destination.iter().filter(|(name, taken)| **taken >= self.share_of(name));
        full.map(|(name, _)| name.clone()).collect()
    }

    /// Whether retries have their share. They take longer than other messages.
    pub(super) fn has_enough_retries(&self) -> bool {
        self.state().retries >= self.share_of("any")
    }

    pub(super) fn take(self: &Arc<Self>, queued: &QueuedMessage, is_probe: bool) -> Place {
        let destination = queued.destination.clone().unwrap_or_default();
        let is_retry = queued.attempts > 1;
        let mut state = self.state();
        state.taken += 1;
        state.retries += usize::from(is_retry);
        *state.by_destination.entry(destination.clone()).or_default() += 1;
        Place { lane: Arc::clone(self), destination, is_retry, is_probe }
    }

    /// Waits until a place is free or the lane is woken.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Wakes the lane because there may be something to do.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Records how long a message took.
    pub(super) fn took(&self, destination: Option<&str>, duration: Duration) {
        let mut state = self.state();
        if state.last.len() == LAST {
            state.last.pop_front();
        }
        state.last.push_back(duration);
        let Some(destination) = destination else { return };
        if state.paces.len() >= MOST_PACES && !state.paces.contains_key(destination) {
            state.paces.clear();
        }
        state.paces.insert(destination.to_owned(), duration);
    }

    /// How long a message will probably take: as long as the last one to the same destination, or the usual duration.
    pub(super) fn pace(&self, destination: Option<&str>) -> Duration {
        let state = self.state();
        let usual = || {
            let mut last: Vec<Duration> = state.last.iter().copied().collect();
            last.sort_unstable();
            last.get(last.len() / 2).copied().unwrap_or_default()
        };
        destination.and_then(|destination| state.paces.get(destination)).copied().unwrap_or_else(usual)
    }

    /// Reports the result of a try to the breaker.
    pub(super) fn answered(&self, tried: &Result<(), SendError>) {
        let is_missed = match tried {
            Err(SendError::Unreached(_)) => true,
            // All text messages go to one provider; email goes to many destinations behind one server.
            Err(SendError::Unanswered(_)) => self.kind == OutboxLane::Messages(Channel::Sms),
            Ok(()) | Err(SendError::Transient { .. } | SendError::Permanent(_)) => false,
        };
        if is_missed { self.breaker.missed() } else { self.breaker.reached() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.taken = state.taken.saturating_sub(1);
        state.retries = state.retries.saturating_sub(usize::from(self.is_retry));
        let left = state.by_destination.get(&self.destination).map_or(0, |taken| taken.saturating_sub(1));
        match left {
            0 => drop(state.by_destination.remove(&self.destination)),
            _ => drop(state.by_destination.insert(self.destination.clone(), left)),
        }
        drop(state);
        // It may have ended without contacting the server, or in a panic.
        if self.is_probe {
            self.lane.breaker.nothing_to_try();
        }
        self.lane.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChallengeId, MessageId, MessageKind, Timestamp};

    fn queued(destination: Option<&str>, attempts: i64) -> QueuedMessage {
        QueuedMessage {
            id: MessageId::random().unwrap(),
            kind: Some(MessageKind::Reset),
            challenge_id: ChallengeId::random().unwrap(),
            channel: None,
            lane: Channel::Email,
            destination: destination.map(str::to_owned),
            may_go_as_text: true,
            payload: None,
            give_up_at: Timestamp::from_millis(0),
            attempts,
            unanswered: 0,
            lease_until: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_destination_has_its_share_until_a_place_of_it_is_free_again() {
        let lanes = Lanes::new(8, &Metrics::default());
        let lane = lanes.get(OutboxLane::Messages(Channel::Email));
        assert_eq!(lane.room(), 2);
        let first = lane.take(&queued(Some("slow.example"), 1), false);
        assert_eq!(lane.room(), 1, "all that is claimed may go to the same one");
        let second = lane.take(&queued(Some("slow.example"), 1), false);
        assert_eq!((lane.free(), lane.full_destinations()), (6, vec!["slow.example".to_owned()]));
        assert_eq!(lane.room(), 2, "nothing more is claimed for that one");
        drop(first);
        assert_eq!((lane.free(), lane.full_destinations()), (7, Vec::<String>::new()));
        drop(second);
        assert_eq!(lane.free(), 8);
        assert!(lane.state().by_destination.is_empty());
    }

    #[test]
    fn destinations_that_nobody_knows_have_half_of_the_places_together() {
        let lanes = Lanes::new(8, &Metrics::default());
        let lane = lanes.get(OutboxLane::Messages(Channel::Email));
        let taken: Vec<Place> = (0..4).map(|_| lane.take(&queued(None, 1), false)).collect();
        assert_eq!(lane.full_destinations(), [String::new()]);
        drop(taken);
        assert!(lane.full_destinations().is_empty());
    }

    #[test]
    fn what_is_tried_again_has_a_share() {
        let lanes = Lanes::new(8, &Metrics::default());
        let lane = lanes.get(OutboxLane::Messages(Channel::Email));
        let first = lane.take(&queued(Some("a.example"), 2), false);
        assert!(!lane.has_enough_retries());
        let second = lane.take(&queued(Some("b.example"), 5), false);
        assert!(lane.has_enough_retries());
        drop((first, second));
        assert!(!lane.has_enough_retries());
    }

    #[test]
    fn what_goes_to_nobody_takes_as_long_as_what_went_there_last() {
        let lanes = Lanes::new(1, &Metrics::default());
        let lane = lanes.get(OutboxLane::Messages(Channel::Email));
        assert_eq!(lane.pace(Some("a.example")), Duration::ZERO);
        lane.took(Some("a.example"), Duration::from_secs(2));
        (0..9).for_each(|_| lane.took(None, Duration::from_secs(1)));
        assert_eq!(lane.pace(Some("a.example")), Duration::from_secs(2));
        assert_eq!(lane.pace(Some("b.example")), Duration::from_secs(1));
        lane.took(Some("tarpit.example"), Duration::from_secs(20));
        assert_eq!(lane.pace(Some("b.example")), Duration::from_secs(1), "one slow message says nothing of others");
        (0..1000).for_each(|number| lane.took(Some(&number.to_string()), Duration::ZERO));
        assert!(lane.state().paces.len() <= MOST_PACES && lane.state().last.len() == LAST);
    }
}
