//! Requests with a username: the code goes to the registered contact, in the operator's order.

use reqwest::StatusCode;

use super::{NEW_PASSWORD, with_phone, with_username};
use crate::support::{Database, TestApp, assert_all_alike, on_both_databases};

const NUMBER: &str = "+12025550123";

/// How many text messages and mails somebody gets who asks with a name.
async fn asked(app: &TestApp, name: &str) -> (usize, usize) {
    let mails = app.smtp.mails().len();
    assert_eq!(app.ask(&mut app.browser(), name).await.location(), "/code");
    let texts = app.deliver_texts().await.len();
    (texts, app.smtp.mails().len() - mails)
}

#[on_both_databases]
async fn a_name_a_code_to_the_phone_and_a_new_password(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("known@example.org", |account| {
        with_phone(account, NUMBER);
        with_username(account, "Jane");
    })
    .await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, " JANE ").await;
    assert_eq!(text.to, NUMBER);
    assert!(app.smtp.mails().is_empty(), "by one way alone");
    let page = browser.get("/code").await.body;
    assert!(page.contains("a code is on its way to its phone or its e-mail address"), "{page}");
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    let form = browser.get("/reset-password").await.body;
    assert!(form.contains("value=\"jane\"") && !form.contains("5550123") && !form.contains("known@"), "{form}");
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let right = serde_json::json!({"username": "jane", "password": NEW_PASSWORD});
    assert_eq!(app.call("/api/v1/accounts/authenticate", right).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// Verified phone, else verified e-mail; and a mail brings its link as well
#[on_both_databases]
async fn the_code_goes_to_the_first_verified_contact(database: Database) {
    let app = TestApp::start_with_texts(database, &[("SMS__BLOCK_PER_HOUR", "100")]).await;
    for (name, phone, phone_verified, email_verified, disabled, expected) in [
        ("both", true, true, true, false, (1, 0)),
        ("unverified-phone", true, false, true, false, (0, 1)),
        ("email-alone", false, false, true, false, (0, 1)),
        ("phone-alone", true, true, false, false, (1, 0)),
        ("neither", true, false, false, false, (0, 0)),
        ("disabled", true, true, true, true, (0, 0)),
    ] {
        let last = name.len();
        app.add_account_with(&format!("{name}@example.org"), |account| {
            with_username(account, name);
            if phone {
                with_phone(account, &format!("+120255501{last:02}"));
                account.phone_verified = phone_verified;
            }
            account.email_verified = email_verified;
            account.disabled = disabled;
        })
        .await;
        assert_eq!(asked(&app, name).await, expected, "{name}");
    }
    assert_eq!(asked(&app, "nobody").await, (0, 0));
    app.finish().await;
}

#[on_both_databases]
async fn the_operator_sets_the_order_and_may_forbid_a_way(database: Database) {
    for (delivery, expected) in [("sms,email", (1, 0)), ("email,sms", (0, 1)), ("email", (0, 1)), ("sms", (1, 0))] {
        let app = TestApp::start_with_texts(Database::sqlite(), &[("RESET__USERNAME_DELIVERY", delivery)]).await;
        app.add_account_with("known@example.org", |account| {
            with_phone(account, NUMBER);
            with_username(account, "jane");
        })
        .await;
        assert_eq!(asked(&app, "jane").await, expected, "{delivery}");
        app.finish().await;
    }
    let app = TestApp::start_with_texts(database, &[("RESET__USERNAME_DELIVERY", "sms")]).await;
    app.add_account_with("known@example.org", |account| with_username(account, "jane")).await;
    assert_eq!(asked(&app, "jane").await, (0, 0), "forbidden is forbidden");
    app.finish().await;
}

// What is forbidden is not to be had by asking for it either
#[on_both_databases]
async fn a_forbidden_way_is_out_of_reach_of_another_channel(database: Database) {
    for (delivery, channel) in [("email", "sms"), ("sms", "email")] {
        let settings = [("RESET__CHANNELS", "username"), ("RESET__USERNAME_DELIVERY", delivery)];
        let app = TestApp::start_with_texts(Database::sqlite(), &settings).await;
        app.add_account_with("known@example.org", |account| {
            with_phone(account, NUMBER);
            with_username(account, "jane");
        })
        .await;
        let allowed = asked(&app, "jane").await;
        app.wait_for_cooldown();
        let mut browser = app.browser();
        app.ask(&mut browser, "jane").await;
        app.deliver().await;
        app.wait_for_cooldown();
        assert!(!browser.get("/code").await.body.contains(&format!("value=\"{channel}\"")), "{delivery}");
        let (texts, mails) = (app.provider.received().len(), app.smtp.mails().len());
        browser.post("/actions/resend", &[("channel", channel)]).await;
        app.deliver().await;
        let sent = (app.provider.received().len() - texts, app.smtp.mails().len() - mails);
        assert_eq!(sent, allowed, "{delivery}: by the way that is left");
        let refused = app.call("/api/v1/resets", serde_json::json!({"username": "jane", "channel": channel})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{delivery}");
        app.finish().await;
    }
    let app =
        TestApp::start_with_texts(database, &[("RESET__CHANNELS", "email"), ("RESET__USERNAME_DELIVERY", "email")])
            .await;
    app.add_account_with("known@example.org", |account| with_phone(account, NUMBER)).await;
    let refused = app.call("/api/v1/resets", serde_json::json!({"email": "known@example.org", "channel": "sms"})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.finish().await;
}

// Which ways there are is the operator's to say
#[on_both_databases]
async fn a_way_that_is_off_is_not_offered_and_not_taken(database: Database) {
    let app = TestApp::start_with_texts(database, &[("RESET__CHANNELS", "email")]).await;
    app.add_account_with("known@example.org", |account| {
        with_phone(account, NUMBER);
        with_username(account, "jane");
    })
    .await;
    let page = app.browser().get("/forgot-password").await.body;
    assert!(page.contains("type=\"email\"") && page.contains(">E-mail address<"), "{page}");
    for typed in ["jane", NUMBER, "(202) 555-0123"] {
        let mut browser = app.browser();
        let refused = app.ask(&mut browser, typed).await;
        assert_eq!(refused.location(), "/forgot-password");
        assert!(browser.follow(&refused).await.body.contains("not a complete e-mail address"), "{typed}");
    }
    for body in [serde_json::json!({"phone": NUMBER}), serde_json::json!({"username": "jane"})] {
        assert_eq!(app.call("/api/v1/resets", body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(app.deliver_texts().await.is_empty() && app.smtp.mails().is_empty());
    app.finish().await;
}

// SECURITY.md, requirements 1 and 4: pages tell nothing, whichever way the code goes
#[on_both_databases]
async fn known_and_unknown_names_look_alike(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("texted@example.org", |account| {
        with_phone(account, NUMBER);
        with_username(account, "texted");
    })
    .await;
    app.add_account_with("mailed@example.org", |account| with_username(account, "mailed")).await;
    let mut seen = Vec::new();
    for name in ["texted", "mailed", "absent", "unseen"] {
        let mut browser = app.browser();
        let asked = app.ask(&mut browser, name).await;
        app.deliver().await;
        let page = browser.follow(&asked).await;
        app.clock.advance(std::time::Duration::from_secs(61));
        let again = browser.post("/actions/resend", &[("channel", "email")]).await;
        let after = browser.follow(&again).await;
        let refused = browser.post("/actions/check-code", &[("code", "00000000")]).await;
        let wrong = browser.follow(&refused).await;
        let all = [asked, page, again, after, refused, wrong].map(|answer| answer.comparable());
        seen.push(format!("{all:?}").replace(name, "somebody"));
    }
    assert_all_alike(&seen);
    app.deliver().await;
    app.finish().await;
}

// Digits alone are read as a number: whoever has such a name asks with something else
#[on_both_databases]
async fn a_name_of_digits_is_read_as_a_number_where_numbers_are_taken(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("known@example.org", |account| with_username(account, "2025550199")).await;
    assert_eq!(asked(&app, "2025550199").await, (0, 0));
    let by_kind = app.call("/api/v1/resets", serde_json::json!({"username": "2025550199"})).await;
    assert_eq!(by_kind.status, StatusCode::ACCEPTED);
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}
