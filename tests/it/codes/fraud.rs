//! Text messages cost money, and fraudsters earn from them: who may receive them, how often, and how many per day
//! (SECURITY.md, requirement 35).

use std::time::Duration;

use keyback::admin::Overview;
use reqwest::StatusCode;

use super::{add_phone, with_phone, with_username};
use crate::support::{Database, ProviderBehaviour, TestApp, on_both_databases};

const PROXY: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8");

/// Asks for a code for each of `count` adjacent numbers, each from an address of its own.
async fn ask_for_adjacent(app: &TestApp, count: usize) -> usize {
    for last in 0..count {
        let number = format!("+1202555{:04}", 100 + last);
        add_phone(app, &number).await;
        let mut browser = app.browser().with_header("x-forwarded-for", &format!("203.0.113.{last}"));
        assert_eq!(app.ask(&mut browser, &number).await.location(), "/code", "the answer is the same");
    }
    app.deliver_texts().await.len()
}

async fn overview(app: &TestApp) -> Overview {
    app.application.overviews.now().await.unwrap()
}

#[on_both_databases]
async fn of_fifty_adjacent_numbers_ten_get_a_message(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY]).await;
    assert_eq!(ask_for_adjacent(&app, 50).await, 10);
    let kept_back = app.database.number("SELECT COUNT(*) FROM outbox WHERE outcome = 'withheld'").await;
    assert_eq!(kept_back, 40);
    assert_eq!(overview(&app).await.texts_used, 10, "what is kept back costs nothing");
    app.finish().await;
}

#[on_both_databases]
async fn one_caller_brings_about_ten_messages_an_hour(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    for number in 0..15 {
        let number = format!("+1202{:03}0100", 300 + number);
        add_phone(&app, &number).await;
        app.ask(&mut app.browser(), &number).await;
    }
    assert_eq!(app.deliver_texts().await.len(), 10);
    app.finish().await;
}

#[on_both_databases]
async fn the_budget_is_a_hard_stop_that_an_operator_sees(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__DAILY_BUDGET", "3")]).await;
    assert_eq!(ask_for_adjacent(&app, 6).await, 3);
    let seen = overview(&app).await;
    assert_eq!((seen.texts_used, seen.texts_budget), (3, 3));
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(overview(&app).await.texts_used, 0);
    add_phone(&app, "+12025550188").await;
    app.ask_for_text(&mut app.browser(), "+12025550188").await;
    app.finish().await;
}

// Where the budget is gone, a name still has its mailbox
#[on_both_databases]
async fn a_name_gets_a_mail_when_no_text_message_may_go(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__DAILY_BUDGET", "1")]).await;
    ask_for_adjacent(&app, 1).await;
    app.add_account_with("known@example.org", |account| {
        with_phone(account, "+12025550188");
        with_username(account, "jane");
    })
    .await;
    let mut browser = app.browser();
    app.ask(&mut browser, "jane").await;
    let mail = app.deliver().await.pop().expect("a mail");
    assert_eq!(app.type_code(&mut browser, &mail.code()).await, "/reset-password");
    app.finish().await;
}

// SECURITY.md, requirement 49: the owner is notified late, but notified
#[on_both_databases]
async fn a_notice_waits_for_the_budget_that_is_used_up(database: Database) {
    let app = TestApp::start_with_texts(database, &[("SMS__DAILY_BUDGET", "1")]).await;
    add_phone(&app, "+12025550188").await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, "+12025550188").await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    assert_eq!(app.set_password(&mut browser, "meadow-copper-violin").await.location(), "/done");
    assert!(app.deliver_texts().await.is_empty());
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let notice = app.deliver_texts().await.pop().expect("a notice");
    assert!(notice.text.contains("password was changed"), "{}", notice.text);
    app.finish().await;
}

// A provider that is down must not look like machines that ask for codes
#[on_both_databases]
async fn what_no_provider_took_is_not_among_the_codes_that_went_out(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, "+12025550188").await;
    app.provider.behave(ProviderBehaviour::answer(400, ""));
    app.ask(&mut app.browser(), "+12025550188").await;
    app.deliver().await;
    assert_eq!(overview(&app).await.text_verify_ratio(), None);
    app.finish().await;
}

// The gateway can tell the same notice from another code
#[on_both_databases]
async fn another_code_has_another_name_for_the_gateway(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, "+12025550188").await;
    app.provider.behave(ProviderBehaviour::HangUp);
    app.ask(&mut app.browser(), "+12025550188").await;
    app.deliver().await;
    app.clock.advance(Duration::from_secs(10));
    app.deliver().await;
    let names: Vec<_> = app.provider.received().iter().map(|request| request.header("webhook-id").to_owned()).collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
    app.database.change("UPDATE outbox SET finished_at = 1").await;
    app.finish().await;
}

#[on_both_databases]
async fn the_metrics_tell_budget_and_verified_codes(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__DAILY_BUDGET", "50")]).await;
    let before = keyback_metrics(&app).await;
    assert!(before.contains("keyback_sms_messages_day 0\n") && !before.contains("verify_ratio"), "{before}");
    ask_for_adjacent(&app, 3).await;
    add_phone(&app, "+12025550188").await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, "+12025550188").await;
    app.type_code(&mut browser, &text.code()).await;
    app.ask(&mut app.browser(), "nobody@example.org").await;
    app.clock.advance(Duration::from_secs(30));
    let told = keyback_metrics(&app).await;
    for line in [
        "keyback_sms_messages_day 4",
        "keyback_sms_budget_day 50",
        "keyback_sms_codes_sent_day 4",
        "keyback_sms_codes_verified_day 1",
        "keyback_sms_verify_ratio 0.25",
        "keyback_outbox_pending 1",
        "keyback_outbox_oldest_seconds 30.0",
        "# EOF",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}: {told}");
    }
    app.deliver().await;
    app.finish().await;
}

/// What Prometheus gets.
async fn keyback_metrics(app: &TestApp) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let router = keyback::server::metrics(app.application.server_parts());
    let serving = tokio::spawn(keyback::server::serve(listener, router, std::future::pending()));
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(content_type.starts_with("application/openmetrics-text"), "{content_type}");
    let text = answer.text().await.unwrap();
    serving.abort();
    // And among the pages there is no such path.
    assert_eq!(app.browser().get("/metrics").await.status, StatusCode::NOT_FOUND);
    text
}
