//! `DELETE /api/v1/resets/{id}`.

use keyback::model::{KeyKind, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::{Database, ProviderBehaviour, TestApp, on_both_databases};

const SCOPES: [Scope; 3] = [Scope::ResetsRequest, Scope::ResetsRead, Scope::ResetsComplete];

async fn ask(program: &Program<'_>) -> String {
    let asked = program.post("/api/v1/resets", json!({"email": "known@example.org"})).await;
    asked.json()["id"].as_str().unwrap().to_owned()
}

async fn cancel(program: &Program<'_>, id: &str) -> (u16, String) {
    let answer = program.call(Method::DELETE, &format!("/api/v1/resets/{id}"), None).await;
    if answer.status == 204 { is(204, "") } else { problem(&answer) }
}

#[on_both_databases]
async fn what_was_cancelled_opens_nothing_any_more(database: Database) {
    let app = TestApp::start_with_webhooks(database).await;
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let id = ask(&program).await;
    let mail = app.deliver().await.remove(0);
    let verify = format!("/api/v1/resets/{id}/verify");
    let token = program.post(&verify, json!({"code": mail.code()})).await.json()["access_token"].clone();

    assert_eq!(cancel(&program, &id).await, is(204, ""));
    assert_eq!(cancel(&program, &id).await, is(204, ""), "what has ended is as well cancelled");
    let opened = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    assert_eq!(opened.location(), "/link-expired");
    assert_eq!(problem(&program.post(&verify, json!({"code": mail.code()})).await), is(403, "invalid-code"));
    let body = json!({"access_token": token, "new_password": NEW_PASSWORD});
    assert_eq!(problem(&program.post("/api/v1/resets/complete", body).await), is(403, "invalid-access-token"));

    let told = program.call(Method::GET, &format!("/api/v1/resets/{id}"), None).await.json();
    assert_eq!((&told["status"], &told["cancelled_because"]), (&json!("cancelled"), &json!("by_client")));
    let steps: Vec<&Value> =
        told["timeline"].as_array().unwrap().iter().filter(|step| step["event"] == "reset.cancelled").collect();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0]["actor"], format!("key:{}", program.id));
    while app.application.worker().send_due_webhooks().await.unwrap() > 0 {}
    let events = app.provider.received();
    let cancelled: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_slice(event.body.as_ref()).unwrap())
        .filter(|event: &Value| event["type"] == "reset.cancelled")
        .collect();
    assert_eq!(cancelled.len(), 1);
    assert_eq!(cancelled[0]["data"]["reason"], "by_client");
    app.finish().await;
}

#[on_both_databases]
async fn a_message_that_still_waits_does_not_go(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let id = ask(&program).await;
    assert_eq!(cancel(&program, &id).await, is(204, ""));
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

#[on_both_databases]
async fn a_password_that_was_set_stays(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let id = ask(&program).await;
    let code = app.deliver().await.remove(0).code();
    let verified = program.post(&format!("/api/v1/resets/{id}/verify"), json!({"code": code})).await.json();
    let body = json!({"access_token": verified["access_token"], "new_password": NEW_PASSWORD});
    assert_eq!(program.post("/api/v1/resets/complete", body).await.status, 204);
    assert_eq!(cancel(&program, &id).await, is(204, ""));
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, 200);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 68: a foreign id is as good as none
#[on_both_databases]
async fn only_the_program_that_asked_cancels(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let id = ask(&program).await;
    let other = Program::with(&app, &SCOPES).await;
    let publishable = app.key(KeyKind::Publishable).await;
    let publishable = Program { app: &app, key: publishable.key.expose().to_owned(), id: publishable.summary.id };
    for program in [&other, &publishable] {
        assert_eq!(cancel(program, &id).await, is(404, "not-found"));
    }
    app.ask(&mut app.browser(), "somebody@example.org").await;
    let of_a_page = app.database.texts("SELECT id FROM challenges WHERE client IS NULL").await.remove(0);
    for id in [of_a_page.as_str(), "AAAAAAAAAAAAAAAAAAAAAAAA", "x", "%00", "%27%20OR%201%3D1--"] {
        assert_eq!(cancel(&program, id).await, is(404, "not-found"), "{id}");
    }
    assert_eq!(cancel(&program, "%ff").await, is(400, "malformed-request"));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges WHERE cancelled_at IS NOT NULL").await, 0);
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}
