//! `keyback keys`: make, list and revoke API keys.

use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;

use super::output::Output;
use super::{Application, Failure};
use crate::admin::KeySummary;
use crate::model::Timestamp;

#[derive(Subcommand)]
pub(super) enum KeysVerb {
    /// Make a key and print it. It is shown this once.
    Create {
        /// What the key is for.
        name: String,
        /// When it ends by itself: 90d, 12h.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        expires_in: Option<Duration>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the keys, without their secrets.
    List {
        /// Print JSON, a line a key.
        #[arg(long)]
        json: bool,
    },
    /// End a key at once.
    Revoke {
        /// The id that `list` shows.
        id: String,
    },
}

#[derive(Serialize)]
struct KeyLine<'a> {
    id: &'a str,
    name: &'a str,
    state: &'static str,
    created_at: i64,
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

pub(super) async fn obey(verb: KeysVerb, application: &Application, output: &mut Output) -> Result<(), Failure> {
    match verb {
        KeysVerb::Create { name, expires_in, json } => {
            let (summary, key) = application.keys.create(&name, expires_in).await?;
            if json {
                return output.say_json(&line(&summary, application.clock.now(), Some(key.expose())));
            }
            output.say(key.expose())?;
            output.complain(&format!("made key {} ({name}); it is shown this once", summary.id));
            Ok(())
        }
        KeysVerb::List { json } => {
            let now = application.clock.now();
            for key in application.keys.list().await? {
                let line = line(&key, now, None);
                if json {
                    output.say_json(&line)?;
                } else {
                    output.say(&format!(
                        "{}  {:8} {}  {}",
                        line.id,
                        line.state,
                        key.created_at.for_people(),
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
                Err(Failure::wrong("there is no key in force with that id; keyback keys list shows them"))
            }
        }
    }
}

fn line<'a>(key: &'a KeySummary, now: Timestamp, secret: Option<&'a str>) -> KeyLine<'a> {
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
        state,
        created_at: key.created_at.millis(),
        expires_at: key.expires_at.map(Timestamp::millis),
        key: secret,
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let in_days = text.strip_suffix('d').and_then(|days| days.trim().parse::<u64>().ok());
    let duration = match in_days {
        Some(days) => Duration::from_secs(days.saturating_mul(24 * 60 * 60)),
        None => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok())
            .ok_or("write it as 90d, 12h or 30m")?,
    };
    if duration.is_zero() { Err("must be more than nothing".into()) } else { Ok(duration) }
}
