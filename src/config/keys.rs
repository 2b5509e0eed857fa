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
    key("mail.from", "", "**Required.** The sender: `Example <no-reply@example.org>`."),
    key("mail.reply_to", "", "Where answers to a message go."),
    key("reset.link_ttl", "30m", "How long a link is good, 5 minutes to 24 hours."),
    key("reset.code_ttl", "10m", "How long a code is good, at most 10 minutes."),
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
        "Requests that one address (IPv6: one /64) may make in 15 minutes; five times as many in a day.",
    ),
    key("limits.overall_per_minute", "600", "Requests that everybody together may make in a minute."),
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
        "Origins that may show the pages in a frame, as in the CSP directive of that name.",
    ),
    key("api.native", "true", "Whether `/api/v1` is served."),
];

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
