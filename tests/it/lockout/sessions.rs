//! Sessions are rows: nobody can create them without limit, and nobody can keep others from beginning one.

use super::{app_with, person_at};
use crate::support::{Browser, Database, TestApp, on_both_databases, token_in};

const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";

/// Makes a mistake, which begins a session to be told of.
async fn mistype(browser: &mut Browser) -> String {
    browser.post("/actions/ask", &[("identifier", "not an address")]).await.location().to_owned()
}

#[on_both_databases]
async fn an_invented_session_cookie_does_not_help_past_the_limit_on_sessions(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1")]).await;
    for number in 0..10 {
        let mut browser = app.browser();
        browser.cookie = Some(format!("__Host-keyback=AAAAAAAAAAAAAAAAAAAA{number}A"));
        mistype(&mut browser).await;
    }
    assert_eq!(app.database.number(SESSIONS).await, 4);
    app.finish().await;
}

#[on_both_databases]
async fn mistakes_from_everywhere_leave_a_bounded_number_of_sessions_and_room_for_a_newcomer(database: Database) {
    let app = app_with(database, &[("LIMITS__OVERALL_PER_MINUTE", "16")]).await;
    let mut refused = 0;
    for number in 0..40 {
        // Two addresses in each network.
        let mut browser = person_at(&app, &format!("198.51.{}.{}", number % 10, number / 10));
        refused += usize::from(mistype(&mut browser).await == "/slow-down");
    }
    assert_eq!(app.database.number(SESSIONS).await, 12);
    assert_eq!(refused, 28);
    assert_eq!(mistype(&mut person_at(&app, "203.0.113.1")).await, "/forgot-password");
    app.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(mistype(&mut person_at(&app, "198.51.1.1")).await, "/forgot-password", "it ends by itself");
    app.finish().await;
}

#[on_both_databases]
async fn a_link_that_is_opened_without_end_begins_a_bounded_number_of_sessions(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let before = app.database.number(SESSIONS).await;
    let mut last = String::new();
    for _ in 0..105 {
        let mut browser = app.browser();
        let opened = browser.get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await;
        last = browser.follow(&opened).await.location().to_owned();
    }
    assert_eq!(last, "/slow-down");
    assert_eq!(app.database.number(SESSIONS).await, before + 100);
    for _ in 0..105 {
        last = app.browser().get(&format!("/not-me?key={}", mail.cancel_key())).await.location().to_owned();
    }
    assert_eq!(last, "/slow-down");
    assert_eq!(app.database.number(SESSIONS).await, before + 200);
    app.finish().await;
}

#[on_both_databases]
async fn a_link_that_a_program_opens_without_end_writes_no_more_and_works_again_later(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let link = format!("/verify?key={}", mail.link_key());
    let mut opener = app.browser();
    for _ in 0..120 {
        assert!(token_in(opener.get(&link).await.location()).starts_with("at-"));
    }
    let grants = app.database.table("grants").await;
    let refused = opener.get(&link).await;
    assert_eq!(refused.location(), "/slow-down");
    assert_eq!(app.database.table("grants").await, grants);

    app.clock.advance(std::time::Duration::from_secs(15 * 60));
    let mut browser = app.browser();
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, "meadow-copper-violin").await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}
