//! Who may use `/mcp`, and with which credentials (SECURITY.md, requirements 68 and 73).

use axum::Extension;
use axum::body::Body;
use keyback::admin::{KeySummary, NewKey};
use keyback::model::{Caller, CorrelationId, KeyKind, WebOrigin};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::{Agent, REVISION, request};
use crate::support::{Answer, Database, PUBLIC_URL, TestApp, on_both_databases};

fn ping() -> Value {
    request("ping", &json!({}))
}

async fn status_with(agent: &Agent<'_>, headers: &[(&str, &str)]) -> u16 {
    agent.send(headers, &ping()).await.status.as_u16()
}

/// A request with these headers alone.
async fn bare(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    app.browser().send(method, path, headers, Some(body.as_bytes().to_vec())).await
}

fn of_origin(origin: &str) -> impl FnOnce(&mut NewKey) {
    let origin = WebOrigin::parse(origin).unwrap();
    |new| new.origins.push(origin)
}

// SECURITY.md, requirements 68 and 73
#[on_both_databases]
async fn every_request_brings_a_key_in_force_or_is_refused_unread(database: Database) {
    let app = TestApp::start(database).await;
    let key = app.key(KeyKind::Secret).await;
    let agent = Agent::with_key(&app, key.key.expose());
    assert_eq!(status_with(&agent, &[]).await, 200);

    // What is refused is not even JSON, and the answer does not say so.
    let json = ("content-type", "application/json");
    let authorization = format!("Bearer {}", key.key.expose());
    let in_the_url = format!("/mcp?apikey={0}&access_token={0}", key.key.expose());
    for (path, headers) in [
        ("/mcp", vec![]),
        (in_the_url.as_str(), vec![]),
        ("/mcp", vec![("authorization", "Bearer kb-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]),
        ("/mcp", vec![("authorization", key.key.expose())]),
        ("/mcp", vec![("authorization", authorization.as_str()), ("authorization", authorization.as_str())]),
        ("/mcp", vec![("mcp-session-id", "a-session"), ("cookie", "__Host-keyback=a-session")]),
    ] {
        let headers: Vec<(&str, &str)> = headers.into_iter().chain([json]).collect();
        let answer = bare(&app, Method::POST, path, &headers, "{").await;
        let told = (answer.status.as_u16(), answer.header("www-authenticate"));
        assert_eq!(told, (401, Some("Bearer")), "{path} {headers:?}: {}", answer.body);
        assert_eq!(answer.json()["error"]["code"], -32000);
        assert!(answer.header("x-request-id").is_some());
    }

    app.application.keys.revoke(&key.summary.id).await.unwrap();
    assert_eq!(status_with(&agent, &[]).await, 401, "a revoked key ends at once");
    app.finish().await;
}

// SECURITY.md, requirement 50: what everybody can read acts for nobody
#[on_both_databases]
async fn a_publishable_key_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let key = app.key(KeyKind::Publishable).await;
    let answer = Agent::with_key(&app, key.key.expose()).send(&[], &ping()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    app.finish().await;
}

// SECURITY.md, requirement 77
#[on_both_databases]
async fn without_a_database_a_caller_is_told_when_to_come_back(database: Database) {
    let app = TestApp::start(database).await;
    app.application.store.close().await;
    let answer = Agent::new(&app).send(&[], &ping()).await;
    let told = (answer.status.as_u16(), answer.header("retry-after"), answer.header("content-type"));
    assert_eq!(told, (503, Some("5"), Some("application/json")), "{}", answer.body);
    app.database.remove().await;
}

// SECURITY.md, requirement 73
#[on_both_databases]
async fn a_page_of_another_origin_and_another_host_are_refused(database: Database) {
    let settings = [("API__ALLOWED_ORIGINS", "https://console.example.org")];
    let app = TestApp::start_with(database, &settings).await;
    let own = app.key_with(KeyKind::Secret, of_origin("https://agent.example.org")).await;
    let (agent, with_origin) = (Agent::new(&app), Agent::with_key(&app, own.key.expose()));
    for (who, origin, expected) in [
        (&agent, "https://evil", 403),
        (&agent, "null", 403),
        (&agent, "https://reset.example.org.evil", 403),
        (&agent, "https://agent.example.org", 403),
        (&agent, PUBLIC_URL, 200),
        (&agent, "https://console.example.org", 200),
        (&with_origin, "https://agent.example.org", 200),
        (&with_origin, "https://evil", 403),
    ] {
        assert_eq!(status_with(who, &[("origin", origin)]).await, expected, "{origin}");
    }
    let twice = [("origin", PUBLIC_URL), ("origin", "https://evil")];
    assert_eq!(status_with(&agent, &twice).await, 403);
    let without_key = bare(&app, Method::POST, "/mcp", &[("origin", "https://evil")], "{}").await;
    assert_eq!(without_key.status, StatusCode::FORBIDDEN);

    let headers = [("authorization", agent.authorization.as_str()), ("content-type", "application/json")];
    let mut rebound = app.browser().with_header("host", "rebind.evil");
    let answer = rebound.send(Method::POST, "/mcp", &headers, Some(ping().to_string().into_bytes())).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    app.finish().await;
}

// SECURITY.md, requirement 73: the library's own lock, behind the one that stands before every door
#[tokio::test]
async fn without_the_servers_own_check_another_host_is_refused_all_the_same() {
    let app = TestApp::start(Database::sqlite()).await;
    let caller = Caller {
        address: "127.0.0.1".parse().unwrap(),
        user_agent: String::new(),
        correlation_id: CorrelationId::random().unwrap(),
        client: None,
    };
    let parts = app.application.server_parts();
    let routes = keyback::api::routes(parts.api(), parts.spoken()).layer(Extension(caller));
    for (host, expected) in [("rebind.evil", 403), ("localhost", 403), ("reset.example.org", 200)] {
        let request = axum::http::Request::post("/mcp")
            .header("host", host)
            .header("authorization", format!("Bearer {}", app.api_key()))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(Body::from(ping().to_string()))
            .unwrap();
        assert_eq!(routes.clone().oneshot(request).await.unwrap().status().as_u16(), expected, "{host}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 73: POST only
#[tokio::test]
async fn nothing_but_a_post_is_answered() {
    let app = TestApp::start(Database::sqlite()).await;
    let authorization = format!("Bearer {}", app.api_key());
    let headers = [("authorization", authorization.as_str()), ("accept", "text/event-stream")];
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH, Method::HEAD] {
        let answer = app.browser().send(method.clone(), "/mcp", &headers, None).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")), "{method}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_message_is_refused_with_what_is_wrong() {
    let app = TestApp::start(Database::sqlite()).await;
    let authorization = format!("Bearer {}", app.api_key());
    let large = format!("{{\"padding\":\"{}\"}}", "x".repeat(17 * 1024));
    let both = "application/json, text/event-stream";
    for (content_type, accept, body, status, code) in [
        ("application/json", both, "{", 400, Some(-32700)),
        ("application/json", both, "\u{fffd}", 400, Some(-32700)),
        ("application/json", both, "[]", 400, Some(-32600)),
        ("application/json", both, "{\"method\":\"ping\"}", 400, Some(-32600)),
        ("application/json", both, large.as_str(), 413, None),
        ("text/plain", both, &ping().to_string(), 415, None),
        ("application/json", "application/json", &ping().to_string(), 406, None),
    ] {
        let headers = [("authorization", authorization.as_str()), ("content-type", content_type), ("accept", accept)];
        let answer = bare(&app, Method::POST, "/mcp", &headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{body:.40} {}", answer.body);
        if let Some(code) = code {
            assert_eq!(answer.json()["error"]["code"], code, "{body:.40}");
        }
    }
    app.finish().await;
}

// A body without a length is measured as it comes.
#[tokio::test]
async fn a_body_that_does_not_say_how_long_it_is_is_cut_off() {
    let app = TestApp::start(Database::sqlite()).await;
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: reset.example.org\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        app.api_key()
    );
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    stream.write_all(format!("{head}{}", chunk.repeat(17)).as_bytes()).await.unwrap();
    let mut answer = BufReader::new(stream).lines();
    assert_eq!(answer.next_line().await.unwrap().unwrap(), "HTTP/1.1 413 Payload Too Large");
    app.finish().await;
}

// SECURITY.md, requirement 70
#[tokio::test]
async fn a_browser_may_read_answers_from_allowed_origins_alone() {
    let app = TestApp::start(Database::sqlite()).await;
    let made = app.key_with(KeyKind::Secret, of_origin("https://agent.example.org")).await;
    let KeySummary { origins, .. } = &made.summary;
    assert_eq!(origins.len(), 1);
    for (origin, allowed) in [("https://agent.example.org", Some("https://agent.example.org")), ("https://evil", None)]
    {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,mcp-protocol-version"),
        ];
        let answer = app.browser().send(Method::OPTIONS, "/mcp", &headers, None).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let agent = Agent::with_key(&app, made.key.expose());
    let answer = agent.send(&[("origin", "https://agent.example.org")], &ping()).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://agent.example.org"));
    app.finish().await;
}

#[tokio::test]
async fn the_newest_revision_of_the_protocol_needs_no_handshake() {
    let app = TestApp::start(Database::sqlite()).await;
    let agent = Agent::new(&app);
    let newest = "2026-07-28";
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": newest,
        "io.modelcontextprotocol/clientInfo": { "name": "tests", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let headers = |method| {
        [
            ("authorization", agent.authorization.as_str()),
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", newest),
            ("mcp-method", method),
        ]
    };
    let message = request("server/discover", &json!({ "_meta": meta })).to_string();
    let answer = bare(&app, Method::POST, "/mcp", &headers("server/discover"), &message).await;
    let versions = answer.json()["result"]["supportedVersions"].clone();
    assert!(versions.as_array().unwrap().contains(&json!(newest)), "{}", answer.body);

    let message = request("tools/list", &json!({ "_meta": meta })).to_string();
    let answer = bare(&app, Method::POST, "/mcp", &headers("tools/list"), &message).await;
    assert_eq!(answer.json()["result"]["tools"].as_array().unwrap().len(), 6, "{}", answer.body);
    // What a proxy was told of a message must be true of it.
    let contradicted = bare(&app, Method::POST, "/mcp", &headers("ping"), &message).await;
    assert_eq!(contradicted.status, StatusCode::BAD_REQUEST, "{}", contradicted.body);
    app.finish().await;
}

#[tokio::test]
async fn a_notification_is_taken_and_nothing_is_answered() {
    let app = TestApp::start(Database::sqlite()).await;
    let message = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let answer = Agent::new(&app).send(&[], &message).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::ACCEPTED, ""));
    app.finish().await;
}

#[tokio::test]
async fn switched_off_there_is_nothing() {
    let app = TestApp::start_with(Database::sqlite(), &[("API__MCP", "false")]).await;
    assert_eq!(Agent::new(&app).send(&[], &ping()).await.status, StatusCode::NOT_FOUND);
    app.finish().await;
}

#[tokio::test]
async fn the_server_says_who_it_is_and_how_to_behave() {
    let app = TestApp::start(Database::sqlite()).await;
    let hello = json!({
        "protocolVersion": REVISION, "capabilities": {}, "clientInfo": { "name": "tests", "version": "1" },
    });
    let answer = Agent::new(&app).ask("initialize", hello).await;
    let told = &answer["result"];
    assert_eq!((&told["serverInfo"]["name"], &told["protocolVersion"]), (&json!("keyback"), &json!(REVISION)));
    assert_eq!(told["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["capabilities"], json!({ "tools": {} }));
    insta::assert_snapshot!("instructions", told["instructions"].as_str().unwrap());
    app.finish().await;
}
