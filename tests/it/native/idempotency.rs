//! `Idempotency-Key` (SECURITY.md, requirement 69): a repeated request is carried out once.

use std::time::Duration;

use keyback::model::{KeyKind, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Program, is, problem};
use crate::support::{Answer, Database, TestApp, on_both_databases};

const SCOPES: [Scope; 2] = [Scope::ResetsRequest, Scope::ResetsReturnLink];
const KEY: &str = "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"";

async fn ask(program: &Program<'_>, key: &str, address: &str) -> Answer {
    ask_for(program, key, json!({ "email": address })).await
}

async fn ask_for(program: &Program<'_>, key: &str, body: Value) -> Answer {
    program.call_with(Method::POST, "/api/v1/resets", Some(body), &[("idempotency-key", key)]).await
}

// SECURITY.md, requirement 69
#[on_both_databases]
async fn of_twenty_equal_requests_at_once_one_sends_a_message(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let headers = [
        ("authorization", format!("Bearer {}", program.key)),
        ("content-type", "application/json".into()),
        ("idempotency-key", KEY.into()),
    ];
    let requests: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, headers) = (app.browser(), headers.clone());
            tokio::spawn(async move {
                let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser
                    .send(Method::POST, "/api/v1/resets", &headers, Some(b"{\"email\":\"known@example.org\"}".to_vec()))
                    .await
            })
        })
        .collect();
    let mut accepted = Vec::new();
    for request in requests {
        let answer = request.await.unwrap();
        if answer.status == 202 {
            accepted.push(answer.body);
        } else {
            assert_eq!(problem(&answer), is(409, "request-in-progress"));
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
    }
    assert!(!accepted.is_empty() && accepted.iter().all(|body| *body == accepted[0]), "{accepted:?}");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 1);
    assert_eq!(app.deliver().await.len(), 1);
    assert_eq!(ask(&program, KEY, "known@example.org").await.body, accepted[0]);
    app.finish().await;
}

// Everybody can read a publishable key: who sends another person's key first must not take the message away.
#[on_both_databases]
async fn with_a_publishable_key_one_caller_does_not_answer_for_another(database: Database) {
    let app = TestApp::start_with(database, &[("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let key = app.key(KeyKind::Publishable).await;
    let bearer = format!("Bearer {}", key.key.expose());
    let ask_from = async |address: &str, email: &str| {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", KEY),
            ("x-forwarded-for", address),
        ];
        let body = json!({ "email": email }).to_string().into_bytes();
        app.browser().send(Method::POST, "/api/v1/resets", &headers, Some(body)).await
    };
    let stranger = ask_from("203.0.113.9", "other@example.org").await;
    let person = ask_from("198.51.100.7", "known@example.org").await;
    assert_eq!((stranger.status.as_u16(), person.status.as_u16()), (202, 202), "{}", person.body);
    assert_eq!(ask_from("198.51.100.7", "known@example.org").await.body, person.body);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 2);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 69
#[on_both_databases]
async fn the_same_request_gets_the_first_answer_and_another_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let first = ask(&program, KEY, "known@example.org").await;
    assert_eq!(first.status, 202);
    app.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    for (key, body) in [
        (KEY, json!({"email": "known@example.org"})),
        (KEY.trim_matches('"'), json!({"email": "known@example.org", "locale": null})),
    ] {
        assert_eq!(ask_for(&program, key, body).await.comparable(), first.comparable());
    }
    for body in [json!({"email": "other@example.org"}), json!({"email": "known@example.org", "locale": "de"})] {
        assert_eq!(problem(&ask_for(&program, KEY, body).await), is(422, "idempotency-key-reused"));
    }
    let other = Program::with(&app, &SCOPES).await;
    let of_other = ask(&other, KEY, "known@example.org").await;
    assert_ne!(of_other.json()["id"], first.json()["id"], "the keys of another program are others");

    app.clock.advance(Duration::from_secs(1));
    let anew = ask(&program, KEY, "other@example.org").await;
    assert_eq!(anew.status, 202, "after 24 hours the key is new");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_refusal_frees_the_key(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let refused =
        ask_for(&program, KEY, json!({"email": "nobody@example.org", "redirect_url": "https://elsewhere.example/"}))
            .await;
    assert_eq!(problem(&refused), is(422, "invalid-request"));
    assert_eq!(ask(&program, "another", "nobody@example.org").await.status, 202);
    assert_eq!(problem(&ask(&program, KEY, "nobody@example.org").await), is(429, "quota-exceeded"));
    app.wait_for_cooldown();
    assert_eq!(ask(&program, KEY, "nobody@example.org").await.status, 202);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM idempotency").await, 2);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_key_whose_request_died_is_free_after_a_minute_for_the_same_request(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    let died = ask(&program, KEY, "nobody@example.org").await.json()["id"].clone();
    app.database.change("UPDATE idempotency SET body = NULL").await;
    app.clock.advance(Duration::from_secs(60) - Duration::from_millis(1));
    assert_eq!(problem(&ask(&program, KEY, "nobody@example.org").await), is(409, "request-in-progress"));
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(problem(&ask(&program, KEY, "other@example.org").await), is(422, "idempotency-key-reused"));
    let anew = ask(&program, KEY, "nobody@example.org").await;
    assert_eq!(anew.status, 202);
    assert_ne!(anew.json()["id"], died);
    assert_eq!(ask(&program, KEY, "nobody@example.org").await.body, anew.body);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 16 and 78
#[on_both_databases]
async fn what_is_kept_holds_no_secret_and_goes_after_a_day(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    ask(&program, KEY, "known@example.org").await;
    let mail = app.deliver().await.remove(0);
    let rows = app.database.table("idempotency").await.concat();
    for secret in [mail.link_key(), mail.code(), KEY.trim_matches('"').to_owned(), program.key.clone()] {
        assert!(!rows.contains(&secret), "{rows}");
    }
    let with_link = ask_for(&program, "another", json!({"email": "known@example.org", "deliver": false})).await;
    assert_eq!(problem(&with_link), is(422, "invalid-request"));

    let worker = app.application.worker();
    worker.purge().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM idempotency").await, 1);
    app.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    worker.purge().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM idempotency").await, 0);
    app.finish().await;
}

#[on_both_databases]
async fn a_key_that_is_none_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::with(&app, &SCOPES).await;
    for key in ["", "\"\"", "\"open", "two words", "\"a\"; b=1", &"x".repeat(256)] {
        assert_eq!(
            problem(&ask(&program, key, "nobody@example.org").await),
            is(400, "malformed-idempotency-key"),
            "{key}"
        );
    }
    let headers = [("idempotency-key", "one"), ("idempotency-key", "two")];
    let twice =
        program.call_with(Method::POST, "/api/v1/resets", Some(json!({"email": "nobody@example.org"})), &headers).await;
    assert_eq!(problem(&twice), is(400, "malformed-idempotency-key"));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}
