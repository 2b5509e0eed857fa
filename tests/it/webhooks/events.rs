//! Which events an app receives, and their contents. None is lost, and none delays a message (SECURITY.md, requirement
//! 71).

use std::time::Duration;

use serde_json::Value;

use crate::support::{Browser, Database, ProviderBehaviour, Received, SmtpBehaviour, TestApp, on_both_databases};

const NEW_PASSWORD: &str = "meadow-copper-violin";

async fn start(database: Database) -> TestApp {
    let app = TestApp::start_with_webhooks(database).await;
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    app
}

/// Lets the worker tell of everything that is due, and gives what the app has taken since.
async fn told(app: &TestApp) -> Vec<Received> {
    let before = app.provider.received().len();
    let worker = app.application.worker();
    while worker.send_due_webhooks().await.unwrap() > 0 {}
    app.provider.received().split_off(before)
}

/// The events of one reset and those of others in words: `reset.cancelled not_me request`.
fn words(events: &[Received]) -> Vec<String> {
    let mut words: Vec<String> = events
        .iter()
        .map(|event| {
            let event: Value = serde_json::from_str(&event.body).unwrap();
            let details = ["reason", "ended", "channel"].map(|name| event["data"][name].as_str().map(str::to_owned));
            let parts = [event["type"].as_str().map(str::to_owned)].into_iter().chain(details).flatten();
            parts.collect::<Vec<_>>().join(" ")
        })
        .collect();
    words.sort();
    words
}

/// Types that many wrong codes of the mail's length.
async fn guess(browser: &mut Browser, count: usize) {
    for _ in 0..count {
        browser.post("/actions/check-code", &[("code", "00000000")]).await;
    }
}

// SECURITY.md, requirements 71 and 46
#[on_both_databases]
async fn an_app_is_told_of_each_reset_from_its_beginning_to_its_end_and_of_no_secret(database: Database) {
    let app = start(database).await;
    let account = app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let first = app.ask_for_mail(&mut browser, "known@example.org").await;
    app.wait_for_cooldown();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    let mut token = app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    let notice = app.deliver().await.remove(0);
    let mut events = told(&app).await;
    assert_eq!(
        words(&events),
        ["reset.cancelled reset_elsewhere request", "reset.completed", "reset.requested", "reset.requested",]
    );

    let mut owner = app.browser();
    owner.get(&format!("/not-me?key={}", notice.cancel_key())).await;
    owner.post("/actions/not-me", &[]).await;
    let after = told(&app).await;
    assert_eq!(words(&after), ["reset.cancelled not_me password"]);
    events.extend(after);

    let mut ids = std::collections::BTreeSet::new();
    for event in &events {
        assert!(ids.insert(event.header("webhook-id").to_owned()));
        let body: Value = serde_json::from_str(&event.body).unwrap();
        assert!(body["timestamp"].as_str().unwrap().starts_with("2026-11-22T14:0"), "{body}");
        let known = body["type"] != "reset.requested";
        assert_eq!(body["data"]["account_id"].as_str(), known.then_some(account.as_str()), "{body}");
        assert_eq!(body["data"]["reset_id"].as_str().map(str::len), Some(24), "{body}");
    }
    token.drain(..3);
    let secrets = [first.link_key(), mail.link_key(), mail.code(), notice.cancel_key(), token];
    let fixed = ["known", "example.org", "127.0.0.1", NEW_PASSWORD].map(str::to_owned);
    let everything: String = events.iter().map(|event| format!("{event:?}")).collect();
    let dump = app.database.texts("SELECT payload FROM outbox WHERE payload IS NOT NULL").await.concat();
    for secret in secrets.into_iter().chain(fixed) {
        assert!(!dump.contains(&secret), "{secret}: {dump}");
        assert!(!everything.replace(&app.provider.url(), "").replace("127.0.0.1:", "").contains(&secret), "{secret}");
    }
    app.finish().await;
}

// Who is unknown is told of in the same words as who is known.
#[on_both_databases]
async fn a_request_is_told_of_alike_whether_there_is_an_account_or_not(database: Database) {
    let app = start(database).await;
    app.add_account("known@example.org").await;
    app.ask(&mut app.browser(), "known@example.org").await;
    app.ask(&mut app.browser(), "nobody@example.org").await;
    let mut shapes = Vec::new();
    for event in told(&app).await {
        let mut body: Value = serde_json::from_str(&event.body).unwrap();
        body["data"]["reset_id"] = Value::Null;
        shapes.push(body.to_string());
    }
    assert_eq!(shapes.len(), 2);
    assert_eq!(shapes[0], shapes[1]);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn requests_that_give_way_to_newer_ones_and_to_an_operator_are_told_of(database: Database) {
    let app = TestApp::start_with_webhooks_and(database, &[("RESET__MAX_OPEN_PER_IDENTIFIER", "1")]).await;
    app.provider.behave(ProviderBehaviour::answer(200, ""));
    let account = app.add_account("known@example.org").await;
    app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    app.wait_for_cooldown();
    app.ask_for_mail(&mut app.browser(), "known@example.org").await;
    app.application.accounts.change(&account, keyback::admin::AccountChange::Disable).await.unwrap();
    assert_eq!(
        words(&told(&app).await),
        [
            "reset.cancelled account_changed request",
            "reset.cancelled superseded request",
            "reset.requested",
            "reset.requested",
        ]
    );
    app.finish().await;
}

#[on_both_databases]
async fn a_message_that_cannot_go_and_codes_that_are_closed_are_told_of(database: Database) {
    let app = start(database).await;
    app.add_account("known@example.org").await;
    app.smtp.behave(SmtpBehaviour::RefuseRecipient);
    app.ask(&mut app.browser(), "known@example.org").await;
    app.deliver().await;
    assert_eq!(words(&told(&app).await), ["reset.delivery_failed failed email", "reset.requested"]);

    app.smtp.behave(SmtpBehaviour::Accept);
    for known in [true, false] {
        for _ in 0..4 {
            app.clock.advance(Duration::from_secs(16 * 60));
            let mut browser = app.browser();
            app.ask(&mut browser, if known { "known@example.org" } else { "nobody@example.org" }).await;
            app.deliver().await;
            guess(&mut browser, 5).await;
        }
        app.deliver().await;
        let events = words(&told(&app).await);
        let locked = events.iter().filter(|event| *event == "account.locked_out wrong_codes").count();
        assert_eq!(locked, usize::from(known), "{events:?}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 71: 5xx → retries, same id, new timestamp
#[on_both_databases]
async fn an_event_is_told_again_until_the_app_takes_it(database: Database) {
    let app = start(database).await;
    app.provider.behave(ProviderBehaviour::answer(500, "out of order"));
    app.ask(&mut app.browser(), "nobody@example.org").await;
    let mut tries = told(&app).await;
    assert_eq!(tries.len(), 1);
    assert!(told(&app).await.is_empty(), "not at once");
    for _ in 0..20 {
        app.clock.advance(Duration::from_secs(60 * 60));
        tries.extend(told(&app).await);
    }
    assert_eq!(tries.len(), 21);
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    app.clock.advance(Duration::from_secs(60 * 60));
    tries.extend(told(&app).await);
    assert_eq!(tries.len(), 22);
    for pair in tries.windows(2) {
        assert_eq!(pair[0].body, pair[1].body);
        assert_eq!(pair[0].header("webhook-id"), pair[1].header("webhook-id"));
        assert_ne!(pair[0].header("webhook-timestamp"), pair[1].header("webhook-timestamp"));
        assert_ne!(pair[0].header("webhook-signature"), pair[1].header("webhook-signature"));
    }
    app.clock.advance(Duration::from_secs(60 * 60));
    assert!(told(&app).await.is_empty(), "what is taken is not told again");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn after_three_days_an_event_is_given_up_and_the_audit_says_so(database: Database) {
    let app = start(database).await;
    app.provider.behave(ProviderBehaviour::HangUp);
    app.ask(&mut app.browser(), "nobody@example.org").await;
    app.deliver().await;
    for _ in 0..74 {
        told(&app).await;
        app.clock.advance(Duration::from_secs(60 * 60));
        app.application.worker().purge().await;
    }
    let audit = app.audit().await;
    let announced: Vec<_> = audit.iter().filter(|row| row.event == "reset.announced").collect();
    assert_eq!(announced.len(), 1);
    assert_eq!((announced[0].result.as_str(), announced[0].actor.as_str()), ("failed", "worker"));
    app.finish().await;
}

#[on_both_databases]
async fn an_app_that_is_down_holds_no_message_up(database: Database) {
    let app = start(database).await;
    app.add_account("known@example.org").await;
    app.provider.behave(ProviderBehaviour::answer(503, ""));
    for number in 0..20 {
        app.ask(&mut app.browser(), &format!("nobody{number}@example.org")).await;
    }
    let mut browser = app.browser();
    app.ask(&mut browser, "known@example.org").await;
    // No event has been told, and every message has gone.
    assert_eq!(app.deliver().await.len(), 1);
    assert_eq!(told(&app).await.len(), 21);
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(told(&app).await.len(), 21);
    app.finish().await;
}

#[on_both_databases]
async fn an_event_that_nobody_sends_any_more_is_given_up_when_its_time_is_over(database: Database) {
    let app = start(database).await;
    app.ask(&mut app.browser(), "nobody@example.org").await;
    app.deliver().await;
    // From now on no instance knows an endpoint.
    let mut worker = app.application.worker();
    worker.webhooks = None;
    app.clock.advance(Duration::from_secs(71 * 60 * 60));
    worker.purge().await;
    assert_eq!(app.database.pending().await, 1, "another instance may know one");
    app.clock.advance(Duration::from_secs(2 * 60 * 60));
    worker.purge().await;
    let outcomes = app.database.texts("SELECT outcome FROM outbox WHERE payload IS NOT NULL").await;
    assert_eq!(outcomes, ["failed"]);
    app.finish().await;
}

#[on_both_databases]
async fn only_what_the_operator_has_chosen_is_told(database: Database) {
    let app = TestApp::start_with_webhooks_and(database, &[("WEBHOOKS__EVENTS", "reset.completed")]).await;
    app.provider.behave(ProviderBehaviour::answer(204, ""));
    app.add_account("known@example.org").await;
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    assert!(told(&app).await.is_empty());
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    app.deliver().await;
    assert_eq!(words(&told(&app).await), ["reset.completed"]);
    app.finish().await;
}
