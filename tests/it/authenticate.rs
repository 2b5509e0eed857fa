//! `POST /api/v1/accounts/authenticate` from outside: every row of the table in `src/api/native/README.md`.

use std::fmt::Write;
use std::time::Duration;

use keyback::model::{AccountId, KeyKind, PhoneNumber, ServerKey, Username};
use reqwest::{Method, StatusCode};

use crate::support::{Answer, Database, OLD_PASSWORD, TestApp, keep_hashers_busy, on_both_databases};

const PATH: &str = "/api/v1/accounts/authenticate";

/// Sends a body with that `Authorization` and content type; an empty one is left out.
async fn call(app: &TestApp, authorization: &str, content_type: &str, body: &[u8]) -> Answer {
    let headers: Vec<_> = [("authorization", authorization), ("content-type", content_type)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    app.browser().send(Method::POST, PATH, &headers, Some(body.to_vec())).await
}

fn bearer(app: &TestApp) -> String {
    format!("Bearer {}", app.api_key())
}

fn credentials(kind: &str, identifier: &str, password: &str) -> Vec<u8> {
    serde_json::json!({ kind: identifier, "password": password }).to_string().into_bytes()
}

/// Status, the headers that the contract names, and the body.
fn shown(answer: &Answer) -> String {
    let mut text = answer.status.as_u16().to_string();
    for name in ["content-type", "www-authenticate", "allow", "retry-after"] {
        if let Some(value) = answer.header(name) {
            write!(text, "\n{name}: {value}").unwrap();
        }
    }
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    format!("{text}\n{}", answer.body)
}

async fn add_the_classes(app: &TestApp) -> AccountId {
    let id = app.add_account("known@example.org").await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    app.add_account_without_password("federated@example.org").await;
    id
}

// SECURITY.md, requirements 12, 44, 68 and 77
#[on_both_databases]
async fn every_answer_is_the_one_of_the_contract(database: Database) {
    let app = TestApp::start(database).await;
    let id = add_the_classes(&app).await;
    let (json, key) = ("application/json", bearer(&app));
    let right = credentials("email", "known@example.org", OLD_PASSWORD);
    let mut answers = vec![
        ("the password is right", call(&app, &key, json, &right).await),
        ("with a charset", call(&app, &key, "Application/JSON; charset=utf-8", &right).await),
        ("wrong password", app.authenticate("known@example.org", "something-else").await),
        ("no key", call(&app, "", json, &right).await),
        ("an unknown key", call(&app, "Bearer kb_unknown", json, &right).await),
        ("another scheme", call(&app, &key.replace("Bearer", "Basic"), json, &right).await),
        ("not JSON", call(&app, &key, json, b"email=known@example.org").await),
        ("a member missing", call(&app, &key, json, b"{\"email\":\"known@example.org\"}").await),
        ("no identifier", call(&app, &key, json, b"{\"password\":\"x\"}").await),
        ("not an address", call(&app, &key, json, &credentials("email", "known", "x")).await),
        ("an empty password", call(&app, &key, json, &credentials("email", "known@example.org", "")).await),
        ("another content type", call(&app, &key, "text/plain", &right).await),
        ("more than 16 KiB", call(&app, &key, json, &credentials("email", &"x".repeat(17 * 1024), "x")).await),
        ("another method", app.browser().send(Method::GET, PATH, &[("authorization", &key)], None).await),
        ("another path", app.browser().send(Method::POST, "/api/v1/nowhere", &[("authorization", &key)], None).await),
    ];
    for _ in 0..10 {
        answers.push(("", app.authenticate("known@example.org", "something-else").await));
    }
    let (before, last) = answers.split_at(answers.len() - 2);
    let before = before.iter().filter(|(name, _)| !name.is_empty());
    let shown: Vec<_> = before
        .chain([&("more than 10 tries", last[1].1.clone())])
        .map(|(name, answer)| format!("## {name}\n{}", shown(answer).replace(id.as_str(), "…")))
        .collect();
    insta::assert_snapshot!("answers", shown.join("\n\n"));
    app.finish().await;
}

// SECURITY.md, requirement 1: the same words, however it failed
#[on_both_databases]
async fn unknown_wrong_without_password_and_disabled_are_told_apart_by_nothing(database: Database) {
    let app = TestApp::start(database).await;
    add_the_classes(&app).await;
    let mut answers = Vec::new();
    for (name, password) in [
        ("known", "something-else"),
        ("unknown", OLD_PASSWORD),
        ("federated", OLD_PASSWORD),
        ("disabled", OLD_PASSWORD),
        ("disabled", "something-else"),
    ] {
        answers.push(app.authenticate(&format!("{name}@example.org"), password).await.comparable());
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    app.finish().await;
}

// SECURITY.md, requirements 10 and 12
#[on_both_databases]
async fn the_eleventh_try_in_15_minutes_is_refused_for_known_and_unknown_alike(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut sequences = Vec::new();
    for spellings in [["known@example.org", "KNOWN@Example.org"], ["nobody@example.org", "NOBODY@Example.org"]] {
        let mut sequence = Vec::new();
        for number in 0..12 {
            sequence.push(app.authenticate(spellings[number % 2], "something-else").await.comparable());
        }
        sequences.push(sequence);
    }
    assert_eq!(sequences[0], sequences[1]);
    let statuses: Vec<u16> = sequences[0].iter().map(|(status, ..)| status.as_u16()).collect();
    assert_eq!(statuses, [[401; 10].as_slice(), &[429; 2]].concat());

    let limited = app.authenticate("known@example.org", OLD_PASSWORD).await;
    assert_eq!((limited.status.as_u16(), limited.header("retry-after")), (429, Some("900")));
    app.add_account("other@example.org").await;
    assert_eq!(app.authenticate("other@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.clock.advance(Duration::from_millis(15 * 60 * 1000 - 1));
    let still = app.authenticate("known@example.org", OLD_PASSWORD).await;
    assert_eq!((still.status.as_u16(), still.header("retry-after")), (429, Some("1")));
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}

// SECURITY.md, requirements 10 and 31: counted before it is compared, however many come at once
#[on_both_databases]
async fn parallel_tries_are_counted_one_by_one(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let (mut browser, key) = (app.browser(), bearer(&app));
            tokio::spawn(async move {
                let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
                let body = credentials("email", "known@example.org", "something-else");
                browser.send(Method::POST, PATH, &headers, Some(body)).await.status.as_u16()
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in tries {
        statuses.push(attempt.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[401; 10].as_slice(), &[429; 30]].concat());
    app.finish().await;
}

// SECURITY.md, requirements 5, 27 and 77
#[on_both_databases]
async fn whatever_the_body_holds_the_caller_is_told_and_nothing_breaks(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = bearer(&app);
    let megabyte = format!("{{\"email\":\"{}\",\"password\":\"x\"}}", "a".repeat(1 << 20));
    let bodies: [(&[u8], u16); 27] = [
        (b"", 400),
        (b"null", 422),
        (b"[]", 422),
        (b"{}", 422),
        (b"\"known@example.org\"", 422),
        (b"{\"email\":\"known@example.org\",\"email\":\"evil@example.org\",\"password\":\"x\"}", 400),
        (b"{\"email\":\"known@example.org\",\"password\":\"x\",\"password\":\"y\"}", 400),
        (b"{\"email\":\"known@example.org\",\"e\\u006dail\":\"evil@example.org\",\"password\":\"x\"}", 400),
        (b"{\"email\":[\"known@example.org\"],\"password\":\"x\"}", 422),
        (b"{\"email\":{\"$gt\":0},\"password\":{\"$gt\":0}}", 422),
        (b"{\"email\":null,\"password\":\"x\"}", 422),
        (b"{\"email\":\"known@example.org\",\"password\":null}", 422),
        (b"{\"email\":\"known@example.org\",\"password\":7}", 422),
        (b"{\"email\":\"known@example.org\",\"password\":[\"x\"]}", 422),
        (b"{\"email\":\"known@example.org\",\"username\":\"known\",\"password\":\"x\"}", 422),
        (b"{\"email\":\"known@example.org\",\"password\":\"x\",\"admin\":true}", 422),
        (b"{\"email\":\"known@example.org\\u0000\",\"password\":\"x\"}", 422),
        (b"{\"username\":\"\\u0000\",\"password\":\"x\"}", 422),
        (b"{\"email\":\"known@example.org\",\"password\":\"\\u0000\"}", 401),
        (b"{\"email\":\"' OR 1=1--@example.org\",\"password\":\"' OR 1=1--\"}", 422),
        (b"{\"email\":\"known@example.org\",\"password\":\"\\ud800\"}", 400),
        (b"{\"email\":\"\xff\xfe@example.org\",\"password\":\"x\"}", 400),
        (b"{\"email\":\"known@example.org\",\"password\":\"x\"} trailing", 400),
        (b"{\"email\":\"known@example.org\",\"password\":\"x\"", 400),
        (b"{\"phone\":\"0301234567\",\"password\":\"x\"}", 422),
        (b"\xef\xbb\xbf{}", 400),
        (megabyte.as_bytes(), 413),
    ];
    for (body, status) in bodies {
        let answer = call(&app, &key, "application/json", body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]);
        assert_eq!(answer.status.as_u16(), status, "{shown}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert!(!answer.body.contains("evil") && !answer.body.contains("example.org"), "{}", answer.body);
    }
    for deep in ["[", "{\"email\":"] {
        let answer = call(&app, &key, "application/json", deep.repeat(1600).as_bytes()).await;
        assert!(answer.status.is_client_error(), "{deep}: {}", answer.status);
    }
    let long = credentials("email", "known@example.org", &"x".repeat(1025));
    assert_eq!(call(&app, &key, "application/json", &long).await.status.as_u16(), 422);
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn only_a_key_in_force_in_the_header_opens_the_api(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let body = credentials("email", "known@example.org", OLD_PASSWORD);
    let json = ("content-type", "application/json");
    for name in ["key", "apikey", "api_key", "access_token", "authorization"] {
        let path = format!("{PATH}?{name}={}", app.api_key());
        let answer = app.browser().send(Method::POST, &path, &[json], Some(body.clone())).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        assert!(answer.body.contains("/problems/missing-api-key"));
    }
    let cookie = format!("api_key={}", app.api_key());
    let answer = app.browser().send(Method::POST, PATH, &[json, ("cookie", &cookie)], Some(body.clone())).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let twice = app.browser().with_header("authorization", &bearer(&app)).with_header("authorization", &bearer(&app));
    assert_eq!(
        twice.clone().send(Method::POST, PATH, &[json], Some(body.clone())).await.status,
        StatusCode::UNAUTHORIZED
    );

    let keys = &app.application.keys;
    let hour = Some(Duration::from_secs(3600));
    let short_key = app.key_with(KeyKind::Secret, |new| new.expires_in = hour).await;
    let long_key = app.key(KeyKind::Secret).await;
    assert_ne!(short_key.summary.id, long_key.summary.id);
    let (short, other) = (format!("Bearer {}", short_key.key.expose()), format!("bearer {}", long_key.key.expose()));
    for key in [&short, &other] {
        assert_eq!(call(&app, key, "application/json", &body).await.status, StatusCode::OK);
    }
    app.clock.advance(Duration::from_secs(3600));
    assert!(keys.revoke(&long_key.summary.id).await.unwrap());
    for key in [&short, &other] {
        let answer = call(&app, key, "application/json", &body).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.body.contains("/problems/invalid-api-key"));
    }
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    let stored = app.database.dump().await;
    assert!(
        !stored.contains(short_key.key.expose()) && !stored.contains(app.api_key()),
        "SECURITY.md, requirement 16: only hashes are stored"
    );
    app.finish().await;
}

#[on_both_databases]
async fn a_phone_number_and_a_username_name_the_account_too(database: Database) {
    let app = TestApp::start(database).await;
    let id = app
        .add_account_with("known@example.org", |account| {
            account.phone = Some(PhoneNumber::parse("+12025550123", None).unwrap());
            account.username = Some(Username::parse("Jané").unwrap());
        })
        .await;
    let key = bearer(&app);
    for (kind, identifier) in
        [("email", "KNOWN@EXAMPLE.org"), ("phone", "+12025550123"), ("username", "jané"), ("username", "JANE\u{301}")]
    {
        let answer = call(&app, &key, "application/json", &credentials(kind, identifier, OLD_PASSWORD)).await;
        assert_eq!(answer.status, StatusCode::OK, "{identifier}: {}", answer.body);
        let account = answer.json()["account"].clone();
        assert_eq!(account["id"], id.as_str());
        assert_eq!((&account["phone"], &account["username"]), (&"+12025550123".into(), &"Jané".into()));
    }
    let wrong_kind = credentials("username", "+12025550123", OLD_PASSWORD);
    assert!(call(&app, &key, "application/json", &wrong_kind).await.status.is_client_error());
    app.finish().await;
}

// SECURITY.md, requirements 38 and 39
#[on_both_databases]
async fn a_password_is_neither_cut_nor_told_apart_by_its_encoding(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    let keys: String = (0..6).map(|_| ServerKey::random().unwrap().to_base64().to_string()).collect();
    let longest: String = keys.chars().take(256).collect();
    let composed = "r\u{e9}sum\u{e9} \u{fc}ber K\u{e4}sefondue \u{1f680}";
    let decomposed = "re\u{301}sume\u{301} u\u{308}ber Ka\u{308}sefondue \u{1f680}";
    for (name, set, same, other) in [
        ("long", longest.as_str(), longest.as_str(), &longest[..255]),
        ("composed", composed, decomposed, "resume uber Kasefondue \u{1f680}"),
        ("decomposed", decomposed, composed, composed.trim_end_matches('\u{1f680}')),
    ] {
        let email = format!("{name}@example.org");
        app.add_account(&email).await;
        let mut browser = app.browser();
        let mail = app.ask_for_mail(&mut browser, &email).await;
        app.open_link(&mut browser, &mail).await;
        let too_long = app.set_password(&mut browser, &format!("{longest}x")).await;
        assert_eq!(too_long.location(), "/reset-password", "257 characters are refused, not cut");
        assert_eq!(app.set_password(&mut browser, set).await.location(), "/done", "{name}");
        assert_eq!(app.authenticate(&email, other).await.status, StatusCode::UNAUTHORIZED, "{name}");
        for password in [set, same] {
            assert_eq!(app.authenticate(&email, password).await.status, StatusCode::OK, "{name}");
        }
        assert_eq!(app.deliver().await.len(), 1);
    }
    app.finish().await;
}

// SECURITY.md, requirement 48
#[on_both_databases]
async fn the_second_factor_is_still_asked_for_after_a_reset(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account_with("known@example.org", |account| account.mfa_required = true).await;
    let before = app.authenticate("known@example.org", OLD_PASSWORD).await.json()["account"].clone();
    assert_eq!((&before["mfa_required"], &before["password_changed_at"]), (&true.into(), &serde_json::Value::Null));

    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, "meadow-copper-violin").await.location(), "/done");
    app.deliver().await;
    let after = app.authenticate("known@example.org", "meadow-copper-violin").await.json()["account"].clone();
    assert_eq!(
        (&after["mfa_required"], &after["password_changed_at"]),
        (&true.into(), &app.clock.now().millis().into())
    );
    app.finish().await;
}

// SECURITY.md, requirement 43: hashes that take seconds fill the queue, and the pages still answer
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_too_many_passwords_are_being_hashed_the_caller_is_told_when_to_come_back() {
    let app = TestApp::start(Database::sqlite()).await;
    let _waiting = keep_hashers_busy(&app).await;
    let answer = app.authenticate("nobody@example.org", "x").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("3")), "{}", answer.body);
    assert!(answer.body.contains("/problems/busy"));
    assert_eq!(app.browser().get("/forgot-password").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_is_switched_off_is_not_there() {
    let app = TestApp::start_with(Database::sqlite(), &[("API__NATIVE", "false")]).await;
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::NOT_FOUND);
    app.finish().await;
}
