//! The only way out to other people's HTTP servers: short timeouts, TLS, no redirects, no cookies.
//! Made once by `cli`, used by `reset::breach` and, with a timeout of their own, by the providers of text
//! messages in `delivery::sms`.

use std::time::Duration;

/// The client for outbound requests.
///
/// # Errors
/// When the system's trust store cannot be read.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // A second call finds the provider in place and changes nothing.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("Keyback/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(3))
        .build()
}
