//! Webhooks (security.md rows 71, 72 and 75): what an endpoint is sent, where it may be, and what an
//! operator is told.

mod settings;

use std::collections::BTreeMap;

use keyback::config::{Config, ConfigError, Environment, WebhookConfig};
use keyback::model::ServerKey;

/// The 32 octets `keyback-keyback-keyback-keyback-`.
const SECRET: &str = "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0=";

/// The 32 octets `rotated-rotated-rotated-rotated-`.
const NEW_SECRET: &str = "whsec_cm90YXRlZC1yb3RhdGVkLXJvdGF0ZWQtcm90YXRlZC0=";

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
