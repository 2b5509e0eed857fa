//! The section `webhooks`: where events go, which keys sign them, and which events there are.

use ipnet::IpNet;
use url::Url;

use super::endpoint::{endpoint, secrets};
use super::error::ConfigError;
use super::reader::Reader;
use super::signing_secret::SigningSecret;
use super::values;
use crate::model::WebhookEvent;

/// The section `webhooks`, if an endpoint is set.
#[derive(Clone)]
pub struct WebhookConfig {
    /// May hold a secret in its path or query.
    pub url: Url,
    /// Each one signs every event. Never empty.
    pub secrets: Vec<SigningSecret>,
    /// The events that the endpoint receives. Never empty.
    pub events: Vec<WebhookEvent>,
    /// Networks in which the endpoint may be although they are not public.
    pub allowed_networks: Vec<IpNet>,
}

impl std::fmt::Debug for WebhookConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("WebhookConfig(…)")
    }
}

pub(super) fn read(reader: &mut Reader) -> Result<Option<WebhookConfig>, ConfigError> {
    let allowed_networks = reader.list("webhooks.allowed_networks", values::part_of_the_internet)?;
    let url = reader.optional("webhooks.url", |text| endpoint(text, &allowed_networks, "webhooks.allowed_networks"))?;
    let mut events = reader.list("webhooks.events", event)?;
    let Some(url) = url else {
        return match reader.set_names().find(|name| name.starts_with("webhooks.")) {
            Some(name) => Err(reader.refuse(name, "webhooks.url is not set: set it, or remove this".into())),
            None => Ok(None),
        };
    };
    let secrets = secrets(reader, "webhooks.secrets")?;
    if events.is_empty() {
        events = WebhookEvent::ALL.to_vec();
    }
    Ok(Some(WebhookConfig { url, secrets, events, allowed_networks }))
}

fn event(word: &str) -> Result<WebhookEvent, String> {
    WebhookEvent::from_word(word).ok_or_else(|| {
        let known = WebhookEvent::ALL.map(WebhookEvent::as_str).join(", ");
        format!("{word} is not an event: write some of {known}, or leave it empty for all")
    })
}
