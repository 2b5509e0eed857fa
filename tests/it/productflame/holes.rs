//! Attacks that have worked against protocols of this kind must fail against this one.

use keyback::model::KeyKind;
use reqwest::StatusCode;
use serde_json::json;

use super::{NEW, NEW_PASSWORD, RESET, activation, call, delivering_key, set};
use crate::support::{Browser, Database, OLD_PASSWORD, PUBLIC_URL, TestApp, on_both_databases};

// SECURITY.md, requirements 23 and 24
#[on_both_databases]
async fn only_its_own_kind_of_secret_sets_a_password_and_only_its_own_accounts(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    app.add_account("other@example.org").await;
    let key = delivering_key(&app).await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let challenge = app.database.texts("SELECT id FROM challenges").await.remove(0);
    for secret in
        [&mail.link_key(), &mail.cancel_key(), &mail.code(), app.api_key(), challenge.as_str(), &key.summary.id]
    {
        let answer = set(&app, key.key.expose(), secret, NEW_PASSWORD).await;
        assert_eq!((answer.status, answer.json()["error"].clone()), (StatusCode::BAD_REQUEST, json!("BAD_REQUEST")));
    }
    app.wait_for_cooldown();
    let id = activation(&app, &key, &json!({ "email": "known@example.org", "preventEmailSending": true })).await;
    let body = json!({ "requestId": id, "newPassword": NEW_PASSWORD, "email": "other@example.org", "accountId": "1" });
    assert_eq!(call(&app, NEW, key.key.expose(), &body).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("other@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_request_id_is_worth_nothing_in_the_hands_of_another_program(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let (key, other) = (delivering_key(&app).await, delivering_key(&app).await);
    let id = activation(&app, &key, &json!({ "email": "known@example.org", "preventEmailSending": true })).await;
    assert_eq!(set(&app, other.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 20 and 21
#[on_both_databases]
async fn a_request_id_is_good_once_and_ends_the_others(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let body = json!({ "email": "known@example.org", "preventEmailSending": true });
    let first = activation(&app, &key, &body).await;
    app.wait_for_cooldown();
    let second = activation(&app, &key, &body).await;
    let tries = (0..20).map(|number| {
        let (app, key, second) = (&app, &key, &second);
        async move { set(app, key.key.expose(), second, &format!("meadow-copper-violin-{number}")).await.status }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{answers:?}");
    assert_eq!(set(&app, key.key.expose(), &first, NEW_PASSWORD).await.status, StatusCode::BAD_REQUEST);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 17
#[on_both_databases]
async fn a_request_id_expires(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let id = activation(&app, &key, &json!({ "email": "known@example.org", "preventEmailSending": true })).await;
    app.clock.advance(std::time::Duration::from_secs(30 * 60));
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::BAD_REQUEST);
    app.finish().await;
}

// SECURITY.md, requirement 19: who has the form open is not pushed out by what a program tries
#[on_both_databases]
async fn rejected_passwords_of_a_program_end_nobody_elses_form_and_every_success_is_on_record(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let id = activation(&app, &key, &json!({ "email": "known@example.org" })).await;
    let mail = app.deliver().await.remove(0);
    let mut browser = app.browser();
    app.open_link(&mut browser, &mail).await;
    for _ in 0..8 {
        assert_eq!(set(&app, key.key.expose(), &id, "short").await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(browser.get("/reset-password").await.status, StatusCode::OK, "the form is still there");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM grants").await, 1, "of the browser alone");
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::OK);
    let rows = app.audit().await;
    let opened = rows.iter().filter(|row| row.event == "reset.link_opened" && row.actor.starts_with("key:")).count();
    assert_eq!(opened, 9);
    app.deliver().await;
    app.finish().await;
}

// a mail server that is down for longer than a link lives loses no message
#[on_both_databases]
async fn the_message_beside_a_request_id_is_tried_for_as_long_as_any(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let id = activation(&app, &key, &json!({ "email": "known@example.org" })).await;
    app.clock.advance(std::time::Duration::from_secs(31 * 60));
    assert_eq!(app.deliver().await.len(), 1);
    assert_eq!(
        set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status,
        StatusCode::BAD_REQUEST,
        "its own time is over"
    );
    app.finish().await;
}

// SECURITY.md, requirement 46
#[on_both_databases]
async fn sessions_everywhere_end_with_the_new_password(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = delivering_key(&app).await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    app.wait_for_cooldown();
    let id = activation(&app, &key, &json!({ "email": "known@example.org", "preventEmailSending": true })).await;
    assert_eq!(set(&app, key.key.expose(), &id, NEW_PASSWORD).await.status, StatusCode::OK);
    let form = browser.get("/reset-password").await;
    assert_eq!(form.status, StatusCode::FORBIDDEN, "the session is gone");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 13
#[on_both_databases]
async fn nothing_that_the_caller_sends_reaches_the_link(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let body =
        json!({ "email": "known@example.org", "baseURL": "https://evil.example", "redirect": "https://evil.example" });
    let forged: Browser = app
        .browser()
        .with_header("x-forwarded-host", "evil.example")
        .with_header("forwarded", "host=evil.example;proto=http");
    let headers = [("authorization", app.api_key()), ("content-type", "application/json")];
    let answer = forged.clone().send(reqwest::Method::POST, RESET, &headers, Some(body.to_string().into_bytes())).await;
    assert_eq!(answer.status, StatusCode::OK);
    let mail = app.deliver().await.remove(0);
    assert!(mail.text().contains(&format!("{PUBLIC_URL}/verify?key=tk-")) && !mail.text().contains("evil"));
    app.finish().await;
}

// SECURITY.md, requirement 26
#[on_both_databases]
async fn no_answer_holds_what_the_message_holds(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let key = app.key(KeyKind::Secret).await;
    let answer = call(&app, RESET, key.key.expose(), &json!({ "email": "known@example.org" })).await;
    let mail = app.deliver().await.remove(0);
    for secret in [mail.link_key(), mail.cancel_key(), mail.code()] {
        assert!(!answer.body.contains(&secret));
    }
    app.finish().await;
}
