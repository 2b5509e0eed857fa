//! Who gets a message: stored, verified, active and unambiguous. And what Keyback no longer does with accounts that are
//! not its own.

use keyback::model::{KeyKind, Scope};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{AppDatabase, NEW_PASSWORD, OLD_HASH, at_the_form, on_app_databases};
use crate::support::{OLD_PASSWORD, Program, TestApp};

async fn mails_to(keyback: &TestApp, identifier: &str) -> Vec<String> {
    keyback.wait_for_cooldown();
    let mut browser = keyback.browser();
    let answer = keyback.ask(&mut browser, identifier).await;
    let asked = ["/check-inbox", "/code"].contains(&answer.location());
    assert!(asked, "{identifier} leads to {}", answer.location());
    keyback.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect()
}

#[on_app_databases]
async fn only_an_active_account_with_a_verified_address_of_its_own_gets_a_message(app: AppDatabase) {
    app.create().await;
    app.add_member(1, "Jane.Doe@example.org", Some(OLD_HASH)).await;
    app.add_member(2, "unconfirmed@example.org", Some(OLD_HASH)).await;
    app.execute("UPDATE members SET confirmed_at = NULL WHERE id = 2").await;
    app.add_member(3, "banned@example.org", Some(OLD_HASH)).await;
    app.execute("UPDATE members SET status = 'banned' WHERE id = 3").await;
    app.add_member(4, "twice@example.org", Some(OLD_HASH)).await;
    app.add_member(5, "Twice@example.org", Some(OLD_HASH)).await;
    app.add_member(6, "ldap@example.org", None).await;
    app.add_member(7, "sso@example.org", Some("!unusable")).await;
    app.add_member(8, "julian@c\u{fc}re53.example", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;

    assert_eq!(mails_to(&keyback, "jane.doe@EXAMPLE.org").await, ["Jane.Doe@example.org"], "as it is stored");
    assert_eq!(mails_to(&keyback, "member1").await, ["Jane.Doe@example.org"], "by its name");
    assert_eq!(mails_to(&keyback, "member4").await, ["twice@example.org"], "a name that only one has");
    for nobody in [
        "unconfirmed@example.org",
        "banned@example.org",
        "twice@example.org",
        "ldap@example.org",
        "sso@example.org",
        "nobody@example.org",
        "julian@cure53.example",
        "member99",
    ] {
        assert_eq!(mails_to(&keyback, nobody).await, [""; 0], "{nobody}");
    }
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn an_account_without_a_password_gets_one_where_that_is_wanted(app: AppDatabase) {
    app.create().await;
    app.add_member(6, "new@example.org", None).await;
    let keyback = app.keyback_with(&[("DIRECTORY__WITHOUT_PASSWORD", "set")]).await;
    let mut browser = at_the_form(&keyback, "new@example.org").await;
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(keyback.authenticate("new@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    keyback.deliver().await;
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn accounts_are_read_and_never_added_or_changed(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;

    let scopes = vec![Scope::AccountsRead, Scope::AccountsWrite];
    let key = keyback.key_with(KeyKind::Secret, |new| new.scopes = scopes).await;
    let authorization = format!("Bearer {}", key.key.expose());
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let body = json!({ "email": "new@example.org" }).to_string().into_bytes();
    let added = keyback.browser().send(Method::POST, "/api/v1/accounts", &headers, Some(body)).await;
    let kind = added.json()["type"].as_str().unwrap().to_owned();
    assert_eq!((added.status, kind.as_str()), (StatusCode::CONFLICT, "/problems/accounts-kept-by-app"));
    let right = keyback.authenticate("jane@example.org", OLD_PASSWORD).await;
    assert_eq!((right.status, right.json()["account"]["id"].as_str()), (StatusCode::OK, Some("7")));
    assert_eq!(keyback.authenticate("jane@example.org", "wrong").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(keyback.authenticate("nobody@example.org", "wrong").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH));
    let page = keyback.application.accounts.page("", 10).await.unwrap();
    assert_eq!(page.accounts.iter().map(|account| account.id.to_string()).collect::<Vec<_>>(), ["7"]);
    keyback.finish().await;
    app.remove().await;
}

/// Whoever adds accounts where none can be added is not asked for a password first.
#[on_app_databases]
async fn the_command_line_refuses_to_add_or_change_accounts_and_says_where_they_are(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let ours = app.database_of_keyback().await;
    let program = app.configured(Program::new(&ours, "smtp://127.0.0.1:9?tls=none"));
    for arguments in [
        ["accounts", "add", "--email", "new@example.org"].as_slice(),
        &["accounts", "set-password", "jane@example.org"],
        &["accounts", "set-phone", "jane@example.org", "+12025550123"],
        &["accounts", "disable", "jane@example.org"],
    ] {
        let finished = program.run_with_input(arguments, b"").await;
        assert!(
            finished.code != 0 && finished.stderr.contains("accounts live in your app"),
            "{arguments:?}: {finished:?}"
        );
    }
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH));
    assert!(program.succeed(&["accounts", "show", "jane@example.org"]).await.contains("jane@example.org"));
    ours.remove().await;
    app.remove().await;
}
