//! A mail server that is down, slow, refuses, or hangs up inside DATA changes no answer to a person and loses no mail.
//! After a permanent refusal, a message is not retried.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{reasons, the_link_works};
use crate::support::{Database, SmtpBehaviour, TestApp, on_both_databases};

/// Milliseconds until the first message that is still to be sent is due.
async fn wait_of(app: &TestApp) -> u64 {
    let due_at = app.database.number("SELECT MIN(due_at) FROM outbox WHERE finished_at IS NULL").await;
    u64::try_from(due_at - app.clock.now().millis()).expect("a time to come")
}

// SECURITY.md, requirement 3
#[on_both_databases]
async fn a_mail_that_does_not_go_is_tried_again_after_growing_waits_and_arrives(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.add_account("known@example.org").await;
    let worker = app.application.worker();
    for (behaviour, reason, mails_in_the_end) in [
        (SmtpBehaviour::Unavailable, "the mail server answered 421", 1),
        (SmtpBehaviour::HangUpAtOnce, "the mail server closed the connection", 1),
        (SmtpBehaviour::Gibberish, "the mail server's answer cannot be understood", 1),
        (SmtpBehaviour::DeferRecipient, "the mail server answered 451", 1),
        (SmtpBehaviour::DeferMessage, "the mail server answered 452", 1),
        (SmtpBehaviour::HangUpInsideData, "the mail server closed the connection", 1),
        (SmtpBehaviour::HangUpAfterData, "the mail server closed the connection", 6),
    ] {
        app.smtp.behave(behaviour);
        let unknown = app.ask(&mut app.browser(), &format!("{behaviour:?}@example.org")).await;
        app.smtp.behave(SmtpBehaviour::Accept);
        app.deliver().await;

        app.smtp.behave(behaviour);
        app.smtp.hang_up();
        let before = app.smtp.mails().len();
        let known = app.ask(&mut app.browser(), "known@example.org").await;
        assert_eq!(known.location(), "/check-inbox");
        assert_eq!(known.comparable(), unknown.comparable(), "{behaviour:?}");

        let mut waits = Vec::new();
        for attempt in 1..=5 {
            assert!(worker.send_due().await.unwrap() > 0);
            let wait = wait_of(&app).await;
            let full = 5_000 * 2_u64.pow(attempt - 1);
            assert!(full / 2 <= wait && wait <= full, "{behaviour:?}: {wait} after attempt {attempt}");
            waits.push(wait);
            assert_eq!(reasons(&app).await, [reason], "{behaviour:?}");
            app.clock.advance(Duration::from_millis(wait - 1));
            assert_eq!(worker.send_due().await, Ok(0), "{behaviour:?}: too early");
            app.clock.advance(Duration::from_millis(1));
        }
        assert!(waits.is_sorted(), "{waits:?}");

        app.smtp.behave(SmtpBehaviour::Accept);
        app.deliver().await;
        let mails = app.smtp.mails().split_off(before);
        assert_eq!(mails.len(), mails_in_the_end, "{behaviour:?}");
        for mail in &mails {
            assert_eq!(mail.recipients, ["known@example.org"]);
            the_link_works(&app, mail).await;
        }
        app.clock.advance(Duration::from_secs(16 * 60));
    }
    app.finish().await;
}

// SECURITY.md, requirement 3: what failed together does not come back together
#[on_both_databases]
async fn the_waits_of_many_messages_are_spread(database: Database) {
    let app = TestApp::start(database).await;
    app.smtp.behave(SmtpBehaviour::Unavailable);
    for number in 0..16 {
        let email = format!("person{number}@example.org");
        app.add_account(&email).await;
        app.ask(&mut app.browser(), &email).await;
    }
    assert!(app.deliver().await.is_empty());
    let due: BTreeSet<String> = app
        .database
        .texts("SELECT CAST(due_at AS TEXT) FROM outbox WHERE finished_at IS NULL")
        .await
        .into_iter()
        .collect();
    assert!(due.len() >= 8, "{due:?}");
    app.smtp.behave(SmtpBehaviour::Accept);
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(app.deliver().await.len(), 16);
    app.finish().await;
}

// SECURITY.md, requirements 3 and 75
#[on_both_databases]
async fn what_the_mail_server_refuses_for_good_is_given_up_and_the_reason_names_nobody(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    for (behaviour, reason) in [
        (SmtpBehaviour::RefuseRecipient, "the mail server answered 550"),
        (SmtpBehaviour::RefuseMessage, "the mail server answered 554"),
    ] {
        app.smtp.behave(behaviour);
        assert_eq!(app.ask(&mut app.browser(), "known@example.org").await.location(), "/check-inbox");
        assert!(app.deliver().await.is_empty());
        assert_eq!(app.database.pending().await, 0);
        let ends = "SELECT outcome || ', ' || attempts || ', ' || reason FROM outbox ORDER BY created_at DESC LIMIT 1";
        assert_eq!(app.database.texts(ends).await, [format!("failed, 1, {reason}")]);
        app.wait_for_cooldown();
    }
    let told = app.database.texts("SELECT result FROM audit WHERE event = 'reset.dispatched'").await;
    assert_eq!(told, ["failed", "failed"]);

    app.smtp.behave(SmtpBehaviour::Accept);
    let mail = app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    the_link_works(&app, &mail).await;
    app.finish().await;
}

// SECURITY.md, requirement 3: for hours, every five minutes at least; then it is told to the operator
#[on_both_databases]
async fn a_mail_whose_time_is_over_is_given_up(database: Database) {
    // Nobody listens on port 1.
    let app = TestApp::start_with(database, &[("MAIL__URL", "smtp://localhost:1?tls=none")]).await;
    app.add_account("known@example.org").await;
    assert_eq!(app.ask(&mut app.browser(), "known@example.org").await.location(), "/check-inbox");
    let give_up_at = app.database.number("SELECT give_up_at FROM outbox").await;
    assert!(give_up_at - app.clock.now().millis() >= 30 * 60 * 1000, "longer than a mail server is away");
    let worker = app.application.worker();
    while app.database.pending().await > 0 {
        assert_eq!(worker.send_due().await, Ok(1));
        if app.database.pending().await > 0 {
            let wait = wait_of(&app).await;
            assert!(wait <= 5 * 60 * 1000, "{wait}");
            app.clock.advance(Duration::from_millis(wait));
        }
    }
    assert!((give_up_at - 5 * 60 * 1000..give_up_at).contains(&app.clock.now().millis()));
    let end = app.database.texts("SELECT outcome || ': ' || reason FROM outbox").await;
    assert_eq!(end, ["failed: the connection to the mail server failed"]);
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(worker.send_due().await, Ok(0));
    app.finish().await;
}

// It waited untouched while the mail server could not be reached: the operator's app is told, and nobody of
// strangers
#[on_both_databases]
async fn a_mail_that_was_not_tried_before_its_time_was_over_has_failed(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    for name in ["known", "unknown"] {
        app.ask(&mut app.browser(), &format!("{name}@example.org")).await;
    }
    app.clock.advance(Duration::from_secs(5 * 60 * 60));
    assert!(app.deliver().await.is_empty());
    let mut ends = app.database.texts("SELECT outcome FROM outbox").await;
    ends.sort();
    assert_eq!(ends, ["failed", "nobody"]);
    app.finish().await;
}

// SECURITY.md, requirement 17: its time begins when it is sent, so a late link is not a dead one
#[on_both_databases]
async fn a_link_that_arrives_late_is_good_for_its_whole_time(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    app.smtp.behave(SmtpBehaviour::Unavailable);
    app.ask(&mut app.browser(), "known@example.org").await;
    app.deliver().await;
    app.clock.advance(Duration::from_secs(29 * 60));
    app.smtp.behave(SmtpBehaviour::Accept);
    let mail = app.deliver().await.pop().expect("a mail");
    app.clock.advance(Duration::from_secs(29 * 60));
    the_link_works(&app, &mail).await;
    app.clock.advance(Duration::from_secs(60));
    let late = app.browser().get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await;
    assert_eq!(late.location(), "/link-expired");
    app.finish().await;
}

// SECURITY.md, requirements 2 and 3; the time of the runtime is moved on, for forty seconds are long
#[tokio::test]
async fn a_mail_server_that_says_nothing_is_left_and_tried_again() {
    let app = TestApp::start(Database::sqlite()).await;
    app.add_account("known@example.org").await;
    for behaviour in [SmtpBehaviour::Silent, SmtpBehaviour::HoldMessage] {
        app.smtp.behave(behaviour);
        app.smtp.hang_up();
        app.ask(&mut app.browser(), "known@example.org").await;
        let worker = app.application.worker();
        let sending = tokio::spawn(async move { worker.send_due().await });
        let connections = app.smtp.connections();
        match behaviour {
            SmtpBehaviour::Silent => app.smtp.wait_until("a call", |state| state.connections > connections).await,
            _ => app.smtp.wait_until("a message", |state| state.held > 0).await,
        }
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(41)).await;
        tokio::time::resume();
        assert_eq!(sending.await.unwrap(), Ok(1));
        assert_eq!(reasons(&app).await, ["the mail server does not answer in time"]);

        app.smtp.behave(SmtpBehaviour::Accept);
        app.clock.advance(Duration::from_secs(5));
        assert_eq!(app.deliver().await.len(), 1);
        app.wait_for_cooldown();
    }
    app.finish().await;
}

// A connection that was broken off in the middle must not be used again: what the server says to the
// first message would be taken for its answer to the next
#[tokio::test]
async fn a_late_answer_is_not_taken_for_the_answer_to_the_next_message() {
    let app = TestApp::start(Database::sqlite()).await;
    for name in ["first", "second"] {
        app.add_account(&format!("{name}@example.org")).await;
    }
    app.smtp.behave(SmtpBehaviour::HoldMessage);
    app.ask(&mut app.browser(), "first@example.org").await;
    let worker = app.application.worker();
    let sending = tokio::spawn(async move { worker.send_due().await });
    app.smtp.wait_until("a message", |state| state.held == 1).await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    app.smtp.release();
    app.smtp.wait_until("it is taken", |state| state.mails.len() == 1).await;

    app.smtp.behave(SmtpBehaviour::DeferMessage);
    app.ask(&mut app.browser(), "second@example.org").await;
    assert!(app.deliver().await.is_empty());
    assert_eq!(reasons(&app).await.last().map(String::as_str), Some("the mail server answered 452"));
    app.smtp.behave(SmtpBehaviour::Accept);
    app.clock.advance(Duration::from_secs(60));
    let recipients: Vec<_> = app.deliver().await.into_iter().flat_map(|mail| mail.recipients).collect();
    assert_eq!(recipients.len(), 2, "{recipients:?}");
    app.finish().await;
}
