//! The native API, called by pages in browsers with a publishable key (SECURITY.md, requirements 1, 4 and 70).

use keyback::model::{KeyKind, WebOrigin};
use reqwest::Method;
use serde_json::{Value, json};

use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::{Answer, Database, PUBLIC_URL, TestApp, assert_all_alike, on_both_databases};

const APP: &str = "https://app.example.org";
const OTHER: &str = "https://other.example.org";
const CONFIGURED: &str = "https://configured.example.org";
const EVIL: &str = "https://evil.example";

/// What a page may call, and something that it may not.
const FOR_PAGES: [&str; 4] =
    ["/api/v1/resets", "/api/v1/resets/verify", "/api/v1/resets/x/verify", "/api/v1/resets/complete"];
const NOT_FOR_PAGES: [&str; 4] =
    ["/api/v1/resets/x", "/api/v1/accounts", "/api/v1/accounts/x", "/api/v1/accounts/authenticate"];

async fn start(database: Database) -> TestApp {
    TestApp::start_with(database, &[("API__ALLOWED_ORIGINS", CONFIGURED), ("RESET__RESEND_COOLDOWN", "1s")]).await
}

/// A page of `origin` with a publishable key that is for `allowed` alone.
async fn page<'a>(app: &'a TestApp, allowed: &str) -> Program<'a> {
    let origin = WebOrigin::parse(allowed).unwrap();
    let made = app.key_with(KeyKind::Publishable, |new| new.origins = vec![origin]).await;
    Program { app, key: made.key.expose().to_owned(), id: made.summary.id }
}

async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key"),
    ];
    app.browser().send(Method::OPTIONS, path, &headers, None).await
}

fn allowed_origin(answer: &Answer) -> Option<&str> {
    assert_eq!(answer.header("access-control-allow-credentials"), None, "there is nothing to send along");
    answer.header("access-control-allow-origin")
}

// SECURITY.md, requirement 70
#[on_both_databases]
async fn a_preflight_request_is_answered_for_known_origins_and_pages_calls_alone(database: Database) {
    let app = start(database).await;
    page(&app, APP).await;
    for path in FOR_PAGES {
        for origin in [APP, CONFIGURED, PUBLIC_URL] {
            let answer = preflight(&app, path, origin).await;
            assert_eq!((answer.status.as_u16(), allowed_origin(&answer)), (200, Some(origin)), "{path} {origin}");
            assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
            assert_eq!(
                answer.header("access-control-allow-headers"),
                Some("idempotency-key,authorization,content-type")
            );
            assert_eq!(answer.header("access-control-max-age"), Some("600"));
        }
        for origin in [EVIL, OTHER, "null", "https://app.example.org.evil.example", "http://app.example.org", ""] {
            assert_eq!(allowed_origin(&preflight(&app, path, origin).await), None, "{path} {origin}");
        }
    }
    for path in NOT_FOR_PAGES {
        let answer = preflight(&app, path, APP).await;
        assert_eq!((answer.status.as_u16(), allowed_origin(&answer)), (405, None), "{path}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 70
#[on_both_databases]
async fn a_key_serves_the_pages_that_it_is_for(database: Database) {
    let app = start(database).await;
    let (own, foreign) = (page(&app, APP).await, page(&app, OTHER).await);
    let ask = async |program: &Program<'_>, origin: &str| {
        let body =
            json!({"email": format!("{}@example.org", app.database.number("SELECT COUNT(*) FROM challenges").await)});
        program.call_with(Method::POST, "/api/v1/resets", Some(body), &[("origin", origin)]).await
    };
    for origin in [APP, CONFIGURED, PUBLIC_URL] {
        let answer = ask(&own, origin).await;
        assert_eq!((answer.status.as_u16(), allowed_origin(&answer)), (202, Some(origin)), "{origin}");
        assert_eq!(answer.header("access-control-expose-headers"), Some("retry-after"));
    }
    let refused = ask(&foreign, APP).await;
    assert_eq!(problem(&refused), is(403, "foreign-origin"));
    let evil = ask(&own, EVIL).await;
    assert_eq!((problem(&evil), allowed_origin(&evil)), (is(403, "foreign-origin"), None));
    let secret = Program { app: &app, key: app.api_key().to_owned(), id: String::new() };
    assert_eq!(
        problem(&ask(&secret, APP).await),
        is(403, "foreign-origin"),
        "a secret key does not belong into a page"
    );
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 1, 3 and 4
#[on_both_databases]
async fn a_publishable_key_learns_nothing_about_accounts(database: Database) {
    let app =
        TestApp::start_with(database, &[("RESET__RESEND_COOLDOWN", "1s"), ("API__CONCEAL_ACCOUNTS", "false")]).await;
    app.add_account("known@example.org").await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    app.add_account_with("unverified@example.org", |account| account.email_verified = false).await;
    app.add_account_without_password("federated@example.org").await;
    let page = page(&app, APP).await;
    let shown = |answer: &Answer, id: &str| format!("{:?}", answer.comparable()).replace(id, "…");
    let mut accepted = Vec::new();
    let mut rest = Vec::new();
    for name in ["known", "nobody", "disabled", "unverified", "federated"] {
        let body = json!({ "email": format!("{name}@example.org") });
        let asked = page.post("/api/v1/resets", body.clone()).await;
        assert_eq!((asked.status.as_u16(), &asked.json()["delivery"]), (202, &Value::Null), "{name}");
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        accepted.push(shown(&asked, &id));
        let verify = format!("/api/v1/resets/{id}/verify");
        let mut answers = vec![page.post("/api/v1/resets", body.clone()).await];
        for _ in 0..6 {
            answers.push(page.post(&verify, json!({"code": "000000"})).await);
        }
        answers.push(page.post("/api/v1/resets/verify", json!({"email": body["email"], "code": "000000"})).await);
        rest.push(answers.iter().map(|answer| shown(answer, &id)).collect::<String>());
    }
    assert_all_alike(&accepted);
    assert_all_alike(&rest);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_page_resets_a_password_with_a_code(database: Database) {
    let app = start(database).await;
    app.add_account("known@example.org").await;
    let page = page(&app, APP).await;
    let post = |path: String, body: Value| {
        let page = &page;
        async move { page.call_with(Method::POST, &path, Some(body), &[("origin", APP)]).await }
    };
    let asked = post("/api/v1/resets".into(), json!({"email": "known@example.org"})).await.json();
    let code = app.deliver().await.remove(0).code();
    let verified =
        post(format!("/api/v1/resets/{}/verify", asked["id"].as_str().unwrap()), json!({"code": code})).await;
    let body = json!({"access_token": verified.json()["access_token"], "new_password": NEW_PASSWORD});
    assert_eq!(post("/api/v1/resets/complete".into(), body).await.status, 204);
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, 200);
    app.deliver().await;
    app.finish().await;
}
