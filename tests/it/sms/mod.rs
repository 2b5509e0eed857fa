//! Text messages from `delivery` outward: the requests to each provider, and how its answers are judged (SECURITY.md,
//! requirements 35, 65 and 75).

mod answers;
mod check;
mod demo;
mod requests;
mod silence;

use std::collections::BTreeMap;

use keyback::clock::Clock;
use keyback::config::{Config, Environment};
use keyback::delivery::{RenderedText, TextTransport};
use keyback::http_client::http_client;
use keyback::model::{PhoneNumber, ServerKey, Timestamp};

use crate::support::Provider;

/// A number that is kept for fiction.
const NUMBER: &str = "+12025550123";

/// Within the alphabet of phones; every character that a body could be broken with.
const TEXT: &str = "Größe \"1\" & 2=3+4% 5\\6: 493021\n\n@reset.example.org #493021";

const TWILIO_ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

/// The 32 octets `keyback-keyback-keyback-keyback-`.
const HOOK_SECRET: &str = "whsec_a2V5YmFjay1rZXliYWNrLWtleWJhY2sta2V5YmFjay0=";

/// Whatever must be in no reason and in no line of the log.
const SECRETS: [&str; 5] = ["2025550123", "493021", "twilio-token", "vonage-secret", "sns-secret"];

const PROVIDERS: [&str; 4] = ["twilio", "vonage", "sns", "http"];

/// 2026-11-22 14:03:00 UTC, a Sunday.
const NOW: Timestamp = Timestamp::from_millis(1_795_356_180_000);

/// What an account with that provider needs, at that address.
fn settings(provider: &str, url: &str) -> Vec<(&'static str, String)> {
    let common = [("SMS__PROVIDER", provider), ("SMS__ALLOWED_COUNTRIES", "US")];
    let own: &[(&str, &str)] = match provider {
        "twilio" => &[
            ("SMS__TWILIO_ACCOUNT_SID", TWILIO_ACCOUNT),
            ("SMS__TWILIO_AUTH_TOKEN", "twilio-token"),
            ("SMS__FROM", "+12025550199"),
            ("SMS__API_URL", url),
        ],
        "vonage" => &[
            ("SMS__VONAGE_API_KEY", "0a1b2c3d"),
            ("SMS__VONAGE_API_SECRET", "vonage-secret"),
            ("SMS__FROM", "+12025550199"),
            ("SMS__API_URL", url),
        ],
        "sns" => &[
            ("SMS__SNS_REGION", "eu-central-1"),
            ("SMS__SNS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("SMS__SNS_SECRET_ACCESS_KEY", "sns-secret"),
            ("SMS__API_URL", url),
        ],
        "http" => &[
            ("SMS__HTTP_URL", url),
            ("SMS__HTTP_BODY", "{\"to\": {{ to }}, \"text\": {{ text }}, \"from\": {{ from }}, \"id\": {{ id }}}"),
            ("SMS__HTTP_SECRET", HOOK_SECRET),
        ],
        other => panic!("no account with {other}"),
    };
    common.iter().chain(own).map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// The transport of these settings.
fn transport_of(settings: &[(&str, String)], clock: Clock) -> TextTransport {
    let variables: BTreeMap<String, String> = [
        ("SERVER__PUBLIC_URL", "https://reset.example.org"),
        ("SERVER__SECRET_KEY", &ServerKey::random().unwrap().to_base64()),
        ("DATABASE__URL", "sqlite:unused.db"),
        ("MAIL__URL", "file:unused"),
        ("MAIL__FROM", "no-reply@example.org"),
    ]
    .into_iter()
    .chain(settings.iter().map(|(name, value)| (*name, value.as_str())))
    .map(|(name, value)| (format!("KEYBACK_{name}"), value.to_owned()))
    .collect();
    let config = Config::load(None, &Environment::from(variables)).unwrap();
    TextTransport::new(&config.sms, http_client().unwrap(), clock).unwrap().expect("a transport")
}

/// The transport of an account with that provider, which is the one that the test runs.
fn transport(name: &str, provider: &Provider) -> TextTransport {
    transport_of(&settings(name, &provider.url()), Clock::manual(NOW))
}

fn message() -> RenderedText {
    message_of(TEXT)
}

fn message_of(text: &str) -> RenderedText {
    RenderedText { to: PhoneNumber::parse(NUMBER, None).unwrap(), text: text.to_owned(), id: "outbox-17".to_owned() }
}
