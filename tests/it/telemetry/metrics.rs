//! `/metrics`: what a process counts and what it reads from the database. Outsiders must not be able to add series.

use std::time::Duration;

use keyback::model::PhoneNumber;
use reqwest::Method;

use super::{assert_told, scrape};
use crate::support::{Database, ProviderBehaviour, SmtpBehaviour, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";

// SECURITY.md, requirement 75
#[on_both_databases]
async fn a_journey_shows_in_the_numbers_without_a_secret_or_an_address(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.ask(&mut browser, "known@example.org").await;
    let token = app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;

    let told = scrape(&app).await;
    assert_told(
        &told,
        &[
            "keyback_build_info{version=\"0.1.0\"} 1",
            "keyback_requests_total{method=\"POST\",route=\"/actions/ask\",status=\"303\"} 2",
            "keyback_requests_total{method=\"POST\",route=\"/actions/set-password\",status=\"303\"} 1",
            "keyback_requests_total{method=\"GET\",route=\"/verify\",status=\"303\"} 1",
            "keyback_request_duration_seconds_count{method=\"GET\",route=\"/verify\"} 1",
            "keyback_messages_total{channel=\"email\",outcome=\"sent\"} 2",
            "keyback_message_duration_seconds_count{channel=\"email\"} 2",
            "keyback_limits_hit_total{rule=\"identifier_cooldown\"} 1",
            // The account's first password and the new one.
            "keyback_hash_duration_seconds_count 2",
            "keyback_hash_capacity 256",
            "keyback_hash_queued 0",
            "keyback_hash_busy 0",
            "keyback_hashes_refused_total 0",
            "keyback_worker_heartbeat_age_seconds 0.0",
            "keyback_database_up 1",
            "keyback_outbox_pending 0",
            "# EOF",
        ],
    );
    let pool = if app.database.is_sqlite() { "write" } else { "all" };
    let connections = |name: &str| -> u32 {
        let start = format!("keyback_database_{name}{{pool=\"{pool}\"}} ");
        told.split(&start).nth(1).unwrap().lines().next().unwrap().parse().unwrap()
    };
    let (open, idle) = (connections("connections"), connections("connections_idle"));
    assert!((1..=10).contains(&open) && idle <= open, "{told}");
    for secret in [mail.link_key(), mail.code(), token, app.api_key().to_owned(), "known@".into(), "127.0.0.1".into()] {
        assert!(!told.contains(&secret), "{secret} is in\n{told}");
    }
    app.finish().await;
}

#[on_both_databases]
async fn events_for_an_app_show_apart_from_messages(database: Database) {
    let app = TestApp::start_with_webhooks(database).await;
    app.provider.behave(ProviderBehaviour::answer(500, ""));
    app.ask(&mut app.browser(), "nobody@example.org").await;
    app.deliver().await;
    app.application.worker().send_due_webhooks().await.unwrap();
    app.clock.advance(Duration::from_secs(3));
    assert_told(
        &scrape(&app).await,
        &[
            "keyback_webhooks_total{outcome=\"postponed\"} 1",
            "keyback_webhooks_pending 1",
            "keyback_webhooks_oldest_seconds 3.0",
            "keyback_outbox_pending 0",
        ],
    );
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    app.clock.advance(Duration::from_secs(60));
    app.application.worker().send_due_webhooks().await.unwrap();
    assert_told(&scrape(&app).await, &["keyback_webhooks_total{outcome=\"sent\"} 1", "keyback_webhooks_pending 0"]);
    app.finish().await;
}

#[on_both_databases]
async fn without_a_database_the_process_still_tells_what_it_counts(database: Database) {
    let app = TestApp::start(database).await;
    app.browser().get("/forgot-password").await;
    app.application.store.close().await;
    let told = scrape(&app).await;
    assert_told(
        &told,
        &[
            "keyback_database_up 0",
            "keyback_requests_total{method=\"GET\",route=\"/forgot-password\",status=\"200\"} 1",
            "# EOF",
        ],
    );
    assert!(!told.contains("keyback_outbox_pending"), "{told}");
    app.database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_callers_make_up_is_one_series() {
    let app = TestApp::start(Database::sqlite()).await;
    let mut series = Vec::new();
    for round in 0..10 {
        let method = Method::from_bytes(format!("MADEUP{round}").as_bytes()).unwrap();
        for path in ["/nowhere", "/api/v1/nowhere", "/pkg/nowhere", "/api/v1/resets/nowhere/verify", "/actions/nowhere"]
        {
            let path = format!("{path}-{round}?made-up={round}");
            app.browser().get(&path).await;
            app.browser().send(method.clone(), &path, &[], None).await;
        }
        let told = scrape(&app).await;
        series.push(told.lines().count());
        assert!(!told.contains("made") && !told.contains("MADE"), "{told}");
    }
    assert_eq!(series.first(), series.last(), "{}", scrape(&app).await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_of_a_message_is_counted_for_each_try() {
    let app = TestApp::start_with_texts(Database::sqlite(), &[]).await;
    for behaviour in [SmtpBehaviour::RefuseMessage, SmtpBehaviour::DeferRecipient, SmtpBehaviour::Accept] {
        let email = format!("{behaviour:?}@example.org").to_lowercase();
        app.add_account(&email).await;
        app.smtp.behave(behaviour);
        app.ask(&mut app.browser(), &email).await;
        app.deliver().await;
    }
    let phone = PhoneNumber::parse("+12025550123", None).unwrap();
    app.add_account_with("phone@example.org", |account| {
        account.phone = Some(phone);
        account.phone_verified = true;
    })
    .await;
    app.provider.behave(ProviderBehaviour::HangUp);
    app.ask(&mut app.browser(), "+12025550123").await;
    app.deliver().await;
    app.provider.behave(ProviderBehaviour::answer(200, ""));
    app.clock.advance(Duration::from_secs(10));
    app.deliver().await;
    assert_told(
        &scrape(&app).await,
        &[
            "keyback_messages_total{channel=\"email\",outcome=\"refused\"} 1",
            "keyback_messages_total{channel=\"email\",outcome=\"postponed\"} 1",
            "keyback_messages_total{channel=\"email\",outcome=\"sent\"} 2",
            "keyback_messages_total{channel=\"sms\",outcome=\"unanswered\"} 1",
            "keyback_messages_total{channel=\"sms\",outcome=\"sent\"} 1",
            "keyback_message_duration_seconds_count{channel=\"email\"} 4",
            "keyback_message_duration_seconds_count{channel=\"sms\"} 2",
        ],
    );
    app.finish().await;
}
