//! What a request costs does not depend on the person it is about (SECURITY.md, requirements 1, 2, 4 and 29). Known,
//! disabled, unverified and unknown people cause the same statements at each entry point, which read and write the same
//! number of rows. The statements are those that the database library logs with the id of the request.

use std::time::Duration;

use keyback::model::{KeyKind, NewAccount};
use reqwest::Method;
use serde_json::{Value, json};

use crate::own_users::{AppDatabase, CHEAP_HASH, MAPPING, on_app_databases};
use crate::support::{Answer, Browser, Database, TestApp, logs, on_both_databases};

/// An account as it should be, one without a password, a disabled one, one without a verified contact, and nobody:
/// before, between and behind all accounts in their order.
const PEOPLE: [&str; 7] = ["kate", "kyle", "kurt", "kira", "aaron", "kemi", "zoe"];

/// What people do, one step after the other.
const STEPS: [&str; 10] = [
    "ask on the page",
    "wrong code on the page",
    "ask with a publishable key",
    "ask with a secret key",
    "wrong code by id",
    "wrong code by identifier",
    "read the timeline",
    "ask for a code as an agent",
    "ask as an agent",
    "authenticate",
];

fn email(person: &str) -> String {
    format!("{person}@example.org")
}

async fn start(database: Database, settings: &[(&str, &str)]) -> TestApp {
    let settings: Vec<_> = settings.iter().copied().chain([("API__CONCEAL_ACCOUNTS", "true")]).collect();
    let app = TestApp::start_with_webhooks_and(database, &settings).await;
    let disabled = |account: &mut NewAccount| account.disabled = true;
    let unverified = |account: &mut NewAccount| account.email_verified = false;
    app.add_account(&email("kate")).await;
    app.add_account_without_password(&email("kyle")).await;
    app.add_account_with(&email("kurt"), disabled).await;
    app.add_account_with(&email("kira"), unverified).await;
    app
}

/// The same in the table of an app: as it should be, without a password, banned, unconfirmed, and two with one address.
async fn start_in_app(members: &AppDatabase) -> TestApp {
    members.create().await;
    for (id, person) in [(1, "kate"), (2, "kyle"), (3, "kurt"), (4, "kira"), (5, "kemi"), (6, "kemi")] {
        let hash = (person != "kyle").then_some(CHEAP_HASH);
        members.add_member(id, &email(person), hash).await;
    }
    members.execute("UPDATE members SET status = 'banned' WHERE id = 3").await;
    members.execute("UPDATE members SET confirmed_at = NULL WHERE id = 4").await;
    let url = members.url();
    let settings: Vec<_> =
        [("DIRECTORY__URL", url.as_str()), ("API__CONCEAL_ACCOUNTS", "true")].into_iter().chain(MAPPING).collect();
    TestApp::start_with_webhooks_and(members.database_of_keyback().await, &settings).await
}

/// The numbers of requests, by step and person.
#[derive(Default)]
struct Seen(Vec<(&'static str, &'static str, String)>);

impl Seen {
    fn note(&mut self, step: &'static str, person: &'static str, answer: &Answer) {
        assert!(answer.status.as_u16() < 500, "{step} {person}: {} {}", answer.status, answer.body);
        self.0.push((step, person, answer.header("x-request-id").unwrap().to_owned()));
    }

    /// Fails where the statements of two people differ in a step. To be called when the database is closed: then
    /// all of them are logged.
    fn assert_alike(&self) {
        for (step, person, id) in &self.0 {
            let (_, first, first_id) = self.0.iter().find(|(other, ..)| other == step).unwrap();
            let (expected, found) = (statements(first_id), statements(id));
            assert!(!expected.ours.is_empty(), "{step}: no statement was logged");
            assert!(expected.ours == found.ours, "{step}: {first} {:#?}\n{person} {:#?}", expected.ours, found.ours);
            // How many rows a look-up in the app's table gives is what it is for.
            assert_eq!(expected.of_app, found.of_app, "{step}: {first} and {person}");
        }
    }
}

/// Fails where the messages of two people cost another number of statements. To be called when the database is closed.
fn assert_messages_alike(messages: &[(&str, String)], look_ups_in_app: usize) {
    let (first, of_first) = &messages[0];
    let expected = statements(of_first).ours;
    assert!(!expected.is_empty(), "no statement was logged");
    for (person, id) in messages {
        let found = statements(id);
        assert!(expected.len() == found.ours.len(), "{first} {expected:#?}\n{person} {:#?}", found.ours);
        assert_eq!(found.of_app, look_ups_in_app, "{person}");
    }
}

/// What a request, or a message, has asked of the databases.
struct Statements {
    /// Text, rows affected and rows returned of each statement for Keyback's own.
    ours: Vec<String>,
    /// How many there were for the app's.
    of_app: usize,
}

/// Those that were logged with the id of a request or of a message. SQLite logs by connection, so in no order.
fn statements(id: &str) -> Statements {
    let lines = logs::lines_with(&[id.to_owned()]);
    let of_sqlx = lines.iter().filter(|line| line.contains(" sqlx::query: "));
    let told = of_sqlx.filter_map(|line| line.split_once("summary=")?.1.split(" elapsed=").next());
    // What prepares a connection that the pool has just opened, or asks after one, is nobody's.
    let is_ours = |told: &&str| {
        ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| told[1..].starts_with(verb))
            && !told.contains("current_setting")
    };
    let (of_app, ours): (Vec<_>, Vec<_>) = told.filter(is_ours).partition(|told| told.contains(" FROM members "));
    let mut ours: Vec<String> = ours.into_iter().map(str::to_owned).collect();
    ours.sort();
    Statements { ours, of_app: of_app.len() }
}

async fn call(app: &TestApp, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
    let headers = [
        ("authorization", &*format!("Bearer {key}")),
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let body = body.map(|body| body.to_string().into_bytes());
    app.browser().send(method, path, &headers, body).await
}

async fn take(app: &TestApp, step: &str, state: &mut Person, keys: &[String; 2]) -> Answer {
    let [secret, publishable] = keys;
    let email = state.email.clone();
    let post = async |path: &str, key: &str, body: Value| call(app, Method::POST, path, key, Some(body)).await;
    let tool = |name: &str, arguments: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": name, "arguments": arguments } });
    match step {
        "ask on the page" => app.ask(&mut state.browser, &email).await,
        "wrong code on the page" => state.browser.post("/actions/check-code", &[("code", "00000000")]).await,
        "ask with a publishable key" => post("/api/v1/resets", publishable, json!({ "email": email })).await,
        "ask with a secret key" => {
            let answer = post("/api/v1/resets", secret, json!({ "email": email })).await;
            answer.json()["id"].as_str().unwrap().clone_into(&mut state.id);
            answer
        }
        "wrong code by id" => {
            post(&format!("/api/v1/resets/{}/verify", state.id), secret, json!({ "code": "00000000" })).await
        }
        "wrong code by identifier" => {
            post("/api/v1/resets/verify", secret, json!({ "email": email, "code": "00000000" })).await
        }
        "read the timeline" => call(app, Method::GET, &format!("/api/v1/resets/{}", state.id), secret, None).await,
        "ask for a code as an agent" => {
            post("/mcp", secret, tool("reset_password_send_code", json!({ "username": email }))).await
        }
        "ask as an agent" => post("/mcp", secret, tool("request_reset", json!({ "email": email }))).await,
        "authenticate" => {
            let body = json!({ "email": email, "password": "meadow-copper-violin" });
            post("/api/v1/accounts/authenticate", secret, body).await
        }
        other => panic!("{other}"),
    }
}

/// What somebody keeps from one step to the next.
struct Person {
    email: String,
    browser: Browser,
    id: String,
}

/// Then all statements are logged.
async fn close_databases(app: &TestApp) {
    app.application.store.close().await;
    if let Some(members) = app.application.directory.app() {
        members.table().close().await;
    }
}

async fn finish(app: TestApp, seen: &Seen) {
    app.deliver().await;
    close_databases(&app).await;
    seen.assert_alike();
    app.database.remove().await;
}

// SECURITY.md, requirements 1, 2 and 4
#[on_both_databases]
async fn every_door_asks_the_database_the_same_whoever_it_is_about(database: Database) {
    take_every_step(start(database, &[]).await).await;
}

// SECURITY.md, requirements 1, 2 and 4
#[on_app_databases]
async fn every_door_asks_both_databases_the_same_with_accounts_of_an_app(members: AppDatabase) {
    take_every_step(start_in_app(&members).await).await;
    members.remove().await;
}

async fn take_every_step(app: TestApp) {
    let publishable = app.key(KeyKind::Publishable).await.key.expose().to_owned();
    let keys = [app.api_key().to_owned(), publishable];
    let mut people: Vec<Person> =
        PEOPLE.iter().map(|name| Person { email: email(name), browser: app.browser(), id: String::new() }).collect();
    let mut seen = Seen::default();
    for step in STEPS {
        app.clock.advance(Duration::from_secs(if step.starts_with("ask") { 16 * 60 } else { 61 }));
        // The first request of a network in an hour is noted, whoever it is about.
        app.ask(&mut app.browser(), &email(&step.replace(' ', "-"))).await;
        for (name, state) in PEOPLE.into_iter().zip(&mut people) {
            seen.note(step, name, &take(&app, step, state, &keys).await);
        }
        app.deliver().await;
    }
    finish(app, &seen).await;
}

// SECURITY.md, requirement 2
#[on_both_databases]
async fn a_message_to_somebody_costs_as_many_statements_as_one_to_nobody(database: Database) {
    send_to_everybody(start(database, &[]).await, 0).await;
}

// SECURITY.md, requirement 2
#[on_app_databases]
async fn a_message_to_a_member_of_an_app_costs_as_many_statements_as_one_to_nobody(members: AppDatabase) {
    send_to_everybody(start_in_app(&members).await, 1).await;
    members.remove().await;
}

/// Twice, because the first message to an account may leave a row that orders what happens to it.
async fn send_to_everybody(app: TestApp, look_ups_in_app: usize) {
    let mut rounds = Vec::new();
    for _ in 0..2 {
        app.clock.advance(Duration::from_secs(16 * 60));
        for person in PEOPLE {
            app.ask(&mut app.browser(), &email(person)).await;
        }
        let since = app.clock.now().millis();
        app.deliver().await;
        let mut messages = Vec::new();
        for person in PEOPLE {
            let of_person = format!(
                "SELECT outbox.id FROM outbox JOIN challenges ON challenges.id = challenge_id \
                 WHERE kind = 'reset' AND identifier = '{}' AND requested_at >= {since}",
                email(person)
            );
            let [id] = &app.database.texts(&of_person).await[..] else { panic!("one message for {person}") };
            messages.push((person, id.clone()));
        }
        rounds.push(messages);
    }
    close_databases(&app).await;
    rounds.iter().for_each(|messages| assert_messages_alike(messages, look_ups_in_app));
    app.database.remove().await;
}

// SECURITY.md, requirements 29 and 34
#[on_both_databases]
async fn the_wrong_code_that_closes_codes_asks_the_database_the_same_whoever_it_is_about(database: Database) {
    let app = start(database, &[]).await;
    let mut seen = Seen::default();
    for _ in 0..4 {
        app.clock.advance(Duration::from_secs(16 * 60));
        app.ask(&mut app.browser(), &email(&format!("first{}", app.clock.now().millis()))).await;
        for name in ["kate", "kemi"] {
            let mut browser = app.browser();
            app.ask(&mut browser, &email(name)).await;
            app.deliver().await;
            for step in ["first", "second", "third", "fourth", "fifth"] {
                let answer = browser.post("/actions/check-code", &[("code", "00000000")]).await;
                seen.0.retain(|(earlier, person, _)| (*earlier, *person) != (step, name));
                seen.note(step, name, &answer);
            }
        }
        app.clock.advance(Duration::from_secs(61));
    }
    finish(app, &seen).await;
}
