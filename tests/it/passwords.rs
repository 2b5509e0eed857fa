//! Password rules from outside: what judging a password may cost, passwords made of names, and which limit an answer
//! names.

use keyback::model::{KeyKind, Scope};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Browser, Database, OLD_PASSWORD, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// Half a second of an estimator that tries every combination.
const COSTLY: &str = "4@8({[<369&#!1/|0$5+7%24@8({[<369&#!1/|0$5+7%24@8({[<369&#!1/|0$5+7%24@8({[<369&#!1/|0$5+7%2";

/// Passes every cheap check, and is too easy.
const WEAK: &str = "tractor3";

async fn at_the_form(app: &TestApp, email: &str) -> Browser {
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, email).await;
    app.open_link(&mut browser, &mail).await;
    browser
}

async fn strength(browser: &mut Browser, password: &str) -> Value {
    let answer = browser.post("/actions/password-strength", &[("password", password)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

#[on_both_databases]
async fn somebody_who_types_the_costliest_passwords_stops_nobody_elses_reset(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("flood@example.org").await;
    let mut flood = at_the_form(&app, "flood@example.org").await;
    let form = flood.form_name().await;
    let mut typing = JoinSet::new();
    for _ in 0..20 {
        let (mut typist, mut sender, form) = (flood.clone(), flood.clone(), form.clone());
        typing.spawn(async move { typist.post("/actions/password-strength", &[("password", COSTLY)]).await.status });
        typing.spawn(async move {
            let fields = [("form", form.as_str()), ("new_password", COSTLY), ("new_password_again", WEAK)];
            sender.post("/actions/set-password", &fields).await.status
        });
    }
    app.add_account("known@example.org").await;
    let mut known = at_the_form(&app, "known@example.org").await;
    assert_eq!(app.set_password(&mut known, NEW_PASSWORD).await.location(), "/done");
    for status in typing.join_all().await {
        assert!(status.is_success() || status.is_redirection(), "{status}");
    }
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_bar_stays_empty_when_its_budget_is_spent_and_the_form_still_works(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    assert_eq!(strength(&mut browser, NEW_PASSWORD).await["score"], 4);
    for _ in 1..240 {
        strength(&mut browser, "abc").await;
    }
    assert_eq!(strength(&mut browser, NEW_PASSWORD).await, json!({ "score": 0, "hint": "" }));

    app.add_account("other@example.org").await;
    let mut other = at_the_form(&app, "other@example.org").await;
    assert_eq!(strength(&mut other, NEW_PASSWORD).await["score"], 4, "everybody has a budget");
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn however_many_passwords_are_judged_at_once_the_token_stays_valid_until_one_is_set(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let form = browser.form_name().await;
    let mut trying = JoinSet::new();
    for _ in 0..300 {
        let (mut browser, form) = (browser.clone(), form.clone());
        trying.spawn(async move {
            let fields = [("form", form.as_str()), ("new_password", WEAK), ("new_password_again", WEAK)];
            browser.post("/actions/set-password", &fields).await
        });
    }
    for answer in trying.join_all().await {
        let is_put_off = answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.header("retry-after").is_some();
        assert!(is_put_off || answer.location() == "/reset-password", "{} {}", answer.status, answer.location());
    }
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 40
#[on_both_databases]
async fn names_are_refused_in_every_combination_at_the_form_and_for_new_accounts(database: Database) {
    let settings = [("PAGES__PRODUCT_NAME", "Acme Portal")];
    let app = TestApp::start_with(database, &settings).await;
    app.add_account("jane.doe@example.org").await;
    let mut browser = at_the_form(&app, "jane.doe@example.org").await;
    let key = app.key_with(KeyKind::Secret, |new| new.scopes = vec![Scope::AccountsWrite]).await;
    for (password, hint) in [
        ("AcmePortal2026", "your own name"),
        ("AcmePortalJaneDoe", "your own name"),
        ("janedoe-acmeportal", "your own name"),
        ("Acme-2026!", "your own name"),
        ("Password2026!!", "leaked or common"),
        ("P@ssw0rd-P@ssw0rd", "leaked or common"),
    ] {
        let answer = app.set_password(&mut browser, password).await;
        assert!(browser.follow(&answer).await.body.contains(hint), "{password}");
        let body = json!({ "username": "jane.doe", "password": password });
        let added = app.browser().call_api("/api/v1/accounts", key.key.expose(), body).await;
        assert_eq!(added.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}: {}", added.body);
    }
    assert_eq!(app.set_password(&mut browser, "jane rides purple tractors at noon").await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn the_form_names_the_limit_that_a_password_passes(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = at_the_form(&app, "known@example.org").await;
    let decomposed = "\u{1112}\u{1161}\u{11ab}".repeat(114);
    for (password, named, not_named) in [
        ("x".repeat(257), "at most 256 characters", "1024"),
        (decomposed, "at most 1024 bytes", "256 characters"),
        ("x".repeat(1025), "at most 256 characters, with at most 1024 bytes", "at least"),
    ] {
        let answer = app.set_password(&mut browser, &password).await;
        let page = browser.follow(&answer).await;
        let notice = page.body.split("id=\"notice\"").nth(1).unwrap().split("</").next().unwrap().to_owned();
        assert!(notice.contains(named) && !notice.contains(not_named), "{notice}");
    }
    assert_eq!(app.set_password(&mut browser, "春眠不觉晓处处闻").await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}
