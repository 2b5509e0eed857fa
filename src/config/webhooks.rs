//! The section `webhooks`: where events go, which keys sign them, and which events there are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use super::error::ConfigError;
use super::reader::Reader;
use super::signing_secret::SigningSecret;
use super::values;
use crate::model::{WebhookEvent, is_public_or_in};

/// How many secrets may be in use together: the old one, the new one, and one that was forgotten.
const SECRETS: usize = 3;

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
    let url = reader.optional("webhooks.url", |text| endpoint(text, &allowed_networks))?;
    let secrets = reader.list("webhooks.secrets", SigningSecret::parse)?;
    let mut events = reader.list("webhooks.events", event)?;
    let Some(url) = url else {
        return match reader.set_names().find(|name| name.starts_with("webhooks.")) {
            Some(name) => Err(reader.refuse(name, "webhooks.url is not set: set it, or remove this".into())),
            None => Ok(None),
        };
    };
    if secrets.is_empty() {
        return Err(Reader::missing("webhooks.secrets"));
    }
    if secrets.len() > SECRETS {
        return Err(
            reader.refuse("webhooks.secrets", format!("at most {SECRETS}: remove those that are no longer used"))
        );
    }
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

/// Reads a URL that events may go to (SECURITY.md, requirement 72). A host name is checked again before each event.
fn endpoint(text: &str, allowed: &[IpNet]) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let url = url.ok_or("must be an https:// URL")?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must have no user name, no password and no fragment".into());
    }
    let addresses = known_addresses(&url);
    let is_loopback = !addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback);
    if url.scheme() == "http" && !is_loopback {
        return Err("must be an https:// URL (http:// only for this machine)".into());
    }
    // One allowed address is enough here; before each event, the guard checks all addresses of a name.
    if addresses.is_empty() || addresses.iter().any(|address| is_public_or_in(*address, allowed)) {
        return Ok(url);
    }
    let host = url.host_str().unwrap_or_default();
    Err(format!("{host} is not public: use another host, or add its network to webhooks.allowed_networks"))
}

/// The addresses that are known without a DNS query. The URL parser has already turned every spelling of a numeric
/// host into the address it means.
fn known_addresses(url: &Url) -> Vec<IpAddr> {
    match url.host() {
        Some(Host::Ipv4(address)) => vec![address.into()],
        Some(Host::Ipv6(address)) => vec![address.into()],
        // RFC 6761 §6.3
        Some(Host::Domain("localhost")) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Some(Host::Domain(_)) | None => Vec::new(),
    }
}
