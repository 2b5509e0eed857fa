//! Rows that cannot be read: a change by hand, or a newer version beside this one. They fail with a 500 and a line in
//! the log, never with a silent default, and whatever is beside them goes on.

use keyback::model::{AccountId, KeyKind, Scope};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::logs::lines_with;
use crate::support::{Answer, Database, OLD_PASSWORD, TestApp, on_both_databases};

async fn get(app: &TestApp, path: &str, key: &str) -> Answer {
    let authorization = format!("Bearer {key}");
    app.browser().send(Method::GET, path, &[("authorization", &authorization)], None).await
}

async fn read_account(app: &TestApp, id: &AccountId) -> Answer {
    let key = app.key_with(KeyKind::Secret, |key| key.scopes = vec![Scope::AccountsRead]).await;
    get(app, &format!("/api/v1/accounts/{id}"), key.key.expose()).await
}

async fn read_reset(app: &TestApp, id: &str) -> Answer {
    get(app, &format!("/api/v1/resets/{id}"), app.api_key()).await
}

fn is_for_good(answer: &Answer) -> bool {
    answer.status == StatusCode::INTERNAL_SERVER_ERROR && answer.header("retry-after").is_none()
}

/// Whether the log names the place in one line.
fn is_logged(table: &str, column: &str, id: &str) -> bool {
    let lines = lines_with(&[id.to_owned()]);
    let parts = [" ERROR ", &format!("table=\"{table}\""), &format!("column=\"{column}\"")];
    lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
}

async fn ask(app: &TestApp, email: &str) -> String {
    let answer = app.call("/api/v1/resets", json!({ "email": email })).await;
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn timeline(app: &TestApp, id: &str) -> Value {
    let answer = read_reset(app, id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

async fn end_the_outbox(app: &TestApp) {
    app.database.change("UPDATE outbox SET finished_at = 1 WHERE finished_at IS NULL").await;
}

#[on_both_databases]
async fn an_address_that_cannot_be_read_is_a_fault_and_not_missing(database: Database) {
    let app = TestApp::start(database).await;
    let (bad, good) = (app.add_account("bad@example.org").await, app.add_account("good@example.org").await);
    app.database.change(&format!("UPDATE accounts SET email = 'nowhere' WHERE id = '{bad}'")).await;

    assert!(is_for_good(&read_account(&app, &bad).await));
    assert!(is_logged("accounts", "email", bad.as_str()));
    assert!(lines_with(&["nowhere".to_owned()]).iter().all(|line| !line.contains(" ERROR ")));
    assert_eq!(read_account(&app, &good).await.status, StatusCode::OK);
    assert!(is_for_good(&app.authenticate("bad@example.org", OLD_PASSWORD).await));
    assert_eq!(app.authenticate("good@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    // Nobody is not failed by the account beside them.
    assert_eq!(app.authenticate("aaa@example.org", OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let page = app.application.accounts.page("", 1).await.unwrap();
    let next = app.application.accounts.page(&page.next.unwrap(), 1).await.unwrap();
    assert_eq!(page.accounts.len() + next.accounts.len(), 1, "the list leaves out one and goes on");

    let refused = app.call("/api/v1/resets", json!({ "email": "bad@example.org" })).await;
    assert!(is_for_good(&refused), "{}", refused.status);
    for person in ["bad@example.org", "good@example.org"] {
        let answer = app.browser().post("/actions/ask", &[("identifier", person)]).await;
        assert_eq!(answer.location(), "/check-inbox", "the page tells nobody apart");
    }
    let mails = app.deliver().await;
    assert_eq!(mails.iter().map(|mail| mail.recipients[0].as_str()).collect::<Vec<_>>(), ["good@example.org"]);
    assert_eq!(app.database.pending().await, 1, "the other message is tried again");
    end_the_outbox(&app).await;
    app.finish().await;
}

#[on_both_databases]
async fn a_challenge_that_cannot_be_read_is_a_fault_and_others_go_on(database: Database) {
    let app = TestApp::start(database).await;
    for person in ["bad@example.org", "good@example.org"] {
        app.add_account(person).await;
    }
    let bad = ask(&app, "bad@example.org").await;
    let of_bad = app.deliver().await.remove(0);
    let good = ask(&app, "good@example.org").await;
    let of_good = app.deliver().await.remove(0);
    for column in ["channel", "door", "locale", "identifier"] {
        let set = |value: &str| format!("UPDATE challenges SET {column} = {value} WHERE id = '{bad}'");
        app.database.change(&set(&format!("'no ' || {column}"))).await;
        let answer = app.browser().get(&format!("/verify?key={}", of_bad.link_key())).await;
        assert!(is_for_good(&answer), "{column}: {}", answer.status);
        assert!(is_for_good(&read_reset(&app, &bad).await), "{column}");
        assert!(is_logged("challenges", column, &bad), "{column}");
        app.database.change(&set(&format!("replace({column}, 'no ', '')"))).await;
    }
    app.database.change(&format!("UPDATE challenges SET door = 'window' WHERE id = '{bad}'")).await;
    let answer = app.browser().get(&format!("/verify?key={}", of_good.link_key())).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(timeline(&app, &good).await["status"], "open");
    app.finish().await;
}

#[on_both_databases]
async fn a_message_that_a_newer_version_wrote_stops_no_other(database: Database) {
    let app = TestApp::start_with(database, &[("API__CONCEAL_ACCOUNTS", "false")]).await;
    for person in ["newer@example.org", "older@example.org", "good@example.org"] {
        app.add_account(person).await;
    }
    let (newer, older) = (ask(&app, "newer@example.org").await, ask(&app, "older@example.org").await);
    let good = ask(&app, "good@example.org").await;
    for (change, id) in [("kind = 'fax'", &newer), ("channel = 'pigeon'", &older)] {
        app.database.change(&format!("UPDATE outbox SET {change} WHERE challenge_id = '{id}'")).await;
    }
    let mails = app.deliver().await;
    assert_eq!(mails.iter().map(|mail| mail.recipients[0].as_str()).collect::<Vec<_>>(), ["good@example.org"]);
    assert_eq!(app.database.pending().await, 2, "both wait for somebody who can read them");
    assert_eq!(timeline(&app, &good).await["messages"][0]["state"], "sent");
    assert_eq!(timeline(&app, &newer).await["messages"], json!([]), "what cannot be read is left out");
    end_the_outbox(&app).await;
    app.finish().await;
}

#[on_both_databases]
async fn a_message_ends_although_its_challenge_cannot_be_read(database: Database) {
    let app = TestApp::start_with_webhooks(database).await;
    app.add_account("known@example.org").await;
    let id = ask(&app, "known@example.org").await;
    app.database.change("UPDATE challenges SET door = 'window'").await;
    app.deliver().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM outbox WHERE outcome IS NULL AND kind = 'reset'").await, 1);
    app.clock.advance(std::time::Duration::from_secs(4 * 60 * 60));
    app.deliver().await;
    let failed = format!("SELECT COUNT(*) FROM outbox WHERE outcome = 'failed' AND challenge_id = '{id}'");
    assert_eq!(app.database.number(&failed).await, 1);
    let told = app.database.texts("SELECT payload FROM outbox WHERE payload IS NOT NULL").await;
    assert!(told.iter().any(|body| body.contains("reset.delivery_failed") && body.contains(&id)), "{told:?}");
    end_the_outbox(&app).await;
    app.finish().await;
}

#[on_both_databases]
async fn a_step_that_a_newer_version_wrote_is_left_out_of_the_timeline(database: Database) {
    let app = TestApp::start(database).await;
    let id = ask(&app, "known@example.org").await;
    app.deliver().await;
    app.database.change("UPDATE audit SET event = 'reset.flown' WHERE event = 'reset.requested'").await;
    assert_eq!(timeline(&app, &id).await["timeline"], json!([]), "the rest is concealed");
    app.finish().await;
}
