//! `/api/v1/resets`: a reset in an app's own pages, by a program with a secret key.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{NEW_PASSWORD, with_phone, with_username};
use crate::support::{Answer, Database, TestApp, on_both_databases};

const NUMBER: &str = "+12025550123";

async fn start(database: Database, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::start_with_texts(database, settings).await;
    app.add_account_with("known@example.org", |account| {
        with_phone(account, NUMBER);
        with_username(account, "jane");
    })
    .await;
    app
}

async fn request(app: &TestApp, body: Value) -> Value {
    let answer = app.call("/api/v1/resets", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    answer.json()
}

/// Status and the last part of the problem's type.
fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.body);
    let kind = answer.json()["type"].as_str().unwrap().trim_start_matches("/problems/").to_owned();
    (answer.status.as_u16(), kind)
}

#[on_both_databases]
async fn a_program_resets_with_a_code_and_the_id_of_the_challenge(database: Database) {
    let app = start(database, &[]).await;
    let asked = request(&app, json!({"phone": "(202) 555-0123"})).await;
    assert_eq!(asked["delivery"], json!({"medium": "SMS", "destination": "+*******0123", "attribute": "phone_number"}));
    assert_eq!(asked["expires_at"], app.clock.now().millis() + 30 * 60 * 1000);
    let text = app.deliver_texts().await.remove(0);
    let path = format!("/api/v1/resets/{}/verify", asked["id"].as_str().unwrap());
    let wrong = app.call(&path, json!({"code": text.wrong_code()})).await;
    assert_eq!(problem(&wrong), (403, "invalid-code".into()));
    let verified = app.call(&path, json!({"code": text.code()})).await;
    assert_eq!(verified.status, StatusCode::OK);
    let token = verified.json()["access_token"].clone();
    assert_eq!(verified.json()["expires_at"], app.clock.now().millis() + 10 * 60 * 1000);
    let complete =
        |password: &str| app.call("/api/v1/resets/complete", json!({"access_token": token, "new_password": password}));
    assert_eq!(problem(&complete("short").await), (422, "password-rejected".into()));
    assert_eq!(complete(NEW_PASSWORD).await.status, StatusCode::NO_CONTENT);
    assert_eq!(problem(&complete("meadow-copper-violin-2").await), (403, "invalid-access-token".into()));
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    let audit = app.audit().await;
    let by_key = |row: &&crate::support::database::Audited| row.actor.starts_with("key:");
    assert!(audit.iter().filter(by_key).any(|row| row.event == "reset.completed"), "{audit:?}");
    app.deliver().await;
    app.finish().await;
}

// A code alone is worth nothing: it needs the id of its challenge, or what was asked with
#[on_both_databases]
async fn a_code_needs_its_challenge_or_the_number_that_it_went_to(database: Database) {
    let app = start(database, &[]).await;
    app.add_account_with("other@example.org", |account| with_phone(account, "+12025550199")).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    let other = request(&app, json!({"phone": "+12025550199"})).await;
    app.deliver().await;
    let of_other = format!("/api/v1/resets/{}/verify", other["id"].as_str().unwrap());
    for (path, body) in [
        (of_other.as_str(), json!({"code": text.code()})),
        ("/api/v1/resets/verify", json!({"phone": "+12025550199", "code": text.code()})),
        ("/api/v1/resets/verify", json!({"phone": "+12025550198", "code": text.code()})),
        ("/api/v1/resets/verify", json!({"username": "jane", "code": text.code()})),
        ("/api/v1/resets/AAAAAAAAAAAAAAAAAAAAAAAA/verify", json!({"code": text.code()})),
    ] {
        assert_eq!(problem(&app.call(path, body.clone()).await), (403, "invalid-code".into()), "{path} {body}");
    }
    let alone = app.call("/api/v1/resets/verify", json!({"code": text.code()})).await;
    assert_eq!(problem(&alone), (422, "invalid-request".into()));
    let by_number = app.call("/api/v1/resets/verify", json!({"phone": "202-555-0123", "code": text.code()})).await;
    assert_eq!(by_number.status, StatusCode::OK, "{}", by_number.body);
    app.finish().await;
}

// SECURITY.md, requirement 4
#[on_both_databases]
async fn unknown_names_get_a_stable_simulated_destination(database: Database) {
    let app = start(database, &[]).await;
    app.add_account_with("mailed@example.org", |account| with_username(account, "mailed")).await;
    assert_eq!(request(&app, json!({"username": "jane"})).await["delivery"]["destination"], "+*******0123");
    let mailed = request(&app, json!({"username": "mailed"})).await;
    assert_eq!(mailed["delivery"], json!({"medium": "EMAIL", "destination": "m***@e***", "attribute": "email"}));

    let mut shapes = BTreeSet::new();
    let mut destinations = BTreeSet::new();
    for number in 0..12 {
        let name = json!({"username": format!("nobody{number}")});
        let first = request(&app, name.clone()).await;
        app.wait_for_cooldown();
        let again = request(&app, name).await;
        assert_eq!(first["delivery"], again["delivery"], "the same each time");
        let delivery = &first["delivery"];
        let destination = delivery["destination"].as_str().unwrap();
        let shape: String = destination
            .chars()
            .map(|c| {
                if c.is_ascii_digit() {
                    '0'
                } else if c.is_alphabetic() {
                    'a'
                } else {
                    c
                }
            })
            .collect();
        shapes.insert((delivery["medium"].as_str().unwrap().to_owned(), shape));
        destinations.insert(destination.to_owned());
    }
    let shape = |medium: &str, shape: &str| (medium.to_owned(), shape.to_owned());
    assert_eq!(shapes, BTreeSet::from([shape("EMAIL", "a***@a***"), shape("SMS", "+*******0000")]));
    assert!(destinations.len() >= 8, "{destinations:?}");
    // A contact that was typed is masked as it is, known or not.
    assert_eq!(request(&app, json!({"phone": "+12025550166"})).await["delivery"]["destination"], "+*******0166");
    assert_eq!(request(&app, json!({"email": "zoe@w.example"})).await["delivery"]["destination"], "z***@w***");

    // And a code for it behaves like one.
    let unknown = request(&app, json!({"username": "nobody-else"})).await;
    let path = format!("/api/v1/resets/{}/verify", unknown["id"].as_str().unwrap());
    for _ in 0..6 {
        assert_eq!(problem(&app.call(&path, json!({"code": "000000"})).await), (403, "invalid-code".into()));
    }
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn without_concealment_an_unknown_account_has_no_destination(database: Database) {
    let app = start(database, &[("API__CONCEAL_ACCOUNTS", "false")]).await;
    assert_eq!(request(&app, json!({"username": "nobody"})).await["delivery"], Value::Null);
    assert_eq!(request(&app, json!({"username": "jane"})).await["delivery"]["medium"], "SMS");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 12; a program asks for many people from one address
#[on_both_databases]
async fn limits_are_those_of_the_identifier_and_not_of_the_program(database: Database) {
    let app = start(database, &[("LIMITS__CALLER_PER_15_MINUTES", "2"), ("SMS__CALLER_PER_HOUR", "1")]).await;
    for number in 0..5 {
        request(&app, json!({"username": format!("nobody{number}")})).await;
    }
    request(&app, json!({"username": "jane"})).await;
    let again = app.call("/api/v1/resets", json!({"username": "JANE"})).await;
    assert_eq!(problem(&again), (429, "quota-exceeded".into()));
    assert_eq!(again.header("retry-after"), Some("60"));
    assert_eq!(app.deliver_texts().await.len(), 1);
    app.clock.advance(Duration::from_secs(61));
    request(&app, json!({"username": "jane"})).await;
    assert_eq!(app.deliver_texts().await.len(), 1);
    app.finish().await;
}

#[on_both_databases]
async fn the_language_the_channel_and_the_target_may_be_named(database: Database) {
    let app = start(database, &[]).await;
    let target = "https://app.example.org/auth?from=reset";
    let asked = request(
        &app,
        json!({"username": "jane", "channel": "email", "locale": "de", "redirect_url": target, "deliver": true}),
    )
    .await;
    assert_eq!(asked["delivery"]["medium"], "EMAIL");
    let mail = app.deliver().await.remove(0);
    assert!(mail.subject().contains("Passwort"), "{}", mail.subject());
    let opened = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    assert!(opened.location().starts_with(target), "{}", opened.location());
    app.finish().await;
}

// SECURITY.md, requirements 5, 27 and 68
#[on_both_databases]
async fn what_is_no_request_is_refused_and_sends_nothing(database: Database) {
    let app = start(database, &[]).await;
    let long = "1".repeat(15_000);
    for (path, body, status) in [
        ("/api/v1/resets", json!({}), 422),
        ("/api/v1/resets", json!({"phone": NUMBER, "username": "jane"}), 422),
        ("/api/v1/resets", json!({"phone": [NUMBER, "+12025550199"]}), 422),
        ("/api/v1/resets", json!({"phone": {"$gt": ""}}), 422),
        ("/api/v1/resets", json!({"phone": "not a number"}), 422),
        ("/api/v1/resets", json!({"phone": long}), 422),
        ("/api/v1/resets", json!({"phone": NUMBER, "channel": "pigeon"}), 422),
        ("/api/v1/resets", json!({"phone": NUMBER, "locale": "xx"}), 422),
        ("/api/v1/resets", json!({"phone": NUMBER, "deliver": false}), 403),
        ("/api/v1/resets", json!({"phone": NUMBER, "base_url": "https://evil.example"}), 422),
        ("/api/v1/resets", json!({"phone": NUMBER, "redirect_url": "https://evil.example/"}), 422),
        ("/api/v1/resets/verify", json!({"phone": NUMBER, "code": {"$gt": 0}}), 422),
        ("/api/v1/resets/verify", json!({"phone": NUMBER, "code": null}), 422),
        ("/api/v1/resets/verify", json!({"phone": NUMBER, "code": "' OR 1=1--"}), 403),
        ("/api/v1/resets/verify", json!({"phone": NUMBER, "code": long}), 403),
        ("/api/v1/resets/verify", json!({"phone": NUMBER, "code": "12345\u{0}"}), 403),
        ("/api/v1/resets/%00/verify", json!({"code": "123456"}), 403),
        ("/api/v1/resets/complete", json!({"access_token": "at-x", "new_password": NEW_PASSWORD}), 403),
        ("/api/v1/resets/complete", json!({"access_token": ["at-x"], "new_password": NEW_PASSWORD}), 422),
    ] {
        let answer = app.call(path, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {body}: {}", answer.body);
    }
    let headers = [("content-type", "application/json")];
    for path in ["/api/v1/resets", "/api/v1/resets/verify", "/api/v1/resets/complete", "/api/v1/resets/x/verify"] {
        let body = Some(json!({"phone": NUMBER, "code": "123456"}).to_string().into_bytes());
        let answer = app.browser().send(reqwest::Method::POST, path, &headers, body).await;
        assert_eq!(problem(&answer), (401, "missing-api-key".into()), "{path}");
    }
    assert!(app.deliver_texts().await.is_empty());
    app.finish().await;
}
