//! The tools of an agent that was made for Amazon Cognito, text by text, and every way in which they fail.

use std::time::Duration;

use keyback::model::{NewAccount, PhoneNumber, Username};
use serde_json::{Value, json};

use super::{Agent, NEW_PASSWORD, Told};
use crate::support::{Database, OLD_PASSWORD, TestApp, keep_hashers_busy, on_both_databases};

const PASSWORD_TOOLS: (&str, &str) = ("API__MCP_PASSWORD_TOOLS", "true");
const NUMBER: &str = "+12025550123";

fn named(name: &'static str) -> impl FnOnce(&mut NewAccount) {
    move |account| account.username = Some(Username::parse(name).unwrap())
}

fn with_phone(account: &mut NewAccount) {
    account.phone = Some(PhoneNumber::parse(NUMBER, None).unwrap());
    account.phone_verified = true;
}

async fn send(agent: &Agent<'_>, username: &str) -> Told {
    agent.call("reset_password_send_code", json!({ "username": username })).await
}

fn given(username: &str, code: &str, password: &str) -> Value {
    json!({ "username": username, "code": code, "newPassword": password })
}

/// A line of a table of refusals.
fn line(when: &str, told: &Told) -> String {
    assert!(told.is_error && told.lines.len() == 2 && told.members.is_null(), "{when}: {told:?}");
    format!("{when}\n  {}\n  {}", told.lines[0], told.lines[1])
}

#[on_both_databases]
async fn a_code_by_mail_sets_the_password_under_both_names_of_the_tool(database: Database) {
    let app = TestApp::start_with(database, &[PASSWORD_TOOLS]).await;
    let agent = Agent::new(&app);
    for (tool, name) in [("reset_password_veryify_code", "jane"), ("reset_password_verify_code", "amir")] {
        let email = format!("{name}@example.org");
        app.add_account_with(&email, named(name)).await;
        let sent = agent.succeed("reset_password_send_code", json!({ "username": name })).await;
        let masked = format!("{}***@e***", &name[..1]);
        assert_eq!(
            sent.lines,
            [
                "Code sent successfully",
                "Delivery method: EMAIL",
                &format!("Destination: {masked}"),
                "Attribute name: email",
            ]
        );
        assert_eq!(
            sent.members,
            json!({
                "id": sent.id(), "delivery_method": "EMAIL", "destination": masked, "attribute_name": "email",
            })
        );
        let code = app.deliver().await.remove(0).code();
        // The code stays good while a password is not taken.
        let refused = agent.call(tool, given(name, &code, "password")).await;
        assert_eq!(refused.lines[1], "Error code: InvalidPasswordException");
        let set = agent.succeed(tool, given(name, &code, NEW_PASSWORD)).await;
        let shown = format!("{}****{}", &code[..2], &code[6..]);
        assert_eq!(
            set.lines,
            [
                "Password reset successfully",
                &format!("Username: {name}"),
                &format!("Verification code: {shown}"),
                "Password length: 20 characters",
            ]
        );
        assert_eq!(set.members, json!({ "username": name, "verification_code": shown, "password_length": 20 }));
        assert_eq!(app.authenticate(&email, NEW_PASSWORD).await.status, 200);
        assert_eq!(app.authenticate(&email, OLD_PASSWORD).await.status, 401);
        app.deliver().await;
    }
    app.finish().await;
}

#[on_both_databases]
async fn a_code_by_text_message_goes_to_the_phone_first(database: Database) {
    let app = TestApp::start_with_texts(database, &[PASSWORD_TOOLS]).await;
    app.add_account_with("jane@example.org", with_phone).await;
    let agent = Agent::new(&app);
    let sent = send(&agent, "jane@example.org").await;
    let lines =
        ["Code sent successfully", "Delivery method: SMS", "Destination: +*******0123", "Attribute name: phone_number"];
    assert_eq!(sent.lines, lines);
    let text = app.deliver_texts().await.remove(0);
    assert_eq!(text.to, NUMBER);
    let code = text.code();
    let set = agent.succeed("reset_password_verify_code", given("jane@example.org", &code, NEW_PASSWORD)).await;
    assert_eq!(set.lines[2], format!("Verification code: {}****{}", &code[..2], &code[4..]));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 4
#[on_both_databases]
async fn while_accounts_are_concealed_one_that_there_is_not_has_a_destination_that_stays(database: Database) {
    let app = TestApp::start(database).await;
    let agent = Agent::new(&app);
    let first = send(&agent, "nobody").await;
    assert!(!first.is_error && first.lines[1] == "Delivery method: EMAIL", "{first:?}");
    app.wait_for_cooldown();
    assert_eq!(send(&agent, "nobody").await.lines, first.lines);
    assert_eq!(send(&agent, "jo@example.org").await.lines[2], "Destination: j***@e***");
    assert!(app.deliver().await.is_empty());
    app.finish().await;
}

#[on_both_databases]
async fn every_failure_has_the_name_that_cognito_has_for_it(database: Database) {
    let settings = [
        PASSWORD_TOOLS,
        ("API__CONCEAL_ACCOUNTS", "false"),
        ("SMS__ALLOWED_COUNTRIES", "DE"),
        ("SMS__DEFAULT_COUNTRY", "DE"),
    ];
    let app = TestApp::start_with_texts(database, &settings).await;
    app.add_account_with("known@example.org", named("known")).await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    app.add_account_with("unverified@example.org", |account| account.email_verified = false).await;
    app.add_account_with("american@example.org", |account| {
        named("american")(account);
        with_phone(account);
        account.email_verified = false;
    })
    .await;
    let agent = Agent::new(&app);
    let mut table = Vec::new();
    for (when, username) in [
        ("unknown account", "nobody"),
        ("disabled account", "disabled@example.org"),
        ("no verified contact", "unverified@example.org"),
        ("verified, and out of reach", "american"),
        ("no identifier", "two words"),
    ] {
        table.push(line(when, &send(&agent, username).await));
    }
    let verify = async |when: &str, username: &str, code: &str, password: &str| {
        line(when, &agent.call("reset_password_verify_code", given(username, code, password)).await)
    };
    table.push(verify("none asked for", "known", "12345678", NEW_PASSWORD).await);
    send(&agent, "known").await;
    table.push(line("too soon", &send(&agent, "known").await));
    let mail = app.deliver().await.remove(0);
    table.push(verify("no code at all", "known", "1234", NEW_PASSWORD).await);
    table.push(verify("wrong code", "known", "00000000", NEW_PASSWORD).await);
    table.push(verify("too short", "known", &mail.code(), "short").await);
    table.push(verify("common", "known", &mail.code(), "password1234").await);
    table.push(verify("nothing", "known", &mail.code(), "").await);
    app.clock.advance(Duration::from_secs(11 * 60));
    table.push(verify("expired", "known", &mail.code(), NEW_PASSWORD).await);
    send(&agent, "known").await;
    let mail = app.deliver().await.remove(0);
    for _ in 0..5 {
        verify("wrong code", "known", "00000000", NEW_PASSWORD).await;
    }
    table.push(verify("too many tries", "known", &mail.code(), NEW_PASSWORD).await);
    insta::assert_snapshot!("failures", table.join("\n"));
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn too_many_calls_are_told_apart_from_too_many_codes_for_one(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__OVERALL_PER_MINUTE", "1")]).await;
    let agent = Agent::new(&app);
    send(&agent, "nobody").await;
    let other = send(&agent, "somebody").await;
    assert_eq!(
        other.lines,
        ["Password reset request failed: Too many requests. Wait 60 seconds.", "Error code: TooManyRequestsException",]
    );
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 43
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_too_many_passwords_are_hashed_the_code_stays_good() {
    let app = TestApp::start_with(Database::sqlite(), &[PASSWORD_TOOLS]).await;
    app.add_account("known@example.org").await;
    let agent = Agent::new(&app);
    send(&agent, "known@example.org").await;
    let code = app.deliver().await.remove(0).code();
    let waiting = keep_hashers_busy(&app).await;
    let given = given("known@example.org", &code, NEW_PASSWORD);
    let busy = agent.call("reset_password_verify_code", given).await;
    assert_eq!(
        busy.lines,
        [
            "Password reset failed: Too many passwords are being hashed. Try again in a few seconds; the code remains valid.",
            "Error code: TooManyRequestsException",
        ]
    );
    drop(waiting);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges WHERE code_hash IS NOT NULL").await, 1);
    app.finish().await;
}
