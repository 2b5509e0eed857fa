//! Step 4 from outside: setting the password, only once, and what ends with that.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Browser, Database, OLD_PASSWORD, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// A browser with the form of that account open.
pub(crate) async fn at_the_form(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, email).await;
    app.open_link(&mut browser, &mail).await;
    browser
}

// SECURITY.md, requirement 20
#[on_both_databases]
async fn of_200_parallel_completions_with_one_token_exactly_one_wins(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let form = browser.form_name().await;
    let tries: Vec<_> = (0..200)
        .map(|number| {
            let (mut browser, form) = (browser.clone(), form.clone());
            let password = format!("meadow-copper-violin-{number}");
            tokio::spawn(async move {
                let fields =
                    [("form", form.as_str()), ("new_password", password.as_str()), ("new_password_again", &password)];
                let answer = browser.post("/actions/set-password", &fields).await;
                (answer.location().to_owned(), password)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for attempt in tries {
        let (location, password) = attempt.await.unwrap();
        if location == "/done" {
            winners.push(password);
        } else {
            assert!(["/link-expired", "/reset-password"].contains(&location.as_str()), "{location}");
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(app.authenticate("known@example.org", &winners[0]).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.deliver().await.len(), 1, "one notice");
    app.finish().await;
}

// SECURITY.md, requirement 20: two links of one account, completed at the same time
#[on_both_databases]
async fn two_resets_of_one_account_at_once_end_in_one_password(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    for round in 0..5 {
        let mut browsers = Vec::new();
        for _ in 0..2 {
            let mut browser = at_the_form(&app, "known@example.org").await;
            let form = browser.form_name().await;
            browsers.push((browser, form));
            app.clock.advance(Duration::from_secs(4 * 60 + 50));
        }
        let tries: Vec<_> = browsers
            .into_iter()
            .enumerate()
            .map(|(number, (mut browser, form))| {
                let password = format!("meadow-copper-violin-{round}-{number}");
                tokio::spawn(async move {
                    let fields = [
                        ("form", form.as_str()),
                        ("new_password", password.as_str()),
                        ("new_password_again", &password),
                    ];
                    browser.post("/actions/set-password", &fields).await.location().to_owned()
                })
            })
            .collect();
        let mut done = 0;
        for attempt in tries {
            done += usize::from(attempt.await.unwrap() == "/done");
        }
        assert_eq!(done, 1);
        app.deliver().await;
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
    }
    app.finish().await;
}

// SECURITY.md, requirements 37, 38 and 40, at the form
#[on_both_databases]
async fn the_form_says_what_to_do_about_a_refused_password(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane.doe@example.org").await;
    let mut browser = at_the_form(&app, "jane.doe@example.org").await;
    for (password, hint) in [
        ("short", "at least 8 characters"),
        ("Password1", "leaked or common"),
        ("jane.doe@example.org", "your own name"),
        ("password123456789", "leaked or common"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        (&"x".repeat(257), "at most 256 characters"),
        (&"\u{1f98a}".repeat(257), "at most 256 characters"),
    ] {
        let answer = app.set_password(&mut browser, password).await;
        let page = browser.follow(&answer).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(page.body.contains(hint), "{password}: {}", page.body);
        let in_a_password_field = |field: &str| field.contains("type=\"password\"") && field.contains("value=");
        assert!(!page.body.split("<input").any(in_a_password_field), "what was typed is not sent back");
    }
    let form = browser.form_name().await;
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", "something else")];
    let answer = browser.post("/actions/set-password", &fields).await;
    assert!(browser.follow(&answer).await.body.contains("not the same"));
    let answer = browser.post("/actions/set-password", &[("form", &form)]).await;
    assert!(browser.follow(&answer).await.body.contains("Enter a new password"));

    assert_eq!(app.authenticate("jane.doe@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    let long = "caf\u{e9} \u{1f98a} nul\0 ".repeat(25).chars().take(256).collect::<String>();
    assert_eq!(app.set_password(&mut browser, &long).await.location(), "/done");
    let shorter: String = long.chars().take(255).collect();
    assert_eq!(app.authenticate("jane.doe@example.org", &shorter).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.authenticate("jane.doe@example.org", &long).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 37: the policy of NIST
#[on_both_databases]
async fn the_nist_policy_asks_for_fifteen(database: Database) {
    let app = TestApp::start_with(database, &[("PASSWORD__POLICY", "nist")]).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let answer = app.set_password(&mut browser, "meadow-copper!").await;
    assert!(browser.follow(&answer).await.body.contains("at least 15 characters"));
    assert_eq!(app.set_password(&mut browser, "meadow-copper-v").await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 42
#[on_both_databases]
async fn the_stored_hash_is_argon2id(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let stored = async || app.database.texts("SELECT password_hash FROM accounts").await;
    let before = stored().await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let after = stored().await;
    assert!(after != before && after[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{after:?}");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 43: tokens are checked before anything is hashed
#[on_both_databases]
async fn a_dead_token_costs_no_hash(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let form = browser.form_name().await;
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    let hashes = app.metric("keyback_hash_duration_seconds_count");
    app.clock.advance(Duration::from_secs(10 * 60 + 1));
    assert_eq!(browser.post("/actions/set-password", &fields).await.location(), "/link-expired");
    assert_eq!(app.metric("keyback_hash_duration_seconds_count"), hashes);

    let mut browser = at_the_form(&app, "known@example.org").await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert!(app.metric("keyback_hash_duration_seconds_count") > hashes, "a living one costs a hash");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 43
#[on_both_databases]
async fn pages_answer_while_hashing_is_saturated(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let bearer = format!("Bearer {}", app.api_key());
    // Each takes a thread for a long time.
    for number in 0..12 {
        app.add_account_without_password(&format!("person{number}@example.org")).await;
    }
    let slow = "$2a$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    app.database.change(&format!("UPDATE accounts SET password_hash = '{slow}' WHERE password_hash IS NULL")).await;
    let tries: Vec<_> = (0..12)
        .map(|number| {
            let (mut program, bearer) = (app.browser(), bearer.clone());
            tokio::spawn(async move {
                let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
                let body = json!({ "email": format!("person{number}@example.org"), "password": "wrong" });
                let body = Some(body.to_string().into_bytes());
                program.send(Method::POST, "/api/v1/accounts/authenticate", &headers, body).await.status
            })
        })
        .collect();
    while app.metric("keyback_hash_queued") == 0 {
        tokio::task::yield_now().await;
    }
    let mut answered = 0;
    while app.metric("keyback_hash_queued") > 0 {
        assert_eq!(app.browser().get("/forgot-password").await.status, StatusCode::OK);
        answered += usize::from(app.metric("keyback_hash_queued") > 0);
    }
    assert!(answered > 0, "pages do not wait for the queue");
    for attempt in tries {
        assert_eq!(attempt.await.unwrap(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 44
#[on_both_databases]
async fn a_password_travels_in_a_body_alone(database: Database) {
    let app = TestApp::start_with(database, &[("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let by_get = browser.get(&format!("/actions/set-password?new_password={NEW_PASSWORD}")).await;
    assert!(matches!(by_get.status.as_u16(), 404 | 405), "{}", by_get.status);
    let by_query = browser.post(&format!("/actions/set-password?new_password={NEW_PASSWORD}"), &[]).await;
    assert_eq!(by_query.status, StatusCode::BAD_REQUEST);

    let mut plain = app.browser().with_header("x-forwarded-proto", "http");
    let page = plain.get("/forgot-password?redirect_url=x").await;
    assert_eq!(page.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(page.location(), "https://reset.example.org/forgot-password?redirect_url=x");
    let headers = [("content-type", "application/json"), ("authorization", "Bearer kb-x")];
    let api = plain.send(Method::POST, "/api/v1/accounts/authenticate", &headers, Some(b"{}".to_vec())).await;
    assert_eq!(api.status, StatusCode::FORBIDDEN);
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}

// SECURITY.md, requirements 45 and 47
#[on_both_databases]
async fn nobody_is_signed_in_and_the_session_changes_with_its_rights(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    browser.cookie = Some("__Host-keyback=c2V0LWJ5LWFuLWF0dGFjaw".into());
    let planted = browser.cookie.clone();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    let asking = browser.cookie.clone();
    assert_ne!(asking, planted, "an id that we did not give is not taken over");
    app.open_link(&mut browser, &mail).await;
    let granted = browser.cookie.clone();
    assert_ne!(granted, asking);
    let done = app.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(browser.cookie, None, "the session is over");
    let removal = done.header("set-cookie").unwrap();
    assert!(removal.starts_with("__Host-keyback=;") && removal.contains("; Secure"), "browsers obey: {removal}");
    let page = browser.get("/done").await;
    assert!(page.body.contains("https://app.example.org/sign-in") && page.header("set-cookie").is_none());
    let mut old = app.browser();
    for cookie in [asking, granted] {
        old.cookie = cookie;
        assert_eq!(old.get("/reset-password").await.status, StatusCode::FORBIDDEN);
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 46
#[on_both_databases]
async fn every_session_with_a_right_over_the_account_ends(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let mut browsers = [app.browser(), app.browser(), app.browser()];
    for browser in &mut browsers {
        app.open_link(browser, &mail).await;
    }
    let counted = "SELECT COUNT(*) FROM sessions WHERE account_id IS NOT NULL";
    assert_eq!(app.database.number(counted).await, 3);
    app.set_password(&mut browsers[0], NEW_PASSWORD).await;
    assert_eq!(app.database.number(counted).await, 0);
    for browser in &mut browsers[1..] {
        assert_eq!(browser.get("/reset-password").await.status, StatusCode::FORBIDDEN);
    }
    let account = app.authenticate("known@example.org", NEW_PASSWORD).await.json();
    assert_eq!(account["account"]["password_changed_at"], app.clock.now().millis(), "so an app can end its own");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 53: a token that is planted while the form is open takes no password
#[on_both_databases]
async fn a_form_takes_a_password_for_the_account_that_it_names_alone(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("victim@example.org").await;
    app.add_account("thief@example.org").await;
    let planted = app.ask_for_mail(&mut app.browser(), "thief@example.org").await;
    let mut browser = at_the_form(&app, "victim@example.org").await;
    let form = browser.form_name().await;
    let opened = browser.get(&format!("/verify?key={}&action=reset-pwd", planted.link_key())).await;
    let arrived = browser.follow(&opened).await;
    let page = browser.follow(&arrived).await;
    let other = page.body.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    // In another tab: the form that is open there was drawn before.
    let went_on = browser.post("/actions/another-link", &[("form", other)]).await;
    assert_eq!(went_on.location(), "/reset-password");
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    let refused = browser.post("/actions/set-password", &fields).await;
    let page = browser.follow(&refused).await;
    assert!(page.body.contains("belonged to another reset") && page.body.contains("t•••@e•••.org"));
    for email in ["victim@example.org", "thief@example.org"] {
        assert_eq!(app.authenticate(email, OLD_PASSWORD).await.status, StatusCode::OK);
    }
    app.finish().await;
}

// SECURITY.md, requirement 48
#[on_both_databases]
async fn a_reset_leaves_the_second_factor_alone(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account_with("known@example.org", |account| account.mfa_required = true).await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let account = app.authenticate("known@example.org", NEW_PASSWORD).await.json();
    assert_eq!(account["account"]["mfa_required"], true);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 49
#[on_both_databases]
async fn the_owner_is_told_and_the_notice_resets_nothing(database: Database) {
    let settings = [("PAGES__SUPPORT_URL", "mailto:help@example.org"), ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
    let app = TestApp::start_with(database, &settings).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let mut browser = app.browser().with_header("x-forwarded-for", "198.51.100.66");
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let notices = app.deliver().await;
    assert_eq!(notices.len(), 1);
    let text = notices[0].text();
    assert_eq!(notices[0].recipients, ["known@example.org"]);
    // Who changed it, not who asked: those may be two people.
    for part in ["was changed", "UTC", "198.51.100.66", "This wasn't you?", "help@example.org"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!notices[0].raw.contains("/verify?") && !text.contains(NEW_PASSWORD));
    app.finish().await;
}
