//! Webhooks (SECURITY.md, requirements 71, 72 and 75): what an endpoint receives, where it may be, and what an operator
//! is shown.

mod check;
mod events;
mod guard;
mod settings;
mod transport;

use std::collections::BTreeMap;

use keyback::clock::Clock;
use keyback::config::{Config, ConfigError, Environment, WebhookConfig};
use keyback::delivery::WebhookTransport;
use keyback::model::{ServerKey, Timestamp};

use crate::support::Provider;

/// The 32 octets `keyback-keyback-keyback-keyback-`.
const SECRET: &str = "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0=";

/// The 32 octets `rotated-rotated-rotated-rotated-`.
const NEW_SECRET: &str = "whsec_cm90YXRlZC1yb3RhdGVkLXJvdGF0ZWQtcm90YXRlZC0=";

/// Whatever must be in no reason and in no line of the log: the keys, part of the URL, and of the body.
const SECRETS: [&str; 4] = ["a2V5YmFj", "cm90YXRl", "url-secret", "payload-secret"];

const PAYLOAD: &str =
    r#"{"type":"reset.completed","timestamp":"2026-11-22T14:03:00Z","data":{"reset_id":"payload-secret"}}"#;

const ID: &str = "event-17";

/// 2026-11-22 14:03:00 UTC, a Sunday.
const NOW: Timestamp = Timestamp::from_millis(1_795_356_180_000);

/// What is read from these settings of the section `webhooks`.
fn read(settings: &[(&str, &str)]) -> Result<Option<WebhookConfig>, ConfigError> {
    let variables: BTreeMap<String, String> = [
        ("SERVER__PUBLIC_URL", "https://reset.example.org"),
        ("SERVER__SECRET_KEY", &ServerKey::random().unwrap().to_base64()),
        ("DATABASE__URL", "sqlite:unused.db"),
        ("MAIL__URL", "file:unused"),
        ("MAIL__FROM", "no-reply@example.org"),
    ]
    .into_iter()
    .map(|(name, value)| (format!("KEYBACK_{name}"), value.to_owned()))
    .chain(settings.iter().map(|(name, value)| (format!("KEYBACK_WEBHOOKS__{name}"), (*value).to_owned())))
    .collect();
    Config::load(None, &Environment::from(variables)).map(|config| config.webhooks)
}

/// An endpoint on this machine, which is allowed, with one key.
fn config(url: &str) -> WebhookConfig {
    read(&[("URL", url), ("SECRETS", SECRET), ("ALLOWED_NETWORKS", "127.0.0.0/8, ::1")]).unwrap().unwrap()
}

/// The transport to an endpoint that the test runs.
fn transport(endpoint: &Provider, clock: Clock) -> WebhookTransport {
    WebhookTransport::new(&config(&format!("{}/hook?key=url-secret", endpoint.url())), clock).unwrap()
}
