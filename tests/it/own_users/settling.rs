//! What a crash between the two databases leaves: nothing that was reported as done is lost, no link works twice.

use std::time::Duration;

use reqwest::StatusCode;

use sqlx::Connection;

use super::{AppDatabase, NEW_PASSWORD, OLD_HASH, at_the_form, on_app_databases, on_app_servers};
use crate::support::TestApp;

/// The state that a process leaves which dies after it has noted what it is about to commit.
async fn note(keyback: &TestApp, new_hash: &str) {
    let key = &keyback.application.config.server.secret_key;
    let id = keyback::model::AccountId::parse("7").unwrap();
    let new = keyback::model::PasswordFingerprint::of(key, &id, Some(new_hash));
    let at = keyback.clock.now().millis();
    let note = format!(
        "UPDATE challenges SET write_purpose = 'complete', write_fingerprint = '{}', write_from = '203.0.113.7', \
         write_started_at = {at} WHERE completed_at IS NULL AND cancelled_at IS NULL",
        new.as_str()
    );
    keyback.database.change(&note).await;
}

async fn settle(keyback: &TestApp) {
    keyback.clock.advance(Duration::from_secs(20));
    keyback.application.worker().settle_writes().await;
}

#[on_app_databases]
async fn a_crash_before_the_commit_leaves_the_link_as_it_was(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    note(&keyback, "never written").await;
    settle(&keyback).await;
    assert_eq!(keyback.database.number("SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL").await, 0);
    assert!(keyback.deliver().await.is_empty(), "nothing was changed");
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(keyback.deliver().await.len(), 1);
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn a_crash_after_the_commit_loses_neither_the_notice_nor_the_audit(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let committed = OLD_HASH.replace("bJpr5", "aaaaa");
    note(&keyback, &committed).await;
    app.execute(&format!("UPDATE members SET pw = '{committed}' WHERE id = 7")).await;

    // Before it is settled, the link is dead.
    assert_ne!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    settle(&keyback).await;
    assert_eq!(app.password(7).await.as_deref(), Some(committed.as_str()));
    let notices = keyback.deliver().await;
    assert_eq!(notices.len(), 1, "the owner receives the notice");
    assert!(notices[0].text().contains("203.0.113.7"));
    let completed: Vec<_> = keyback
        .audit()
        .await
        .into_iter()
        .filter(|step| step.event == "reset.completed" && step.result == "ok")
        .collect();
    assert_eq!((completed.len(), completed[0].account_id.as_deref()), (1, Some("7")));
    settle(&keyback).await;
    assert!(keyback.deliver().await.is_empty(), "once");

    // "This wasn't me" works as for a reset that nothing interrupted.
    let key = notices[0].cancel_key_if_any().unwrap();
    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={key}")).await;
    owner.post("/actions/not-me", &[]).await;
    assert_ne!(app.password(7).await, Some(committed));
    keyback.finish().await;
    app.remove().await;
}

// Whoever says "this wasn't me" while a password is being written sees what is true afterwards.
#[on_app_databases]
async fn this_was_not_me_waits_for_what_is_being_written(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = keyback.browser();
    let mail = keyback.ask_for_mail(&mut browser, "jane@example.org").await;
    let key = mail.cancel_key_if_any().unwrap();
    let committed = OLD_HASH.replace("bJpr5", "aaaaa");
    note(&keyback, &committed).await;
    app.execute(&format!("UPDATE members SET pw = '{committed}' WHERE id = 7")).await;
    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={key}")).await;
    owner.post("/actions/not-me", &[]).await;
    assert_ne!(app.password(7).await, Some(committed), "it is settled first, and then locked");
    assert_eq!(keyback.authenticate("jane@example.org", NEW_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    keyback.deliver().await;
    keyback.finish().await;
    app.remove().await;
}

// Programs that read a row, change something else and write the whole row back.
#[on_app_databases]
async fn a_password_that_the_app_changes_back_is_noticed(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.add_member(8, "joe@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let begun = keyback.clock.now();
    for email in ["jane@example.org", "joe@example.org"] {
        keyback.wait_for_cooldown();
        let mut browser = at_the_form(&keyback, email).await;
        assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
        keyback.deliver().await;
    }
    app.execute(&format!("UPDATE members SET pw = '{OLD_HASH}' WHERE id = 8")).await;
    keyback.clock.advance(Duration::from_secs(90));
    let worker = keyback.application.worker();
    let seen = worker.look_for_undone(begun).await;
    assert_eq!(keyback.metric("keyback_directory_overwritten_total"), 1);
    worker.look_for_undone(seen).await;
    assert_eq!(keyback.metric("keyback_directory_overwritten_total"), 1, "once");
    keyback.finish().await;
    app.remove().await;
}

// The mail server may take a message twice, and the worker may not know that it has taken it.
#[on_app_databases]
async fn a_message_that_is_repeated_after_a_crash_does_not_revive_its_link(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let committed = OLD_HASH.replace("bJpr5", "aaaaa");
    note(&keyback, &committed).await;
    app.execute(&format!("UPDATE members SET pw = '{committed}' WHERE id = 7")).await;
    keyback.database.change("UPDATE outbox SET finished_at = NULL, outcome = NULL, due_at = 0, lease_until = 0").await;

    let mails = keyback.deliver().await;
    assert!(mails.iter().all(|mail| !mail.text().contains("/verify?")), "no second link");
    assert_eq!(mails.len(), 1, "the owner receives the notice");
    assert_ne!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.password(7).await, Some(committed));
    settle(&keyback).await;
    assert!(keyback.deliver().await.is_empty(), "once");
    keyback.finish().await;
    app.remove().await;
}

#[on_app_servers]
async fn a_row_that_the_app_holds_keeps_no_other_one_from_being_settled(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.add_member(8, "joe@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let committed = OLD_HASH.replace("bJpr5", "aaaaa");
    for email in ["jane@example.org", "joe@example.org"] {
        keyback.wait_for_cooldown();
        at_the_form(&keyback, email).await;
    }
    note(&keyback, &committed).await;
    app.execute(&format!("UPDATE members SET pw = '{committed}'")).await;
    let mut connection = app.connect().await;
    let mut holder = connection.begin().await.unwrap();
    sqlx::query("SELECT id FROM members WHERE id = 7 FOR UPDATE").execute(&mut *holder).await.unwrap();
    settle(&keyback).await;
    let recipients: Vec<_> = keyback.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect();
    assert_eq!(recipients, ["joe@example.org"]);
    holder.rollback().await.unwrap();
    settle(&keyback).await;
    assert_eq!(keyback.deliver().await.len(), 1, "in the next round");
    keyback.finish().await;
    app.remove().await;
}
