//! What a request costs does not depend on the person it is about (SECURITY.md, requirements 1, 2, 4 and 29). Known,
//! disabled, unverified and unknown people cause the same statements at each entry point, which read and write the same
//! number of rows. The statements are those that the database library logs with the id of the request.

use std::time::Duration;

use keyback::model::{KeyKind, NewAccount};
use reqwest::Method;
use serde_json::{Value, json};

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
            assert!(!expected.is_empty(), "{step}: no statement was logged");
            assert!(expected == found, "{step}: {first} {expected:#?}\n{person} {found:#?}");
        }
    }
}

/// Text, rows affected and rows returned of each statement of a request. SQLite logs by connection, so in no order.
fn statements(request: &str) -> Vec<String> {
    let lines = logs::lines_with(&[request.to_owned()]);
    let of_sqlx = lines.iter().filter(|line| line.contains(" sqlx::query: "));
    let told = of_sqlx.filter_map(|line| line.split_once("summary=")?.1.split(" elapsed=").next());
    // What prepares a connection that the pool has just opened, or asks after one, is nobody's.
    let is_ours = |told: &&str| {
        ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| told[1..].starts_with(verb))
            && !told.contains("current_setting")
    };
    let mut told: Vec<String> = told.filter(is_ours).map(str::to_owned).collect();
    told.sort();
    told
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

async fn finish(app: TestApp, seen: &Seen) {
    app.deliver().await;
    app.application.store.close().await;
    seen.assert_alike();
    app.database.remove().await;
}

// SECURITY.md, requirements 1, 2 and 4
#[on_both_databases]
async fn every_door_asks_the_database_the_same_whoever_it_is_about(database: Database) {
    let app = start(database, &[]).await;
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
