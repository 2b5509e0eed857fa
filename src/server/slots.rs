//! How many connections there may be: in all, and from one address. When there is no room, the one that has been idle
//! longest is closed for the new one; one that is being answered is never closed for another.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;

use crate::model::Caller;
use crate::telemetry::Metrics;

/// Connections beyond the total that are kept for probes: loopback and trusted proxies.
const FOR_PROBES: usize = 16;

/// The most connections.
#[derive(Clone, Debug)]
pub struct Caps {
    /// In all.
    pub total: usize,
    /// From one IPv4 address or IPv6 /64.
    pub per_address: usize,
    /// Through which everybody may come: only the total is for them.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for Caps {
    /// As many as fit into the usual limit of 1,024 descriptors beside the database, the worker and files.
    fn default() -> Self {
        Self { total: 800, per_address: 600, trusted_proxies: Vec::new() }
    }
}

/// The connections of a listener. A clone is the same.
#[derive(Clone)]
pub struct Slots(Arc<Shared>);

struct Shared {
    caps: Caps,
    metrics: Metrics,
    /// Counts on with each connection and each answer: the order in which they became idle.
    order: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    connections: BTreeMap<u64, Entry>,
    by_network: HashMap<String, usize>,
}

struct Entry {
    network: String,
    use_of: Arc<Use>,
}

/// What a connection is doing.
#[derive(Default)]
pub(super) struct Use {
    answering: AtomicBool,
    writing: AtomicBool,
    requests: AtomicU64,
    idle_since: AtomicU64,
    close: Notify,
}

/// A connection's place; free again when it is dropped.
pub(super) struct Slot {
    slots: Slots,
    id: u64,
    pub(super) use_of: Arc<Use>,
}

/// A request that is being answered, until its answer is handed over.
pub(super) struct Answering {
    slots: Slots,
    use_of: Arc<Use>,
}

impl Slots {
    /// All free.
    pub fn new(caps: Caps, metrics: Metrics) -> Self {
        Self(Arc::new(Shared { caps, metrics, order: AtomicU64::default(), open: Mutex::default() }))
    }

    /// A place for a connection from `address`; `None`: there is none, and nobody is idle.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Slot> {
        let caps = &self.0.caps;
        let canonical = address.to_canonical();
        let is_proxy = caps.trusted_proxies.iter().any(|network| network.contains(&canonical));
        let network = Caller::network_of(address);
        let mut open = self.open();
        let of_network = open.by_network.get(&network).copied().unwrap_or_default();
        let fits = (is_proxy || of_network < caps.per_address || self.evict(&mut open, Some(&network)))
            && (open.connections.len() < caps.total
                || self.evict(&mut open, None)
                || ((is_proxy || canonical.is_loopback()) && open.connections.len() < caps.total + FOR_PROBES));
        if !fits {
            self.0.metrics.connection_refused();
            return None;
        }
        let id = self.next();
        let use_of = Arc::new(Use::default());
        use_of.idle_since.store(id, Ordering::SeqCst);
        *open.by_network.entry(network.clone()).or_default() += 1;
        open.connections.insert(id, Entry { network, use_of: Arc::clone(&use_of) });
        self.0.metrics.connections(open.connections.len());
        Some(Slot { slots: self.clone(), id, use_of })
    }

    /// Closes the connection that has been idle longest, of one network or of all.
    fn evict(&self, open: &mut Open, network: Option<&str>) -> bool {
        let idle = open
            .connections
            .iter()
            .filter(|(_, entry)| !entry.use_of.is_busy() && network.is_none_or(|network| network == entry.network));
        let oldest = idle.min_by_key(|(_, entry)| entry.use_of.idle_since.load(Ordering::SeqCst)).map(|(id, _)| *id);
        let Some(entry) = oldest.and_then(|id| remove(open, id)) else { return false };
        entry.use_of.close.notify_one();
        self.0.metrics.connection_evicted();
        true
    }

    fn next(&self) -> u64 {
        self.0.order.fetch_add(1, Ordering::SeqCst)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove(open: &mut Open, id: u64) -> Option<Entry> {
    let entry = open.connections.remove(&id)?;
    if let Some(count) = open.by_network.get_mut(&entry.network) {
        *count -= 1;
        if *count == 0 {
            open.by_network.remove(&entry.network);
        }
    }
    Some(entry)
}

impl Slot {
    /// A request has come whole.
    pub(super) fn begin(slots: &Slots, use_of: &Arc<Use>) -> Answering {
        use_of.answering.store(true, Ordering::SeqCst);
        use_of.requests.fetch_add(1, Ordering::SeqCst);
        Answering { slots: slots.clone(), use_of: Arc::clone(use_of) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.slots.open();
        remove(&mut open, self.id);
        self.slots.0.metrics.connections(open.connections.len());
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.use_of.idle_since.store(self.slots.next(), Ordering::SeqCst);
        self.use_of.answering.store(false, Ordering::SeqCst);
    }
}

impl Use {
    /// Whether a request is under way, or its answer is not yet taken.
    pub(super) fn is_busy(&self) -> bool {
        self.answering.load(Ordering::SeqCst) || self.writing.load(Ordering::SeqCst)
    }

    /// Requests so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    pub(super) fn writes(&self, is_waiting: bool) {
        self.writing.store(is_waiting, Ordering::SeqCst);
    }

    /// Resolves when its place is wanted for somebody else.
    pub(super) async fn evicted(&self) {
        self.close.notified().await;
    }
}
