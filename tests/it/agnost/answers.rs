//! Every refusal of the contract, and those of the middleware in front of it. Clients of this protocol hang on an error
//! that is not JSON.

use keyback::model::{KeyKind, Scope};
use reqwest::Method;
use serde_json::json;

use super::{
    AGNOST, ALTOGIC, NEW_PASSWORD, NUMBER, call, refusal, refused, reset_pwd, reset_pwd_code, send_reset,
    send_reset_code, start,
};
use crate::support::{Answer, Database, TestApp, on_both_databases};

/// What the answer says, for a table of them.
fn said(what: &str, answer: &Answer) -> String {
    refusal(answer);
    let header = |name: &str| answer.header(name).map(|value| format!(" ({name}: {value})")).unwrap_or_default();
    format!("{what}: {}{}{} {}", answer.status.as_u16(), header("retry-after"), header("allow"), answer.body)
}

const JSON: &str = "application/json";

#[on_both_databases]
async fn every_refusal_has_its_status_and_code(database: Database) {
    let app = start(database).await;
    let narrow = app.key_with(KeyKind::Secret, |new| new.scopes = vec![Scope::ResetsRead]).await;
    let revoked = app.key(KeyKind::Secret).await;
    assert!(app.application.keys.revoke(&revoked.summary.id).await.unwrap());
    let (key, narrow, revoked) = (app.api_key(), narrow.key.expose(), revoked.key.expose());
    let unknown = format!("at-{}", "A".repeat(43));
    let (asked, given) = (r#"{"email":"nobody@example.org"}"#, r#"{"newPassword":"meadow-copper-violin"}"#);
    let set = format!("reset-pwd?key={unknown}");
    let mut table = Vec::new();
    for (what, path, key, content_type, body) in [
        ("no key", "send-reset", "", JSON, asked),
        ("an unknown key", "send-reset", "kb-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", JSON, asked),
        ("a key of another form", "send-reset", "ak-123", JSON, asked),
        ("a revoked key", "send-reset", revoked, JSON, asked),
        ("a key without the scope to ask", "send-reset", narrow, JSON, asked),
        ("a key without the scope to ask for a code", "send-reset-code?phone=%2B12025550123", narrow, "", ""),
        ("a key without the scope to set", &set, narrow, JSON, given),
        (
            "a key without the scope to set by a code",
            "reset-pwd-code?phone=%2B12025550123&code=123456",
            narrow,
            JSON,
            given,
        ),
        ("no JSON", "send-reset", key, JSON, "email=nobody@example.org"),
        ("a list in place of an object", "send-reset", key, JSON, r#"["nobody@example.org"]"#),
        ("a member twice", "send-reset", key, JSON, r#"{"email":"a@example.org","email":"b@example.org"}"#),
        ("another content type", "send-reset", key, "text/plain", asked),
        ("no content type", "send-reset", key, "", asked),
        ("no address", "send-reset", key, JSON, "{}"),
        ("nothing at all", "send-reset", key, "", ""),
        ("a malformed address", "send-reset", key, JSON, r#"{"email":"nobody at example.org"}"#),
        ("a list of addresses", "send-reset", key, JSON, r#"{"email":["a@example.org","b@example.org"]}"#),
        ("two addresses", "send-reset?email=a@example.org&email=b@example.org", key, "", ""),
        ("an address in the query and one in the body", "send-reset?email=a@example.org", key, JSON, asked),
        (
            "a redirect URL that is not registered",
            "send-reset",
            key,
            JSON,
            r#"{"email":"nobody@example.org","redirectURL":"https://evil.example/"}"#,
        ),
        ("an empty redirect URL", "send-reset", key, JSON, r#"{"email":"nobody@example.org","redirectURL":""}"#),
        (
            "a redirect URL that is no text",
            "send-reset",
            key,
            JSON,
            r#"{"email":"nobody@example.org","redirectURL":{}}"#,
        ),
        ("an unknown address", "send-reset", key, JSON, asked),
        ("too soon again", "send-reset", key, JSON, asked),
        ("no number", "send-reset-code", key, "", ""),
        ("a malformed number", "send-reset-code?phone=12345", key, "", ""),
        ("two numbers", "send-reset-code?phone=%2B12025550123&phone=%2B12025550124", key, "", ""),
        ("an unknown number", "send-reset-code?phone=%2B12025550199", key, "", ""),
        ("no token", "reset-pwd", key, JSON, given),
        ("two tokens", "reset-pwd?key=at-a&key=at-b", key, JSON, given),
        ("an unknown token", &set, key, JSON, given),
        ("a malformed token", "reset-pwd?key=at-1", key, JSON, given),
        ("a token of another kind", "reset-pwd?key=tk-1", key, JSON, given),
        ("no password", &set, key, JSON, "{}"),
        ("an empty password", &set, key, JSON, r#"{"newPassword":""}"#),
        ("a password that is no text", &set, key, JSON, r#"{"newPassword":12345678901}"#),
        ("no body to set a password with", &set, key, "", ""),
        ("no number beside the code", "reset-pwd-code?code=123456", key, JSON, given),
        ("no code", "reset-pwd-code?phone=%2B12025550123", key, JSON, given),
        ("an empty code", "reset-pwd-code?phone=%2B12025550123&code=", key, JSON, given),
        ("a malformed number beside the code", "reset-pwd-code?phone=1&code=123456", key, JSON, given),
        ("a code that was not asked for", "reset-pwd-code?phone=%2B12025550123&code=123456", key, JSON, given),
        ("a malformed code", "reset-pwd-code?phone=%2B12025550123&code=12x456", key, JSON, given),
    ] {
        let headers: Vec<_> = [("authorization", key), ("content-type", content_type)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let body = (!body.is_empty()).then(|| body.as_bytes().to_vec());
        let answer = app.browser().send(Method::POST, &format!("{AGNOST}/{path}"), &headers, body).await;
        table.push(said(what, &answer));
    }
    insta::assert_snapshot!("every_refusal", table.join("\n"));
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

#[on_both_databases]
async fn what_never_reaches_a_call_is_answered_in_the_same_form(database: Database) {
    let app = TestApp::start_with(database, &[("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    for prefix in [AGNOST, ALTOGIC] {
        let mut table = Vec::new();
        let ask = format!("{prefix}/send-reset");
        let key = [("authorization", app.api_key()), ("content-type", JSON)];
        for (what, method, path) in [
            ("another call", Method::GET, format!("{prefix}/grant?key=at-1")),
            ("another call to change something", Method::POST, format!("{prefix}/signup-email")),
            ("no call", Method::GET, prefix.to_owned()),
            ("beside the calls", Method::GET, prefix.trim_end_matches("/auth").to_owned()),
            ("another method", Method::GET, ask.clone()),
            ("another method for the link", Method::POST, format!("{prefix}/verify?key=tk-1")),
            ("a method of nobody's", Method::TRACE, ask.clone()),
        ] {
            table.push(said(what, &app.browser().send(method, &path, &key, None).await));
        }
        let large = Some(json!({ "email": "a".repeat(20_000) }).to_string().into_bytes());
        table.push(said("too large", &app.browser().send(Method::POST, &ask, &key, large).await));
        let foreign = app.browser().with_header("host", "evil.example");
        table.push(said("another host", &foreign.clone().send(Method::POST, &ask, &key, None).await));
        let plain = app.browser().with_header("x-forwarded-proto", "http");
        table.push(said("not over TLS", &plain.clone().send(Method::POST, &ask, &key, None).await));
        insta::assert_snapshot!("layers_in_front", table.join("\n"));
    }
    app.finish().await;
}

// SECURITY.md, requirement 77
#[on_both_databases]
async fn a_database_that_is_gone_is_our_fault_and_passes(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    app.application.store.close().await;
    let path = format!("{AGNOST}/verify?key=tk-{}", "A".repeat(43));
    for answer in [
        send_reset(&app, &key, "known@example.org").await,
        send_reset_code(&app, &key, NUMBER).await,
        reset_pwd(&app, &key, &format!("at-{}", "A".repeat(43)), NEW_PASSWORD).await,
        reset_pwd_code(&app, &key, NUMBER, "123456", NEW_PASSWORD).await,
        app.browser().get(&path).await,
        app.browser().get(&path.replace(AGNOST, ALTOGIC)).await,
    ] {
        assert_eq!(refusal(&answer), refused(503, "api_server_not_ready"));
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    app.database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_protocol_can_be_switched_off() {
    let app = TestApp::start_with(Database::sqlite(), &[("API__AGNOST", "false")]).await;
    let path = format!("{ALTOGIC}/send-reset?email=nobody@example.org");
    for answer in
        [send_reset(&app, app.api_key(), "nobody@example.org").await, call(&app, app.api_key(), &path, None).await]
    {
        assert_eq!(refusal(&answer), refused(404, "resource_not_found"));
    }
    app.finish().await;
}
