//! Redirect targets of a key (SECURITY.md, requirements 51, 52 and 68): a program with its own targets has only those,
//! and no other program may use them.

use keyback::model::{KeyKind, RedirectUrl};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Database, PUBLIC_URL, TestApp, on_both_databases};

const OWN: &str = "https://shop.example.org/reset?from=mail";
const SECOND: &str = "https://shop.example.org/other";
const CONFIGURED: &str = "https://app.example.org/auth?from=reset";

async fn ask(app: &TestApp, key: &str, body: Value) -> Answer {
    let authorization = format!("Bearer {key}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    app.browser().send(Method::POST, "/api/v1/resets", &headers, Some(body.to_string().into_bytes())).await
}

/// Where the link of the message that is due leads.
async fn target(app: &TestApp) -> String {
    let mail = app.deliver().await.remove(0);
    let opened = app.browser().get(&format!("/verify?key={}&redirect=https://evil.example", mail.link_key())).await;
    let location = opened.location().to_owned();
    location.split("access_token").next().unwrap().trim_end_matches(['?', '&']).to_owned()
}

#[on_both_databases]
async fn a_key_with_targets_of_its_own_has_those_alone(database: Database) {
    let app = TestApp::start(database).await;
    let key = app
        .key_with(KeyKind::Publishable, |new| {
            new.redirect_urls = [OWN, SECOND].map(|url| RedirectUrl::parse(url).unwrap()).to_vec();
        })
        .await;
    let key = key.key.expose().to_owned();
    for (named, leads_to) in [(None, OWN), (Some(SECOND), SECOND), (Some(OWN), OWN)] {
        let email = format!("known{}@example.org", named.map_or(0, str::len));
        app.add_account(&email).await;
        let answer = ask(&app, &key, json!({ "email": email, "redirect_url": named })).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        assert_eq!(target(&app).await, leads_to);
    }
    for foreign in
        [CONFIGURED, &format!("{PUBLIC_URL}/auth-redirect"), "https://shop.example.org/reset", "https://evil.example/"]
    {
        let answer = ask(&app, &key, json!({ "email": "known@example.org", "redirect_url": foreign })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{foreign}");
    }
    assert_eq!(
        ask(&app, app.api_key(), json!({ "email": "known@example.org", "redirect_url": OWN })).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let of_a_page =
        app.browser().post("/actions/ask", &[("identifier", "known@example.org"), ("redirect_url", OWN)]).await;
    assert_ne!(of_a_page.location(), "/check-inbox", "a page has the configured targets alone");
    app.finish().await;
}

#[on_both_databases]
async fn the_targets_of_a_revoked_key_are_registered_no_more(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let own = vec![RedirectUrl::parse(OWN).unwrap()];
    let key = app.key_with(KeyKind::Secret, |new| new.redirect_urls = own).await;
    ask(&app, key.key.expose(), json!({ "email": "known@example.org" })).await;
    assert!(app.application.keys.revoke(&key.summary.id).await.unwrap());
    assert_eq!(target(&app).await, format!("{PUBLIC_URL}/auth-redirect"));
    app.finish().await;
}
