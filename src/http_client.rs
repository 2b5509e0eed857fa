//! The only way out to other people's HTTP servers: short timeouts, TLS, no redirects, no cookies.
//! Made by `cli`: one for `reset::breach`, and one, with timeouts of their own, for the providers of text
//! messages in `delivery::sms`. `delivery::webhook` has one of its own, with a guard.

use std::time::Duration;

use reqwest::dns::Resolve;

/// The client for outbound requests.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    client().connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(3)).build()
}

/// The same, with a new connection for every request: that one is open already would tell that somebody has just been
/// sent a message.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn forgetful_http_client() -> Result<reqwest::Client, reqwest::Error> {
    client().pool_max_idle_per_host(0).connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(3)).build()
}

/// The client for requests to a place that must not be one of ours. Connections go to the addresses that
/// `guard` gives for a name, whatever else is set up on the machine: none by a proxy, which would look
/// the name up itself, and none a second time, without a look.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn guarded_http_client(guard: impl Resolve + 'static) -> Result<reqwest::Client, reqwest::Error> {
    let client = client().dns_resolver(guard).no_proxy().pool_max_idle_per_host(0);
    client.connect_timeout(Duration::from_secs(3)).timeout(Duration::from_secs(10)).build()
}

fn client() -> reqwest::ClientBuilder {
    // A second call finds the provider in place and changes nothing.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("Keyback/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
}
