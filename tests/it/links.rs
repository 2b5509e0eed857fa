//! Step 3 from outside: links, tokens and the code in the email.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::support::test_app::token_in;
use crate::support::{Database, OLD_PASSWORD, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";

// SECURITY.md, requirement 16
#[on_both_databases]
async fn a_thief_of_the_database_finds_no_secret(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    let token = app.open_link(&mut browser, &mail).await;
    let session = browser.cookie.clone().unwrap();
    let session = session.split_once('=').unwrap().1;
    let dump = app.database.dump().await;
    assert!(dump.contains("known@example.org"), "the dump is a dump");
    for secret in [&mail.link_key(), &mail.code(), &mail.cancel_key(), &token, session, app.api_key(), OLD_PASSWORD] {
        assert!(!dump.contains(secret));
    }
    app.finish().await;
}

// SECURITY.md, requirement 17
#[on_both_databases]
async fn time_ends_links_codes_and_grants(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut asking = app.browser();
    let mail = app.ask_for_mail(&mut asking, "known@example.org").await;
    let mut opened = app.browser();
    app.open_link(&mut opened, &mail).await;
    let form = opened.form_name().await;

    app.clock.advance(Duration::from_secs(10 * 60 + 1));
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    let refused = opened.post("/actions/set-password", &fields).await;
    assert_eq!(refused.location(), "/link-expired", "the grant is over after 10 minutes");
    let refused = asking.post("/actions/check-code", &[("code", &mail.code())]).await;
    assert_eq!(refused.location(), "/code", "and so is the code");
    let again = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    assert_ne!(again.location(), "/link-expired", "the link is good for longer");

    app.clock.advance(Duration::from_secs(20 * 60));
    let dead = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    assert_eq!(dead.location(), "/link-expired");
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.finish().await;
}

// SECURITY.md, requirement 18
#[on_both_databases]
async fn a_scanner_may_open_the_link_as_often_as_it_likes(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let link = format!("/verify?key={}&action=reset-pwd", mail.link_key());
    let looked = app.browser().send(Method::HEAD, &link, &[], None).await;
    assert_eq!((looked.status, looked.header("location")), (StatusCode::OK, None));
    for _ in 0..5 {
        let answer = app.browser().get(&link).await;
        let form = app.browser().get(&app.path_of(answer.location())).await;
        assert_eq!(form.location(), "/reset-password");
    }
    let mut browser = app.browser();
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 19
#[on_both_databases]
async fn the_sixth_grant_ends_the_first_and_success_ends_all(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    let mut browsers = Vec::new();
    for _ in 0..6 {
        let mut browser = app.browser();
        app.open_link(&mut browser, &mail).await;
        browsers.push(browser);
        app.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(browsers[0].get("/reset-password").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browsers[1].get("/reset-password").await.status, StatusCode::OK);
    assert_eq!(app.set_password(&mut browsers[5], NEW_PASSWORD).await.location(), "/done");
    for browser in &mut browsers[1..5] {
        let refused = app.set_password(browser, "another-meadow-violin").await;
        assert_ne!(refused.location(), "/done");
    }
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 21
#[on_both_databases]
async fn success_ends_every_other_link_and_code_and_a_new_code_ends_the_old(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browsers = Vec::new();
    for _ in 0..3 {
        let mut browser = app.browser();
        let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
        browsers.push((browser, mail));
        app.wait_for_cooldown();
    }
    let (first, mail) = &mut browsers[0];
    let refused = first.post("/actions/check-code", &[("code", &mail.code())]).await;
    assert_eq!(refused.location(), "/code", "a newer code has ended this one");

    let (browser, mail) = &mut browsers[1];
    app.open_link(browser, mail).await;
    assert_eq!(app.set_password(browser, NEW_PASSWORD).await.location(), "/done");
    for (browser, mail) in &mut browsers {
        let dead = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
        assert_eq!(dead.location(), "/link-expired");
        let refused = browser.post("/actions/check-code", &[("code", &mail.code())]).await;
        assert_ne!(refused.location(), "/reset-password");
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 23: every kind of secret, shown at every place that takes one
#[on_both_databases]
async fn one_kind_of_secret_opens_nothing_that_is_for_another(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut asking = app.browser();
    let mail = app.ask_for_mail(&mut asking, "known@example.org").await;
    let token = token_in(app.browser().get(&format!("/verify?key={}", mail.link_key())).await.location());
    let session = asking.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    let secrets = [
        ("link key", mail.link_key()),
        ("access token", token),
        ("code", mail.code()),
        ("session", session),
        ("API key", app.api_key().to_owned()),
        ("cancel key", mail.cancel_key()),
    ];
    for (kind, secret) in &secrets {
        let link = app.browser().get(&format!("/verify?key={secret}")).await;
        assert_eq!(link.location() != "/link-unreadable", *kind == "link key", "{kind} as a link key");

        let arrived = app.browser().get(&format!("/auth-redirect?access_token={secret}&action=reset-pwd")).await;
        assert_eq!(arrived.location() == "/reset-password", *kind == "access token", "{kind} as an access token");

        let mut stranger = app.browser();
        stranger.cookie = Some(format!("__Host-keyback={secret}"));
        let page = stranger.get("/code").await;
        assert_eq!(page.body.contains("name=\"code\""), *kind == "session", "{kind} as a session");

        let mut browser = app.browser();
        let opened = browser.get(&format!("/not-me?key={secret}")).await;
        let page = if opened.status == StatusCode::SEE_OTHER { browser.follow(&opened).await } else { opened };
        assert_eq!(page.body.contains("/actions/not-me"), *kind == "cancel key", "{kind} as a cancel key");

        let authorization = format!("Bearer {secret}");
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let body = br#"{"email":"known@example.org","password":"walnut-river-lantern"}"#.to_vec();
        let answer = app.browser().send(Method::POST, "/api/v1/accounts/authenticate", &headers, Some(body)).await;
        assert_eq!(answer.status == StatusCode::OK, *kind == "API key", "{kind} as an API key");

        if *kind != "code" {
            let refused = asking.clone().post("/actions/check-code", &[("code", secret)]).await;
            assert_eq!(refused.location(), "/code", "{kind} as a code");
        }
    }
    let taken = asking.post("/actions/check-code", &[("code", &mail.code())]).await;
    assert_eq!(taken.location(), "/reset-password", "the code as a code");
    app.finish().await;
}

// SECURITY.md, requirement 24
#[on_both_databases]
async fn the_account_comes_from_the_token_and_from_nowhere_else(database: Database) {
    let app = TestApp::start(database).await;
    let other = app.add_account("other@example.org").await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    let form = browser.form_name().await;
    let fields = [
        ("form", form.as_str()),
        ("new_password", NEW_PASSWORD),
        ("new_password_again", NEW_PASSWORD),
        ("email", "other@example.org"),
        ("username", "other@example.org"),
        ("account_id", other.as_str()),
        ("user_id", other.as_str()),
    ];
    let by_query = browser.post(&format!("/actions/set-password?account_id={other}"), &fields).await;
    assert_eq!(by_query.status, StatusCode::BAD_REQUEST);
    browser.post("/actions/set-password", &fields).await;
    assert_eq!(app.authenticate("other@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate("other@example.org", NEW_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 25
#[on_both_databases]
async fn no_step_can_be_left_out(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut stranger = app.browser();
    assert_eq!(app.set_password(&mut stranger, NEW_PASSWORD).await.location(), "/reset-password");
    assert_eq!(stranger.get("/reset-password").await.status, StatusCode::FORBIDDEN);

    // Asking alone proves nothing, and neither does a code of one's own making.
    let mut browser = app.browser();
    app.ask_for_mail(&mut browser, "known@example.org").await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/reset-password");
    let guessed = browser.post("/actions/check-code", &[("code", "00000000"), ("verified", "true")]).await;
    assert_eq!(guessed.location(), "/code");
    let mut forged = app.browser();
    forged.cookie = Some("__Host-keyback=AAAAAAAAAAAAAAAAAAAAAA".into());
    assert_eq!(forged.get("/reset-password").await.status, StatusCode::FORBIDDEN);

    // The form of an earlier reset, sent again after it was used.
    app.wait_for_cooldown();
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.open_link(&mut browser, &mail).await;
    let mut earlier = browser.clone();
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_ne!(app.set_password(&mut earlier, "another-meadow-violin").await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 26
#[on_both_databases]
async fn no_answer_holds_a_secret_but_the_redirect_of_the_link(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mut answers = vec![browser.get("/forgot-password").await, app.ask(&mut browser, "known@example.org").await];
    let mail = app.deliver().await.remove(0);
    answers.push(browser.get("/code").await);
    answers.push(browser.post("/actions/check-code", &[("code", "11111111")]).await);
    answers.push(browser.get("/code").await);
    let opened = browser.get(&format!("/verify?key={}", mail.link_key())).await;
    let token = token_in(opened.location());
    answers.push(browser.follow(&opened).await);
    answers.push(browser.get("/reset-password").await);
    answers.push(browser.post("/actions/password-strength", &[("password", NEW_PASSWORD)]).await);
    answers.push(app.set_password(&mut browser, NEW_PASSWORD).await);
    answers.push(browser.get("/done").await);
    let not_me = browser.get(&format!("/not-me?key={}", mail.cancel_key())).await;
    answers.push(browser.follow(&not_me).await);
    answers.push(not_me);
    for answer in &answers {
        let whole = format!("{:?}{}", answer.headers, answer.body);
        for secret in [&mail.link_key(), &mail.code(), &mail.cancel_key(), &token, NEW_PASSWORD] {
            assert!(!whole.contains(secret), "{whole}");
        }
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 27
#[on_both_databases]
async fn what_is_no_secret_is_refused_and_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let huge = "x".repeat(15_000);
    let mut browser = app.browser();
    app.ask(&mut browser, "known@example.org").await;
    for key in ["", "tk-", "%00", "tk-%00", "' OR 1=1--", "{\"$gt\":0}", "[]", "null", &huge, "%ff%fe"] {
        let answer = app.browser().get(&format!("/verify?key={}", key.replace(' ', "+"))).await;
        assert_eq!(answer.location(), "/link-unreadable", "{key}");
        let answer = browser.post("/actions/check-code", &[("code", key)]).await;
        assert_eq!(answer.location(), "/code", "{key}");
    }
    let twice = app.browser().get("/verify?key=tk-a&key=tk-b").await;
    assert_eq!(twice.location(), "/link-unreadable");
    for body in ["code[$gt]=0", "code=1&code=2", "code=%ff"] {
        let form = "application/x-www-form-urlencoded";
        let answer = app.browser().post_body("/actions/check-code", form, body.as_bytes().to_vec()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM grants").await, 0);
    assert_eq!(app.database.number("SELECT MAX(code_attempts) FROM challenges").await, 0);
    app.deliver().await;
    app.finish().await;
}

// The e-mailed code: five tries, then the right one is refused, and it is good in one browser alone.
#[on_both_databases]
async fn a_code_is_good_for_five_tries_in_the_browser_that_asked(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    let mut stranger = app.browser();
    app.ask(&mut stranger, "stranger@example.org").await;
    let refused = stranger.post("/actions/check-code", &[("code", &mail.code())]).await;
    assert_eq!(refused.location(), "/code", "a code belongs to its challenge");

    let wrong = if mail.code() == "12345678" { "87654321" } else { "12345678" };
    let mut pages = Vec::new();
    for _ in 0..5 {
        let refused = browser.post("/actions/check-code", &[("code", wrong)]).await;
        pages.push(browser.follow(&refused).await.comparable());
    }
    let refused = browser.post("/actions/check-code", &[("code", &mail.code())]).await;
    pages.push(browser.follow(&refused).await.comparable());
    assert!(pages.iter().all(|page| *page == pages[0]), "wrong and dead look alike");
    let mut by_link = app.browser();
    app.open_link(&mut by_link, &mail).await;
    app.deliver().await;
    app.finish().await;
}

// Counted before compared: of 100 tries at once five are compared, whatever comes last.
#[on_both_databases]
async fn parallel_tries_at_a_code_are_counted_one_by_one(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    let right = mail.code();
    let tries: Vec<_> = (0..100)
        .map(|number| {
            let mut browser = browser.clone();
            let wrong = format!("{number:08}");
            let code = if wrong == right { "99999999".to_owned() } else { wrong };
            tokio::spawn(async move { browser.post("/actions/check-code", &[("code", &code)]).await })
        })
        .collect();
    for attempt in tries {
        assert_eq!(attempt.await.unwrap().location(), "/code");
    }
    let refused = browser.post("/actions/check-code", &[("code", &right)]).await;
    assert_eq!(refused.location(), "/code");
    assert_eq!(app.database.number("SELECT MAX(code_attempts) FROM challenges").await, 5);
    app.finish().await;
}

// "This wasn't me": opening the link ends nothing, the button does.
#[on_both_databases]
async fn the_owner_can_end_a_request_and_lock_a_password(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut thief = app.browser();
    let mail = app.ask_for_mail(&mut thief, "known@example.org").await;
    let mut owner = app.browser();
    let opened = owner.get(&format!("/not-me?key={}", mail.cancel_key())).await;
    assert!(owner.follow(&opened).await.body.contains("/actions/not-me"));
    app.open_link(&mut thief, &mail).await;
    let done = owner.post("/actions/not-me", &[]).await;
    assert_eq!(owner.follow(&done).await.status, StatusCode::OK);
    assert_ne!(app.set_password(&mut thief, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);

    app.wait_for_cooldown();
    let mail = app.ask_for_mail(&mut thief, "known@example.org").await;
    app.open_link(&mut thief, &mail).await;
    assert_eq!(app.set_password(&mut thief, NEW_PASSWORD).await.location(), "/done");
    let notice = app.deliver().await.remove(0);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    let mut owner = app.browser();
    owner.get(&format!("/not-me?key={}", notice.cancel_key())).await;
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    owner.post("/actions/not-me", &[]).await;
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, StatusCode::UNAUTHORIZED);

    app.wait_for_cooldown();
    let mail = app.ask_for_mail(&mut owner, "known@example.org").await;
    app.open_link(&mut owner, &mail).await;
    assert_eq!(app.set_password(&mut owner, "orchard-pebble-trumpet").await.location(), "/done");
    let opened = app.browser().get(&format!("/not-me?key={}", notice.cancel_key())).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert!(!opened.body.contains("/actions/not-me"), "an old notice locks no later password");
    app.deliver().await;
    app.finish().await;
}
