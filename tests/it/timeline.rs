//! `GET /api/v1/resets/{id}`: the timeline of a reset, for programs with a key (SECURITY.md, requirements 4, 68 and
//! 76).

use std::time::Duration;

use keyback::model::{KeyKind, Username};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, Database, ProviderBehaviour, SmtpBehaviour, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn get(app: &TestApp, id: &str, key: &str) -> Answer {
    let authorization = format!("Bearer {key}");
    let path = format!("/api/v1/resets/{id}");
    app.browser().send(Method::GET, &path, &[("authorization", &authorization)], None).await
}

async fn timeline(app: &TestApp, id: &str) -> Value {
    let answer = get(app, id, app.api_key()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

async fn ask(app: &TestApp, email: &str) -> String {
    let answer = app.call("/api/v1/resets", json!({ "email": email })).await;
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The steps in words: event, result and whether it was likely a scanner.
fn words(timeline: &Value) -> Vec<String> {
    let step = |step: &Value| {
        let scanner = if step["likely_scanner"] == json!(true) { " (scanner)" } else { "" };
        format!("{} {}{scanner}", step["event"].as_str().unwrap(), step["result"].as_str().unwrap())
    };
    timeline["timeline"].as_array().unwrap().iter().map(step).collect()
}

fn firefox(app: &TestApp) -> Browser {
    app.browser().with_header("user-agent", FIREFOX)
}

// SECURITY.md, requirement 76
#[on_both_databases]
async fn a_timeline_tells_every_step_and_a_scanner_from_a_person(database: Database) {
    let app = TestApp::start_with(database, &[("API__CONCEAL_ACCOUNTS", "false")]).await;
    let account = app.add_account("known@example.org").await;
    let id = ask(&app, "known@example.org").await;
    let waiting = timeline(&app, &id).await;
    assert_eq!((&waiting["status"], &waiting["account_id"]), (&json!("open"), &Value::Null));
    assert_eq!(waiting["messages"][0]["state"], "pending");
    assert_eq!(words(&waiting), ["reset.requested ok"]);

    let mail = app.deliver().await.remove(0);
    let link = format!("/verify?key={}", mail.link_key());
    // A mail system looks, and opens at once; its owner takes a minute.
    firefox(&app).send(Method::HEAD, &link, &[], None).await;
    firefox(&app).get(&link).await;
    app.clock.advance(Duration::from_secs(60));
    app.browser().with_header("user-agent", "Mozilla/5.0 (compatible; Mimecast)").get(&link).await;
    let mut browser = firefox(&app);
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    app.deliver().await;

    let told = timeline(&app, &id).await;
    let steps = words(&told);
    assert_eq!(steps[..2], ["reset.requested ok", "reset.dispatched sent"]);
    let mut visits = steps[2..6].to_vec();
    visits.sort();
    assert_eq!(
        visits,
        [
            "reset.link_opened looked_at (scanner)",
            "reset.link_opened ok",
            "reset.link_opened ok (scanner)",
            "reset.link_opened ok (scanner)",
        ]
    );
    assert_eq!(steps[6..], ["reset.completed ok", "reset.notified sent"]);
    assert_eq!((&told["status"], &told["account_id"]), (&json!("completed"), &json!(account.as_str())));
    assert_eq!(told["timeline"][0]["actor"].as_str().unwrap().split(':').next(), Some("key"));
    assert_eq!(told["timeline"][1]["actor"], "worker");
    let completed = &told["timeline"][6];
    assert_eq!((&completed["caller_address"], &completed["user_agent"]), (&json!("127.0.0.1"), &json!(FIREFOX)));
    assert_eq!(completed["request_id"].as_str().map(str::len), Some(16));
    let states: Vec<_> = told["messages"].as_array().unwrap().iter().map(|message| &message["state"]).collect();
    assert_eq!(states, ["sent", "sent"]);
    for secret in [&mail.link_key(), &mail.code(), "known@example.org", NEW_PASSWORD] {
        assert!(!told.to_string().contains(secret), "{told}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 4: what is concealed where a reset begins is not told afterwards
#[on_both_databases]
async fn while_accounts_are_concealed_a_timeline_does_not_tell_whether_there_is_one(database: Database) {
    let app = TestApp::start_with_webhooks(database).await;
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    let account = app.add_account("known@example.org").await;
    let (known, unknown) = (ask(&app, "known@example.org").await, ask(&app, "nobody@example.org").await);
    // The mail server is slow at first, and an operator changes something at last.
    app.smtp.behave(SmtpBehaviour::DeferMessage);
    for waited in [0, 1, 44, 4 * 60, 30] {
        app.clock.advance(Duration::from_secs(waited * 60));
        let [known, unknown] = [timeline(&app, &known).await, timeline(&app, &unknown).await].map(|mut told| {
            told["id"] = Value::Null;
            for step in told["timeline"].as_array_mut().unwrap() {
                step["request_id"] = Value::Null;
            }
            told.to_string()
        });
        assert_eq!(known, unknown, "after {waited} minutes");
        app.deliver().await;
        while app.application.worker().send_due_webhooks().await.unwrap() > 0 {}
        app.smtp.behave(SmtpBehaviour::Accept);
        app.application.accounts.change(&account, keyback::admin::AccountChange::Disable).await.unwrap();
    }
    let over = timeline(&app, &unknown).await;
    assert_eq!(over["status"], "expired");
    assert_eq!(words(&over), ["reset.requested ok"]);
    assert_eq!(over["messages"], Value::Null);
    app.finish().await;
}

// SECURITY.md, requirement 4: wrong codes add up for an account over all its names, and for nobody's over one
#[on_both_databases]
async fn closed_codes_tell_nothing_of_an_account_that_has_two_names(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account_with("known@example.org", |account| account.username = Some(Username::parse("jane").unwrap()))
        .await;
    let mut told = Vec::new();
    for names in [
        [json!({"email": "known@example.org"}), json!({"username": "jane"})],
        [json!({"email": "nobody@example.org"}), json!({"username": "nobody"})],
    ] {
        let mut last = String::new();
        for name in names.iter().cycle().take(10) {
            last = app.call("/api/v1/resets", name.clone()).await.json()["id"].as_str().unwrap_or_default().to_owned();
            app.deliver().await;
            for _ in 0..5 {
                app.call(&format!("/api/v1/resets/{last}/verify"), json!({"code": "00000000"})).await;
            }
            app.clock.advance(Duration::from_secs(10 * 60));
        }
        let mut shown = timeline(&app, &last).await;
        shown["id"] = Value::Null;
        for step in shown["timeline"].as_array_mut().unwrap() {
            step["request_id"] = Value::Null;
            step["at"] = Value::Null;
        }
        shown["requested_at"] = Value::Null;
        told.push(shown.to_string());
    }
    assert_eq!(told[0], told[1]);
    assert!(!told[0].contains("codes_closed"), "{}", told[0]);
    app.finish().await;
}

// SECURITY.md, requirement 68
#[on_both_databases]
async fn a_timeline_is_for_the_program_that_asked_and_for_those_of_our_pages(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let id = ask(&app, "known@example.org").await;
    let other = app.key(KeyKind::Secret).await.key;
    for (id, key) in [(id.as_str(), other.expose()), ("AAAAAAAAAAAAAAAAAAAAAAAA", app.api_key()), ("x", app.api_key())]
    {
        let answer = get(&app, id, key).await;
        assert_eq!((answer.status, &answer.json()["type"]), (StatusCode::NOT_FOUND, &json!("/problems/not-found")));
    }
    let unauthorised = app.browser().get(&format!("/api/v1/resets/{id}")).await;
    assert_eq!(unauthorised.status, StatusCode::UNAUTHORIZED);

    app.ask(&mut app.browser(), "somebody@example.org").await;
    let of_a_page = app.database.texts("SELECT id FROM challenges WHERE client IS NULL").await.remove(0);
    for key in [app.api_key(), other.expose()] {
        assert_eq!(get(&app, &of_a_page, key).await.status, StatusCode::OK);
    }
    app.deliver().await;
    app.finish().await;
}
