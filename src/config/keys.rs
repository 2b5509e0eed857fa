//! Every key that can be set, once: the reader takes defaults and names from here, and
//! `docs/configuration.md` is written from it.

/// One key.
pub(super) struct Key {
    /// `section.key`.
    pub(super) name: &'static str,
    /// What holds when nothing is set; empty: nothing.
    pub(super) default: &'static str,
    /// The value is never shown; `…_FILE` may name a file that holds it.
    pub(super) secret: bool,
    /// Several values: a list in the file, separated by commas in the environment.
    pub(super) list: bool,
    /// For the operator, in one or two sentences.
    pub(super) about: &'static str,
}

const fn key(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: false, list: false, about }
}

const fn secret(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: true, list: false, about }
}

const fn secret_list(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: true, list: true, about }
}

const fn list(name: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, default, secret: false, list: true, about }
}

/// In the order of the documentation.
pub(super) const KEYS: &[Key] = &[
    key("server.listen", "127.0.0.1:3000", "Address and port to listen on. Plain HTTP: put a proxy with TLS in front."),
    key(
        "server.public_url",
        "",
        "**Required.** Where people reach Keyback: `https://host[:port]`, no path. The only source of the links in messages; requests for another host are refused. `http://` is taken for localhost alone.",
    ),
    list(
        "server.trusted_proxies",
        "",
        "Networks (`10.0.0.0/8`) whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Empty: the caller is whoever holds the socket.",
    ),
    key(
        "server.metrics_listen",
        "",
        "Address and port on which `/metrics` (Prometheus) is served, apart from the pages: `127.0.0.1:9464`. `/livez` and `/readyz` are there, too. Whoever reaches it may read it. Empty: not served.",
    ),
    secret(
        "server.secret_key",
        "",
        "32 random octets in base 64 (`openssl rand -base64 32`), for keyed hashes. With SQLite it is made beside the database file (mode 0600) where absent; required with PostgreSQL, the same on every instance.",
    ),
    secret("database.url", "sqlite:keyback.db", "`sqlite:FILE` or `postgres://user:password@host/database`."),
    key("database.max_connections", "10", "Connections in the pool, 1 to 500."),
    secret(
        "mail.url",
        "",
        "**Required.** `smtp://user:password@host:587` (STARTTLS required), `smtps://user:password@host:465` (TLS from the start), `smtp://host:25?tls=opportunistic` (TLS where offered), `smtp://localhost:25?tls=none` (no TLS, on this machine alone), or `file:DIR` (a file a message). User name and password are percent-encoded.",
    ),
    key(
        "mail.connections",
        "16",
        "Connections to the mail server at once, 1 to 100: as many messages are on their way. One destination has a quarter of them.",
    ),
    key("mail.from", "", "**Required.** The sender: `Example <no-reply@example.org>`."),
    key("mail.reply_to", "", "Where answers to a message go."),
    key(
        "sms.provider",
        "none",
        "Who carries text messages: `twilio`, `vonage`, `sns` (Amazon), `http` (a gateway of your own), `file` (a file a message), or `none`. `keyback check --sms NUMBER` tries it out.",
    ),
    key(
        "sms.from",
        "",
        "The sender: a number (`+12025550123`), a short code, or a name of up to 11 letters and digits; with Twilio also a Messaging Service (`MG…`). Required with `twilio` and `vonage`.",
    ),
    list(
        "sms.allowed_countries",
        "",
        "Required with a provider. The countries whose numbers get messages, two letters each (`US, DE`). Name those where your people are: every other one costs money and invites fraud.",
    ),
    key(
        "sms.default_country",
        "",
        "The country whose national numbers people may type, one of the allowed ones. Empty: only international numbers (`+…`) are understood.",
    ),
    key(
        "sms.daily_budget",
        "1000",
        "Text messages that may be asked for in 24 hours, notices of changed passwords included. When it is spent, no further one goes until the 24 hours are over. Requests for numbers without an account count, too.",
    ),
    key(
        "sms.block_per_hour",
        "10",
        "Requests in an hour with numbers of one block of a thousand adjacent ones that bring a text message: who earns by messages owns such blocks.",
    ),
    key(
        "sms.caller_per_hour",
        "10",
        "Requests of one address in an hour that may bring a text message; further ones bring none.",
    ),
    key(
        "sms.api_url",
        "",
        "Another address of the provider's API, for its regions: `https://api.dublin.ie1.twilio.com`. For `twilio`, `vonage` and `sns`.",
    ),
    key("sms.twilio_account_sid", "", "The account, `AC…`. Required with `twilio`."),
    secret("sms.twilio_auth_token", "", "Its auth token. Required with `twilio`."),
    key("sms.vonage_api_key", "", "The API key. Required with `vonage`."),
    secret("sms.vonage_api_secret", "", "Its secret. Required with `vonage`."),
    key("sms.sns_region", "", "The region, as in `eu-central-1`. Required with `sns`."),
    key("sms.sns_access_key_id", "", "The access key of a user who may do `sns:Publish`. Required with `sns`."),
    secret("sms.sns_secret_access_key", "", "Its secret. Required with `sns`."),
    key("sms.http_url", "", "Where your gateway takes a `POST` for each message. Required with `http`."),
    key(
        "sms.http_body",
        "",
        "The body, with `{{ to }}`, `{{ text }}`, `{{ id }}` (a retry with another code has another one) and `{{ from }}`: `{\"to\": {{ to }}, \"text\": {{ text }}}` in JSON, `to={{ to }}&text={{ text }}` in a form. Values are encoded as the content type wants it. Required with `http`.",
    ),
    key("sms.http_content_type", "application/json", "The content type of that body."),
    secret(
        "sms.http_secret",
        "",
        "The key that requests are signed with (Standard Webhooks): `whsec_` and 24 to 64 random octets in base 64 (`echo whsec_$(openssl rand -base64 32)`). Required with `http`.",
    ),
    key("sms.file_directory", "", "The folder for `file`. Required with it."),
    secret(
        "webhooks.url",
        "",
        "Where events go: an `https://` URL that takes a signed `POST` for each (docs/webhooks.md). Its host must be on the Internet, or in `webhooks.allowed_networks`. Empty: no webhooks. `keyback check --webhook` tries it out.",
    ),
    secret_list(
        "webhooks.secrets",
        "",
        "The keys that events are signed with (Standard Webhooks), at most 3: `whsec_` and 24 to 64 random octets in base 64 (`echo whsec_$(openssl rand -base64 32)`). Each one signs every event, so that a key is exchanged without a gap. Required with `webhooks.url`.",
    ),
    list(
        "webhooks.events",
        "",
        "Which events go there: `reset.requested`, `reset.completed`, `reset.cancelled`, `reset.delivery_failed`, `account.locked_out`. Empty: all.",
    ),
    list(
        "webhooks.allowed_networks",
        "",
        "Networks (`10.0.0.0/8`) that the host may be in although they are not public. `http://` is taken for this machine alone (`127.0.0.1`, `localhost`), and only when it is in this list.",
    ),
    list(
        "reset.channels",
        "",
        "With what people may ask: `email`, `sms` (a phone number), `username`. Empty: e-mail and username, and phone number where `sms.provider` is set. Where numbers are taken, a username of five digits or more is read as a number.",
    ),
    list(
        "reset.username_delivery",
        "",
        "Where the message goes when somebody asks with a username: the first of `sms` and `email` that the account has verified. Leave one out to forbid it. Empty: `sms` where `sms.provider` is set, then `email`.",
    ),
    key("reset.link_ttl", "30m", "How long a link is good, 5 minutes to 24 hours."),
    key("reset.code_ttl", "10m", "How long a code is good, by mail or text message, at most 10 minutes."),
    key(
        "reset.grant_ttl",
        "10m",
        "How long the new password may be set after the link was opened or the code was typed, at most 10 minutes.",
    ),
    key("reset.max_code_attempts", "5", "Tries at one code, 1 to 5."),
    key("reset.resend_cooldown", "60s", "The least time between two messages to one identifier."),
    key("reset.max_open_per_identifier", "5", "Open requests for one identifier; a further one cancels the oldest."),
    key(
        "limits.caller_per_15_minutes",
        "30",
        "Requests that one address (IPv6: one /64) may make in 15 minutes; its /24 (IPv6: /56) four times, its /48 eight times as many. Five times as many in a day.",
    ),
    key(
        "limits.overall_per_minute",
        "600",
        "Requests that everybody together may make in a minute: half of them on the pages, a quarter with publishable keys, a quarter with secret keys.",
    ),
    key(
        "retention.requests",
        "73h",
        "How long a request, with what was asked for and from where, is kept after it has expired: 73 hours (\"this wasn't me\" is good for 72) to 90 days.",
    ),
    key(
        "retention.addresses",
        "30d",
        "How long callers' addresses and user agents stay in the audit, 1 hour to 365 days.",
    ),
    key("retention.audit", "365d", "How long the audit is kept, 24 hours to 3650 days."),
    list(
        "redirects.allowed",
        "",
        "Exact URLs that a request may name as its redirect target (https, or http on localhost).",
    ),
    key("redirects.default", "", "The redirect target of a request that names none. Empty: our own `/auth-redirect`."),
    key(
        "redirects.return_to",
        "",
        "Where \"Back to the app\" leads after a new password was set. Empty: no such link.",
    ),
    key(
        "password.policy",
        "default",
        "`default`: at least 8 characters and hard to guess. `nist`: at least 15 (NIST SP 800-63B-4).",
    ),
    key("password.min_length", "", "Characters at least, not below what the policy asks for."),
    key("password.max_length", "256", "Characters at most, 64 to 256."),
    key(
        "password.breach_check",
        "offline",
        "`offline`: the list of leaked and common passwords inside Keyback. `hibp`: that and the range API below, which learns five characters of a hash. `off`: neither.",
    ),
    key(
        "password.hibp_url",
        "https://api.pwnedpasswords.com/range/",
        "The range API of Have I Been Pwned, or a mirror of it.",
    ),
    key("pages.product_name", "Keyback", "The name that pages and messages show: your product's."),
    key("pages.logo", "", "An SVG, PNG or WebP file to show above the pages, at most 100 KB."),
    key(
        "pages.accent",
        "#3b46c4",
        "The colour of buttons and links, `#rrggbb`. Text on it is black or white, whichever reads better.",
    ),
    list("pages.locales", "en,de", "Languages to offer, the first is the fallback. Known: `en`, `de`."),
    key("pages.support_url", "", "Where people find help: `https://…` or `mailto:…`."),
    key(
        "pages.frame_ancestors",
        "'none'",
        "Origins that may show the pages in a frame, as in the CSP directive of that name. Forms work in frames of the same \
         site only (`app.example.org` around `reset.example.org`): browsers send no session cookie to a frame of another site.",
    ),
    key("api.native", "true", "Whether `/api/v1` is served."),
    key("api.agnost", "true", "Whether the Agnost protocol is served, at `/agnost/auth` and `/_api/rest/v1/auth`."),
    key(
        "api.cognito",
        "true",
        "Whether the Amazon Cognito protocol is served, at `/cognito` and, for calls that name one of its operations, at `/`.",
    ),
    key("api.productflame", "true", "Whether the Productflame protocol is served, at `/v1/auth`."),
    key("api.mcp", "true", "Whether the tools for agents are served, at `/mcp`."),
    key(
        "api.mcp_password_tools",
        "false",
        "Whether agents may hand in a code and a new password (`reset_password_verify_code`). Both then pass through the agent, its model and its logs.",
    ),
    key(
        "api.conceal_accounts",
        "true",
        "Whether programs with a secret key are told a simulated destination for an account that does not exist, the same each time, rather than none. The Agnost and Productflame protocols tell a secret key anyway.",
    ),
    list(
        "api.allowed_origins",
        "",
        "Origins (`https://app.example.org`) from which browsers may call the APIs with any key (CORS), beside those that a key has of its own. Empty: none.",
    ),
    key(
        "telemetry.otlp_endpoint",
        "",
        "An OpenTelemetry collector that takes traces by OTLP over HTTP: `http://collector:4318`. `/v1/traces` is appended. Empty: nothing is traced.",
    ),
    secret(
        "telemetry.otlp_headers",
        "",
        "Headers that it wants, such as a key: `name=value`, several with commas between them.",
    ),
    key("telemetry.service_name", "keyback", "The name of this service in traces."),
    key(
        "telemetry.sample_ratio",
        "1",
        "Which part of the requests is traced, from `0` to `1`. A trusted proxy that sends `traceparent` decides for its requests.",
    ),
];

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
