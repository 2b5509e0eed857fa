//! What all protocols have in common: which host they answer for, which browsers may read the answer, what they answer
//! when the database is unavailable, and that each can be switched off.

use keyback::admin::MadeKey;
use keyback::model::KeyKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Database, TestApp, on_both_databases};

/// One call that asks for a reset.
struct Call {
    protocol: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Value,
    /// What its errors are in, and those of the layers in front of it.
    media_type: &'static str,
    media_type_in_front: &'static str,
}

fn calls(key: &MadeKey, email: &str) -> Vec<Call> {
    let bare = key.key.expose().to_owned();
    let bearer = format!("Bearer {bare}");
    let json_type = ("content-type", "application/json".to_owned());
    vec![
        Call {
            protocol: "native",
            path: "/api/v1/resets",
            headers: vec![("authorization", bearer.clone()), json_type.clone()],
            body: json!({ "email": email }),
            media_type: "application/problem+json",
            media_type_in_front: "application/problem+json",
        },
        Call {
            protocol: "agnost",
            path: "/agnost/auth/send-reset",
            headers: vec![("authorization", bare.clone()), json_type.clone()],
            body: json!({ "email": email }),
            media_type: "application/json",
            media_type_in_front: "application/json",
        },
        Call {
            protocol: "cognito",
            path: "/cognito",
            headers: vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", "AWSCognitoIdentityProviderService.ForgotPassword".to_owned()),
            ],
            body: json!({ "ClientId": key.summary.id, "Username": email }),
            media_type: "application/x-amz-json-1.1",
            media_type_in_front: "application/x-amz-json-1.1",
        },
        Call {
            protocol: "productflame",
            path: "/v1/auth/reset-password",
            headers: vec![("authorization", bare), json_type.clone()],
            body: json!({ "email": email }),
            media_type: "application/json",
            media_type_in_front: "application/json",
        },
        Call {
            protocol: "mcp",
            path: "/mcp",
            headers: vec![
                ("authorization", bearer),
                ("accept", "application/json, text/event-stream".to_owned()),
                json_type,
            ],
            body: json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }),
            media_type: "application/json",
            media_type_in_front: "application/problem+json",
        },
    ]
}

impl Call {
    async fn send(&self, app: &TestApp, more: &[(&'static str, &str)]) -> Answer {
        let mut browser = app.browser();
        let mut headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for (name, value) in more {
            if *name == "host" {
                browser = browser.with_header("host", value);
            } else {
                headers.push((*name, *value));
            }
        }
        browser.send(Method::POST, self.path, &headers, Some(self.body.to_string().into_bytes())).await
    }
}

/// A publishable key does for the first three, a secret one for the rest.
async fn key_for(app: &TestApp, protocol: &str) -> MadeKey {
    let takes_publishable = ["native", "agnost", "cognito"].contains(&protocol);
    app.key(if takes_publishable { KeyKind::Publishable } else { KeyKind::Secret }).await
}

const PROTOCOLS: [&str; 5] = ["native", "agnost", "cognito", "productflame", "mcp"];

async fn call_of(app: &TestApp, protocol: &str, email: &str) -> Call {
    let key = key_for(app, protocol).await;
    calls(&key, email).into_iter().find(|call| call.protocol == protocol).unwrap()
}

// SECURITY.md, requirement 77: the database is away, and nobody learns more than when to come back
#[on_both_databases]
async fn every_protocol_puts_its_callers_off_while_the_database_is_away(database: Database) {
    let app = TestApp::start(database).await;
    let mut prepared = Vec::new();
    for protocol in PROTOCOLS {
        prepared.push(call_of(&app, protocol, "known@example.org").await);
    }
    app.application.store.close().await;
    for call in prepared {
        let answer = call.send(&app, &[]).await;
        assert!([500, 503].contains(&answer.status.as_u16()), "{}: {} {}", call.protocol, answer.status, answer.body);
        assert_eq!(answer.header("retry-after"), Some("5"), "{}: {}", call.protocol, answer.body);
        assert_eq!(answer.header("content-type"), Some(call.media_type), "{}", call.protocol);
        let body = answer.body.to_lowercase();
        for word in ["sql", "pool", "panic", "postgres", "0.1.0", "/src/", "rust"] {
            assert!(!body.contains(word), "{}: {word}: {body}", call.protocol);
        }
    }
    app.database.remove().await;
}

// SECURITY.md, requirement 14
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_answers_for_our_host_alone_and_in_its_own_form() {
    let app = TestApp::start(Database::sqlite()).await;
    for protocol in PROTOCOLS {
        let call = call_of(&app, protocol, "known@example.org").await;
        let answer = call.send(&app, &[("host", "evil.example")]).await;
        assert_eq!(answer.status, 421, "{protocol}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some(call.media_type_in_front), "{protocol}: {}", answer.body);
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}

// SECURITY.md, requirements 57 and 59
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_of_every_protocol_carries_the_headers_that_keep_it_where_it_belongs() {
    let app = TestApp::start(Database::sqlite()).await;
    for protocol in PROTOCOLS {
        let call = call_of(&app, protocol, &format!("{protocol}@example.org")).await;
        for answer in [call.send(&app, &[]).await, app.browser().get(&format!("{}/nothing", call.path)).await] {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{protocol}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{protocol}");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{protocol}");
            assert_eq!(answer.header("x-robots-tag"), Some("noindex, nofollow"), "{protocol}");
            assert!(answer.header("set-cookie").is_none(), "{protocol}");
            assert!(answer.header("etag").is_none(), "{protocol}");
        }
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 70: from another origin no answer is readable, and the key is refused
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_refused_from_an_origin_that_it_is_not_for() {
    let app = TestApp::start(Database::sqlite()).await;
    for protocol in PROTOCOLS {
        let call = call_of(&app, protocol, "known@example.org").await;
        for origin in ["https://evil.example", "null"] {
            let answer = call.send(&app, &[("origin", origin)]).await;
            assert!([400, 401, 403].contains(&answer.status.as_u16()), "{protocol}: {} {}", answer.status, answer.body);
            assert!(answer.header("access-control-allow-origin").is_none(), "{protocol}");
        }
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_can_be_switched_off() {
    let off =
        ["API__NATIVE", "API__AGNOST", "API__COGNITO", "API__PRODUCTFLAME", "API__MCP"].map(|name| (name, "false"));
    let app = TestApp::start_with(Database::sqlite(), &off).await;
    for protocol in PROTOCOLS {
        let answer = call_of(&app, protocol, "known@example.org").await.send(&app, &[]).await;
        assert_eq!(answer.status, 404, "{protocol}: {}", answer.body);
    }
    app.finish().await;
}

// The worker must not wait for a second connection while it holds the only one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn one_connection_is_enough_to_send_what_a_program_asked_for() {
    let app = TestApp::start_with(Database::postgres().await, &[("DATABASE__MAX_CONNECTIONS", "1")]).await;
    app.add_account("known@example.org").await;
    let answer = call_of(&app, "native", "known@example.org").await.send(&app, &[]).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}

// SECURITY.md, requirement 70
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_origins_both_must_be_allowed() {
    let app = TestApp::start_with(Database::sqlite(), &[("API__ALLOWED_ORIGINS", "https://app.example.org")]).await;
    for protocol in PROTOCOLS {
        let call = call_of(&app, protocol, "known@example.org").await;
        let mut browser = app
            .browser()
            .with_header("origin", "https://app.example.org")
            .with_header("origin", "https://evil.example");
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.send(Method::POST, call.path, &headers, Some(call.body.to_string().into_bytes())).await;
        assert!([400, 401, 403].contains(&answer.status.as_u16()), "{protocol}: {} {}", answer.status, answer.body);
    }
    app.finish().await;
}
