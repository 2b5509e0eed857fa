//! Every answer of the contract.

use keyback::model::{KeyKind, Scope};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{NEW, NEW_PASSWORD, RESET, activation, call, delivering_key, set};
use crate::support::{Database, OLD_PASSWORD, TestApp, on_both_databases, token_in};

/// What the answer says, for a table of them.
async fn said(app: &TestApp, path: &str, key: &str, content_type: &str, body: &str) -> String {
    let mut headers = vec![("content-type", content_type)];
    if !key.is_empty() {
        headers.push(("authorization", key));
    }
    let answer = app.browser().send(Method::POST, path, &headers, Some(body.as_bytes().to_vec())).await;
    let retry_after = answer.header("retry-after").map(|wait| format!(" (after {wait} s)")).unwrap_or_default();
    format!("{}{retry_after} {}", answer.status.as_u16(), answer.body)
}

#[on_both_databases]
async fn the_message_goes_out_and_its_access_token_is_a_request_id(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = app.api_key().to_owned();
    let answer = call(&app, RESET, &key, &json!({ "email": "Known@Example.org" })).await;
    let id = answer.json()["activation"].as_str().unwrap().to_owned();
    assert_eq!((answer.status, id.len()), (StatusCode::OK, 24));
    let mail = app.deliver().await.remove(0);
    let opened = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    let token = token_in(opened.location());
    assert_eq!(set(&app, &key, &id, NEW_PASSWORD).await.status, StatusCode::BAD_REQUEST, "the id alone proves nothing");
    let done = set(&app, &format!("Bearer {key}"), &token, NEW_PASSWORD).await;
    assert_eq!((done.status, done.json()), (StatusCode::OK, json!({ "message": "ok" })));
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 50: a key that may have the secret is told it at once, and the audit tells of it
#[on_both_databases]
async fn a_program_with_the_scope_delivers_the_request_id_itself(database: Database) {
    let app = TestApp::start(database).await;
    let account = app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let body = json!({ "email": "known@example.org", "preventEmailSending": true });
    let id = activation(&app, &key, &body).await;
    assert_eq!(id.len(), 24);
    assert!(app.deliver().await.is_empty(), "nothing is sent");
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.json(), json!({ "message": "ok" }));
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    let notices = app.deliver().await;
    assert_eq!(notices.len(), 1, "the owner is told of the change all the same");
    let rows = app.audit().await;
    let row = rows.iter().find(|row| row.event == "reset.handed_out").unwrap();
    assert_eq!(
        (row.account_id.as_deref(), row.actor.clone()),
        (Some(account.as_str()), format!("key:{}", key.summary.id))
    );
    assert!(!app.database.dump().await.contains(&id), "SECURITY.md, requirement 16: only its hash is stored");
    app.finish().await;
}

#[on_both_databases]
async fn with_the_scope_the_message_goes_out_beside_the_request_id(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let id = activation(&app, &key, &json!({ "email": "known@example.org" })).await;
    assert_eq!(app.deliver().await.len(), 1);
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn every_refusal_has_its_status_and_word(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let publishable = app.key(KeyKind::Publishable).await;
    let narrow = app.key_with(KeyKind::Secret, |new| new.scopes = vec![Scope::ResetsRead]).await;
    let revoked = app.key(KeyKind::Secret).await;
    assert!(app.application.keys.revoke(&revoked.summary.id).await.unwrap());
    let (key, json) = (app.api_key(), "application/json");
    let asked = r#"{"email":"known@example.org"}"#;
    let given = r#"{"requestId":"AAAAAAAAAAAAAAAAAAAAAAAA","newPassword":"meadow-copper-violin"}"#;
    let mut table = Vec::new();
    for (what, path, key, content_type, body) in [
        ("no key", RESET, "", json, asked),
        ("an unknown key", RESET, "kb-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", json, asked),
        ("no key at all in its form", RESET, "Basic abc", json, asked),
        ("a revoked key", RESET, revoked.key.expose(), json, asked),
        ("a publishable key", RESET, publishable.key.expose(), json, asked),
        ("a key without the scope", RESET, narrow.key.expose(), json, asked),
        (
            "a key without the scope to hand ids out",
            RESET,
            key,
            json,
            r#"{"email":"known@example.org","preventEmailSending":true}"#,
        ),
        ("another content type", RESET, key, "text/plain", asked),
        ("no JSON", RESET, key, json, "email=known@example.org"),
        ("a member twice", RESET, key, json, r#"{"email":"a@example.org","email":"b@example.org"}"#),
        ("no address", RESET, key, json, r#"{"maxRequests":3}"#),
        ("a list of addresses", RESET, key, json, r#"{"email":["known@example.org","evil@example.org"]}"#),
        ("an operator", RESET, key, json, r#"{"email":{"$gt":""}}"#),
        ("a malformed address", RESET, key, json, r#"{"email":"known at example.org"}"#),
        ("no request allowed", RESET, key, json, r#"{"email":"known@example.org","maxRequests":0}"#),
        ("a negative number", RESET, key, json, r#"{"email":"known@example.org","maxRequests":-1}"#),
        ("a word for a number", RESET, key, json, r#"{"email":"known@example.org","maxRequests":"3"}"#),
        ("an unknown address", RESET, key, json, r#"{"email":"nobody@example.org"}"#),
        ("no key for the second call", NEW, "", json, given),
        ("a publishable key for the second call", NEW, publishable.key.expose(), json, given),
        ("an unknown request id", NEW, key, json, given),
        (
            "a malformed request id",
            NEW,
            key,
            json,
            r#"{"requestId":"' OR 1=1 --","newPassword":"meadow-copper-violin"}"#,
        ),
        ("no password", NEW, key, json, r#"{"requestId":"AAAAAAAAAAAAAAAAAAAAAAAA"}"#),
        ("an unknown call", "/v1/auth/nothing", key, json, asked),
    ] {
        table.push(format!("{what}: {}", said(&app, path, key, content_type, body).await));
    }
    let get = app.browser().send(Method::GET, RESET, &[("authorization", key)], None).await;
    table.push(format!(
        "another method: {} {} (allow: {})",
        get.status.as_u16(),
        get.body,
        get.header("allow").unwrap()
    ));
    let large = format!(r#"{{"email":"{}"}}"#, "a".repeat(20_000));
    table.push(format!("too large: {}", said(&app, RESET, key, json, &large).await));
    let foreign = app.browser().with_header("host", "evil.example").send(Method::POST, RESET, &[], None).await;
    table.push(format!("a foreign host: {} {}", foreign.status.as_u16(), foreign.body));
    insta::assert_snapshot!("every_refusal", table.join("\n"));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 37: the message names the rule, and the request id stays good
#[on_both_databases]
async fn a_password_that_breaks_the_policy_costs_no_new_request(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let id = activation(&app, &key, &json!({ "email": "known@example.org", "preventEmailSending": true })).await;
    let mut table = Vec::new();
    for password in ["", "short", "password123456", "known@example.org", &"x".repeat(1025)] {
        let answer = set(&app, key.key.expose(), &id, password).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        table.push(answer.json()["message"].as_str().unwrap().to_owned());
    }
    insta::assert_snapshot!("rejected_passwords", table.join("\n"));
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn more_open_requests_than_the_caller_wants_are_too_many_for_known_and_unknown_alike(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = app.api_key().to_owned();
    for email in ["known@example.org", "nobody@example.org"] {
        let body = json!({ "email": email, "maxRequests": 1 });
        assert_eq!(call(&app, RESET, &key, &body).await.status, StatusCode::OK);
        app.wait_for_cooldown();
        app.deliver().await;
        let refused = call(&app, RESET, &key, &body).await;
        let retry_after: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert_eq!(
            (refused.status, refused.json()["error"].clone()),
            (StatusCode::TOO_MANY_REQUESTS, json!("TOO_MANY_REQUESTS"))
        );
        assert_eq!(retry_after, 30 * 60 - 61, "{email}");
        assert_eq!(call(&app, RESET, &key, &json!({ "email": email, "maxRequests": 2 })).await.status, StatusCode::OK);
        app.deliver().await;
    }
    app.finish().await;
}

// SECURITY.md, requirement 10
#[on_both_databases]
async fn the_servers_own_limit_is_not_raised_by_the_caller(database: Database) {
    let app = TestApp::start(database).await;
    let key = app.api_key().to_owned();
    let body = json!({ "email": "known@example.org", "maxRequests": 1000 });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(call(&app, RESET, &key, &body).await.status.as_u16());
        app.wait_for_cooldown();
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 70
#[on_both_databases]
async fn a_browser_on_another_origin_reads_nothing(database: Database) {
    let app = TestApp::start_with(database, &[("API__ALLOWED_ORIGINS", "https://app.example.org")]).await;
    for (origin, allowed) in [("https://app.example.org", true), ("https://evil.example", false)] {
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let answer = app.browser().send(Method::OPTIONS, RESET, &preflight, None).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        let headers = [("origin", origin), ("authorization", app.api_key()), ("content-type", "application/json")];
        let body = br#"{"email":"nobody@example.org"}"#.to_vec();
        let answer = app.browser().send(Method::POST, RESET, &headers, Some(body)).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        assert_eq!(answer.status.as_u16(), if allowed { 200 } else { 401 });
        assert!(answer.header("access-control-allow-credentials").is_none());
    }
    app.deliver().await;
    app.finish().await;
}
