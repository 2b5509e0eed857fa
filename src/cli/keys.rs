//! `keyback keys`: creates, rotates, lists and revokes API keys.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::Output;
use super::{Application, Failure};
use crate::admin::{KeyError, KeySummary, MadeKey, NewKey};
use crate::model::{KeyKind, RedirectUrl, Scope, Timestamp, WebOrigin};

#[derive(Subcommand)]
pub(super) enum KeysVerb {
    /// Create a key and print it. It can't be shown again.
    Create(CreateArguments),
    /// Replace a key with a new one. The old key remains valid for a while.
    Rotate {
        /// The ID that `list` shows.
        id: String,
        /// How long the old key remains valid: 24h, 30m, 7d; 0s revokes it now.
        #[arg(long, value_name = "TIME", value_parser = overlap, default_value = "24h")]
        overlap: Duration,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the keys, without their secrets.
    List {
        /// Print JSON, one line per key.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key immediately.
    Revoke {
        /// The ID that `list` shows.
        id: String,
    },
}

#[derive(Args)]
pub(super) struct CreateArguments {
    /// What the key is for.
    name: String,
    /// `secret` for servers, `publishable` for browsers and apps, where anybody can read it.
    #[arg(long, value_name = "KIND", value_parser = kind, default_value = "secret")]
    kind: KeyKind,
    /// A scope of the key; may be repeated. Without this option, the key gets the usual scopes of its kind.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Scope>,
    /// An origin from which browsers may use the key, such as `https://app.example.org`; may be repeated.
    #[arg(long = "origin", value_name = "ORIGIN", value_parser = origin)]
    origins: Vec<WebOrigin>,
    /// A redirect target of the key; may be repeated. The first is the default. The key can then no longer use the
    /// targets in the configuration.
    #[arg(long = "redirect-url", value_name = "URL", value_parser = redirect_url)]
    redirect_urls: Vec<RedirectUrl>,
    /// When the key expires: 90d, 12h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires_in: Option<Duration>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct KeyLine<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    scopes: Vec<&'static str>,
    origins: Vec<&'a str>,
    redirect_urls: Vec<&'a str>,
    state: &'static str,
    created_at: i64,
    expires_at: Option<i64>,
    previous_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

pub(super) async fn obey(verb: KeysVerb, application: &Application, output: &mut Output) -> Result<(), Failure> {
    let now = application.clock.now();
    match verb {
        KeysVerb::Create(arguments) => {
            let (json, name) = (arguments.json, arguments.name.clone());
            let made = application.keys.create(arguments.into()).await.map_err(failure)?;
            show(&made, json, now, output)?;
            if !json {
                output.complain(&format!("created key {} ({name}); it can't be shown again", made.summary.id));
            }
            Ok(())
        }
        KeysVerb::Rotate { id, overlap, json } => {
            let made = application.keys.rotate(&id, overlap).await.map_err(failure)?;
            show(&made, json, now, output)?;
            if !json {
                let until = made.summary.previous_expires_at.map(Timestamp::for_people).unwrap_or_default();
                output
                    .complain(&format!("the old key of {id} is valid until {until}; the new one can't be shown again"));
            }
            Ok(())
        }
        KeysVerb::List { json } => {
            for key in application.keys.list().await? {
                let line = line(&key, now);
                if json {
                    output.say_json(&line)?;
                } else {
                    output.say(&format!(
                        "{}  {:11}  {:8}  {}  {}  {}",
                        line.id,
                        line.kind,
                        line.state,
                        key.created_at.for_people(),
                        line.scopes.join(","),
                        line.name
                    ))?;
                }
            }
            Ok(())
        }
        KeysVerb::Revoke { id } => {
            if application.keys.revoke(&id).await? {
                output.say("The key is revoked.")
            } else {
                Err(failure(KeyError::Unknown))
            }
        }
    }
}

impl From<CreateArguments> for NewKey {
    fn from(arguments: CreateArguments) -> Self {
        let CreateArguments { name, kind, scopes, origins, redirect_urls, expires_in, json: _ } = arguments;
        let scopes = if scopes.is_empty() { Scope::usual(kind) } else { scopes };
        Self { name, kind, scopes, origins, redirect_urls, expires_in }
    }
}

/// Prints only the key on standard output, so that scripts can use it, or everything as JSON.
fn show(made: &MadeKey, json: bool, now: Timestamp, output: &mut Output) -> Result<(), Failure> {
    if json {
        return output.say_json(&KeyLine {
            key: Some(made.key.expose()),
            client_secret: made.client_secret.as_ref().map(crate::model::ClientSecret::expose),
            ..line(&made.summary, now)
        });
    }
    output.say(made.key.expose())?;
    if let Some(secret) = &made.client_secret {
        let id = &made.summary.id;
        output.complain(&format!("for the Amazon Cognito protocol: client ID {id}, client secret {}", secret.expose()));
    }
    Ok(())
}

fn failure(error: KeyError) -> Failure {
    match error {
        KeyError::ScopeNotForKind(_) | KeyError::Unknown => Failure::wrong(error),
        KeyError::Store(_) | KeyError::Randomness(_) => error.into(),
    }
}

fn line(key: &KeySummary, now: Timestamp) -> KeyLine<'_> {
    let expired = key.expires_at.is_some_and(|expires_at| expires_at <= now);
    let state = if key.revoked_at.is_some() {
        "revoked"
    } else if expired {
        "expired"
    } else {
        "in force"
    };
    KeyLine {
        id: &key.id,
        name: &key.name,
        kind: key.kind.as_str(),
        scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
        origins: key.origins.iter().map(WebOrigin::as_str).collect(),
        redirect_urls: key.redirect_urls.iter().map(RedirectUrl::as_str).collect(),
        state,
        created_at: key.created_at.millis(),
        expires_at: key.expires_at.map(Timestamp::millis),
        previous_expires_at: key.previous_expires_at.filter(|end| *end > now).map(Timestamp::millis),
        key: None,
        client_secret: None,
    }
}

fn kind(word: &str) -> Result<KeyKind, String> {
    KeyKind::from_word(word).ok_or("use secret or publishable".into())
}

fn scope(word: &str) -> Result<Scope, String> {
    let all = || Scope::ALL.map(Scope::as_str).join(", ");
    Scope::from_word(word).ok_or_else(|| format!("the scopes are {}", all()))
}

fn origin(text: &str) -> Result<WebOrigin, String> {
    WebOrigin::parse(text).ok_or("use the form https://app.example.org, without a path and without *".into())
}

fn redirect_url(text: &str) -> Result<RedirectUrl, String> {
    RedirectUrl::parse(text).map_err(|error| error.to_string())
}

fn overlap(text: &str) -> Result<Duration, String> {
    if text == "0s" { Ok(Duration::ZERO) } else { duration(text) }
}

fn duration(text: &str) -> Result<Duration, String> {
    let in_days = text.strip_suffix('d').and_then(|days| days.trim().parse::<u64>().ok());
    let duration = match in_days {
        Some(days) => Duration::from_secs(days.saturating_mul(24 * 60 * 60)),
        None => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or("use the form 90d, 12h or 30m")?,
    };
    if duration.is_zero() { Err("must be longer than zero".into()) } else { Ok(duration) }
}
