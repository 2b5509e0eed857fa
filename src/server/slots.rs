//! The connection slots of a listener. If none is free, the connection that has been idle longest is evicted for the
//! new one; a connection with a request in progress is never evicted.
//!
//! All decisions are made under one lock: an evicted connection is no longer listed, and a connection that isn't
//! listed can't start an answer.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::caps::Caps;
use crate::telemetry::Metrics;

/// Extra connections beyond the total, reserved for probes: from loopback addresses and trusted proxies.
const FOR_PROBES: usize = 16;

/// The slots of a listener. Clones share their state.
#[derive(Clone)]
pub struct Slots(Arc<Shared>);

struct Shared {
    caps: Caps,
    metrics: Metrics,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// A counter that increases with each connection and each answer. It gives the order in which connections became
    /// idle.
    order: u64,
    connections: HashMap<u64, Entry>,
    groups: HashMap<Group, Members>,
}

struct Entry {
    groups: [Group; 3],
    /// The value of the counter when it became idle; `None` while a request is in progress.
    idle_since: Option<u64>,
    close: Arc<Notify>,
}

/// A group of connections that share a limit.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    /// An IPv4 address or IPv6 /64.
    Address(IpAddr),
    /// An IPv4 /24 or IPv6 /48.
    Network(IpAddr),
    All,
}

#[derive(Default)]
struct Members {
    count: usize,
    /// The IDs of idle connections, in the order in which they became idle.
    idle: BTreeMap<u64, u64>,
}

/// A connection's slot. Dropping it frees the slot.
pub(super) struct Place {
    slots: Slots,
    id: u64,
    close: Arc<Notify>,
    phase: AtomicU8,
    requests: AtomicU64,
}

// What a connection is doing. Only the connection itself changes this.
const IDLE: u8 = 0;
const ANSWERING: u8 = 1;
/// The answer has been handed over, but may not be fully written to the socket yet.
const WRITING: u8 = 2;

/// A request in progress, until its answer has been handed over.
pub(super) struct Answering(Arc<Place>);

impl Slots {
    /// Creates the slots, all of them free.
    pub fn new(caps: Caps, metrics: Metrics) -> Self {
        Self(Arc::new(Shared { caps, metrics, open: Mutex::default() }))
    }

    /// Takes a slot for a connection from `address`. `None` if none is free and no connection is idle.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Arc<Place>> {
        let caps = &self.0.caps;
        let address = address.to_canonical();
        let is_proxy = caps.trusted_proxies.iter().any(|network| network.contains(&address));
        let mut open = self.open();
        let groups = groups_of(address);
        let [of_address, of_network, all] = groups;
        let has_room = (is_proxy
            || (self.make_room(&mut open, of_address, caps.per_address)
                && self.make_room(&mut open, of_network, caps.per_network)))
            && (self.make_room(&mut open, all, caps.total)
                || ((is_proxy || address.is_loopback()) && open.connections.len() < caps.total + FOR_PROBES));
        if !has_room {
            self.0.metrics.connection_refused();
            return None;
        }
        let close = Arc::new(Notify::new());
        let id = open.insert(groups, Arc::clone(&close));
        self.0.metrics.connections(open.connections.len());
        Some(Arc::new(Place {
            slots: self.clone(),
            id,
            close,
            phase: AtomicU8::new(IDLE),
            requests: AtomicU64::new(0),
        }))
    }

    /// Whether the group has room. If it is full, evicts the connection that has been idle longest.
    fn make_room(&self, open: &mut Open, group: Group, most: usize) -> bool {
        let Some(members) = open.groups.get(&group).filter(|members| members.count >= most) else { return true };
        let oldest = members.idle.first_key_value().map(|(_, id)| *id);
        let Some(entry) = oldest.and_then(|id| open.remove(id)) else { return false };
        entry.close.notify_one();
        self.0.metrics.connection_evicted();
        true
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn groups_of(address: IpAddr) -> [Group; 3] {
    let (narrow, wide) = match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            (IpAddr::V4(address), IpAddr::V4(Ipv4Addr::new(a, b, c, 0)))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            (Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into(), Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into())
        }
    };
    [Group::Address(narrow), Group::Network(wide), Group::All]
}

impl Open {
    fn next(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// Adds a connection, which is idle at first.
    fn insert(&mut self, groups: [Group; 3], close: Arc<Notify>) -> u64 {
        let id = self.next();
        for group in groups {
            let members = self.groups.entry(group).or_default();
            members.count += 1;
            members.idle.insert(id, id);
        }
        self.connections.insert(id, Entry { groups, idle_since: Some(id), close });
        id
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.connections.remove(&id)?;
        for group in entry.groups {
            if let Some(members) = self.groups.get_mut(&group) {
                members.count -= 1;
                if let Some(since) = entry.idle_since {
                    members.idle.remove(&since);
                }
                if members.count == 0 {
                    self.groups.remove(&group);
                }
            }
        }
        Some(entry)
    }

    /// Marks a connection as busy. `false` if it has been evicted.
    fn set_busy(&mut self, id: u64) -> bool {
        let Some(entry) = self.connections.get_mut(&id) else { return false };
        if let Some(since) = entry.idle_since.take() {
            for group in entry.groups {
                if let Some(members) = self.groups.get_mut(&group) {
                    members.idle.remove(&since);
                }
            }
        }
        true
    }

    fn set_idle(&mut self, id: u64) {
        let since = self.next();
        let Some(entry) = self.connections.get_mut(&id) else { return };
        entry.idle_since = Some(since);
        for group in entry.groups {
            if let Some(members) = self.groups.get_mut(&group) {
                members.idle.insert(since, id);
            }
        }
    }
}

impl Place {
    /// Starts to answer a request. `None` if the connection has been evicted: then it must not answer.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Answering> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        if !self.slots.open().set_busy(self.id) {
            return None;
        }
        self.phase.store(ANSWERING, Ordering::SeqCst);
        Some(Answering(Arc::clone(self)))
    }

    /// Call when everything that was handed over has been written to the socket.
    pub(super) fn all_written(&self) {
        if self.phase.compare_exchange(WRITING, IDLE, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.slots.open().set_idle(self.id);
        }
    }

    /// Whether a request is in progress or its answer isn't fully written yet.
    pub(super) fn is_busy(&self) -> bool {
        self.phase.load(Ordering::SeqCst) != IDLE
    }

    /// The number of requests so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Resolves when the connection has been evicted and must be closed.
    pub(super) async fn evicted(&self) {
        self.close.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.slots.open();
        open.remove(self.id);
        self.slots.0.metrics.connections(open.connections.len());
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.phase.store(WRITING, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(total: usize, per_address: usize, per_network: usize) -> Slots {
        Slots::new(Caps { total, per_address, per_network, trusted_proxies: Vec::new() }, Metrics::default())
    }

    impl Slots {
        fn from(&self, address: &str) -> Option<Arc<Place>> {
            self.admit(address.parse().unwrap())
        }

        fn counted(&self) -> usize {
            self.open().connections.len()
        }
    }

    #[test]
    fn a_connection_that_was_chosen_to_be_closed_can_answer_nothing_any_more() {
        let slots = slots(1, 1, 1);
        let chosen = slots.from("192.0.2.1").unwrap();
        let other = slots.from("198.51.100.1").unwrap();
        // Its request arrives before it is closed.
        assert!(chosen.begin().is_none());
        assert!(other.begin().is_some());
        assert_eq!(slots.counted(), 1);
        drop(chosen);
        assert_eq!(slots.counted(), 1, "its place is given back once");
    }

    #[test]
    fn a_connection_that_answers_is_not_closed_until_everything_is_written() {
        let slots = slots(1, 1, 1);
        let busy = slots.from("192.0.2.1").unwrap();
        let answering = busy.begin().unwrap();
        busy.all_written();
        assert!(slots.from("198.51.100.1").is_none(), "its answer is not there yet");
        drop(answering);
        assert!(slots.from("198.51.100.1").is_none(), "its answer is not yet written");
        busy.all_written();
        assert!(slots.from("198.51.100.1").is_some());
        assert!(busy.begin().is_none());
    }

    #[test]
    fn the_next_request_may_come_before_the_last_answer_is_written() {
        let slots = slots(1, 1, 1);
        let busy = slots.from("192.0.2.1").unwrap();
        drop(busy.begin().unwrap());
        let second = busy.begin().unwrap();
        busy.all_written();
        assert!(busy.is_busy() && slots.from("198.51.100.1").is_none());
        drop(second);
        busy.all_written();
        assert!(!busy.is_busy());
    }

    #[test]
    fn the_one_that_has_been_idle_longest_goes_first() {
        let slots = slots(2, 2, 2);
        let (first, second) = (slots.from("192.0.2.1").unwrap(), slots.from("192.0.2.2").unwrap());
        drop(first.begin().unwrap());
        first.all_written();
        let _third = slots.from("198.51.100.1").unwrap();
        assert!(second.begin().is_none());
        assert!(first.begin().is_some());
    }

    #[test]
    fn a_crowd_from_one_network_takes_half_of_the_places_at_most() {
        for (neighbour, stranger) in [("2001:db8:7:{}::1", "2001:db8:8::1"), ("192.0.2.{}", "192.0.3.1")] {
            let slots = slots(40, 10, 20);
            let crowd: Vec<_> = (1..=60)
                .filter_map(|number| slots.from(&neighbour.replace("{}", &number.to_string())))
                .filter_map(|place| place.begin().map(|answering| (place, answering)))
                .collect();
            assert_eq!(crowd.len(), 20);
            assert!(slots.from(stranger).is_some());
        }
    }

    #[test]
    fn chosen_and_answering_at_the_same_time_is_one_of_both_and_never_uncounted() {
        const TOTAL: usize = 4;
        let slots = slots(TOTAL, TOTAL, TOTAL);
        let answering = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for caller in 0..8 {
                let (slots, answering) = (&slots, &answering);
                scope.spawn(move || {
                    for _ in 0..5_000 {
                        let Some(place) = slots.from(&format!("192.0.2.{caller}")) else { continue };
                        let Some(begun) = place.begin() else { continue };
                        let now = answering.fetch_add(1, Ordering::SeqCst) + 1;
                        assert!(now <= TOTAL as u64, "more are answered than there are places");
                        answering.fetch_sub(1, Ordering::SeqCst);
                        drop(begun);
                        place.all_written();
                    }
                });
            }
        });
        assert_eq!(slots.counted(), 0);
        assert!(slots.open().groups.is_empty());
    }
}
