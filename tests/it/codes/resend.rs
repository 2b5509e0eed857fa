//! The page with the code: what it remembers, a new code, another channel.

use std::time::Duration;

use reqwest::StatusCode;

use super::{with_phone, with_username};
use crate::support::{Database, ReceivedText, TestApp, on_both_databases};

const NUMBER: &str = "+12025550123";

async fn start(database: Database) -> TestApp {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("known@example.org", |account| {
        with_phone(account, NUMBER);
        with_username(account, "jane");
    })
    .await;
    app
}

// SECURITY.md, requirement 10: alike for known and unknown
#[on_both_databases]
async fn a_new_code_comes_after_the_cooldown_and_ends_the_old(database: Database) {
    let app = start(database).await;
    let mut pages = Vec::new();
    for (typed, texts) in [(NUMBER, 1), ("+12025550124", 0)] {
        let mut browser = app.browser();
        app.ask(&mut browser, typed).await;
        let first = app.deliver_texts().await;
        assert_eq!(first.len(), texts);
        let too_soon = browser.post("/actions/resend", &[]).await;
        let page = browser.follow(&too_soon).await;
        assert_eq!((page.status, page.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("60")));
        assert!(page.body.contains("ask again in 60 seconds") && page.body.contains(typed), "{}", page.body);
        app.wait_for_cooldown();
        let again = browser.post("/actions/resend", &[]).await;
        let told = browser.follow(&again).await;
        assert!(told.status == StatusCode::OK && told.body.contains("role=\"status\""), "{}", told.body);
        let second = app.deliver_texts().await;
        assert_eq!(second.len(), texts);
        if let (Some(old), Some(new)) = (first.first(), second.first()) {
            let lead = app.type_code(&mut browser.clone(), &old.code()).await;
            assert!(lead == "/code" || old.code() == new.code());
            assert_eq!(app.type_code(&mut browser.clone(), &new.code()).await, "/reset-password");
        }
        pages.push(
            format!("{:?}", (too_soon.comparable(), page.comparable(), again.comparable(), told.comparable()))
                .replace(typed, "…"),
        );
    }
    assert_eq!(pages[0], pages[1]);
    app.finish().await;
}

#[on_both_databases]
async fn the_code_comes_by_the_other_way_when_that_is_asked_for(database: Database) {
    let app = start(database).await;
    for (typed, first_by_text) in [("jane", true), (NUMBER, true), ("known@example.org", false)] {
        let mut browser = app.browser();
        let mails = app.smtp.mails().len();
        app.ask(&mut browser, typed).await;
        assert_eq!(app.deliver_texts().await.len(), usize::from(first_by_text), "{typed}");
        app.wait_for_cooldown();
        let other = if first_by_text { "email" } else { "sms" };
        browser.post("/actions/resend", &[("channel", other)]).await;
        let texts = app.deliver_texts().await;
        assert_eq!((texts.len(), app.smtp.mails().len() - mails), (usize::from(!first_by_text), 1), "{typed}");
        let code = texts.first().map_or_else(|| app.smtp.mails().last().unwrap().code(), ReceivedText::code);
        assert_eq!(app.type_code(&mut browser, &code).await, "/reset-password", "{typed}");
        app.clock.advance(Duration::from_secs(16 * 60));
    }
    app.finish().await;
}

// Loading again, going back, another tab: nothing is lost
#[on_both_databases]
async fn the_page_survives_being_loaded_again(database: Database) {
    let app = start(database).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, "jane").await;
    let first = browser.get("/code").await;
    app.type_code(&mut browser, &text.wrong_code()).await;
    let refused = browser.get("/code").await;
    assert!(refused.body.contains("role=\"alert\"") && refused.body.contains("aria-invalid=\"true\""));
    assert_eq!(browser.get("/code").await.comparable(), first.comparable(), "told once");
    assert_eq!(browser.get("/forgot-password").await.status, StatusCode::OK);
    assert_eq!(browser.get("/code").await.comparable(), first.comparable());
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    app.finish().await;
}

#[on_both_databases]
async fn the_page_tells_the_time_that_is_left(database: Database) {
    let app = start(database).await;
    let mut browser = app.browser();
    app.ask_for_text(&mut browser, NUMBER).await;
    let times = |page: &str| -> Vec<String> {
        let timers = page.split("<span role=\"timer\"").skip(1);
        let inside = |timer: &str| timer.split(['>', '<']).nth(1).unwrap().to_owned();
        timers.map(inside).collect()
    };
    let over = "<p class=\"timer over\">";
    let page = browser.get("/code").await.body;
    assert!(page.contains("Time left for this code: ") && times(&page) == ["10:00", "1:00"], "{page}");
    assert!(!page.contains(over), "{page}");
    app.clock.advance(Duration::from_secs(4 * 60 + 30));
    let page = browser.get("/code").await.body;
    assert!(times(&page)[0] == "5:30" && page.contains(&format!("{over}A new code makes the old one void.")), "{page}");
    app.clock.advance(Duration::from_secs(6 * 60));
    let page = browser.get("/code").await.body;
    assert!(page.contains(&format!("{over}A code that was sent a while ago has run out by now")), "{page}");
    app.finish().await;
}

#[on_both_databases]
async fn the_field_takes_paste_and_autofill(database: Database) {
    let app = start(database).await;
    let mut browser = app.browser();
    app.ask_for_text(&mut browser, NUMBER).await;
    let page = browser.get("/code").await;
    for attribute in ["autocomplete=\"one-time-code\"", "inputmode=\"numeric\"", "name=\"code\"", "for=\"code\""] {
        assert!(page.body.contains(attribute), "{attribute}");
    }
    assert!(page.header("permissions-policy").unwrap().contains("otp-credentials=(self)"));
    app.finish().await;
}

// What was asked for last is what the page is about, whatever was refused since
#[on_both_databases]
async fn a_refused_request_does_not_change_what_the_page_is_about(database: Database) {
    let app = start(database).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    app.ask(&mut app.browser(), "somebody@example.org").await;
    assert_eq!(app.ask(&mut browser, "somebody@example.org").await.location(), "/forgot-password");
    let page = browser.get("/code").await.body;
    assert!(page.contains(NUMBER) && !page.contains("somebody@"), "{page}");
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    assert!(browser.get("/reset-password").await.body.contains(&format!("value=\"{NUMBER}\"")));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 10: one phone gets one message a minute, whichever name it was asked with
#[on_both_databases]
async fn one_number_gets_one_message_a_minute(database: Database) {
    let app = start(database).await;
    for (typed, channel) in [(NUMBER, None), ("jane", None), ("known@example.org", Some("sms"))] {
        let mut body = serde_json::json!({"channel": channel});
        let kind = if typed == NUMBER {
            "phone"
        } else if typed == "jane" {
            "username"
        } else {
            "email"
        };
        body[kind] = typed.into();
        assert_eq!(app.call("/api/v1/resets", body).await.status, StatusCode::ACCEPTED);
    }
    for minute in 0..3 {
        assert_eq!(app.deliver_texts().await.len(), 1, "minute {minute}");
        assert_eq!(app.database.pending().await, 2 - minute, "the others wait");
        app.clock.advance(Duration::from_secs(60));
    }
    app.finish().await;
}

// Somebody goes back and sends the code again
#[on_both_databases]
async fn a_code_is_used_up_and_who_has_used_it_is_led_on(database: Database) {
    let app = start(database).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password", "the form is open here");
    let again = serde_json::json!({"phone": NUMBER, "code": text.code()});
    assert_eq!(app.call("/api/v1/resets/verify", again).await.status, StatusCode::FORBIDDEN, "and nowhere else");
    app.finish().await;
}

#[on_both_databases]
async fn nothing_is_sent_for_who_has_asked_for_nothing(database: Database) {
    let app = start(database).await;
    let mut stranger = app.browser();
    assert_eq!(stranger.get("/code").await.location(), "/forgot-password");
    assert_eq!(stranger.post("/actions/resend", &[("channel", "sms")]).await.location(), "/forgot-password");
    assert_eq!(app.type_code(&mut stranger, "123456").await, "/forgot-password");
    assert!(app.deliver_texts().await.is_empty());
    app.finish().await;
}

// SECURITY.md, requirement 10: one account, whichever of its names was used
#[on_both_databases]
async fn an_account_gets_three_messages_in_15_minutes_over_all_its_names(database: Database) {
    let app = start(database).await;
    let mut messages = 0;
    for typed in ["jane", NUMBER, "known@example.org", "jane", NUMBER, "known@example.org"] {
        let answer = app.ask(&mut app.browser(), typed).await;
        assert!(["/code", "/check-inbox"].contains(&answer.location()), "{typed}");
        let before = app.smtp.mails().len();
        messages += app.deliver_texts().await.len() + app.smtp.mails().len() - before;
        app.clock.advance(Duration::from_secs(61));
    }
    assert_eq!(messages, 3);
    let withheld = app.database.texts("SELECT outcome FROM outbox WHERE outcome = 'withheld'").await;
    assert_eq!(withheld.len(), 3);
    app.finish().await;
}
