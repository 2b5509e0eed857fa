//! `GET …/auth/verify` under both paths: where the links in this protocol's messages lead.

use std::time::Duration;

use keyback::model::KeyKind;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{AGNOST, ALTOGIC, NEW_PASSWORD, TARGET, assert_done, call, refusal, refused, reset_pwd, send_reset, start};
use crate::support::{Database, PUBLIC_URL, ReceivedMail, TestApp, on_both_databases, token_in};

/// Asks with a target of the app's and gives the mail.
async fn ask_with_target(app: &TestApp) -> ReceivedMail {
    let body = json!({ "email": "known@example.org", "redirectURL": TARGET });
    assert_done(&call(app, app.api_key(), &format!("{AGNOST}/send-reset"), Some(body)).await);
    app.deliver().await.remove(0)
}

/// Where that dead link leads: the target, and what it is told.
async fn dead(app: &TestApp, path: &str) -> (String, String, String) {
    let answer = app.browser().get(path).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.body);
    let url = url::Url::parse(answer.location()).unwrap();
    let told = |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    assert_eq!(told("action").as_deref(), Some("reset-pwd"));
    assert!(told("error").unwrap().ends_with('.') && told("access_token").is_none());
    let target = answer.location().split("action=").next().unwrap().trim_end_matches(['?', '&']).to_owned();
    (target, told("status").unwrap(), told("code").unwrap())
}

fn leads_to(target: &str, status: &str) -> (String, String, String) {
    (target.to_owned(), status.to_owned(), "invalid_access_token".to_owned())
}

// SECURITY.md, requirement 52
#[on_both_databases]
async fn a_dead_link_leads_to_the_stored_target_or_the_configured_one_and_never_to_its_own_parameter(
    database: Database,
) {
    let app = start(database).await;
    let default = format!("{PUBLIC_URL}/auth-redirect");
    let mail = ask_with_target(&app).await;
    let evil = "action=evil&redirect=https%3A%2F%2Fevil.example%2F&redirectURL=https://evil.example";
    for prefix in [AGNOST, ALTOGIC] {
        for key in
            ["", "key=", "key=tk-1", "key=at-1", "key=tk-a&key=tk-b", "key=%ff", "key=%27%20OR%201=1--", "key[$gt]="]
        {
            assert_eq!(dead(&app, &format!("{prefix}/verify?{key}&{evil}")).await, leads_to(&default, "400"), "{key}");
        }
        assert_eq!(dead(&app, &format!("{prefix}/verify")).await, leads_to(&default, "400"));
        let unknown = format!("{prefix}/verify?key=tk-{}&{evil}", "A".repeat(43));
        assert_eq!(dead(&app, &unknown).await, leads_to(&default, "401"));
    }
    app.clock.advance(Duration::from_secs(31 * 60));
    for prefix in [AGNOST, ALTOGIC] {
        let expired = format!("{prefix}/verify?key={}&{evil}", mail.link_key());
        assert_eq!(dead(&app, &expired).await, leads_to(TARGET, "401"));
    }
    app.finish().await;
}

#[on_both_databases]
async fn a_used_link_is_dead(database: Database) {
    let app = start(database).await;
    let mail = ask_with_target(&app).await;
    let link = format!("{AGNOST}/verify?key={}&action=reset-pwd", mail.link_key());
    let token = token_in(app.browser().get(&link).await.location());
    assert_done(&reset_pwd(&app, app.api_key(), &token, NEW_PASSWORD).await);
    assert_eq!(dead(&app, &link).await, leads_to(TARGET, "401"));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 18 and 19: Agnost spends a link by opening it, so that mail scanners use it up
#[on_both_databases]
async fn opening_a_link_spends_nothing(database: Database) {
    let app = start(database).await;
    let mail = ask_with_target(&app).await;
    for prefix in [AGNOST, ALTOGIC] {
        let link = format!("{prefix}/verify?key={}&action=reset-pwd", mail.link_key());
        let looked = app.browser().send(Method::HEAD, &link, &[], None).await;
        assert_eq!((looked.status, looked.header("location")), (StatusCode::OK, None));
        for _ in 0..4 {
            token_in(app.browser().get(&link).await.location());
        }
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM grants").await, 5, "looking grants nothing");
    let token = token_in(app.browser().get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await.location());
    assert_done(&reset_pwd(&app, app.api_key(), &token, NEW_PASSWORD).await);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 53: where the app has no page of its own, ours takes the token over
#[on_both_databases]
async fn the_default_target_is_our_own_page_and_it_understands_dead_links(database: Database) {
    let app = start(database).await;
    assert_done(&send_reset(&app, app.api_key(), "known@example.org").await);
    let mail = app.deliver().await.remove(0);
    let mut browser = app.browser();
    let opened = browser.get(&format!("{AGNOST}/verify?key={}&action=reset-pwd", mail.link_key())).await;
    let arrived = browser.follow(&opened).await;
    assert_eq!(arrived.location(), "/reset-password");
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let dead = browser.get(&format!("{AGNOST}/verify?key={}", mail.link_key())).await;
    let page = browser.follow(&dead).await;
    assert_eq!(page.status, StatusCode::GONE, "{}", page.body);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 51
#[on_both_databases]
async fn only_a_registered_target_is_taken(database: Database) {
    let app = start(database).await;
    let publishable = app.key(KeyKind::Publishable).await;
    for url in [
        "//evil.example",
        "https:evil.example",
        "https://app.example.org@evil.example/auth?from=reset",
        "https://app.example.org.evil.example/auth?from=reset",
        "https://app.example.org/auth",
        "https://app.example.org/auth?from=reset&more=1",
        "https://app.example.org/auth/?from=reset",
        "https://app.example.org/auth?from=reset#x",
        "http://app.example.org/auth?from=reset",
        "https://app.example.org%2f@evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "https://app.example.org/au\r\nth?from=reset",
        " ",
    ] {
        let body = json!({ "email": "known@example.org", "redirectURL": url });
        for key in [app.api_key(), publishable.key.expose()] {
            let answer = call(&app, key, &format!("{AGNOST}/send-reset"), Some(body.clone())).await;
            assert_eq!(refusal(&answer), refused(400, "invalid_redirect_url"), "{url:?}");
        }
    }
    assert!(app.deliver().await.is_empty());
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}
