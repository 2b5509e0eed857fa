//! HTTP clients for requests to other servers: short timeouts, TLS, no redirects, no cookies. For the operator's own
//! servers, where they may be (`guard.rs`) and how they know us (`signature.rs`).

mod guard;
mod signature;

use std::time::Duration;

pub use guard::{Guard, Lookup, NotPublic, is_not_public};
pub use signature::{TOLERANCE, Unsigned, check_signature, sign};

/// Creates the client for outbound requests.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    client().connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(3)).build()
}

/// Creates a client that opens a new connection for every request. An open connection would be faster and reveal that
/// a message was sent a moment ago.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn forgetful_http_client() -> Result<reqwest::Client, reqwest::Error> {
    client().pool_max_idle_per_host(0).connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(3)).build()
}

/// Creates the client for requests to hosts outside our own network. It connects only to the addresses that `guard`
/// returns for a name: never through a proxy, which would resolve the name itself, and never over a kept connection,
/// which would skip the check. An answer must be complete after `timeout`.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn guarded_http_client(guard: Guard, timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let client = client().dns_resolver(guard).no_proxy().pool_max_idle_per_host(0);
    client.connect_timeout(Duration::from_secs(3)).timeout(timeout).build()
}

fn client() -> reqwest::ClientBuilder {
    // Another call may have installed the provider already; then this changes nothing.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("Keyback/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
}
