//! A server of the operator that Keyback calls: where it may be, and which keys sign what it receives.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use super::error::ConfigError;
use super::reader::Reader;
use super::signing_secret::SigningSecret;
use crate::model::is_public_or_in;

/// How many secrets may be in use together: the old one, the new one, and one that was forgotten.
const SECRETS: usize = 3;

/// The secrets that a setting lists, at least one.
pub(super) fn secrets(reader: &mut Reader, name: &'static str) -> Result<Vec<SigningSecret>, ConfigError> {
    let secrets = reader.list(name, SigningSecret::parse)?;
    match secrets.len() {
        0 => Err(Reader::missing(name)),
        1..=SECRETS => Ok(secrets),
        _ => Err(reader.refuse(name, format!("at most {SECRETS}: remove those that are no longer used"))),
    }
}

/// Reads a URL that requests may go to (SECURITY.md, requirement 72). A host name is checked again before each one.
/// `networks` is the name of the setting that allows more.
pub(super) fn endpoint(text: &str, allowed: &[IpNet], networks: &str) -> Result<Url, String> {
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
    // One allowed address is enough here; before each request, the guard checks all addresses of a name.
    if addresses.is_empty() || addresses.iter().any(|address| is_public_or_in(*address, allowed)) {
        return Ok(url);
    }
    let host = url.host_str().unwrap_or_default();
    Err(format!("{host} is not public: use another host, or add its network to {networks}"))
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
