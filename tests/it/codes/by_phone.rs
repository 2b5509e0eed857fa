//! Requests with a phone number.

use keyback::admin::AccountChange;
use keyback::model::PhoneNumber;
use reqwest::StatusCode;

use super::{NEW_PASSWORD, add_phone, with_phone};
use crate::support::{Database, OLD_PASSWORD, ProviderBehaviour, TestApp, assert_all_alike, on_both_databases};

/// A number that is kept for fiction.
const NUMBER: &str = "+12025550123";

// SECURITY.md, requirements 36 and 49
#[on_both_databases]
async fn a_number_a_code_and_a_new_password(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("known@example.org", |account| with_phone(account, NUMBER)).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, "(202) 555-0123").await;
    assert_eq!(text.to, NUMBER);
    assert!(text.text.starts_with("Your Example code: "), "{}", text.text);
    let (host, code) = text.bound_code().expect("an origin-bound code");
    assert_eq!((host.as_str(), code.len()), ("reset.example.org", 6));
    assert!(!text.text.contains("://") && !text.text.contains("/verify"), "{}", text.text);
    assert!(text.text.len() <= 160, "one segment");

    let page = browser.get("/code").await;
    assert!(page.body.contains("(202) 555-0123") && page.body.contains("a text message with a code"), "{}", page.body);
    assert_eq!(app.type_code(&mut browser, &format!(" {} {} ", &code[..3], &code[3..])).await, "/reset-password");
    assert!(browser.get("/reset-password").await.body.contains(&format!("value=\"{NUMBER}\"")), "its own name");
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);

    let notices = app.deliver_texts().await;
    let mails = app.smtp.mails();
    assert_eq!((notices.len(), mails.len()), (1, 1), "by text message and by mail");
    assert_eq!(notices[0].to, NUMBER);
    assert!(notices[0].text.contains("password was changed") && notices[0].bound_code().is_none());
    assert!(notices[0].text.len() <= 160 && !notices[0].text.contains("key="), "{}", notices[0].text);
    assert!(mails[0].subject().contains("password was changed"));
    app.finish().await;
}

#[on_both_databases]
async fn a_number_is_understood_in_every_form(database: Database) {
    let app = TestApp::start_with_texts(
        database,
        &[("SMS__BLOCK_PER_HOUR", "100"), ("LIMITS__CALLER_PER_15_MINUTES", "1000")],
    )
    .await;
    add_phone(&app, NUMBER).await;
    add_phone(&app, "+4915123456789").await;
    for (typed, to) in [
        (NUMBER, NUMBER),
        ("001 202 555 0123", NUMBER),
        ("202.555.0123", NUMBER),
        ("1 (202) 555‑0123", NUMBER),
        ("+49 151 / 234 567 89", "+4915123456789"),
        ("0049 (0)151 23456789", "+4915123456789"),
        ("011 49 151 23456789", "+4915123456789"),
    ] {
        assert_eq!(app.ask_for_text(&mut app.browser(), typed).await.to, to, "{typed}");
        app.clock.advance(std::time::Duration::from_secs(3 * 60 * 60));
    }
    for typed in
        ["555-01234", "+1202", "00000000", "+999 123456789", "202 555 0123 ext 5", "202 555 0123, 202 555 0124"]
    {
        let mut browser = app.browser();
        let answer = app.ask(&mut browser, typed).await;
        let page = browser.follow(&answer).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.body.contains(&format!("value=\"{typed}\"")), "what was typed is kept");
        let is_number = PhoneNumber::looks_like_one(typed);
        let told = if typed.contains("ext") {
            "cannot reach an extension"
        } else if is_number {
            "country code, like +1 202 555 0123"
        } else {
            "That cannot be a username"
        };
        assert!(page.body.contains(told), "{typed}");
    }
    app.finish().await;
}

// SECURITY.md, requirements 1, 8 and 35: whose number it is, and whether there is one, shows in nothing
#[on_both_databases]
async fn every_class_of_number_gets_the_same_answer_and_one_gets_a_message(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, NUMBER).await;
    for (number, verified, disabled) in [
        ("+12025550124", false, false),
        ("+12025550125", true, true),
        ("+33612345678", true, false),
        ("+18765551234", true, false),
        ("+493012345678", true, false),
        ("+499001234567", true, false),
    ] {
        app.add_account_with(&format!("of{}@example.org", &number[1..]), |account| {
            with_phone(account, number);
            account.phone_verified = verified;
            account.disabled = disabled;
        })
        .await;
    }
    let mut answers = Vec::new();
    for number in [
        NUMBER,
        "+12025550126",
        "+12025550124",
        "+12025550125",
        "+33612345678",
        "+18765551234",
        "+493012345678",
        "+499001234567",
    ] {
        let mut browser = app.browser();
        let asked = app.ask(&mut browser, number).await;
        let page = browser.follow(&asked).await;
        let mut wrong = Vec::new();
        for _ in 0..6 {
            let refused = browser.post("/actions/check-code", &[("code", "000000")]).await;
            let page = browser.follow(&refused).await;
            wrong.push((refused.comparable(), page.comparable()));
        }
        let shown = format!("{:?}", (asked.comparable(), page.comparable(), wrong));
        answers.push(shown.replace(number, "a number"));
    }
    assert!(answers[0].contains("/code"));
    assert_all_alike(&answers);
    let texts = app.deliver_texts().await;
    assert_eq!(texts.iter().map(|text| text.to.as_str()).collect::<Vec<_>>(), [NUMBER]);
    app.finish().await;
}

// SECURITY.md, requirement 3
#[on_both_databases]
async fn a_gateway_that_is_down_changes_no_answer_and_loses_no_message(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, NUMBER).await;
    app.provider.behave(ProviderBehaviour::answer(503, "").with("retry-after", "90"));
    let known = app.ask(&mut app.browser(), NUMBER).await;
    let unknown = app.ask(&mut app.browser(), "+12025550126").await;
    assert_eq!(known.comparable(), unknown.comparable());
    app.deliver().await;
    assert_eq!(app.database.pending().await, 1);
    app.clock.advance(std::time::Duration::from_secs(89));
    app.provider.behave(ProviderBehaviour::answer(200, ""));
    assert!(app.deliver_texts().await.is_empty(), "not before the gateway said");
    app.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(app.deliver_texts().await.len(), 1);
    app.finish().await;
}

// SECURITY.md, requirement 22: another number, or one that is no longer verified
#[on_both_databases]
async fn a_change_of_the_number_ends_what_is_open(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    let id = add_phone(&app, NUMBER).await;
    let change_to = async |number| {
        let number = PhoneNumber::parse(number, None).unwrap();
        let change = AccountChange::Phone { number, verified: true };
        app.application.accounts.change(&id, change).await.unwrap();
    };
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    change_to("+12025550166").await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/code", "the code is dead");

    let text = app.ask_for_text(&mut browser, "+12025550166").await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    change_to("+12025550177").await;
    assert_ne!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let still = app
        .call("/api/v1/accounts/authenticate", serde_json::json!({"phone": "+12025550177", "password": OLD_PASSWORD}));
    assert_eq!(still.await.status, StatusCode::OK);
    app.finish().await;
}

// The right is bound to the number that was texted, even where nothing else noticed the change
#[on_both_databases]
async fn a_grant_is_worth_nothing_once_the_number_is_somebody_elses(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, NUMBER).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    app.database.change("UPDATE accounts SET phone_verified_at = NULL").await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/link-expired");
    app.finish().await;
}

// SECURITY.md, requirement 26
#[on_both_databases]
async fn no_answer_holds_the_code(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, NUMBER).await;
    let mut browser = app.browser();
    let mut answers = vec![app.ask(&mut browser, NUMBER).await];
    let text = app.deliver_texts().await.remove(0);
    answers.push(browser.get("/code").await);
    answers.push(browser.post("/actions/check-code", &[("code", &text.wrong_code())]).await);
    answers.push(browser.get("/code").await);
    answers.push(browser.post("/actions/resend", &[]).await);
    answers.push(browser.get("/code").await);
    answers.push(app.call("/api/v1/resets", serde_json::json!({"phone": "+12025550124"})).await);
    answers.push(browser.post("/actions/check-code", &[("code", &text.code())]).await);
    answers.push(browser.get("/reset-password").await);
    for answer in &answers {
        let whole = format!("{:?}{}", answer.headers, answer.body);
        // As a whole number: six digits inside a longer one are there by chance.
        assert!(!whole.split(|c: char| !c.is_alphanumeric()).any(|word| word == text.code()), "{whole}");
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 16
#[on_both_databases]
async fn a_thief_of_the_database_finds_no_code(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, NUMBER).await;
    let text = app.ask_for_text(&mut app.browser(), NUMBER).await;
    let dump = app.database.dump().await;
    assert!(dump.contains(NUMBER), "the dump is a dump");
    assert!(!dump.lines().any(|value| value == text.code() || value.contains("Your Example code")));
    app.finish().await;
}
