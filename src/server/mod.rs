//! The HTTP server: merges all routes and lists the middleware in one place.

mod assets;
mod caps;
mod connections;
mod error_page;
mod health;
mod metrics;
mod middleware;
mod pages;
mod sessions;
mod slots;
mod watched;
mod workarounds;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use crate::admin::{Accounts, Idempotency, Keys, Overviews, SignIn};
use crate::api::{self, ApiState, McpSettings, Spoken};
use crate::clock::Clock;
use crate::config::Config;
use crate::reset::ResetService;
use crate::store::Store;
use crate::telemetry::{Heartbeat, Metrics};
pub use caps::{Caps, TooFewDescriptors};
pub use connections::{serve, serve_within};
pub use health::Readiness;
pub use metrics::metrics;
use middleware::Facts;
pub use slots::Slots;

/// The maximum size of a request body in bytes.
const BODY_LIMIT: usize = 16 * 1024;

/// How long requests in progress may take to finish after the stop signal.
pub const DRAIN: Duration = Duration::from_secs(7);

/// The parts of the application that the server needs.
#[derive(Clone)]
pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub reset: ResetService,
    pub accounts: Accounts,
    pub sign_in: SignIn,
    pub keys: Keys,
    pub overviews: Overviews,
    pub clock: Clock,
    pub metrics: Metrics,
    pub heartbeat: Heartbeat,
    pub readiness: Readiness,
}

impl Parts {
    /// The state of the APIs.
    pub fn api(&self) -> ApiState {
        let (config, secret_key) = (&self.config, self.config.server.secret_key.clone());
        ApiState {
            reset: self.reset.clone(),
            accounts: self.accounts.clone(),
            sign_in: self.sign_in.clone(),
            keys: self.keys.clone(),
            idempotency: Idempotency::new(self.store.clone(), secret_key, self.clock.clone()),
            default_locale: config.default_locale(),
            own_origin: config.server.public_url.origin(),
            allowed_origins: config.api.allowed_origins.clone().into(),
        }
    }

    /// The APIs that are switched on.
    pub fn spoken(&self) -> Spoken {
        let api = &self.config.api;
        Spoken {
            native: api.native,
            agnost: api.agnost,
            cognito: api.cognito,
            productflame: api.productflame,
            mcp: api.mcp.then(|| self.mcp()),
        }
    }

    fn mcp(&self) -> McpSettings {
        let public_url = &self.config.server.public_url;
        // As in `known_host`: a service on this machine answers to all names of the loopback.
        let of_this_machine = ["localhost", "127.0.0.1", "::1"].into_iter().filter(|_| !public_url.is_https());
        McpSettings {
            password_tools: self.config.api.mcp_password_tools,
            allowed_hosts: of_this_machine.chain([public_url.host()]).map(str::to_owned).collect(),
        }
    }
}

/// Why the server can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("pages.logo: could not read the file: {0}")]
    Logo(std::io::Error),
}

/// Builds the router with all routes and middleware. `extra` has the demo's pages, if any; it shares the pages'
/// sessions.
///
/// # Errors
/// See [`BuildError`].
pub fn build(parts: Parts, extra: Router) -> Result<Router, BuildError> {
    let facts = Arc::new(Facts::new(&parts.config, parts.clock.clone()));
    let session_layer = sessions::layer(parts.store.clone(), parts.clock.clone());
    let (state, spoken) = (parts.api(), parts.spoken());
    let at_root = api::at_root(&state, &spoken);
    let pages = pages::routes(&parts.config, parts.reset)?;
    Ok(pages
        .merge(extra)
        .layer(session_layer)
        .layer(from_fn(workarounds::tower_sessions::secure_removal))
        .layer(from_fn(sessions::one_cookie))
        .layer(from_fn(workarounds::tower_sessions::bare_faults))
        .layer(from_fn_with_state(at_root, middleware::calls_at_root))
        .merge(api::routes(state, spoken))
        .merge(assets::routes(&parts.config)?)
        // A request passes these layers from the last to the first.
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(from_fn(middleware::forms))
        .layer(middleware::timeout())
        .layer(from_fn_with_state(Arc::clone(&facts), middleware::same_origin))
        .layer(from_fn_with_state(Arc::clone(&facts), middleware::known_host))
        .layer(CatchPanicLayer::custom(middleware::after_panic))
        .layer(from_fn_with_state(Arc::clone(&facts), middleware::plain_errors))
        .layer(from_fn_with_state(Arc::clone(&facts), middleware::security_headers))
        .layer(from_fn_with_state(Arc::clone(&facts), middleware::request_facts))
        // Probes bypass the checks and the access log: they come every second, with an IP address as `Host`.
        .merge(health::routes(parts.readiness).layer(from_fn_with_state(facts, middleware::security_headers)))
        .layer(from_fn_with_state(parts.metrics, middleware::count_requests)))
}
