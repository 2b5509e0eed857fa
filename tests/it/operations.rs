//! What an operator relies on: the audit, clean logs, deletion in time, and errors without internals.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use keyback::model::KeyKind;
use reqwest::StatusCode;
use tokio::net::TcpListener;

use crate::support::{Browser, Database, OLD_PASSWORD, PUBLIC_URL, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// SECURITY.md, requirements 75 and 76; that no log line holds a secret is looked at when the test ends
#[on_both_databases]
async fn every_step_is_in_the_audit_without_a_secret_or_an_address(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser().with_header("user-agent", "Firefox\t(forged: result=ok)");
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.ask(&mut browser, "known@example.org").await;
    browser.post("/actions/check-code", &[("code", "00000000")]).await;
    browser.get("/verify?key=tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await;
    let token = app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, "short").await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let notice = app.deliver().await.remove(0);
    let mut owner = app.browser();
    owner.get(&format!("/not-me?key={}", notice.cancel_key())).await;
    owner.post("/actions/not-me", &[]).await;

    let mut rows = app.audit().await;
    rows.retain(|row| row.event.starts_with("reset."));
    let mut events: Vec<String> = rows.iter().map(|row| format!("{} {}", row.event, row.result)).collect();
    events.sort();
    assert_eq!(
        events,
        [
            "reset.cancelled password",
            "reset.code_checked refused",
            "reset.completed ok",
            "reset.completed password_rejected",
            "reset.dispatched sent",
            "reset.link_opened dead",
            "reset.link_opened ok",
            "reset.notified sent",
            "reset.requested identifier_cooldown",
            "reset.requested ok",
        ]
    );
    for row in &rows {
        let whole = format!("{row:?}");
        for secret in ["known@example.org", &mail.link_key(), &mail.code(), &token, NEW_PASSWORD] {
            assert!(!whole.contains(secret), "{whole}");
        }
    }
    // What a limit refuses, and a link that never was, is about no reset.
    let is_about_none = |result: &str| matches!(result, "dead" | "identifier_cooldown");
    assert!(rows.iter().all(|row| row.challenge_id.is_none() == is_about_none(&row.result)));
    assert!(rows.iter().any(|row| row.account_id.is_some()));
    rows.retain(|row| row.actor == "person");
    for row in &rows {
        assert_eq!(row.caller_address.as_deref(), Some("127.0.0.1"));
        assert_eq!(row.correlation_id.as_ref().map(String::len), Some(16));
    }
    let agents: Vec<_> =
        rows.iter().filter_map(|row| row.user_agent.as_deref()).filter(|agent| !agent.is_empty()).collect();
    assert!(!agents.is_empty() && agents.iter().all(|agent| *agent == "Firefox(forged: result=ok)"), "{agents:?}");
    app.finish().await;
}

// SECURITY.md, requirement 76: what operators and programs do, and who tried to sign in
#[on_both_databases]
async fn accounts_keys_and_refused_sign_ins_are_in_the_audit(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.add_account("known@example.org").await;
    app.authenticate("known@example.org", "wrong").await;
    app.authenticate("nobody@example.org", "wrong").await;
    let accounts = &app.application.accounts;
    accounts.change(&id, keyback::admin::AccountChange::Disable).await.unwrap();
    let key = app.key(KeyKind::Secret).await;
    let key_id = key.summary.id.as_str();
    app.application.keys.rotate(key_id, Duration::ZERO).await.unwrap();
    assert!(app.application.keys.revoke(key_id).await.unwrap());
    let rows = app.audit().await;
    let count = |event: &str| rows.iter().filter(|row| row.event == event).map(|row| row.hits).sum::<i64>();
    for (event, times) in [
        ("account.added", 1),
        ("account.sign_in", 2),
        ("account.disabled", 1),
        ("key.created", 2),
        ("key.rotated", 1),
        ("key.revoked", 1),
    ] {
        assert_eq!(count(event), times, "{event}");
    }
    for row in rows.iter().filter(|row| row.event.starts_with("account.")) {
        assert_eq!((row.account_id.is_some(), &row.key_id), (row.event != "account.sign_in", &None), "{}", row.event);
    }
    let done_to_key: Vec<_> =
        rows.iter().filter(|row| row.key_id.as_deref() == Some(key_id)).map(|row| row.event.as_str()).collect();
    for event in ["key.created", "key.rotated", "key.revoked"] {
        assert!(done_to_key.contains(&event), "{event} names the key: {done_to_key:?}");
    }
    let refused = rows.iter().find(|row| row.event == "account.sign_in").unwrap();
    assert!(refused.actor.starts_with("key:") && refused.result == "refused");
    assert_eq!(refused.caller_address.as_deref(), Some("127.0.0.1"));
    app.finish().await;
}

// SECURITY.md, requirement 76: an answer can be found again in the audit
#[on_both_databases]
async fn the_number_of_an_answer_is_the_number_in_the_audit(database: Database) {
    let app = TestApp::start(database).await;
    let answer = app.ask(&mut app.browser(), "known@example.org").await;
    let number = answer.header("x-request-id").unwrap();
    let rows = app.audit().await;
    let asked = rows.iter().find(|row| row.event == "reset.requested").unwrap();
    assert_eq!(asked.correlation_id.as_deref(), Some(number));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 78
#[on_both_databases]
async fn what_has_had_its_time_is_deleted_and_nothing_else(database: Database) {
    let settings = [("LIMITS__CALLER_PER_15_MINUTES", "1000"), ("LIMITS__OVERALL_PER_MINUTE", "10000")];
    let app = TestApp::start_with(database, &settings).await;
    app.add_account("known@example.org").await;
    for number in 0..250 {
        app.ask(&mut app.browser(), &format!("somebody{number}@example.org")).await;
    }
    app.deliver().await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    let worker = app.application.worker();

    worker.purge().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 251, "nothing is old yet");

    // A message that still waits keeps its challenge.
    app.clock.advance(4 * DAY - Duration::from_secs(3 * 60 * 60));
    app.ask(&mut app.browser(), "late@example.org").await;
    worker.purge().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 1);
    for table in ["link_keys", "grants"] {
        assert_eq!(app.database.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    for table in ["outbox", "sessions"] {
        assert_eq!(app.database.number(&format!("SELECT COUNT(*) FROM {table}")).await, 1, "{table}");
    }
    // Three of the identifier, two of the address, two of its network, one of all together, and that it was seen.
    assert_eq!(app.database.number("SELECT COUNT(*) FROM limits").await, 9, "only the last request is counted");
    let dump = app.database.dump().await;
    assert!(!dump.contains("somebody"), "who asked long ago is forgotten");
    assert!(app.database.number("SELECT COUNT(caller_address) FROM audit").await > 0);
    app.deliver().await;

    app.clock.advance(31 * DAY);
    worker.purge().await;
    assert_eq!(app.database.number("SELECT COUNT(caller_address) FROM audit").await, 0);
    assert!(app.database.number("SELECT COUNT(*) FROM audit").await > 0);
    app.clock.advance(366 * DAY);
    worker.purge().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM audit").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts").await, 1);
    app.finish().await;
}

// SECURITY.md, requirement 78: what comes in goes out again, so a database has a size and not an age
#[on_both_databases]
async fn tables_stay_bounded_under_steady_load(database: Database) {
    const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);
    let app = TestApp::start_with(database, &[("RETENTION__ADDRESSES", "1d"), ("RETENTION__AUDIT", "4d")]).await;
    app.add_account("known@example.org").await;
    let worker = app.application.worker();
    let mut sizes = Vec::new();
    for step in 0..24 {
        let mut browser = app.browser();
        let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
        app.open_link(&mut browser, &mail).await;
        let password = format!("meadow-copper-violin-{step}");
        assert_eq!(app.set_password(&mut browser, &password).await.location(), "/done");
        for number in 0..5 {
            app.ask(&mut app.browser(), &format!("stranger{step}-{number}@example.org")).await;
        }
        app.deliver().await;
        app.clock.advance(HALF_A_DAY);
        worker.purge().await;
        // All times to keep are over after five days; from then on nothing grows.
        if step == 11 || step == 23 {
            sizes.push(app.database.sizes().await);
        }
    }
    let (grown, at_the_end) = (&sizes[0], &sizes[1]);
    assert_eq!(at_the_end, grown);
    assert!(grown["challenges"] > 6 && grown["audit"] > 6 && grown["outbox"] > 6, "{grown:?}");
    if app.database.is_sqlite() {
        let pages = app.database.number("PRAGMA page_count").await;
        let free = app.database.number("PRAGMA freelist_count").await;
        assert!(pages < 200 && free < pages / 2, "{pages} pages, {free} of them free");
    }
    app.finish().await;
}

// SECURITY.md, requirement 77
#[on_both_databases]
async fn a_panic_is_one_failed_request_and_the_process_lives(database: Database) {
    let app = TestApp::start(database).await;
    let broken = Router::new().route("/dev/broken", get(|| async { panic!("the secret of {OLD_PASSWORD}") as String }));
    let router = keyback::server::build(app.application.server_parts(), broken).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(keyback::server::serve(listener, router, std::future::pending()));
    let mut browser = Browser::new(&base, PUBLIC_URL);
    let answer = browser.get("/dev/broken").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("Something went wrong") && !answer.body.contains("the secret of"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(browser.get("/forgot-password").await.status, StatusCode::OK);
    app.finish().await;
}

// SECURITY.md, requirement 77: whatever is sent, it is not our fault
#[on_both_databases]
async fn no_body_makes_the_server_fail(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000000")]).await;
    let pieces: [&[u8]; 16] = [
        b"identifier=",
        b"code=",
        b"new_password=",
        b"access_token=at-",
        b"&",
        b"=",
        b"%00",
        b"%ff",
        b"\xff\xfe",
        b"{\"email\":",
        b"\"a@b.org\"",
        b",\"password\":[",
        b"}",
        b"null",
        b"' OR 1=1 --",
        b"\r\n\r\n",
    ];
    // The same sequence every time: a failure can be looked at again (Knuth's MMIX generator).
    let mut state = 42_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    for _ in 0..150 {
        let body: Vec<u8> = (0..next(12)).flat_map(|_| pieces[next(pieces.len())].to_vec()).collect();
        for path in [
            "/actions/ask",
            "/actions/check-code",
            "/actions/set-password",
            "/actions/auth-redirect",
            "/actions/password-strength",
        ] {
            let form = "application/x-www-form-urlencoded";
            let answer = app.browser().post_body(path, form, body.clone()).await;
            assert!(answer.status.as_u16() < 500, "{path} {}", String::from_utf8_lossy(&body));
        }
        let answer = app.call_api("/api/v1/accounts/authenticate", body.clone()).await;
        assert!(answer.status.as_u16() < 500, "{}", String::from_utf8_lossy(&body));
    }
    app.deliver().await;
    app.finish().await;
}

// Dead and living, open and ended: what the browser is told to do about it in its own language.
#[on_both_databases]
async fn pages_and_mail_speak_the_language_of_the_request(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser().with_header("accept-language", "de-CH, en;q=0.5");
    assert!(browser.get("/forgot-password").await.body.contains("<html lang=\"de\""));
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    assert_eq!(mail.subject(), "Neues Passwort für Example wählen");
    assert!(mail.text().contains("Guten Tag,") && mail.html().contains("<html lang=\"de\""));
    assert_eq!(mail.header("Content-Language").as_deref(), Some("de"));
    let refused = browser.send(reqwest::Method::POST, "/actions/ask", &[], None).await;
    assert!(refused.body.contains("Das hat nicht geklappt"));
    app.finish().await;
}
