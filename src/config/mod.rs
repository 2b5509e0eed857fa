//! The operator's settings. They are read once at startup from a file and the environment and parsed into types. An
//! error is one message that names the key, the value and the fix.

mod colour;
mod database_url;
mod directory;
mod documentation;
mod endpoint;
mod error;
mod file;
mod hook_template;
mod keys;
mod reader;
mod secret_key;
mod signing_secret;
mod sms;
mod telemetry;
mod values;
mod webhooks;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

pub use colour::{readable_accent, text_colour_on};
pub use database_url::DatabaseUrl;
pub use directory::{
    Access, Condition, DirectoryConfig, DirectoryUrl, HttpDirectory, Lookup, Mapping, MatchRule, Preset, RecipeConfig,
    SqlDialect, SqlDirectory, TableAccess, WithoutPassword, preset_names, show_preset,
};
pub use documentation::documentation;
pub use error::ConfigError;
pub use hook_template::{HookTemplate, HookValues};
pub use reader::{Environment, api_key_of_process};
pub use signing_secret::SigningSecret;
pub use sms::{SmsConfig, SmsProvider, SmsSender};
pub use telemetry::TracesConfig;
pub use values::{MailUrl, SmtpSecurity};
pub use webhooks::WebhookConfig;

use crate::model::{Channel, IdentifierKind, Locale, Page, RedirectAllowList, RedirectUrl, ServerKey, WebOrigin};
use reader::Reader;

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub mail: MailConfig,
    pub sms: SmsConfig,
    /// `None` if no webhooks are sent.
    pub webhooks: Option<WebhookConfig>,
    pub reset: ResetConfig,
    pub limits: LimitsConfig,
    pub retention: RetentionConfig,
    pub redirects: RedirectAllowList,
    pub return_to: Option<Url>,
    pub password: PasswordConfig,
    pub pages: PagesConfig,
    pub api: ApiConfig,
    /// `None` if nothing is traced.
    pub traces: Option<TracesConfig>,
    /// `None` if Keyback keeps the accounts itself.
    pub directory: Option<DirectoryConfig>,
}

#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    pub metrics_listen: Option<SocketAddr>,
    pub public_url: PublicUrl,
    pub trusted_proxies: Vec<IpNet>,
    pub secret_key: ServerKey,
}

#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub url: DatabaseUrl,
    pub max_connections: u32,
}

#[derive(Clone, Debug)]
pub struct MailConfig {
    pub url: MailUrl,
    /// The maximum number of connections to the mail server.
    pub connections: u32,
    pub from: lettre::message::Mailbox,
    pub reply_to: Option<lettre::message::Mailbox>,
}

#[derive(Clone, Debug)]
pub struct ResetConfig {
    /// Identifiers that people may enter.
    pub channels: Vec<IdentifierKind>,
    /// The channels for requests with a username, in order of preference.
    pub username_delivery: Vec<Channel>,
    pub link_ttl: Duration,
    pub code_ttl: Duration,
    pub grant_ttl: Duration,
    pub max_code_attempts: u32,
    pub resend_cooldown: Duration,
    pub max_open_per_identifier: u32,
}

#[derive(Clone, Debug)]
pub struct ApiConfig {
    pub native: bool,
    pub agnost: bool,
    pub cognito: bool,
    pub productflame: bool,
    pub mcp: bool,
    /// Whether agents may send codes and passwords.
    pub mcp_password_tools: bool,
    pub conceal_accounts: bool,
    /// Origins from which browsers may use any API key.
    pub allowed_origins: Vec<WebOrigin>,
}

#[derive(Clone, Debug)]
pub struct LimitsConfig {
    pub caller_per_15_minutes: u32,
    pub overall_per_minute: u32,
}

/// How long data is kept.
#[derive(Clone, Copy, Debug)]
pub struct RetentionConfig {
    /// Reset requests, after they have expired.
    pub requests: Duration,
    /// Addresses and user agents of callers in the audit.
    pub addresses: Duration,
    /// Audit rows.
    pub audit: Duration,
}

#[derive(Clone, Debug)]
pub struct PasswordConfig {
    pub min_length: usize,
    pub max_length: usize,
    pub breach_check: BreachCheck,
    pub hibp_url: Url,
}

/// How leaked passwords are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreachCheck {
    /// With the list inside the binary.
    Offline,
    /// With that list and the range API of Have I Been Pwned.
    Hibp,
    /// Not at all.
    Off,
}

#[derive(Clone, Debug)]
pub struct PagesConfig {
    pub product_name: String,
    pub logo: Option<PathBuf>,
    pub accent: String,
    pub locales: Vec<Locale>,
    pub support_url: Option<Url>,
    pub frame_ancestors: String,
}

/// The address at which people reach this service: scheme, host and port, no path. The only source of links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Reads `https://host[:port]`. `http` is only accepted for a loopback host.
    pub fn parse(text: &str) -> Option<Self> {
        let url = RedirectUrl::parse(text).ok()?;
        let url = Url::parse(url.as_str()).ok()?;
        (url.path() == "/" && url.query().is_none()).then_some(Self(url))
    }

    /// `https://host[:port]`, as browsers write it into `Origin`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// `host[:port]`, as clients write it into `Host`.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The host without the port.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, unless it is the default of the scheme.
    pub fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// Whether people reach the service over TLS. If not, it is on this machine.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Makes an absolute URL on this service.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }
}

impl DirectoryConfig {
    /// Reads only the section `directory`. `None` if Keyback keeps the accounts itself.
    ///
    /// # Errors
    /// For the first setting that is missing, malformed or contradicts another one.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Option<Self>, ConfigError> {
        directory::read(&mut Reader::open(file, environment)?)
    }
}

impl Config {
    /// Reads the file, if there is one, and the environment, which takes precedence.
    ///
    /// # Errors
    /// For the first setting that is unknown, missing, malformed or contradicts another one.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut reader = Reader::open(file, environment)?;
        let database = DatabaseConfig {
            url: reader.get("database.url", DatabaseUrl::parse)?,
            max_connections: reader.get("database.max_connections", |text| values::number(text, 1..=500))?,
        };
        let public_url = reader.get("server.public_url", |text| {
            PublicUrl::parse(text)
                .ok_or("must be https://host[:port] without a path (http:// only for localhost)".into())
        })?;
        let default_target = RedirectUrl::parse(&public_url.join(Page::AuthRedirect.path()))
            .map_err(|error| reader.refuse("server.public_url", error.to_string()))?;
        let sms = sms::read(&mut reader)?;
        let texts = sms.provider.is_some();
        let config = Self {
            server: ServerConfig {
                listen: reader.get("server.listen", values::socket_address)?,
                metrics_listen: reader.optional("server.metrics_listen", values::socket_address)?,
                trusted_proxies: reader.list("server.trusted_proxies", values::part_of_the_internet)?,
                secret_key: secret_key::find(&mut reader, &database.url)?,
                public_url,
            },
            mail: MailConfig {
                url: reader.get("mail.url", MailUrl::parse)?,
                connections: reader.get("mail.connections", |text| values::number(text, 1..=100))?,
                from: reader.get("mail.from", values::mailbox)?,
                reply_to: reader.optional("mail.reply_to", values::mailbox)?,
            },
            sms,
            webhooks: webhooks::read(&mut reader)?,
            reset: ResetConfig {
                channels: ways_to_ask(&mut reader, texts)?,
                username_delivery: username_delivery(&mut reader, texts)?,
                link_ttl: reader.get("reset.link_ttl", |text| values::duration(text, 5 * 60..=24 * 60 * 60))?,
                code_ttl: reader.get("reset.code_ttl", |text| values::duration(text, 60..=10 * 60))?,
                grant_ttl: reader.get("reset.grant_ttl", |text| values::duration(text, 60..=10 * 60))?,
                max_code_attempts: reader.get("reset.max_code_attempts", |text| values::number(text, 1..=5))?,
                resend_cooldown: reader.get("reset.resend_cooldown", |text| values::duration(text, 1..=60 * 60))?,
                max_open_per_identifier: reader
                    .get("reset.max_open_per_identifier", |text| values::number(text, 1..=20))?,
            },
            limits: LimitsConfig {
                caller_per_15_minutes: reader
                    .get("limits.caller_per_15_minutes", |text| values::number(text, 1..=1_000_000))?,
                overall_per_minute: reader
                    .get("limits.overall_per_minute", |text| values::number(text, 1..=10_000_000))?,
            },
            retention: RetentionConfig {
                requests: reader.get("retention.requests", |text| values::time_to_keep(text, 73..=90 * 24))?,
                addresses: reader.get("retention.addresses", |text| values::time_to_keep(text, 1..=365 * 24))?,
                audit: reader.get("retention.audit", |text| values::time_to_keep(text, 24..=3650 * 24))?,
            },
            redirects: RedirectAllowList::new(
                reader.list("redirects.allowed", values::redirect)?,
                reader.optional("redirects.default", values::redirect)?.unwrap_or(default_target),
            ),
            return_to: reader.optional("redirects.return_to", values::shown_page_url)?,
            password: password(&mut reader)?,
            pages: PagesConfig {
                product_name: reader.get("pages.product_name", values::product_name)?,
                logo: reader.optional("pages.logo", values::logo_file)?,
                accent: reader.get("pages.accent", values::accent)?,
                locales: reader.list("pages.locales", values::locale)?,
                support_url: reader.optional("pages.support_url", values::support_url)?,
                frame_ancestors: reader.get("pages.frame_ancestors", values::frame_ancestors)?,
            },
            api: ApiConfig {
                native: reader.get("api.native", values::boolean)?,
                agnost: reader.get("api.agnost", values::boolean)?,
                cognito: reader.get("api.cognito", values::boolean)?,
                productflame: reader.get("api.productflame", values::boolean)?,
                mcp: reader.get("api.mcp", values::boolean)?,
                mcp_password_tools: reader.get("api.mcp_password_tools", values::boolean)?,
                conceal_accounts: reader.get("api.conceal_accounts", values::boolean)?,
                allowed_origins: reader.list("api.allowed_origins", values::web_origin)?,
            },
            traces: telemetry::read(&mut reader)?,
            directory: directory::read(&mut reader)?,
            database,
        };
        reader.nothing_unknown_is_left()?;
        if config.pages.locales.is_empty() {
            return Err(reader.refuse("pages.locales", "name at least one language".into()));
        }
        Ok(config)
    }
}

impl Config {
    /// The language for people whose language is unknown.
    pub fn default_locale(&self) -> Locale {
        self.pages.locales.first().copied().unwrap_or(Locale::English)
    }
}

fn ways_to_ask(reader: &mut Reader, texts: bool) -> Result<Vec<IdentifierKind>, ConfigError> {
    let mut ways = reader.list("reset.channels", |word| match word {
        "email" => Ok(IdentifierKind::Email),
        "sms" => Ok(IdentifierKind::Phone),
        "username" => Ok(IdentifierKind::Username),
        _ => Err(format!("{word} is not one of email, sms and username")),
    })?;
    if ways.contains(&IdentifierKind::Phone) && !texts {
        return Err(reader.refuse("reset.channels", NO_PROVIDER.into()));
    }
    if ways.is_empty() {
        ways = vec![IdentifierKind::Email];
        ways.extend(texts.then_some(IdentifierKind::Phone));
        ways.push(IdentifierKind::Username);
    }
    Ok(ways)
}

fn username_delivery(reader: &mut Reader, texts: bool) -> Result<Vec<Channel>, ConfigError> {
    let mut channels = reader.list("reset.username_delivery", |word| {
        Channel::from_word(word).ok_or_else(|| format!("{word} is neither sms nor email"))
    })?;
    if channels.contains(&Channel::Sms) && !texts {
        return Err(reader.refuse("reset.username_delivery", NO_PROVIDER.into()));
    }
    if channels.is_empty() {
        channels.extend(texts.then_some(Channel::Sms));
        channels.push(Channel::Email);
    }
    Ok(channels)
}

/// How to resolve the contradiction.
const NO_PROVIDER: &str = "text messages need sms.provider: set it, or leave out sms";

fn password(reader: &mut Reader) -> Result<PasswordConfig, ConfigError> {
    let floor = reader.get("password.policy", |text| match text {
        "default" => Ok(8),
        "nist" => Ok(15),
        _ => Err("must be default or nist".into()),
    })?;
    let password = PasswordConfig {
        min_length: reader
            .optional("password.min_length", |text| values::number(text, 8..=64))?
            .map_or(floor, |n| n as usize),
        max_length: reader.get("password.max_length", |text| values::number(text, 64..=256))? as usize,
        breach_check: reader.get("password.breach_check", |text| match text {
            "offline" => Ok(BreachCheck::Offline),
            "hibp" => Ok(BreachCheck::Hibp),
            "off" => Ok(BreachCheck::Off),
            _ => Err("must be offline, hibp or off".into()),
        })?,
        hibp_url: reader.get("password.hibp_url", values::range_url)?,
    };
    if password.min_length < floor {
        return Err(reader.refuse("password.min_length", format!("the policy requires at least {floor}")));
    }
    Ok(password)
}
