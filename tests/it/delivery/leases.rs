//! Many workers, workers that die and workers that are overtaken: every message is sent, and no more often than
//! necessary. Connections to the mail server are kept and shared.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use keyback::cli::Application;

use super::the_link_works;
use crate::support::{Database, SmtpBehaviour, TestApp, on_both_databases};

// DESIGN.md §5, outbox with leases: killing the process at any point loses nothing
#[on_both_databases]
async fn a_message_of_a_worker_that_died_is_sent_by_another_when_the_lease_is_over(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    app.smtp.behave(SmtpBehaviour::HoldMessage);
    app.ask(&mut app.browser(), "known@example.org").await;
    let worker = app.application.worker();
    let dying = tokio::spawn(async move { worker.send_due().await });
    app.smtp.wait_until("the message is at the mail server", |state| state.held == 1).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());

    app.smtp.behave(SmtpBehaviour::Accept);
    let other = app.application.worker();
    assert_eq!(other.send_due().await, Ok(0), "the lease of the dead worker holds");
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(other.send_due().await, Ok(0));
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(other.send_due().await, Ok(1));
    let mails = app.smtp.mails();
    assert_eq!(mails.len(), 1);
    the_link_works(&app, &mails[0]).await;

    app.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(other.send_due().await, Ok(0), "what is marked is not sent again");
    app.finish().await;
}

// DESIGN.md §5: who marks must still hold the lease
#[on_both_databases]
async fn a_worker_that_is_overtaken_marks_nothing(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    app.smtp.behave(SmtpBehaviour::HoldMessage);
    app.ask(&mut app.browser(), "known@example.org").await;
    let worker = app.application.worker();
    let slow = tokio::spawn(async move { worker.send_due().await });
    app.smtp.wait_until("the message is at the mail server", |state| state.held == 1).await;

    app.smtp.behave(SmtpBehaviour::DeferRecipient);
    app.clock.advance(Duration::from_secs(60));
    let other = app.application.worker();
    assert_eq!(other.send_due().await, Ok(1));
    // The other has put the message off; the first, done at last, must not mark it as sent.
    app.smtp.release();
    assert_eq!(slow.await.unwrap(), Ok(1));
    assert_eq!(app.database.pending().await, 1);

    app.smtp.behave(SmtpBehaviour::Accept);
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(other.send_due().await, Ok(1));
    let mails = app.smtp.mails();
    assert_eq!(mails.len(), 2, "at least once: the first had arrived, too");
    for mail in &mails {
        the_link_works(&app, mail).await;
    }
    app.finish().await;
}

// DESIGN.md §5: any number of instances may run a worker each
#[on_both_databases]
async fn many_workers_at_once_send_each_message_once(database: Database) {
    const MESSAGES: usize = 60;
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    for number in 0..MESSAGES {
        let email = format!("person{number}@example.org");
        app.add_account_with(&email, |_| {}).await;
        app.ask(&mut app.browser(), &email).await;
    }
    let second = Application::start(app.application.config.clone(), app.clock.clone()).await.unwrap();
    let begin = Arc::new(tokio::sync::Barrier::new(4));
    let working: Vec<_> = [app.application.worker(), app.application.worker(), second.worker(), second.worker()]
        .into_iter()
        .map(|worker| {
            let begin = Arc::clone(&begin);
            tokio::spawn(async move {
                begin.wait().await;
                while worker.store.statistics(worker.clock.now()).await.unwrap().outbox_pending > 0 {
                    worker.send_due().await.unwrap();
                }
            })
        })
        .collect();
    for worker in working {
        worker.await.unwrap();
    }
    let recipients: Vec<_> = app.smtp.mails().into_iter().flat_map(|mail| mail.recipients).collect();
    let distinct: BTreeSet<_> = recipients.iter().collect();
    assert_eq!((recipients.len(), distinct.len()), (MESSAGES, MESSAGES));
    second.store.close().await;
    app.finish().await;
}

#[on_both_databases]
async fn connections_to_the_mail_server_are_kept_and_shared(database: Database) {
    let settings = [("LIMITS__CALLER_PER_15_MINUTES", "1000"), ("MAIL__CONNECTIONS", "8")];
    let app = TestApp::start_with(database, &settings).await;
    for number in 0..10 {
        let email = format!("person{number}@example.org");
        app.add_account(&email).await;
        app.ask_for_mail(&mut app.browser(), &email).await;
    }
    assert_eq!(app.smtp.connections(), 1, "one after the other over one connection");
    for number in 10..34 {
        let email = format!("person{number}@example.org");
        app.add_account(&email).await;
        app.ask(&mut app.browser(), &email).await;
    }
    assert_eq!(app.deliver().await.len(), 24);
    assert!(app.smtp.connections() <= 8, "{}", app.smtp.connections());

    // A connection that the server closed meanwhile is replaced.
    app.smtp.behave(SmtpBehaviour::HangUpInsideData);
    app.wait_for_cooldown();
    app.ask(&mut app.browser(), "person0@example.org").await;
    assert!(app.deliver().await.is_empty());
    app.smtp.behave(SmtpBehaviour::Accept);
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}
