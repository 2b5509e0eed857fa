//! Vulnerabilities of the original implementations must not exist here.

use std::time::Duration;

use keyback::model::KeyKind;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{
    AGNOST, ALTOGIC, NEW_PASSWORD, NUMBER, assert_done, refusal, refused, reset_pwd, reset_pwd_code, send_reset,
    send_reset_code, start,
};
use crate::support::{Database, OLD_PASSWORD, PUBLIC_URL, TestApp, on_both_databases, token_in};

/// Asks for a link and opens it; gives the access token.
async fn granted(app: &TestApp, key: &str) -> String {
    assert_done(&send_reset(app, key, "known@example.org").await);
    let mail = app.deliver().await.remove(0);
    token_in(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await.location())
}

#[on_both_databases]
async fn whoever_took_a_password_away_that_was_not_theirs_gets_a_new_one_by_the_same_program(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let notice = app.deliver().await.remove(0);
    let mut owner = app.browser();
    let opened = owner.get(&format!("/not-me?key={}", notice.cancel_key())).await;
    owner.follow(&opened).await;
    owner.post("/actions/not-me", &[]).await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM accounts WHERE password_hash IS NULL").await, 1);
    app.wait_for_cooldown();
    assert_done(&send_reset(&app, app.api_key(), "known@example.org").await);
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}

// SECURITY.md, requirement 13: Agnost makes the link in the message from `baseURL`, which anybody may send
#[on_both_databases]
async fn nothing_that_the_caller_sends_reaches_the_link(database: Database) {
    let app = start(database).await;
    let forged = app
        .browser()
        .with_header("x-forwarded-host", "evil.example")
        .with_header("x-forwarded-proto", "http")
        .with_header("forwarded", "host=evil.example;proto=http")
        .with_header("x-original-url", "https://evil.example/");
    let headers = [("authorization", app.api_key()), ("content-type", "application/json")];
    let body = json!({ "email": "known@example.org", "baseURL": "https://evil.example", "confirmationURL": "https://evil.example" });
    let path = format!("{AGNOST}/send-reset?baseURL=https://evil.example&redirect=https://evil.example");
    let answer = forged.clone().send(Method::POST, &path, &headers, Some(body.to_string().into_bytes())).await;
    assert_done(&answer);
    let mail = app.deliver().await.remove(0);
    assert!(mail.text().contains(&format!("{PUBLIC_URL}{AGNOST}/verify?key=tk-")), "{}", mail.text());
    assert!(!mail.raw.contains("evil"), "{}", mail.raw);

    for prefix in [AGNOST, ALTOGIC] {
        for host in [
            "evil.example",
            "reset.example.org:8443",
            "reset.example.org@evil.example",
            "reset.example.org:'<a href=\"//evil/?",
        ] {
            let poisoned = app.browser().with_header("host", host);
            let answer = poisoned
                .clone()
                .send(Method::POST, &format!("{prefix}/send-reset?email=known@example.org"), &headers, None)
                .await;
            assert_eq!(refusal(&answer), refused(421, "misdirected_request"), "SECURITY.md, requirement 14: {host}");
        }
    }
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

// SECURITY.md, requirements 17 and 21: in Agnost every code that was ever sent stays good until it expires
#[on_both_databases]
async fn a_code_ends_with_the_next_one_with_its_time_and_with_its_use(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    assert_done(&send_reset_code(&app, &key, NUMBER).await);
    let first = app.deliver_texts().await.remove(0).code();
    app.wait_for_cooldown();
    assert_done(&send_reset_code(&app, &key, NUMBER).await);
    let second = app.deliver_texts().await.remove(0).code();
    let dead = refused(403, "invalid_access_token");
    assert_eq!(refusal(&reset_pwd_code(&app, &key, NUMBER, &first, NEW_PASSWORD).await), dead, "there is a newer one");
    assert_done(&reset_pwd_code(&app, &key, NUMBER, &second, NEW_PASSWORD).await);
    let again = reset_pwd_code(&app, &key, NUMBER, &second, "another-meadow-violin").await;
    assert_eq!(refusal(&again), dead, "it has been used");
    app.deliver().await;
    app.wait_for_cooldown();
    assert_done(&send_reset_code(&app, &key, NUMBER).await);
    let third = app.deliver_texts().await.remove(0).code();
    app.clock.advance(Duration::from_secs(10 * 60 + 1));
    let late = reset_pwd_code(&app, &key, NUMBER, &third, "another-meadow-violin").await;
    assert_eq!(refusal(&late), dead, "it has expired");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 29 and 31: Agnost counts no wrong code
#[on_both_databases]
async fn five_wrong_codes_end_the_right_one_in_the_same_words(database: Database) {
    let app = start(database).await;
    let key = app.key(KeyKind::Publishable).await;
    let key = key.key.expose();
    for number in [NUMBER, "+12025550198"] {
        assert_done(&send_reset_code(&app, key, number).await);
    }
    let text = app.deliver_texts().await.remove(0);
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(reset_pwd_code(&app, key, NUMBER, &text.wrong_code(), NEW_PASSWORD).await);
        answers.push(reset_pwd_code(&app, key, "+12025550198", &text.wrong_code(), NEW_PASSWORD).await);
    }
    answers.push(reset_pwd_code(&app, key, NUMBER, &text.code(), NEW_PASSWORD).await);
    answers.push(reset_pwd_code(&app, key, "+12025550197", &text.code(), NEW_PASSWORD).await);
    let shown: Vec<String> = answers.iter().map(|answer| format!("{:?}", answer.comparable())).collect();
    crate::support::assert_all_alike(&shown);
    assert_eq!(refusal(&answers[0]), refused(403, "invalid_access_token"));
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}

// SECURITY.md, requirement 20
#[on_both_databases]
async fn of_many_tries_at_once_with_one_token_one_wins(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    let token = granted(&app, &key).await;
    let tries = (0..20).map(|number| {
        let (app, key, token) = (&app, &key, &token);
        async move {
            let password = format!("meadow-copper-violin-{number}");
            let answer = reset_pwd(app, key, token, &password).await;
            (answer, password)
        }
    });
    let mut winner = None;
    for (answer, password) in futures_util::future::join_all(tries).await {
        if answer.status == StatusCode::OK {
            assert!(winner.replace(password).is_none(), "two tries have won");
        } else {
            assert_eq!(refusal(&answer), refused(403, "invalid_access_token"));
        }
    }
    assert_eq!(app.authenticate("known@example.org", &winner.unwrap()).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 21, 45, 46 and 49: in Agnost sessions and other tokens outlive the old password, and
// nobody is notified
#[on_both_databases]
async fn a_new_password_ends_sessions_tokens_and_links_and_the_owner_is_told(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    let mut thief = app.browser();
    let mail = app.ask_for_mail(&mut thief, "known@example.org").await;
    let earlier = app.open_link(&mut thief, &mail).await;
    app.wait_for_cooldown();
    let token = granted(&app, &key).await;
    let done = reset_pwd(&app, &key, &token, NEW_PASSWORD).await;
    assert_done(&done);
    assert!(done.header("set-cookie").is_none(), "nobody is signed in by a reset");
    assert_eq!(thief.get("/reset-password").await.status, StatusCode::FORBIDDEN, "the session is gone");
    let dead = refused(403, "invalid_access_token");
    assert_eq!(refusal(&reset_pwd(&app, &key, &earlier, "another-meadow-violin").await), dead);
    let link = app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await;
    assert!(!link.location().contains("access_token=at-"));
    let account = app.authenticate("known@example.org", NEW_PASSWORD).await.json();
    let changed_at = &account["account"]["password_changed_at"];
    assert_eq!(*changed_at, app.clock.now().millis(), "the app ends its own sessions that are older");
    let notices = app.deliver().await;
    assert_eq!((notices.len(), app.provider.received().len()), (1, 1), "by mail and by text message");
    app.finish().await;
}

// SECURITY.md, requirements 9 and 25
#[on_both_databases]
async fn asking_changes_nothing_and_no_step_can_be_left_out(database: Database) {
    let app = start(database).await;
    let key = app.api_key().to_owned();
    assert_done(&send_reset(&app, &key, "known@example.org").await);
    assert_done(&send_reset_code(&app, &key, NUMBER).await);
    app.deliver().await;
    let challenge = app.database.texts("SELECT id FROM challenges").await.remove(0);
    for token in [challenge.as_str(), "at-known@example.org", "true"] {
        let answer = reset_pwd(&app, &key, token, NEW_PASSWORD).await;
        assert_eq!(refusal(&answer), refused(403, "invalid_access_token"));
    }
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}
