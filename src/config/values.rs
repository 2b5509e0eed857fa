//! Parsers for single values. An error says in one sentence how to fix the value.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

use crate::model::{Locale, RedirectUrl, WebOrigin};

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first octet.
    Implicit,
    /// STARTTLS; without it nothing is sent.
    Required,
    /// STARTTLS if the server offers it.
    Opportunistic,
    /// No TLS; only for a server on this machine.
    None,
}

/// Where mail is sent.
#[derive(Clone)]
pub enum MailUrl {
    Smtp {
        host: String,
        port: u16,
        security: SmtpSecurity,
        credentials: Option<(String, Zeroizing<String>)>,
    },
    Directory(PathBuf),
    /// Kept in memory for the demo's inbox. No URL selects it, so `serve` cannot.
    Memory,
}

impl MailUrl {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(directory) = text.strip_prefix("file:") {
            let directory = PathBuf::from(directory.strip_prefix("//").unwrap_or(directory));
            return if directory.as_os_str().is_empty() {
                Err("name a directory after file:".into())
            } else {
                Ok(Self::Directory(directory))
            };
        }
        let fix = || "must be smtp://user:password@host:587, smtps://user:password@host:465 or file:DIR".to_owned();
        let url = Url::parse(text).map_err(|_| fix())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(fix)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let security = match (url.scheme(), tls.as_deref()) {
            ("smtps", None) => SmtpSecurity::Implicit,
            ("smtp", None | Some("required")) => SmtpSecurity::Required,
            ("smtp", Some("opportunistic")) => SmtpSecurity::Opportunistic,
            ("smtp", Some("none")) => SmtpSecurity::None,
            ("smtp" | "smtps", Some(_)) => {
                return Err("tls must be required, opportunistic or none, and is only allowed with smtp://".into());
            }
            _ => return Err(fix()),
        };
        let is_this_machine =
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if security == SmtpSecurity::None && !is_this_machine {
            return Err("tls=none is only allowed for a mail server on this machine".into());
        }
        let decode = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| fix());
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decode(user)?, Zeroizing::new(decode(password)?))),
            _ => return Err("give both a user name and a password, or neither".into()),
        };
        if credentials.is_some() && security == SmtpSecurity::Opportunistic {
            return Err("a password is only sent over TLS: leave out tls=opportunistic".into());
        }
        let default_port = if security == SmtpSecurity::Implicit { 465 } else { 587 };
        Ok(Self::Smtp { host, port: url.port().unwrap_or(default_port), security, credentials })
    }
}

impl std::fmt::Debug for MailUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("MailUrl(…)")
    }
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address and a port: 127.0.0.1:3000, 0.0.0.0:3000 or [::]:3000".into())
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".into())
}

pub(super) fn number(text: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    let fix = format!("must be a number from {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or(fix)
}

/// `30m`, `90s`, `1h 30m`; the range is in seconds.
pub(super) fn duration(text: &str, range: RangeInclusive<u64>) -> Result<Duration, String> {
    let fix = format!("must be a time from {} to {} seconds, written as 90s, 30m or 2h", range.start(), range.end());
    let duration = text.parse::<jiff::SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    duration.filter(|duration| range.contains(&duration.as_secs())).ok_or(fix)
}

/// `73h`, `30d`; a day is 24 hours, and so is the range in hours.
pub(super) fn time_to_keep(text: &str, hours: RangeInclusive<u64>) -> Result<Duration, String> {
    let fix =
        format!("must be a time from {} hours to {} days, written as 73h or 30d", hours.start(), hours.end() / 24);
    let span = text.parse::<jiff::Span>().ok();
    let duration = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok());
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    let range = Duration::from_secs(hours.start() * 3600)..=Duration::from_secs(hours.end() * 3600);
    duration.filter(|duration| range.contains(duration)).ok_or(fix)
}

fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| format!("{text} is not a network (10.0.0.0/8) or an address"))
}

/// Reads a network that the operator trusts, and rejects networks that are part of the Internet: their members could
/// choose the address that is counted and logged, or could be reached although they are not public.
pub(super) fn part_of_the_internet(text: &str) -> Result<IpNet, String> {
    let network = network(text)?;
    let is_too_wide = match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        // Nobody else has unique local (fc00::/7) and link-local (fe80::/10) addresses.
        IpNet::V6(network) => {
            let is_local = network.network().is_unique_local() || network.network().is_unicast_link_local();
            network.prefix_len() < if is_local { 7 } else { 16 }
        }
    };
    if is_too_wide {
        return Err(format!(
            "{text} is a large part of the Internet, and everybody in it would be trusted: name the address of each \
             proxy or server, or its network (10.0.0.0/8)"
        ));
    }
    match network {
        // IPv4 addresses are always compared as IPv4, whatever the socket reports.
        IpNet::V6(network) if network.network().to_ipv4_mapped().is_some() => {
            Err(format!("{text} matches nothing: write IPv4 networks as 10.0.0.0/8"))
        }
        network => Ok(network),
    }
}

pub(super) fn mailbox(text: &str) -> Result<lettre::message::Mailbox, String> {
    text.parse().map_err(|_| "must be an address, or a name and an address: Example <no-reply@example.org>".into())
}

pub(super) fn redirect(text: &str) -> Result<RedirectUrl, String> {
    RedirectUrl::parse(text).map_err(|error| format!("{text}: {error}"))
}

/// Reads an origin from which browsers may call the APIs.
pub(super) fn web_origin(text: &str) -> Result<WebOrigin, String> {
    WebOrigin::parse(text).ok_or_else(|| {
        format!("{text} is not an origin: write https://app.example.org, without a path and without a *")
    })
}

/// Reads a URL that is shown on public pages.
pub(super) fn support_url(text: &str) -> Result<Url, String> {
    without_secret(web_url(text)?)
}

/// The same, for a page.
pub(super) fn shown_page_url(text: &str) -> Result<Url, String> {
    without_secret(page_url(text)?)
}

fn without_secret(url: Url) -> Result<Url, String> {
    let has_pattern = url.host_str().is_some_and(|host| host.contains('*'));
    if !url.username().is_empty() || url.password().is_some() || has_pattern {
        return Err("must have no user name, no password and no * in the host".into());
    }
    Ok(url)
}

fn web_url(text: &str) -> Result<Url, String> {
    let fix = "must be an https:// URL (http:// only for localhost; mailto: for support)";
    let url = Url::parse(text).map_err(|_| fix.to_owned())?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" | "mailto" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(fix.into()),
    }
}

/// Reads the URL of a page to link to.
pub(super) fn page_url(text: &str) -> Result<Url, String> {
    web_url(text)
        .ok()
        .filter(|url| url.scheme() != "mailto")
        .ok_or_else(|| "must be an https:// URL (http:// only for localhost)".into())
}

/// Reads the URL to which five characters of a hash are appended.
pub(super) fn range_url(text: &str) -> Result<Url, String> {
    let url = page_url(text)?;
    if url.path().ends_with('/') && url.query().is_none() && url.fragment().is_none() {
        Ok(url)
    } else {
        Err("must end with a slash: five characters of a hash are appended".into())
    }
}

pub(super) fn locale(text: &str) -> Result<Locale, String> {
    Locale::from_word(text).ok_or_else(|| format!("{text} is not a language of Keyback (en, de)"))
}

pub(super) fn product_name(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) || text.chars().count() > 60 {
        return Err("must be at most 60 characters, without line breaks".into());
    }
    Ok(text.to_owned())
}

pub(super) fn accent(text: &str) -> Result<String, String> {
    let well_formed =
        text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if well_formed { Ok(text.to_ascii_lowercase()) } else { Err("must be a colour written as #rrggbb".into()) }
}

pub(super) fn logo_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let known = matches!(path.extension().and_then(|ending| ending.to_str()), Some("svg" | "png" | "webp"));
    if !known {
        return Err("must be an .svg, .png or .webp file".into());
    }
    match std::fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= 100 * 1024 => Ok(path),
        Ok(_) => Err("must be a file of at most 100 KB".into()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn frame_ancestors(text: &str) -> Result<String, String> {
    let origin = |item: &str| {
        let plain = item.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte));
        plain && Url::parse(item).is_ok_and(|url| url.scheme() == "https" && url.path() == "/" && url.query().is_none())
    };
    let items: Vec<&str> = text.split_whitespace().collect();
    if items == ["'none'"] || items == ["'self'"] || (!items.is_empty() && items.iter().all(|item| origin(item))) {
        Ok(items.join(" "))
    } else {
        Err("must be 'none', 'self' or https:// origins with spaces between them".into())
    }
}
