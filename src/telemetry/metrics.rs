//! What this process counts: requests, messages, limits, passwords. Made once by `cli` and handed down;
//! a clone counts the same numbers. Every label is one of a set that the code knows, so nobody outside
//! can add a series. What the database knows is read by `server::metrics` at each visit.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use crate::model::{Channel, LimitName, words};

/// What no request and no message is too slow for, in seconds: a page takes one or two milliseconds, a
/// request at most 30 seconds, a message 45.
const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0];

type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];

/// The numbers of this process.
#[derive(Clone)]
pub struct Metrics(Arc<Numbers>);

struct Numbers {
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    request_duration: Family<Labels<2>, Histogram>,
    messages: Family<Labels<2>, Counter>,
    message_duration: Family<Labels<1>, Histogram>,
    webhooks: Family<Labels<1>, Counter>,
    lane_open: Family<Labels<1>, Gauge>,
    limits_hit: Family<Labels<1>, Counter>,
    connections: Gauge,
    connections_refused: Counter,
    connections_evicted: Counter,
    hash_threads: Gauge,
    hash_capacity: Gauge,
    hash_queued: Gauge,
    hash_busy: Gauge,
    hashes_refused: Counter,
    hash_duration: Histogram,
    directory_up: Gauge,
    directory_overwritten: Counter,
}

words! {
    /// What came of handing something over to somebody else's server.
    pub enum SendOutcome {
        /// They have it.
        Sent = "sent",
        /// Not now; it is tried again.
        Postponed = "postponed",
        /// Nobody knows; it is tried again.
        Unanswered = "unanswered",
        /// Never; it is given up.
        Refused = "refused",
    }
}

impl Default for Metrics {
    /// All at nothing.
    fn default() -> Self {
        let mut registry = Registry::with_prefix("keyback");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which Keyback this is", build);
        let mut count = Registering(&mut registry);
        Self(Arc::new(Numbers {
            requests: count.plain("requests", "Requests that were answered", Family::default()),
            request_duration: count.seconds("request_duration", "How long an answer took", histograms()),
            messages: count.plain("messages", "Messages handed over, each try", Family::default()),
            message_duration: count.seconds("message_duration", "How long handing one over took", histograms()),
            webhooks: count.plain("webhooks", "Webhooks handed over, each try", Family::default()),
            lane_open: count.plain(
                "lane_open",
                "Whether messages of a channel go (1) or their server cannot be reached (0)",
                Family::default(),
            ),
            limits_hit: count.plain("limits_hit", "What a full limit refused or held back", Family::default()),
            connections: count.plain("connections", "Open connections of the pages and the API", Gauge::default()),
            connections_refused: count.plain(
                "connections_refused",
                "Connections without a free place",
                Counter::default(),
            ),
            connections_evicted: count.plain(
                "connections_evicted",
                "Idle connections closed for new ones",
                Counter::default(),
            ),
            hash_threads: count.plain("hash_threads", "Threads that hash passwords", Gauge::default()),
            hash_capacity: count.plain("hash_capacity", "Passwords that may wait for one of them", Gauge::default()),
            hash_queued: count.plain("hash_queued", "Passwords that wait for one of them", Gauge::default()),
            hash_busy: count.plain("hash_busy", "Threads that are hashing a password", Gauge::default()),
            hashes_refused: count.plain("hashes_refused", "Passwords for which no room was left", Counter::default()),
            hash_duration: count.seconds("hash_duration", "How long a password took its thread", histogram()),
            directory_up: count.plain(
                "directory_up",
                "Whether the app that keeps the accounts answers (1) or not (0); 0 if Keyback keeps them",
                Gauge::default(),
            ),
            directory_overwritten: count.plain(
                "directory_overwritten",
                "New passwords that the app has changed back",
                Counter::default(),
            ),
            registry,
        }))
    }
}

impl Metrics {
    /// Writes every number in the text format of OpenMetrics, without its last line.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(&self, text: &mut String) -> fmt::Result {
        encode_registry(text, &self.0.registry)
    }

    /// Whether the app's database answers.
    pub fn directory_answers(&self, answers: bool) {
        self.0.directory_up.set(answers.into());
    }

    /// New passwords that the app has changed back.
    pub fn passwords_undone(&self, number: u64) {
        self.0.directory_overwritten.inc_by(number);
    }

    /// A request was answered. `route` is the pattern of its path, never the path itself.
    pub fn request_answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let (method, route) = (("method", method.into()), ("route", Cow::from(route.to_owned())));
        self.0.request_duration.get_or_create(&[method.clone(), route.clone()]).observe(took.as_secs_f64());
        self.0.requests.get_or_create(&[method, route, ("status", status.to_string().into())]).inc();
    }

    /// A message begins its way to a mail server or a provider.
    pub fn sending(&self, channel: Channel) -> Sending {
        Sending { metrics: self.clone(), channel, begun: Instant::now(), outcome: SendOutcome::Unanswered }
    }

    /// A webhook was handed over, or not.
    pub fn webhook_ended(&self, outcome: SendOutcome) {
        self.0.webhooks.get_or_create(&[("outcome", outcome.as_str().into())]).inc();
    }

    /// Whether messages of a channel go, or wait for a server that cannot be reached.
    pub fn lane_open(&self, channel: Channel, is_open: bool) {
        self.0.lane_open.get_or_create(&[("channel", channel.as_str().into())]).set(i64::from(is_open));
    }

    /// A limit was full.
    pub fn limit_hit(&self, rule: LimitName) {
        self.0.limits_hit.get_or_create(&[("rule", rule.as_str().into())]).inc();
    }

    /// So many connections are open.
    pub fn connections(&self, open: usize) {
        self.0.connections.set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// A connection found no place.
    pub fn connection_refused(&self) {
        self.0.connections_refused.inc();
    }

    /// An idle connection was closed for another.
    pub fn connection_evicted(&self) {
        self.0.connections_evicted.inc();
    }

    /// So many passwords may wait for a hashing thread.
    pub fn hash_capacity(&self, capacity: usize) {
        self.0.hash_capacity.set(i64::try_from(capacity).unwrap_or(i64::MAX));
    }

    /// A hashing thread starts; it counts for as long as it keeps what it gets here.
    pub fn hash_thread(&self) -> Counted {
        Counted::in_gauge(&self.0.hash_threads)
    }

    /// How many hashing threads run.
    pub fn hash_threads(&self) -> i64 {
        self.0.hash_threads.get()
    }

    /// A password is about to be put into the queue.
    pub fn hash_queued(&self) {
        self.0.hash_queued.inc();
    }

    /// It found no room there.
    pub fn hash_refused(&self) {
        self.0.hash_queued.dec();
        self.0.hashes_refused.inc();
    }

    /// A thread has taken one out of the queue.
    pub fn hash_taken(&self) {
        self.0.hash_queued.dec();
    }

    /// A thread hashes one.
    pub fn hashing<T>(&self, hash: impl FnOnce() -> T) -> T {
        let _busy = Counted::in_gauge(&self.0.hash_busy);
        let begun = Instant::now();
        let hashed = hash();
        self.0.hash_duration.observe(begun.elapsed().as_secs_f64());
        hashed
    }
}

/// Something that a gauge counts until it is dropped, in a panic, too.
pub struct Counted(Gauge);

impl Counted {
    fn in_gauge(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A message on its way; counted when it is dropped. One whose time ran out is unanswered.
pub struct Sending {
    metrics: Metrics,
    channel: Channel,
    begun: Instant,
    outcome: SendOutcome,
}

impl Sending {
    /// What came of it.
    pub fn ended(mut self, outcome: SendOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let channel = ("channel", self.channel.as_str().into());
        let outcome = ("outcome", self.outcome.as_str().into());
        let numbers = &self.metrics.0;
        numbers.messages.get_or_create(&[channel.clone(), outcome]).inc();
        numbers.message_duration.get_or_create(&[channel]).observe(self.begun.elapsed().as_secs_f64());
    }
}

struct Registering<'a>(&'a mut Registry);

impl Registering<'_> {
    fn plain<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn seconds<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register_with_unit(name, help, Unit::Seconds, metric.clone());
        metric
    }
}

fn histograms<const N: usize>() -> Family<Labels<N>, Histogram> {
    Family::new_with_constructor(histogram)
}

fn histogram() -> Histogram {
    Histogram::new(BUCKETS)
}
