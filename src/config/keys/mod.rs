//! Every setting, in one table. The reader takes names and defaults from it, and `docs/configuration.md` is generated
//! from it.

mod directory;

/// One setting.
pub(in crate::config) struct Key {
    /// `section.key`.
    pub(in crate::config) name: &'static str,
    /// The value when nothing is set. Empty: none.
    pub(in crate::config) default: &'static str,
    /// The value is never shown, and `…_FILE` may name a file that holds it.
    pub(in crate::config) secret: bool,
    /// Several values: a list in the file, separated by commas in the environment.
    pub(in crate::config) list: bool,
    /// Of a list: its values may hold commas, so they are separated by lines everywhere.
    pub(in crate::config) lines: bool,
    /// One or two sentences for the operator.
    pub(in crate::config) about: &'static str,
}

const fn key(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: false, list: false, lines: false, about }
}

const fn secret(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: true, list: false, lines: false, about }
}

const fn secret_list(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: true, list: true, lines: false, about }
}

const fn list(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: false, list: true, lines: false, about }
}

const fn lines(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: false, list: true, lines: true, about }
}

/// Every setting, in the order of the documentation.
pub(in crate::config) fn all() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(directory::KEYS)
}

const KEYS: &[Key] = &[
    key("server.listen", "127.0.0.1:3000", "Address and port to listen on. Plain HTTP: put a proxy with TLS in front."),
    key(
        "server.public_url",
        "",
        "**Required.** The address at which people reach Keyback: `https://host[:port]`, no path. Links in messages use only this; requests for another host are refused. `http://` is only allowed for localhost.",
    ),
    list(
        "server.trusted_proxies",
        "",
        "Networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are trusted. Empty: the caller is the peer of the connection.",
    ),
    key(
        "server.metrics_listen",
        "",
        "A separate address and port for `/metrics` (Prometheus), `/livez` and `/readyz`: `127.0.0.1:9464`. Anybody who can reach it can read it. Empty: not served.",
    ),
    secret(
        "server.secret_key",
        "",
        "32 random octets in base 64 (`openssl rand -base64 32`), for keyed hashes. With SQLite, a missing key is created next to the database file (mode 0600). Required with PostgreSQL, and the same on every instance.",
    ),
    secret("database.url", "sqlite:keyback.db", "`sqlite:FILE` or `postgres://user:password@host/database`."),
    key("database.max_connections", "10", "Connections in the pool, 1 to 500."),
    secret(
        "mail.url",
        "",
        "**Required.** `smtp://user:password@host:587` (STARTTLS required), `smtps://user:password@host:465` (TLS from the start), `smtp://host:25?tls=opportunistic` (TLS if offered), `smtp://localhost:25?tls=none` (no TLS; only on this machine), or `file:DIR` (one file per message). User name and password are percent-encoded.",
    ),
    key(
        "mail.connections",
        "16",
        "Connections to the mail server, 1 to 100; each one sends one message. One recipient domain may use a quarter of them.",
    ),
    key("mail.from", "", "**Required.** The sender: `Example <no-reply@example.org>`."),
    key("mail.reply_to", "", "The address for replies to messages."),
    key(
        "sms.provider",
        "none",
        "The provider of text messages: `twilio`, `vonage`, `sns` (Amazon), `http` (your own gateway), `file` (one file per message), or `none`. Test it with `keyback check --sms NUMBER`.",
    ),
    key(
        "sms.from",
        "",
        "The sender: a number (`+12025550123`), a short code, or a name of up to 11 letters and digits; with Twilio also a Messaging Service (`MG…`). Required with `twilio` and `vonage`.",
    ),
    list(
        "sms.allowed_countries",
        "",
        "Required with a provider. The countries whose numbers receive messages, two letters each (`US, DE`). List only those where your users are: every other one costs money and invites fraud.",
    ),
    key(
        "sms.default_country",
        "",
        "The country of numbers that people type without a country code; one of the allowed countries. Empty: only international numbers (`+…`) are accepted.",
    ),
    key(
        "sms.daily_budget",
        "1000",
        "How many text messages may be requested in 24 hours, including notices of changed passwords. When it is used up, none is sent until the 24 hours are over. Requests for numbers without an account count, too.",
    ),
    key(
        "sms.block_per_hour",
        "10",
        "How many requests per hour may bring text messages to one block of a thousand adjacent numbers. SMS-pumping fraud uses such blocks.",
    ),
    key(
        "sms.caller_per_hour",
        "10",
        "How many requests per hour from one address may bring a text message. Further ones bring none.",
    ),
    key(
        "sms.api_url",
        "",
        "Another address of the provider's API, such as a region: `https://api.dublin.ie1.twilio.com`. For `twilio`, `vonage` and `sns`.",
    ),
    key("sms.twilio_account_sid", "", "The account SID, `AC…`. Required with `twilio`."),
    secret("sms.twilio_auth_token", "", "The auth token. Required with `twilio`."),
    key("sms.vonage_api_key", "", "The API key. Required with `vonage`."),
    secret("sms.vonage_api_secret", "", "The API secret. Required with `vonage`."),
    key("sms.sns_region", "", "The AWS region, such as `eu-central-1`. Required with `sns`."),
    key(
        "sms.sns_access_key_id",
        "",
        "The access key of a user with the permission `sns:Publish`. Required with `sns`.",
    ),
    secret("sms.sns_secret_access_key", "", "The secret access key. Required with `sns`."),
    key("sms.http_url", "", "The URL of your gateway, which receives one `POST` per message. Required with `http`."),
    key(
        "sms.http_body",
        "",
        "The body, with `{{ to }}`, `{{ text }}`, `{{ id }}` (stays the same on a retry, unless the code is new) and `{{ from }}`: `{\"to\": {{ to }}, \"text\": {{ text }}}` in JSON, `to={{ to }}&text={{ text }}` in a form. Values are encoded for the content type. Required with `http`.",
    ),
    key("sms.http_content_type", "application/json", "The content type of `sms.http_body`."),
    secret(
        "sms.http_secret",
        "",
        "The key that signs requests (Standard Webhooks): `whsec_` and 24 to 64 random octets in base 64 (`echo whsec_$(openssl rand -base64 32)`). Required with `http`.",
    ),
    key("sms.file_directory", "", "The folder for messages. Required with `file`."),
    secret(
        "webhooks.url",
        "",
        "The `https://` URL that receives a signed `POST` per event (docs/webhooks.md). Its host must be on the Internet, or in `webhooks.allowed_networks`. Empty: no webhooks. Test it with `keyback check --webhook`.",
    ),
    secret_list(
        "webhooks.secrets",
        "",
        "The keys that events are signed with (Standard Webhooks), at most 3: `whsec_` and 24 to 64 random octets in base 64 (`echo whsec_$(openssl rand -base64 32)`). Each one signs every event, so you can rotate keys without a gap. Required with `webhooks.url`.",
    ),
    list(
        "webhooks.events",
        "",
        "Which events are sent: `reset.requested`, `reset.completed`, `reset.cancelled`, `reset.delivery_failed`, `account.locked_out`. Empty: all.",
    ),
    list(
        "webhooks.allowed_networks",
        "",
        "Networks (`10.0.0.0/8`) that are not public, in which the host may be. `http://` is only allowed for this machine (`127.0.0.1`, `localhost`), and only if it is in this list.",
    ),
    list(
        "reset.channels",
        "",
        "Identifiers that people may enter: `email`, `sms` (a phone number), `username`. Empty: email and username, and phone number if `sms.provider` is set. If phone numbers are accepted, a username of five or more digits is read as a number.",
    ),
    list(
        "reset.username_delivery",
        "",
        "Where the message goes after a request with a username: the first of `sms` and `email` that the account has verified. Leave one out to forbid it. Empty: `sms` if `sms.provider` is set, then `email`.",
    ),
    key("reset.link_ttl", "30m", "How long a link works, 5 minutes to 24 hours."),
    key("reset.code_ttl", "10m", "How long a code works, by email or text message, at most 10 minutes."),
    key(
        "reset.grant_ttl",
        "10m",
        "How long the new password may be set after the link was opened or the code was entered, at most 10 minutes.",
    ),
    key("reset.max_code_attempts", "5", "How often one code may be tried, 1 to 5."),
    key("reset.resend_cooldown", "60s", "The minimum time between two messages to one identifier."),
    key("reset.max_open_per_identifier", "5", "Open requests for one identifier. A further one cancels the oldest."),
    key(
        "limits.caller_per_15_minutes",
        "30",
        "How many requests one address (IPv6: one /64) may make in 15 minutes. Its /24 (IPv6: /56) may make four times, its /48 eight times as many. In a day, each may make five times as many.",
    ),
    key(
        "limits.overall_per_minute",
        "600",
        "How many requests everybody together may make in a minute: half of them on the pages, a quarter with publishable keys, a quarter with secret keys.",
    ),
    key(
        "retention.requests",
        "73h",
        "How long a request (what was entered, and from where) is kept after it has expired: 73 hours (a \"this wasn't me\" link works for 72) to 90 days.",
    ),
    key(
        "retention.addresses",
        "30d",
        "How long the audit keeps callers' addresses and user agents, 1 hour to 365 days.",
    ),
    key("retention.audit", "365d", "How long audit entries are kept, 24 hours to 3650 days."),
    list(
        "redirects.allowed",
        "",
        "The exact URLs that a request may name as its redirect target (https, or http on localhost).",
    ),
    key("redirects.default", "", "The redirect target if a request names none. Empty: Keyback's own `/auth-redirect`."),
    key(
        "redirects.return_to",
        "",
        "The target of the link \"Back to the app\" after a new password was set. Empty: no such link.",
    ),
    key(
        "password.policy",
        "default",
        "`default`: at least 8 characters and hard to guess. `nist`: at least 15 (NIST SP 800-63B-4).",
    ),
    key("password.min_length", "", "The minimum number of characters, not below that of the policy."),
    key("password.max_length", "256", "The maximum number of characters, 64 to 256."),
    key(
        "password.breach_check",
        "offline",
        "`offline`: the built-in list of leaked and common passwords. `hibp`: that list and the range API below, which learns five characters of a hash. `off`: neither.",
    ),
    key(
        "password.hibp_url",
        "https://api.pwnedpasswords.com/range/",
        "The range API of Have I Been Pwned, or of a mirror.",
    ),
    key("pages.product_name", "Keyback", "The name of your product, as pages and messages show it."),
    key("pages.logo", "", "An SVG, PNG or WebP file to show above the pages, at most 100 KB."),
    key(
        "pages.accent",
        "#3b46c4",
        "The colour of buttons and links, `#rrggbb`. Text on it is black or white, whichever is easier to read.",
    ),
    list("pages.locales", "en,de", "The languages to offer; the first is the fallback. Known: `en`, `de`."),
    key("pages.support_url", "", "Where people get help: `https://…` or `mailto:…`."),
    key(
        "pages.frame_ancestors",
        "'none'",
        "Origins that may show the pages in a frame, as in the CSP directive of that name. Forms work in frames of the same \
         site only (`app.example.org` around `reset.example.org`): browsers send no session cookie to a frame of another site.",
    ),
    key("api.native", "true", "Whether the native API is served, at `/api/v1`."),
    key("api.agnost", "true", "Whether the Agnost protocol is served, at `/agnost/auth` and `/_api/rest/v1/auth`."),
    key(
        "api.cognito",
        "true",
        "Whether the Amazon Cognito protocol is served, at `/cognito` and, for requests that name one of its operations, at `/`.",
    ),
    key("api.productflame", "true", "Whether the Productflame protocol is served, at `/v1/auth`."),
    key("api.mcp", "true", "Whether the tools for agents are served, at `/mcp`."),
    key(
        "api.mcp_password_tools",
        "false",
        "Whether agents may send a code and a new password (`reset_password_verify_code`). Both then pass through the agent, its model and its logs.",
    ),
    key(
        "api.conceal_accounts",
        "true",
        "Whether programs with a secret key receive a simulated destination for an account that does not exist, the same each time, instead of none. The Agnost and Productflame protocols tell programs with a secret key anyway.",
    ),
    list(
        "api.allowed_origins",
        "",
        "Origins (`https://app.example.org`) from which browsers may call the APIs with any key (CORS), besides those of each key. Empty: none.",
    ),
    key(
        "telemetry.otlp_endpoint",
        "",
        "An OpenTelemetry collector that accepts traces by OTLP over HTTP: `http://collector:4318`. `/v1/traces` is appended. Empty: no traces.",
    ),
    secret(
        "telemetry.otlp_headers",
        "",
        "Headers for the collector, such as a key: `name=value`, separated by commas.",
    ),
    key("telemetry.service_name", "keyback", "The name of this service in traces."),
    key(
        "telemetry.sample_ratio",
        "1",
        "The share of requests that are traced, from `0` to `1`. A trusted proxy that sends `traceparent` decides for its requests.",
    ),
];

/// The setting of that name.
pub(in crate::config) fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}
