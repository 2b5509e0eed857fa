//! Who keeps a form when many open the same link: mail scanners, several devices, everybody at the same moment
//! (SECURITY.md, requirement 19).

use reqwest::StatusCode;
use serde_json::json;

use crate::support::test_app::token_in;
use crate::support::{Browser, Database, ReceivedMail, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";
const LIVING: &str = "SELECT COUNT(*) FROM grants";

/// Opens a link as a mail scanner does that looks no further.
async fn open(app: &TestApp, mail: &ReceivedMail) -> String {
    app.clock.advance(std::time::Duration::from_millis(1));
    token_in(app.browser().get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await.location())
}

/// As one that keeps cookies and goes on to the form.
async fn open_and_follow(app: &TestApp, mail: &ReceivedMail) -> Browser {
    app.clock.advance(std::time::Duration::from_millis(1));
    let mut browser = app.browser();
    app.open_link(&mut browser, mail).await;
    assert_eq!(browser.get("/reset-password").await.status, StatusCode::OK);
    browser
}

/// An account, and a mail that some other browser asked for.
async fn with_mail(app: &TestApp) -> ReceivedMail {
    app.add_account("known@example.org").await;
    app.ask_for_mail(&mut app.browser(), "known@example.org").await
}

async fn assert_sets_the_password(app: TestApp, mut browser: Browser) {
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn of_twenty_opens_at_the_same_moment_five_tokens_live(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let link = format!("/verify?key={}&action=reset-pwd", mail.link_key());
    for _ in 0..5 {
        let opens: Vec<_> = (0..20)
            .map(|_| {
                let (mut browser, link) = (app.browser(), link.clone());
                tokio::spawn(async move { browser.get(&link).await })
            })
            .collect();
        let mut tokens = Vec::new();
        for open in opens {
            tokens.push(token_in(open.await.unwrap().location()));
        }
        assert_eq!(app.database.number(LIVING).await, 5);
        let mut alive = 0;
        for token in tokens {
            let arrived = app.browser().get(&format!("/auth-redirect?access_token={token}&action=reset-pwd")).await;
            alive += i32::from(arrived.location() == "/reset-password");
        }
        assert!(alive <= 5, "{alive} tokens of one link live");
    }
    app.finish().await;
}

#[on_both_databases]
async fn opens_while_the_password_is_set_leave_no_token_alive(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let mut browser = open_and_follow(&app, &mail).await;
    let link = format!("/verify?key={}&action=reset-pwd", mail.link_key());
    let opens: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, link) = (app.browser(), link.clone());
            tokio::spawn(async move { browser.get(&link).await })
        })
        .collect();
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    for open in opens {
        open.await.unwrap();
    }
    assert_eq!(app.database.number(LIVING).await, 0);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_form_is_not_ended_by_scanners_that_only_open_the_link(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let mut person = app.browser();
    app.open_link(&mut person, &mail).await;
    for _ in 0..12 {
        open(&app, &mail).await;
    }
    assert_eq!(app.database.number(LIVING).await, 5);
    assert_sets_the_password(app, person).await;
}

#[on_both_databases]
async fn a_form_that_was_shown_is_not_ended_by_visitors_that_stop_before_it(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let person = open_and_follow(&app, &mail).await;
    for _ in 0..12 {
        app.clock.advance(std::time::Duration::from_millis(1));
        app.open_link(&mut app.browser(), &mail).await;
    }
    assert_sets_the_password(app, person).await;
}

#[on_both_databases]
async fn the_form_of_who_asked_is_not_ended_by_scanners_that_follow_every_redirect(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut person = app.browser();
    let mail = app.ask_for_mail(&mut person, "known@example.org").await;
    app.open_link(&mut person, &mail).await;
    for _ in 0..12 {
        open_and_follow(&app, &mail).await;
    }
    assert_eq!(app.database.number(LIVING).await, 5);
    assert_sets_the_password(app, person).await;
}

#[on_both_databases]
async fn a_form_in_which_somebody_types_is_not_ended_by_scanners_that_follow_every_redirect(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let mut person = open_and_follow(&app, &mail).await;
    person.post("/actions/password-strength", &[("password", "mea")]).await;
    for _ in 0..12 {
        open_and_follow(&app, &mail).await;
    }
    assert_sets_the_password(app, person).await;
}

#[on_both_databases]
async fn a_form_that_was_sent_with_a_mistake_is_not_ended_by_scanners_that_follow_every_redirect(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let mut person = open_and_follow(&app, &mail).await;
    let form = person.form_name().await;
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", "another")];
    assert_eq!(person.post("/actions/set-password", &fields).await.location(), "/reset-password");
    for _ in 0..12 {
        open_and_follow(&app, &mail).await;
    }
    assert_sets_the_password(app, person).await;
}

#[on_both_databases]
async fn the_form_that_a_code_opened_is_not_ended_by_scanners(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut person = app.browser();
    let mail = app.ask_for_mail(&mut person, "known@example.org").await;
    assert_eq!(app.type_code(&mut person, &mail.code()).await, "/reset-password");
    for _ in 0..12 {
        open_and_follow(&app, &mail).await;
    }
    assert_sets_the_password(app, person).await;
}

#[on_both_databases]
async fn the_token_of_a_program_that_has_used_it_is_not_ended_by_scanners(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let token = open(&app, &mail).await;
    let complete = async |password: &str| {
        let body = json!({ "access_token": token, "new_password": password });
        app.call("/api/v1/resets/complete", body).await.status
    };
    assert_eq!(complete("short").await, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..12 {
        open_and_follow(&app, &mail).await;
    }
    assert_eq!(complete(NEW_PASSWORD).await, StatusCode::NO_CONTENT);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_sixth_device_with_a_form_in_use_ends_the_oldest_and_can_use_its_own(database: Database) {
    let app = TestApp::start(database).await;
    let mail = with_mail(&app).await;
    let mut devices = Vec::new();
    for _ in 0..6 {
        let mut device = open_and_follow(&app, &mail).await;
        device.post("/actions/password-strength", &[("password", "mea")]).await;
        devices.push(device);
    }
    assert_eq!(app.database.number(LIVING).await, 5);
    assert_eq!(devices[0].get("/reset-password").await.status, StatusCode::FORBIDDEN);
    for device in &mut devices[1..] {
        assert_eq!(device.get("/reset-password").await.status, StatusCode::OK);
    }
    assert_sets_the_password(app, devices.remove(5)).await;
}
