//! A reset for one person through an agent that sees neither link, code nor password (SECURITY.md, requirements 50, 68
//! and 76).

use keyback::model::KeyKind;
use serde_json::{Value, json};

use super::{Agent, NEW_PASSWORD, Told, request};
use crate::support::{Database, OLD_PASSWORD, TestApp, on_both_databases};

async fn not_found(agent: &Agent<'_>, tool: &str, id: &str) {
    let told = agent.call(tool, json!({ "id": id })).await;
    assert!(told.is_error, "{tool}");
    assert_eq!(told.lines, ["This API key has no request with this ID.", "Error code: not-found"], "{tool}");
}

/// What an answer tells beside ids and times.
fn comparable(told: &Told) -> Vec<&str> {
    let changing = ["Request ID: ", "Valid until: ", "Do not request again before: "];
    told.lines
        .iter()
        .map(|line| line.split_inclusive(": ").next().filter(|head| changing.contains(head)).unwrap_or(line))
        .collect()
}

#[on_both_databases]
async fn the_person_gets_a_link_and_chooses_the_password_on_the_page(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let agent = Agent::new(&app);
    let asked = agent.succeed("request_reset", json!({ "email": "Known@Example.org", "locale": "de" })).await;
    assert_eq!(
        asked.lines,
        [
            "The request is accepted. If there is an account, its owner gets a message by email.",
            &format!("Request ID: {}", asked.id()),
            "Valid until: 2026-11-22T14:33:00Z",
            "Do not request again before: 2026-11-22T14:04:00Z",
        ]
    );
    assert_eq!(
        asked.members,
        json!({
            "id": asked.id(), "channels": ["email"], "expires_at": "2026-11-22T14:33:00Z", "again_at": "2026-11-22T14:04:00Z",
        })
    );
    let mail = app.deliver().await.remove(0);
    assert!(mail.text().contains("Passwort"), "{}", mail.text());
    let mut browser = app.browser();
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("known@example.org", NEW_PASSWORD).await.status, 200);
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, 401);

    let status = agent.succeed("reset_status", json!({ "id": asked.id() })).await;
    assert_eq!(status.lines[..2], ["Status: completed", "Requested at: 2026-11-22T14:03:00Z"]);
    let steps: Vec<(&Value, &Value)> =
        status.members["steps"].as_array().unwrap().iter().map(|step| (&step["event"], &step["result"])).collect();
    assert_eq!(
        steps,
        [
            (&json!("reset.requested"), &json!("ok")),
            (&json!("reset.link_opened"), &json!("ok")),
            (&json!("reset.completed"), &json!("ok")),
        ]
    );
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 4: neither words nor members tell whether there is an account
#[on_both_databases]
async fn somebody_who_has_no_account_is_answered_alike(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let agent = Agent::new(&app);
    let known = agent.succeed("request_reset", json!({ "email": "known@example.org" })).await;
    let unknown = agent.succeed("request_reset", json!({ "email": "nobody@example.org" })).await;
    assert_eq!(comparable(&known), comparable(&unknown));
    app.deliver().await;
    for tool in ["reset_status", "explain_failure"] {
        let [known, unknown] = [&known, &unknown].map(|told| json!({ "id": told.id() }));
        assert_eq!(agent.succeed(tool, known).await.lines, agent.succeed(tool, unknown).await.lines);
    }
    app.finish().await;
}

#[on_both_databases]
async fn one_identifier_is_named_and_redirects_are_registered_ones(database: Database) {
    let app = TestApp::start_with(database, &[("RESET__CHANNELS", "email")]).await;
    let agent = Agent::new(&app);
    let form = "The identifier is malformed.";
    let which = "Name exactly one of email, phone and username.";
    for (arguments, message) in [
        (json!({}), which),
        (json!({ "email": "known@example.org", "username": "known" }), which),
        (json!({ "email": "known" }), form),
        (json!({ "email": "known@example.org\r\nBcc: evil@example.org" }), form),
        (json!({ "email": "known@example.org", "locale": "xx" }), "locale must be en or de."),
        (json!({ "username": "known" }), "Requests with this kind of identifier are switched off."),
        (
            json!({ "email": "known@example.org", "redirect_url": "https://evil" }),
            "The redirect URL is not registered.",
        ),
    ] {
        let told = agent.call("request_reset", arguments).await;
        assert_eq!(
            (told.is_error, told.lines),
            (true, vec![message.to_owned(), "Error code: invalid-request".to_owned()])
        );
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    let redirect_url = "https://app.example.org/auth?from=reset";
    agent.succeed("request_reset", json!({ "email": "nobody@example.org", "redirect_url": redirect_url })).await;
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_message_is_sent_again_after_the_time_that_the_answer_tells(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let agent = Agent::new(&app);
    let first = agent.request("known@example.org").await;
    app.deliver().await;
    let too_soon = agent.call("resend", json!({ "id": first })).await;
    assert_eq!(too_soon.lines, ["Too many requests. Wait 60 seconds.", "Error code: quota-exceeded"]);
    app.wait_for_cooldown();
    let second = agent.succeed("resend", json!({ "id": first })).await.id();
    assert_ne!(first, second);
    assert_eq!(app.deliver().await.len(), 1);
    assert_eq!(app.database.texts("SELECT DISTINCT door FROM challenges").await, ["mcp"]);
    app.finish().await;
}

#[on_both_databases]
async fn a_request_that_was_taken_back_leads_nowhere(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let agent = Agent::new(&app);
    let id = agent.request("known@example.org").await;
    let mail = app.deliver().await.remove(0);
    for _ in 0..2 {
        let over = agent.succeed("cancel_reset", json!({ "id": id })).await;
        assert_eq!(over.members, json!({ "id": id, "over": true }));
    }
    let dead = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    assert_eq!(dead.location(), "/link-expired");
    let status = agent.succeed("reset_status", json!({ "id": id })).await;
    assert_eq!(status.lines[0], "Status: cancelled (by_client)");
    app.finish().await;
}

// SECURITY.md, requirement 68: another program's requests are as if there were none
#[on_both_databases]
async fn a_request_is_for_the_key_that_asked(database: Database) {
    let app = TestApp::start(database).await;
    let id = Agent::new(&app).request("nobody@example.org").await;
    let other = app.key(KeyKind::Secret).await;
    let (own, other) = (Agent::new(&app), Agent::with_key(&app, other.key.expose()));
    for tool in ["reset_status", "explain_failure", "resend", "cancel_reset"] {
        not_found(&other, tool, &id).await;
        not_found(&own, tool, "AAAAAAAAAAAAAAAAAAAAAAAA").await;
        not_found(&own, tool, "' OR 1=1 --").await;
    }
    // One of our own pages may be looked into, and is not theirs to end or to repeat.
    app.ask(&mut app.browser(), "somebody@example.org").await;
    let of_a_page = app.database.texts("SELECT id FROM challenges WHERE client IS NULL").await.remove(0);
    own.succeed("reset_status", json!({ "id": of_a_page })).await;
    not_found(&own, "cancel_reset", &of_a_page).await;
    not_found(&own, "resend", &of_a_page).await;
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 76
#[on_both_databases]
async fn every_deed_is_in_the_audit_with_its_key_and_the_number_of_its_request(database: Database) {
    let app = TestApp::start_with(database, &[("API__MCP_PASSWORD_TOOLS", "true")]).await;
    app.add_account("known@example.org").await;
    let agent = Agent::new(&app);
    let arguments = json!({ "name": "request_reset", "arguments": { "email": "known@example.org" } });
    let answer = agent.send(&[("user-agent", "agent/1")], &request("tools/call", &arguments)).await;
    let id = Told::read(&answer.json()).id();
    agent.call("request_reset", json!({ "email": "known@example.org" })).await;
    let mail = app.deliver().await.remove(0);
    let given = |code: &str| json!({ "username": "known@example.org", "code": code, "newPassword": NEW_PASSWORD });
    agent.call("reset_password_verify_code", given("00000000")).await;
    agent.succeed("reset_password_verify_code", given(&mail.code())).await;
    agent.succeed("request_reset", json!({ "email": "other@example.org" })).await;

    let key = app.application.keys.list().await.unwrap().remove(0).id;
    let audit = app.audit().await;
    let of_agent: Vec<_> = audit.iter().filter(|row| row.actor == format!("key:{key}")).collect();
    let mut deeds: Vec<_> = of_agent.iter().map(|row| format!("{} {}", row.event, row.result)).collect();
    deeds.sort();
    assert_eq!(
        deeds,
        [
            "reset.code_checked ok",
            "reset.code_checked refused",
            "reset.completed ok",
            "reset.requested identifier_cooldown",
            "reset.requested ok",
            "reset.requested ok",
        ]
    );
    let first =
        of_agent.iter().find(|row| row.event == "reset.requested" && row.challenge_id.as_deref() == Some(&id)).unwrap();
    assert_eq!(first.correlation_id.as_deref(), answer.header("x-request-id"));
    assert_eq!(first.user_agent.as_deref(), Some("agent/1"));
    app.deliver().await;
    app.finish().await;
}
