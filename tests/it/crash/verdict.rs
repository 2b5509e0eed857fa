//! Checks afterwards whether everything is consistent: promises against rows, rows against mail, and both against what
//! the server answers now.

use std::collections::{BTreeMap, BTreeSet};

use keyback::accounts::{Hasher, Verdict};
use keyback::model::{CancelKey, LinkKey, NewPassword};
use keyback::telemetry::Metrics;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::FromRow;

use super::story::{Dead, Password, Story};
use super::{Users, World};
use crate::support::{Browser, OLD_PASSWORD, PUBLIC_URL};

/// Of what a caller can repeat at will, so much goes into the audit in a minute.
const RECORDED: usize = 20;

pub(super) struct Delivered {
    pub(super) messages: usize,
    pub(super) duplicates: usize,
    /// Events that the app was told of.
    pub(super) events: usize,
}

/// What must not be there, each with the reason.
const NEVER: [(&str, &str); 12] = [
    (
        "a message was given up or kept back",
        "SELECT COUNT(*) FROM outbox WHERE outcome NOT IN ('sent', 'nobody', 'cancelled')",
    ),
    (
        "a message was dropped, and its request is open",
        "SELECT COUNT(*) FROM outbox JOIN challenges ON challenges.id = challenge_id \
         WHERE outcome = 'cancelled' AND completed_at IS NULL AND cancelled_at IS NULL",
    ),
    (
        "a request has no message",
        "SELECT COUNT(*) FROM challenges WHERE NOT EXISTS \
         (SELECT 1 FROM outbox WHERE challenge_id = challenges.id AND kind = 'reset')",
    ),
    (
        "a request is not in the audit, or twice",
        "SELECT COUNT(*) FROM challenges WHERE 1 <> (SELECT COUNT(*) FROM audit \
         WHERE challenge_id = challenges.id AND event = 'reset.requested' AND result = 'ok')",
    ),
    (
        "a completion is not in the audit, or twice, or there without having happened",
        "SELECT COUNT(*) FROM challenges WHERE (CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END) <> \
         (SELECT COUNT(*) FROM audit WHERE challenge_id = challenges.id AND event = 'reset.completed' AND result = 'ok')",
    ),
    (
        "a code that was proven is not in the audit, or twice",
        "SELECT COUNT(*) FROM challenges WHERE (CASE WHEN code_proven_at IS NULL THEN 0 ELSE 1 END) <> \
         (SELECT COUNT(*) FROM audit WHERE challenge_id = challenges.id AND event = 'reset.code_checked' AND result = 'ok')",
    ),
    (
        "a completion has not its one notice",
        "SELECT COUNT(*) FROM challenges WHERE (CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END) <> \
         (SELECT COUNT(*) FROM outbox WHERE challenge_id = challenges.id AND kind = 'notice')",
    ),
    ("a password is still being written", "SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL"),
    (
        "a grant has outlived its challenge",
        "SELECT COUNT(*) FROM grants JOIN challenges ON challenges.id = challenge_id \
         WHERE completed_at IS NOT NULL OR cancelled_at IS NOT NULL",
    ),
    (
        "the app is not to be told of a request, or twice",
        "SELECT COUNT(*) FROM challenges WHERE 1 <> \
         (SELECT COUNT(*) FROM outbox WHERE challenge_id = challenges.id AND payload LIKE '%\"reset.requested\"%')",
    ),
    (
        "the app is not to be told of a completion, or twice, or without there being one",
        "SELECT COUNT(*) FROM challenges WHERE (CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END) <> \
         (SELECT COUNT(*) FROM outbox WHERE challenge_id = challenges.id AND payload LIKE '%\"reset.completed\"%')",
    ),
    (
        "a request of an account that was reset is still open",
        "SELECT COUNT(*) FROM challenges WHERE completed_at IS NULL AND cancelled_at IS NULL AND account_id IN \
         (SELECT account_id FROM challenges WHERE completed_at IS NOT NULL)",
    ),
];

/// The same for accounts in Keyback's own table. With an app's, the worker may complete a reset just as a browser arrives
/// with its token; the session then stays, without a grant.
const NEVER_IN_OWN_TABLE: [(&str, &str); 3] = [
    (
        "a session has a right over an account that was reset",
        "SELECT COUNT(*) FROM sessions WHERE account_id IN (SELECT account_id FROM challenges WHERE completed_at IS NOT NULL)",
    ),
    (
        "a completion has not set the password, or a password was set without one",
        "SELECT COUNT(*) FROM accounts WHERE password_hash IS NOT NULL AND (CASE WHEN password_changed_at IS NULL THEN 0 ELSE 1 END) <> \
         (SELECT COUNT(*) FROM challenges WHERE account_id = accounts.id AND completed_at = password_changed_at)",
    ),
    (
        "a password is gone, and nobody said \"this wasn't me\"",
        "SELECT COUNT(*) FROM accounts WHERE password_hash IS NULL AND NOT EXISTS \
         (SELECT 1 FROM audit WHERE account_id = accounts.id AND event = 'reset.cancelled' AND result = 'password')",
    ),
];

/// A request, and what is written about it.
#[derive(Debug, FromRow)]
struct Asked {
    id: String,
    identifier: String,
    completed: i64,
    cancelled_because: Option<String>,
    code_attempts: i64,
    outcome: Option<String>,
    links_opened: i64,
    codes_proven: i64,
    cancellations: i64,
}

const ASKED: &str = "SELECT id, identifier, CAST(CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END AS BIGINT) AS completed, \
    cancelled_because, code_attempts, \
    (SELECT outcome FROM outbox WHERE challenge_id = challenges.id AND kind = 'reset') AS outcome, \
    (SELECT COUNT(*) FROM audit WHERE challenge_id = challenges.id AND event = 'reset.link_opened' AND result = 'ok') AS links_opened, \
    (SELECT COUNT(*) FROM audit WHERE challenge_id = challenges.id AND event = 'reset.code_checked' AND result = 'ok') AS codes_proven, \
    (SELECT COUNT(*) FROM audit WHERE challenge_id = challenges.id AND event = 'reset.cancelled') AS cancellations \
    FROM challenges";

/// A message that was handed over.
#[derive(FromRow)]
struct Sent {
    kind: String,
    challenge_id: String,
    attempts: i64,
}

#[derive(FromRow)]
struct Key {
    key_hash: String,
    challenge_id: String,
}

pub(super) async fn pass(world: &World, stories: &[Story]) -> Delivered {
    let of_own_table = NEVER_IN_OWN_TABLE.into_iter().filter(|_| matches!(world.users, Users::Own));
    for (what, statement) in NEVER.into_iter().chain(of_own_table) {
        assert_eq!(world.database.number(statement).await, 0, "{what}: {statement}");
    }
    if world.database.is_sqlite() {
        assert_eq!(world.database.texts("PRAGMA integrity_check").await, ["ok"]);
        assert!(world.database.texts("PRAGMA foreign_key_check").await.is_empty());
    }
    let delivered = messages(world).await;
    let asked: Vec<Asked> = world.database.rows(ASKED).await;
    let with_password = "SELECT email, password_hash FROM accounts WHERE password_hash IS NOT NULL";
    let stored: BTreeMap<String, String> = match &world.users {
        Users::Own => world.database.rows(with_password).await.into_iter().collect(),
        Users::InApp(in_app) => in_app.verified(&world.database).await,
    };
    let hasher = Hasher::start(None, Metrics::default()).unwrap();
    for story in stories {
        let is_theirs = |asked: &&Asked| asked.identifier == story.email || asked.identifier == story.username;
        promises(story, &asked.iter().filter(is_theirs).collect::<Vec<_>>());
        if story.has_account {
            passwords(world, &hasher, story, stored.get(&story.email)).await;
        }
        the_dead_stay_dead(world, story).await;
    }
    delivered
}

/// Every message that is marked as sent has arrived, and no more often than it was begun.
async fn messages(world: &World) -> Delivered {
    let keys: Vec<Key> = world.database.rows("SELECT key_hash, challenge_id FROM link_keys").await;
    let keys: BTreeMap<_, _> = keys.into_iter().map(|key| (key.key_hash, key.challenge_id)).collect();
    let mut arrived: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for mail in world.smtp.mails() {
        let (kind, hash) = if mail.text().contains("/verify?") {
            ("reset", LinkKey::parse(&mail.link_key()).unwrap().hash())
        } else {
            ("notice", CancelKey::parse(&mail.cancel_key()).unwrap().hash())
        };
        *arrived.entry((kind, &keys[hash.as_str()])).or_default() += 1;
    }
    let (mut messages, mut duplicates) = (0, 0);
    let sent = "SELECT kind, challenge_id, attempts FROM outbox WHERE outcome = 'sent' AND payload IS NULL";
    for Sent { kind, challenge_id, attempts } in world.database.rows(sent).await {
        let times = arrived.get(&(&*kind, &*challenge_id)).copied().unwrap_or(0);
        assert!(times >= 1, "a {kind} for {challenge_id} is marked as sent and has not arrived");
        assert!(times <= attempts, "a {kind} for {challenge_id} was begun {attempts} times and arrived {times} times");
        messages += 1;
        duplicates += usize::from(times > 1);
    }
    Delivered { messages, duplicates, events: events(world).await }
}

/// Every event that is marked as sent has arrived under its id; tells how many there are.
async fn events(world: &World) -> usize {
    let received = world.app.received();
    let arrived: BTreeSet<&str> = received.iter().map(|event| event.header("webhook-id")).collect();
    let sent = world.database.texts("SELECT id FROM outbox WHERE outcome = 'sent' AND payload IS NOT NULL").await;
    for id in &sent {
        assert!(arrived.contains(id.as_str()), "the event {id} is marked as sent and has not arrived");
    }
    sent.len()
}

/// What was answered is in the rows.
fn promises(story: &Story, asked: &[&Asked]) {
    let sum = |count: fn(&Asked) -> i64| usize::try_from(asked.iter().map(|asked| count(asked)).sum::<i64>()).unwrap();
    assert!(asked.len() >= story.accepted, "{asked:#?} {story:#?}");
    assert!(story.challenges.iter().all(|id| asked.iter().any(|asked| asked.id == *id)), "{asked:#?} {story:#?}");
    let for_nobody = |asked: &&Asked| asked.outcome.as_deref() == Some("nobody");
    assert!(asked.iter().all(|asked| for_nobody(asked) != story.has_account), "{asked:#?} {story:#?}");
    assert!(sum(|asked| asked.links_opened) >= story.links_opened.min(RECORDED), "{asked:#?} {story:#?}");
    assert!(sum(|asked| asked.codes_proven) >= story.codes_proven, "{asked:#?} {story:#?}");
    assert!(sum(|asked| asked.code_attempts) >= story.codes_refused + story.codes_proven, "{asked:#?} {story:#?}");
    assert!(sum(|asked| asked.cancellations) >= usize::from(story.cancelled), "{asked:#?} {story:#?}");
    assert!(sum(|asked| asked.completed) >= usize::from(story.was_told_done), "{asked:#?} {story:#?}");
    if story.cancelled && matches!(story.password, Password::Old) {
        let not_me = asked.iter().filter(|asked| asked.cancelled_because.as_deref() == Some("not_me"));
        assert_eq!(not_me.count(), 1, "{asked:#?} {story:#?}");
    }
}

/// Exactly one of all passwords fits what is stored, it is the one that was promised, and it signs in.
async fn passwords(world: &World, hasher: &Hasher, story: &Story, stored: Option<&String>) {
    let mut fitting = Vec::new();
    for password in story.tried.iter().map(String::as_str).chain([OLD_PASSWORD]) {
        let typed = NewPassword::parse(password.to_owned()).unwrap();
        // A right one whose hash is not of our own kind could be upgraded.
        if hasher.verify(typed, stored.cloned()).await.unwrap() != Verdict::Wrong {
            fitting.push(password);
        }
    }
    let as_promised = match &story.password {
        Password::Old => fitting == [OLD_PASSWORD],
        Password::OneOf(those) => fitting.len() == 1 && those.iter().any(|password| password == fitting[0]),
        Password::None => fitting.is_empty(),
    };
    assert!(as_promised, "{fitting:?} fit: {story:#?}");
    for password in fitting {
        let body = json!({"email": story.email, "password": password});
        assert_eq!(call(world, "/api/v1/accounts/authenticate", body).await, StatusCode::OK, "{story:#?}");
    }
}

async fn the_dead_stay_dead(world: &World, story: &Story) {
    for dead in &story.dead {
        let refused = match dead {
            Dead::Link(key) => {
                let opened = browser(world).get(&format!("/verify?key={key}&action=reset-pwd")).await;
                opened.location() == "/link-expired"
            }
            Dead::Token(token) => {
                let body = json!({"access_token": token, "new_password": "another-copper-violin"});
                call(world, "/api/v1/resets/complete", body).await == StatusCode::FORBIDDEN
            }
            Dead::Code { verify, code } => {
                let mut body = json!({ "code": code });
                if verify == "/api/v1/resets/verify" {
                    body["email"] = json!(story.email);
                }
                call(world, verify, body).await == StatusCode::FORBIDDEN
            }
        };
        assert!(refused, "{dead:?} lives: {story:#?}");
    }
}

fn browser(world: &World) -> Browser {
    Browser::new(world.server.borrow().as_ref().expect("a server"), PUBLIC_URL)
}

async fn call(world: &World, path: &str, body: Value) -> StatusCode {
    browser(world).call_api(path, &world.key, body).await.status
}
