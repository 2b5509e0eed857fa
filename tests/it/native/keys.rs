//! What gives access to the native API: an active key, in the header, with the scope (SECURITY.md, requirements 23, 26
//! and 68).

use std::time::Duration;

use keyback::model::{KeyKind, Scope};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::contract::{self, Operation};
use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::{Database, OLD_PASSWORD, TestApp, on_both_databases, token_in};

/// Calls an operation with something for each of its parameters and, where it takes one, an empty body.
async fn call(program: &Program<'_>, operation: &Operation) -> (u16, String) {
    let answer =
        program.call(operation.method.clone(), &operation.example_path(), operation.has_body.then(|| json!({}))).await;
    if answer.status.is_success() { is(answer.status.as_u16(), "") } else { problem(&answer) }
}

// SECURITY.md, requirements 8, 50 and 68
#[on_both_databases]
async fn a_key_does_what_its_scopes_say_and_nothing_else(database: Database) {
    let app = TestApp::start(database).await;
    for operation in contract::operations() {
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != operation.scope).collect();
        let without = Program::with(&app, &others).await;
        assert_eq!(call(&without, &operation).await, is(403, "missing-scope"), "{}", operation.id);
        let with = Program::with(&app, &[operation.scope]).await;
        let answer = call(&with, &operation).await;
        assert!(![401, 403].contains(&answer.0) || answer.1 == "invalid-code", "{}: {answer:?}", operation.id);
    }
    app.finish().await;
}

// SECURITY.md, requirement 23: every kind of secret, shown at every place of the API that takes one
#[on_both_databases]
async fn one_kind_of_secret_stands_in_for_no_other(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &Scope::ALL).await;
    let asked = program.post("/api/v1/resets", json!({"email": "known@example.org"})).await.json();
    let mail = app.deliver().await.remove(0);
    let token = token_in(app.browser().get(&format!("/verify?key={}", mail.link_key())).await.location());
    let mut asking = app.browser();
    app.ask(&mut asking, "somebody@example.org").await;
    let session = asking.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    app.wait_for_cooldown();
    let (method, path) = (Method::POST, "/v1/auth/reset-password");
    let headers = [("authorization", program.key.as_str()), ("content-type", "application/json")];
    let body = json!({"email": "known@example.org", "preventEmailSending": true}).to_string().into_bytes();
    let activation =
        app.browser().send(method, path, &headers, Some(body)).await.json()["activation"].as_str().unwrap().to_owned();
    let id = asked["id"].as_str().unwrap().to_owned();
    let secrets = [
        ("API key", program.key.clone()),
        ("access token", token),
        ("link key", mail.link_key()),
        ("cancel key", mail.cancel_key()),
        ("session", session),
        ("activation", activation),
        ("reset", id.clone()),
        ("key id", program.id.clone()),
    ];
    for (kind, secret) in &secrets {
        let holder = Program { app: &app, key: secret.clone(), id: String::new() };
        for operation in contract::operations() {
            let (status, _) = call(&holder, &operation).await;
            assert_eq!(status != 401, *kind == "API key", "{kind} as a key for {}: {status}", operation.id);
        }
        for path in [format!("/api/v1/resets/{id}/verify"), "/api/v1/resets/verify".to_owned()] {
            let mut body = json!({ "code": secret });
            if path.ends_with("resets/verify") {
                body["email"] = "known@example.org".into();
            }
            assert_eq!(problem(&program.post(&path, body).await), is(403, "invalid-code"), "{kind} as a code");
        }
        // What has the form of an id; the others have no business in a path, which is logged.
        if ["session", "activation", "key id"].contains(kind) {
            for path in ["/api/v1/resets", "/api/v1/accounts"] {
                let answer = program.call(Method::GET, &format!("{path}/{secret}"), None).await;
                assert_eq!(problem(&answer), is(404, "not-found"), "{kind} as an id under {path}");
            }
        }
    }
    let code = mail.code();
    for (kind, secret) in secrets.iter().map(|(kind, secret)| (*kind, secret)).chain([("code", &code)]) {
        let answer = program
            .post("/api/v1/resets/complete", json!({"access_token": secret, "new_password": NEW_PASSWORD}))
            .await;
        assert_eq!(answer.status == StatusCode::NO_CONTENT, kind == "access token", "{kind} as an access token");
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 24: the account comes from the token
#[on_both_databases]
async fn a_token_is_for_its_own_account_alone(database: Database) {
    let app = TestApp::start(database).await;
    let other = app.add_account("other@example.org").await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &Scope::ALL).await;
    let asked = program.post("/api/v1/resets", json!({"email": "known@example.org"})).await.json();
    let code = app.deliver().await.remove(0).code();
    let verified = program
        .post(&format!("/api/v1/resets/{}/verify", asked["id"].as_str().unwrap()), json!({"code": code}))
        .await
        .json();
    let mut body = json!({"access_token": verified["access_token"], "new_password": NEW_PASSWORD});
    for name in ["account_id", "email", "username", "id"] {
        let mut with = body.clone();
        with[name] = other.as_str().into();
        assert_eq!(problem(&program.post("/api/v1/resets/complete", with).await), is(422, "invalid-request"), "{name}");
    }
    let path = format!("/api/v1/resets/complete?account_id={other}&email=other%40example.org");
    assert_eq!(program.post(&path, body.take()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.authenticate("other@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 26
#[on_both_databases]
async fn no_answer_holds_what_the_message_holds(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &Scope::ALL).await;
    let asked = program.post("/api/v1/resets", json!({"email": "known@example.org"})).await;
    let mail = app.deliver().await.remove(0);
    let path = format!("/api/v1/resets/{}", asked.json()["id"].as_str().unwrap());
    let verified = program.post(&format!("{path}/verify"), json!({"code": mail.code()})).await;
    let token = verified.json()["access_token"].clone();
    let completed =
        program.post("/api/v1/resets/complete", json!({"access_token": token, "new_password": NEW_PASSWORD})).await;
    let read = program.call(Method::GET, &path, None).await;
    let account = program.call(Method::GET, "/api/v1/accounts?email=known%40example.org", None).await;
    for answer in [&asked, &verified, &completed, &read, &account] {
        for secret in [mail.link_key(), mail.cancel_key(), mail.code(), NEW_PASSWORD.to_owned(), program.key.clone()] {
            assert!(!answer.body.contains(&secret) && !format!("{:?}", answer.headers).contains(&secret));
        }
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_key_is_exchanged_without_a_gap_and_revoked_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let keys = &app.application.keys;
    let made = app.key(KeyKind::Secret).await;
    let id = made.summary.id.as_str();
    let rotated = keys.rotate(id, Duration::from_secs(3600)).await.unwrap();
    assert_eq!(rotated.summary.id, id);
    let path = "/api/v1/resets/AAAAAAAAAAAAAAAAAAAAAAAA";
    let answers = async || {
        let mut answers = Vec::new();
        for key in [&made.key, &rotated.key] {
            let program = Program { app: &app, key: key.expose().to_owned(), id: id.to_owned() };
            answers.push(problem(&program.call(Method::GET, path, None).await).1);
        }
        answers
    };
    assert_eq!(answers().await, ["not-found", "not-found"]);
    app.clock.advance(Duration::from_secs(3600) - Duration::from_millis(1));
    assert_eq!(answers().await, ["not-found", "not-found"]);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(answers().await, ["invalid-api-key", "not-found"]);
    let again = keys.rotate(id, Duration::from_secs(3600)).await.unwrap();
    assert!(keys.revoke(id).await.unwrap());
    assert_eq!(answers().await, ["invalid-api-key", "invalid-api-key"]);
    let program = Program { app: &app, key: again.key.expose().to_owned(), id: id.to_owned() };
    assert_eq!(problem(&program.call(Method::GET, path, None).await), is(401, "invalid-api-key"));
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_key_that_has_expired_or_stands_in_the_url_opens_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let hour = Some(Duration::from_secs(3600));
    let made = app
        .key_with(KeyKind::Secret, |new| {
            new.expires_in = hour;
            new.scopes = Scope::ALL.to_vec();
        })
        .await;
    let program = Program { app: &app, key: made.key.expose().to_owned(), id: made.summary.id };
    for operation in contract::operations() {
        for name in ["key", "api_key", "apikey", "access_token", "authorization"] {
            let path = format!("{}?{name}={}", operation.example_path(), program.key);
            let body = operation.has_body.then(|| b"{}".to_vec());
            let answer = app
                .browser()
                .send(operation.method.clone(), &path, &[("content-type", "application/json")], body)
                .await;
            assert_eq!(problem(&answer), is(401, "missing-api-key"), "{} {name}", operation.id);
        }
        assert_ne!(call(&program, &operation).await.0, 401, "{}", operation.id);
    }
    app.clock.advance(Duration::from_secs(3600));
    for operation in contract::operations() {
        assert_eq!(call(&program, &operation).await, is(401, "invalid-api-key"), "{}", operation.id);
    }
    app.finish().await;
}
