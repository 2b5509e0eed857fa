//! Nobody's message waits for another person's: not for a slow recipient, not for a provider of text messages that
//! hangs, and not longer or shorter because of whom somebody asked for before.

use std::time::Duration;

use keyback::model::PhoneNumber;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::{Database, ProviderBehaviour, SmtpBehaviour, TestApp, on_both_databases};

/// A worker that runs as it does in a server. Stopped when the sender is dropped or says so.
fn run_worker(app: &TestApp) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (stop, stopped) = watch::channel(false);
    (stop, tokio::spawn(app.application.worker().run(stopped)))
}

/// Lets the time pass after which a message goes.
fn let_go(app: &TestApp) {
    app.clock.advance(Duration::from_secs(1));
}

/// Waits until the worker has gone round since the clock was moved.
async fn has_gone_round(app: &TestApp) {
    let round = async {
        while app.application.heartbeat.age() > Duration::ZERO {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), round).await.expect("the worker goes round");
}

#[on_both_databases]
async fn a_recipient_whose_server_is_slow_delays_nobody_else(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("slow@slow.example").await;
    app.add_account("known@example.org").await;
    let (stop, running) = run_worker(&app);
    app.smtp.behave(SmtpBehaviour::HoldMessage);
    app.ask(&mut app.browser(), "slow@slow.example").await;
    let_go(&app);
    app.smtp.wait_until("the slow message", |state| state.held == 1).await;
    app.smtp.behave(SmtpBehaviour::Accept);
    app.ask(&mut app.browser(), "known@example.org").await;
    let_go(&app);
    app.smtp.wait_until("the other message", |state| state.mails.len() == 1).await;
    assert_eq!(app.smtp.mails()[0].recipients, ["known@example.org"]);
    app.smtp.release();
    app.smtp.wait_until("the slow message in the end", |state| state.mails.len() == 2).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    app.finish().await;
}

#[on_both_databases]
async fn many_recipients_of_one_slow_server_do_not_take_all_places(database: Database) {
    let settings = [("MAIL__CONNECTIONS", "4"), ("LIMITS__CALLER_PER_15_MINUTES", "1000")];
    let app = TestApp::start_with(database, &settings).await;
    app.add_account("known@example.org").await;
    for number in 0..8 {
        app.add_account(&format!("person{number}@slow.example")).await;
        app.ask(&mut app.browser(), &format!("person{number}@slow.example")).await;
    }
    app.smtp.behave(SmtpBehaviour::HoldMessage);
    let (stop, running) = run_worker(&app);
    let_go(&app);
    app.smtp.wait_until("a slow message", |state| state.held == 1).await;
    app.smtp.behave(SmtpBehaviour::Accept);
    app.ask(&mut app.browser(), "known@example.org").await;
    let_go(&app);
    app.smtp.wait_until("the other message", |state| !state.mails.is_empty()).await;
    assert_eq!(app.smtp.mails()[0].recipients, ["known@example.org"]);
    app.smtp.release();
    app.smtp.wait_until("all messages", |state| state.mails.len() == 9).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    app.finish().await;
}

#[on_both_databases]
async fn a_provider_of_text_messages_that_hangs_delays_no_mail(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.provider.behave(ProviderBehaviour::Hang);
    app.add_account_with("known@example.org", |account| {
        account.phone = Some(PhoneNumber::parse("+12025550188", None).unwrap());
        account.phone_verified = true;
    })
    .await;
    let (stop, running) = run_worker(&app);
    app.ask(&mut app.browser(), "+12025550188").await;
    let_go(&app);
    app.provider.request().await;
    app.ask(&mut app.browser(), "known@example.org").await;
    app.clock.advance(Duration::from_secs(60));
    app.smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    running.abort();
    drop(stop);
    let texts = app.database.number("SELECT COUNT(*) FROM outbox WHERE lane = 'sms' AND finished_at IS NULL").await;
    assert_eq!(texts, 1, "nobody has answered for the text message");
    app.database.change("UPDATE outbox SET finished_at = 1 WHERE finished_at IS NULL").await;
    app.finish().await;
}

// A name that turns out to have a number leaves the lane of mail
#[on_both_databases]
async fn a_name_gets_its_text_message_while_the_mail_server_hangs(database: Database) {
    let app = TestApp::start_with_texts(database, &[("RESET__USERNAME_DELIVERY", "email,sms")]).await;
    app.provider.behave(ProviderBehaviour::answer(200, ""));
    app.add_account("slow@slow.example").await;
    app.add_account_with("unused@example.org", |account| {
        account.email = None;
        account.email_verified = false;
        account.phone = Some(PhoneNumber::parse("+12025550188", None).unwrap());
        account.phone_verified = true;
        account.username = Some(keyback::model::Username::parse("jane").unwrap());
    })
    .await;
    app.smtp.behave(SmtpBehaviour::HoldMessage);
    let (stop, running) = run_worker(&app);
    app.ask(&mut app.browser(), "slow@slow.example").await;
    let_go(&app);
    app.smtp.wait_until("the slow message", |state| state.held == 1).await;
    app.ask(&mut app.browser(), "jane").await;
    let_go(&app);
    app.provider.request().await;
    app.smtp.release();
    app.smtp.wait_until("the slow message in the end", |state| state.mails.len() == 1).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    let tries = app.database.number("SELECT attempts FROM outbox WHERE lane = 'sms'").await;
    assert_eq!(tries, 1);
    app.finish().await;
}

#[on_both_databases]
async fn a_message_goes_a_second_after_it_was_asked_for_and_not_before(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let (stop, running) = run_worker(&app);
    app.ask(&mut app.browser(), "known@example.org").await;
    for millis in [500, 499] {
        app.clock.advance(Duration::from_millis(millis));
        has_gone_round(&app).await;
    }
    assert!(app.smtp.mails().is_empty());
    app.clock.advance(Duration::from_millis(1));
    app.smtp.wait_until("the message", |state| state.mails.len() == 1).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    app.finish().await;
}

// A connection that is open already would let one's own mail arrive earlier
#[on_both_databases]
async fn a_request_for_nobody_opens_the_connection_that_one_for_somebody_opens(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    app.add_account_with("unverified@example.org", |account| account.email_verified = false).await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    for name in ["unknown", "unverified", "disabled", "known"] {
        app.smtp.hang_up();
        let before = app.smtp.connections();
        app.ask(&mut app.browser(), &format!("{name}@example.org")).await;
        app.deliver().await;
        assert_eq!(app.smtp.connections(), before + 1, "{name}");
    }
    assert_eq!(app.smtp.mails().len(), 1);
    app.finish().await;
}

// Else whoever asks later would find the places free again after a request for nobody
#[on_both_databases]
async fn without_a_mail_server_a_request_for_nobody_is_tried_again_as_one_for_somebody_is(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let worker = app.application.worker();
    app.smtp.behave(SmtpBehaviour::HangUpAtOnce);
    app.smtp.hang_up();
    for name in ["known", "unknown"] {
        app.ask(&mut app.browser(), &format!("{name}@example.org")).await;
    }
    let_go(&app);
    for attempt in 1..=3 {
        while worker.send_due().await.unwrap() > 0 {}
        let attempts = app.database.texts("SELECT CAST(attempts AS TEXT) FROM outbox WHERE finished_at IS NULL").await;
        assert_eq!(attempts, [attempt.to_string(), attempt.to_string()]);
        app.clock.advance(Duration::from_secs(5 * 2_u64.pow(attempt - 1)));
    }
    app.smtp.behave(SmtpBehaviour::Accept);
    assert_eq!(app.deliver().await.len(), 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM outbox WHERE finished_at IS NULL").await, 0);
    app.finish().await;
}

#[on_both_databases]
async fn while_nobody_takes_messages_they_wait_untouched_and_then_all_go(database: Database) {
    const PEOPLE: usize = 40;
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    app.smtp.behave(SmtpBehaviour::Unavailable);
    for number in 0..PEOPLE {
        let email = format!("person{number}@example.org");
        app.add_account(&email).await;
        app.ask(&mut app.browser(), &email).await;
    }
    let (stop, running) = run_worker(&app);
    let_go(&app);
    let metrics = || {
        let mut text = String::new();
        app.application.metrics.write(&mut text).unwrap();
        text
    };
    let open = |is_open: u8| format!("keyback_lane_open{{channel=\"email\"}} {is_open}\n");
    assert!(metrics().contains(&open(1)), "{}", metrics());
    while !metrics().contains(&open(0)) {
        tokio::task::yield_now().await;
    }
    app.smtp.behave(SmtpBehaviour::Accept);
    // What failed is due again after some seconds of the clock, which stands still.
    let all_go = async {
        while app.smtp.mails().len() < PEOPLE {
            app.clock.advance(Duration::from_secs(5));
            has_gone_round(&app).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all_go).await.expect("all messages go");
    let untouched = app.database.number("SELECT COUNT(*) FROM outbox WHERE attempts = 1").await;
    assert!(untouched >= 16, "{untouched} were left alone until somebody took one");
    assert!(metrics().contains(&open(1)));
    stop.send(true).unwrap();
    running.await.unwrap();
    app.finish().await;
}
