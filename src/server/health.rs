//! `/livez` and `/readyz`, for load balancers and supervisors: whether this process responds, and whether it should
//! receive traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::store::Store;
use crate::telemetry::{Heartbeat, Metrics};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the database's answer is reused, so that it is asked at most once a second.
const HOLDS: Duration = Duration::from_secs(1);

/// When a worker counts as stuck. Sending may take 45 seconds, and the database 10 seconds before and after that.
const STUCK: Duration = Duration::from_secs(90);

const UNCACHED: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
const IN_FIVE_SECONDS: (HeaderName, HeaderValue) = (header::RETRY_AFTER, HeaderValue::from_static("5"));

/// Whether this process should receive traffic. Clones share their state.
#[derive(Clone)]
pub struct Readiness(Arc<Watched>);

struct Watched {
    store: Store,
    heartbeat: Heartbeat,
    metrics: Metrics,
    stopping: AtomicBool,
    /// When the database was last asked, and whether it answered. The lock is held during the query, so that concurrent
    /// probes wait for its result.
    last_ping: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// The readiness of a process with this database, whose worker has this heartbeat and whose metrics count the hashing
    /// threads.
    pub fn new(store: Store, heartbeat: Heartbeat, metrics: Metrics) -> Self {
        let stopping = AtomicBool::new(false);
        Self(Arc::new(Watched { store, heartbeat, metrics, stopping, last_ping: Mutex::default() }))
    }

    /// Reports from now on that the process is stopping and should receive no more traffic.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    /// Why the process isn't ready, in words that anybody may see.
    async fn obstacles(&self) -> Vec<&'static str> {
        if self.0.stopping.load(Ordering::Relaxed) {
            return vec!["stopping"];
        }
        let database = (!self.database_answers().await).then_some("database");
        let worker = (self.0.heartbeat.age() > STUCK).then_some("worker");
        let hashing = (self.0.metrics.hash_threads() == 0).then_some("hashing");
        database.into_iter().chain(worker).chain(hashing).collect()
    }

    async fn database_answers(&self) -> bool {
        let mut last_ping = self.0.last_ping.lock().await;
        if let Some((at, answered)) = *last_ping
            && at.elapsed() < HOLDS
        {
            return answered;
        }
        let answered = match timeout(PATIENCE, self.0.store.is_ready()).await {
            Ok(Ok(true)) => true,
            Ok(Ok(false)) => {
                tracing::warn!("not ready: the database accepts no writes");
                false
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready: the database query failed");
                false
            }
            Err(_) => {
                tracing::warn!("not ready: the database did not answer in time");
                false
            }
        };
        *last_ping = Some((Instant::now(), answered));
        answered
    }
}

/// Routes for both paths.
pub(super) fn routes(readiness: Readiness) -> Router {
    let alive = || async { ([UNCACHED], "ok\n") };
    Router::new().route("/livez", get(alive)).route("/readyz", get(ready)).with_state(readiness)
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    let obstacles = readiness.obstacles().await;
    if obstacles.is_empty() {
        ([UNCACHED], "ready\n").into_response()
    } else {
        let body = format!("not ready: {}\n", obstacles.join(", "));
        (StatusCode::SERVICE_UNAVAILABLE, [UNCACHED, IN_FIVE_SECONDS], body).into_response()
    }
}
