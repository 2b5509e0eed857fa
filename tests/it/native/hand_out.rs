//! `"deliver": false`: the link is in the answer and no message is sent, for programs that send their own.

use keyback::model::{KeyKind, Scope};
use serde_json::{Value, json};

use super::{NEW_PASSWORD, Program, is, problem};
use crate::support::{Database, PUBLIC_URL, TestApp, logs, on_both_databases};

const SCOPES: [Scope; 2] = [Scope::ResetsRequest, Scope::ResetsReturnLink];

fn without_a_message(address: &str) -> Value {
    json!({ "email": address, "deliver": false })
}

// SECURITY.md, requirements 16, 50 and 75
#[on_both_databases]
async fn a_link_is_handed_out_to_a_key_with_the_scope_and_written_down(database: Database) {
    let app = TestApp::start(database).await;
    let account = app.add_account("known@example.org").await;
    let program = Program::with(&app, &SCOPES).await;
    let answer = program.post("/api/v1/resets", without_a_message("known@example.org")).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(answer.json()["delivery"], Value::Null);
    let link = answer.json()["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{PUBLIC_URL}/verify?key=tk-")), "{link}");
    assert!(app.deliver().await.is_empty(), "no message goes");
    let rows = app.audit().await;
    let row = rows.iter().find(|row| row.event == "reset.handed_out").unwrap();
    assert_eq!(
        (row.actor.as_str(), row.account_id.as_deref()),
        (format!("key:{}", program.id).as_str(), Some(account.as_str()))
    );
    assert_eq!(row.challenge_id.as_deref(), answer.json()["id"].as_str());

    let mut browser = app.browser();
    let opened = browser.get(&app.path_of(&link)).await;
    browser.follow(&opened).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, 200);
    assert_eq!(app.deliver().await.len(), 1, "the notice");
    let key = link.split(['=', '&']).nth(1).unwrap().to_owned();
    assert!(!app.database.dump().await.contains(&key), "SECURITY.md, requirement 16: only a hash is stored");
    assert!(logs::lines_with(&[key]).is_empty(), "SECURITY.md, requirement 75");
    app.finish().await;
}

// SECURITY.md, requirement 50
#[on_both_databases]
async fn without_the_scope_nothing_is_handed_out(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let secret = Program::with(&app, &[Scope::ResetsRequest]).await;
    let publishable = app.key(KeyKind::Publishable).await;
    let publishable = Program { app: &app, key: publishable.key.expose().to_owned(), id: publishable.summary.id };
    for program in [secret, publishable] {
        let answer = program.post("/api/v1/resets", without_a_message("known@example.org")).await;
        assert_eq!(problem(&answer), is(403, "missing-scope"));
        assert_eq!(answer.json()["detail"], "It needs the scope resets:return_link.");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}

#[on_both_databases]
async fn there_is_no_link_for_whom_no_message_could_reach(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    app.add_account_with("unverified@example.org", |account| account.email_verified = false).await;
    let program = Program::with(&app, &SCOPES).await;
    for address in ["nobody@example.org", "disabled@example.org", "unverified@example.org"] {
        let answer = program.post("/api/v1/resets", without_a_message(address)).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["link"]), (202, &Value::Null), "{address}");
        let again = program.post("/api/v1/resets", without_a_message(address)).await;
        assert_eq!(problem(&again), is(429, "quota-exceeded"), "{address}: the limits are those of a message");
    }
    app.finish().await;
}
