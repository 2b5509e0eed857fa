//! The app's database is away, or goes away in the middle of a reset. Whoever needs it is put off, nothing is spent, and
//! everything goes on by itself (SECURITY.md, requirement 77).

use std::time::Duration;

use reqwest::StatusCode;
use tokio::sync::watch;

use super::{AppDatabase, NEW_PASSWORD, OLD_HASH, at_the_form, on_app_servers};
use crate::faults::is_put_off;
use crate::support::database_proxy::{DatabaseProxy, Fate};
use crate::support::{Browser, OLD_PASSWORD, TestApp, assert_all_alike};

const OPEN_WRITES: &str = "SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL";

/// Keyback, whose connections to the app's database go through a wire.
async fn keyback_by_wire(app: &AppDatabase, connections: &str) -> (TestApp, DatabaseProxy) {
    let wire = DatabaseProxy::start(&app.url()).await;
    let url = wire.readable_url(&app.url());
    let settings = [("DIRECTORY__URL", url.as_str()), ("DIRECTORY__MAX_CONNECTIONS", connections)];
    (app.keyback_with(&settings).await, wire)
}

async fn assert_unchanged(app: &AppDatabase, id: i64) {
    assert_eq!(app.password(id).await.as_deref(), Some(OLD_HASH));
    assert_eq!(app.text("remember_token", id).await.as_deref(), Some("old"));
    assert_eq!(app.number(&format!("SELECT COUNT(*) FROM web_sessions WHERE member_id = {id}")).await, 2);
}

/// Until the connections from before are replaced, further tries may be put off.
async fn set_password_at_last(keyback: &TestApp, browser: &mut Browser) {
    for _ in 0..5 {
        let answer = keyback.set_password(browser, NEW_PASSWORD).await;
        if answer.status == StatusCode::SEE_OTHER {
            assert_eq!(answer.location(), "/done");
            return;
        }
        assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    }
    panic!("the app's database is there again and nobody can set a password");
}

async fn settle(keyback: &TestApp) {
    keyback.clock.advance(Duration::from_secs(20));
    keyback.application.worker().settle_writes().await;
    assert_eq!(keyback.database.number(OPEN_WRITES).await, 0);
}

/// One round of everything that a worker does, and what it says about the app's database.
async fn directory_up(keyback: &TestApp, expected: i64) {
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(keyback.application.worker().run(stopped));
    while keyback.metric("keyback_directory_up") != expected {
        assert!(!working.is_finished(), "the worker has ended");
        tokio::task::yield_now().await;
    }
    stop.send(true).unwrap();
    working.await.unwrap();
}

#[on_app_servers]
async fn an_app_database_that_is_away_puts_off_what_needs_it_and_spends_nothing(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.add_member(8, "joe@example.org", Some(OLD_HASH)).await;
    let (keyback, wire) = keyback_by_wire(&app, "4").await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    directory_up(&keyback, 1).await;
    wire.pull();

    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    let answer = keyback.authenticate("jane@example.org", OLD_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    let mut pages = Vec::new();
    for person in ["joe@example.org", "zoe@example.org"] {
        let mut browser = keyback.browser();
        assert_eq!(keyback.ask(&mut browser, person).await.location(), "/check-inbox");
        pages.push(browser.get("/check-inbox").await.comparable().2.replace(person, "somebody"));
    }
    assert_all_alike(&pages);
    assert!(keyback.deliver().await.is_empty(), "messages wait");
    assert_eq!(keyback.database.pending().await, 2, "of both");
    directory_up(&keyback, 0).await;
    let ready = keyback.browser().get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (StatusCode::OK, "ready\n"));

    wire.mend();
    directory_up(&keyback, 1).await;
    set_password_at_last(&keyback, &mut browser).await;
    keyback.clock.advance(Duration::from_secs(6 * 60));
    let mut recipients: Vec<String> = keyback.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect();
    recipients.sort();
    assert_eq!(recipients, ["jane@example.org", "joe@example.org"], "a notice, and what has waited");
    keyback.finish().await;
    app.remove().await;
}

#[on_app_servers]
async fn idle_connections_that_were_cut_are_replaced_without_anybody_noticing(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let (keyback, wire) = keyback_by_wire(&app, "4").await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    wire.cut();
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(keyback.deliver().await.len(), 1);
    keyback.finish().await;
    app.remove().await;
}

/// The machine of the app's database is gone without a word, while passwords are being written on every connection.
#[on_app_servers]
async fn an_app_database_that_says_nothing_more_does_not_use_up_connections(app: AppDatabase) {
    app.create().await;
    let people = [(7, "jane@example.org"), (8, "joe@example.org")];
    for (id, email) in people {
        app.add_member(id, email, Some(OLD_HASH)).await;
    }
    let (keyback, wire) = keyback_by_wire(&app, "2").await;
    let mut browsers = Vec::new();
    for (_, email) in people {
        browsers.push(at_the_form(&keyback, email).await);
    }
    wire.when("COMMIT", Fate::Silence);
    let [jane, joe] = &mut browsers[..] else { panic!("two browsers") };
    let (one, other) = tokio::join!(keyback.set_password(jane, NEW_PASSWORD), keyback.set_password(joe, NEW_PASSWORD));
    assert!(is_put_off(&one) && is_put_off(&other), "{} {}", one.status, other.status);
    wire.mend();
    for (browser, (id, _)) in browsers.iter_mut().zip(people) {
        assert_unchanged(&app, id).await;
        set_password_at_last(&keyback, browser).await;
    }
    settle(&keyback).await;
    assert_eq!(keyback.deliver().await.len(), 2, "one notice for each");
    keyback.finish().await;
    app.remove().await;
}

#[on_app_servers]
async fn a_commit_that_never_arrives_changes_nothing_and_the_link_still_works(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let (keyback, wire) = keyback_by_wire(&app, "4").await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    wire.when("COMMIT", Fate::CutBefore);
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    wire.mend();
    assert_eq!(keyback.database.number(OPEN_WRITES).await, 1, "whether it was committed is open");
    settle(&keyback).await;
    assert_unchanged(&app, 7).await;
    assert!(keyback.deliver().await.is_empty(), "nothing has changed");

    set_password_at_last(&keyback, &mut browser).await;
    assert_eq!(keyback.deliver().await.len(), 1);
    keyback.finish().await;
    app.remove().await;
}

#[on_app_servers]
async fn a_commit_whose_answer_is_lost_is_settled_with_its_notice(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let (keyback, wire) = keyback_by_wire(&app, "4").await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    wire.when("COMMIT", Fate::CutAfter);
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    wire.mend();
    let stored = app.password(7).await.unwrap();
    assert_ne!(stored, OLD_HASH, "it is committed");

    // Whoever tries again changes nothing: the link is bound to the old password.
    assert_ne!(keyback.set_password(&mut browser, "another-copper-violin").await.location(), "/done");
    assert_eq!(app.password(7).await.as_deref(), Some(stored.as_str()));
    settle(&keyback).await;
    assert_eq!(keyback.authenticate("jane@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    let notices = keyback.deliver().await;
    assert_eq!(notices.len(), 1, "the owner receives the notice");

    // "This wasn't me" is held to the same.
    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={}", notices[0].cancel_key())).await;
    wire.when("COMMIT", Fate::CutAfter);
    let answer = owner.post("/actions/not-me", &[]).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    wire.mend();
    settle(&keyback).await;
    assert_eq!(keyback.authenticate("jane@example.org", NEW_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let locked: Vec<_> = keyback.audit().await.into_iter().filter(|step| step.event == "reset.cancelled").collect();
    assert_eq!((locked.len(), locked[0].result.as_str()), (1, "password"));
    keyback.deliver().await;
    keyback.finish().await;
    app.remove().await;
}
