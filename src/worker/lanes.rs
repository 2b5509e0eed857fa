//! The lanes in which messages go: one for mail, one for text messages, one for the operator's app. Each has places of
//! its own, so that none holds another up, and gives no destination more than a part of them. Made by
//! `cli`, used by `flow` and `send`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::breaker::Breaker;
use crate::delivery::SendError;
use crate::model::Channel;
use crate::store::OutboxLane;
use crate::telemetry::Metrics;

/// Places of a lane whose number no setting says.
const PLACES: usize = 16;

/// One destination has a place in so many at most.
const SHARE: usize = 4;

/// Destinations whose pace is remembered.
const MOST_PACES: usize = 256;

/// All lanes of a process. A clone is the same.
#[derive(Clone)]
pub struct Lanes {
    mail: Arc<Lane>,
    texts: Arc<Lane>,
    webhooks: Arc<Lane>,
}

/// What is on its way in one lane, and how that goes.
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
    /// How long the last message took.
    pace: Duration,
    paces: HashMap<String, Duration>,
}

/// A place in a lane, free again when it is dropped.
pub(super) struct Place {
    lane: Arc<Lane>,
    destination: Option<String>,
}

impl Lanes {
    /// All places free; mail has as many as there may be connections to the mail server.
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

    /// How many may be on their way at once.
    pub(super) fn places(&self) -> usize {
        self.places
    }

    pub(super) fn free(&self) -> usize {
        self.places.saturating_sub(self.state().taken)
    }

    /// Rows to claim at a time: no more than one destination may have, for all of them may go to one.
    pub(super) fn share(&self) -> usize {
        (self.places / SHARE).max(1)
    }

    /// Destinations that have their share.
    pub(super) fn full_destinations(&self) -> Vec<String> {
        let share = self.share();
        let state = self.state();
        state.by_destination.iter().filter(|(_, taken)| **taken >= share).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn take(self: &Arc<Self>, destination: Option<&str>) -> Place {
        let mut state = self.state();
        state.taken += 1;
        if let Some(destination) = destination {
            *state.by_destination.entry(destination.to_owned()).or_default() += 1;
        }
        Place { lane: Arc::clone(self), destination: destination.map(str::to_owned) }
    }

    /// Waits until a place is free or something else calls for a look.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// There is something to do.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    /// A message took so long.
    pub(super) fn took(&self, destination: Option<&str>, duration: Duration) {
        let mut state = self.state();
        state.pace = duration;
        let Some(destination) = destination else { return };
        if state.paces.len() >= MOST_PACES && !state.paces.contains_key(destination) {
            state.paces.clear();
        }
        state.paces.insert(destination.to_owned(), duration);
    }

    /// How long a message probably takes: as long as the last one to the same destination, or as the last one.
    pub(super) fn pace(&self, destination: Option<&str>) -> Duration {
        let state = self.state();
        destination.and_then(|destination| state.paces.get(destination)).copied().unwrap_or(state.pace)
    }

    /// Tells the breaker what came of a try.
    pub(super) fn answered(&self, tried: &Result<(), SendError>) {
        let is_missed = match tried {
            Err(SendError::Unreached(_)) => true,
            // All text messages go to one provider, mail to many destinations behind one server.
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
        if let Some(destination) = &self.destination {
            let left = state.by_destination.get(destination).map_or(0, |taken| taken.saturating_sub(1));
            match left {
                0 => drop(state.by_destination.remove(destination)),
                _ => drop(state.by_destination.insert(destination.clone(), left)),
            }
        }
        drop(state);
        self.lane.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_has_its_share_until_a_place_of_it_is_free_again() {
        let lanes = Lanes::new(8, &Metrics::default());
        let lane = lanes.get(OutboxLane::Messages(Channel::Email));
        let first = lane.take(Some("slow.example"));
        let second = lane.take(Some("slow.example"));
        let other = lane.take(None);
        assert_eq!((lane.free(), lane.full_destinations()), (5, vec!["slow.example".to_owned()]));
        drop(first);
        assert_eq!((lane.free(), lane.full_destinations()), (6, Vec::<String>::new()));
        drop((second, other));
        assert_eq!(lane.free(), 8);
        assert!(lane.state().by_destination.is_empty());
    }

    #[test]
    fn what_goes_to_nobody_takes_as_long_as_what_went_there_last() {
        let lanes = Lanes::new(1, &Metrics::default());
        let lane = lanes.get(OutboxLane::Messages(Channel::Email));
        assert_eq!(lane.pace(Some("a.example")), Duration::ZERO);
        lane.took(Some("a.example"), Duration::from_secs(2));
        lane.took(None, Duration::from_secs(1));
        assert_eq!(lane.pace(Some("a.example")), Duration::from_secs(2));
        assert_eq!(lane.pace(Some("b.example")), Duration::from_secs(1));
        (0..1000).for_each(|number| lane.took(Some(&number.to_string()), Duration::ZERO));
        assert!(lane.state().paces.len() <= MOST_PACES);
    }
}
