//! Endless requests must not fill the disk or hide anything (SECURITY.md, requirement 76).

use std::time::Duration;

use keyback::model::{
    Actor, AuditEvent, Caller, CancelKey, ChallengeId, Channel, Code, CorrelationId, Identifier, LinkKey, StepResult,
};
use keyback::refusals::{Refusal, Refusals};
use serde_json::json;

use crate::support::{Audited, Database, TestApp, on_both_databases};

const KNOCKS: usize = 2_000;
const DEAD_LINK: &str = "/verify?key=tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn caller(number: usize) -> Caller {
    Caller {
        address: format!("10.{}.{}.9", number / 250, number % 250).parse().unwrap(),
        user_agent: "flood".to_owned(),
        correlation_id: CorrelationId::random().unwrap(),
        client: None,
    }
}

fn hits(rows: &[Audited], event: &str, result: &str) -> i64 {
    rows.iter().filter(|row| row.event == event && row.result == result).map(|row| row.hits).sum()
}

#[on_both_databases]
async fn random_keys_from_everywhere_leave_a_bounded_number_of_rows_and_an_exact_count(database: Database) {
    let app = TestApp::start(database).await;
    let before = app.database.sizes().await;
    let reset = &app.application.reset;
    let code = Code::random(Channel::Email).unwrap();
    let nobody = Identifier::Email(keyback::model::EmailAddress::parse("nobody@example.org").unwrap());
    for number in 0..KNOCKS {
        let caller = caller(number);
        reset.open_link(&LinkKey::random().unwrap(), &caller).await.unwrap_err();
        reset.look_at_link(&LinkKey::random().unwrap(), &caller).await.unwrap();
        reset.check_code(&ChallengeId::random().unwrap(), &code, &caller).await.unwrap_err();
        reset.check_code_of(&nobody, &code, &caller).await.unwrap_err();
        reset.cancel(&CancelKey::random().unwrap().hash(), &caller).await.unwrap();
    }
    let untouched = app.database.sizes().await;
    assert_eq!(before, untouched, "nothing is written for each key");
    app.application.refusals.write().await.unwrap();
    let after = app.database.sizes().await;
    for (table, rows) in &after {
        let bound = match *table {
            // Three hundred callers for an event, and what the others did.
            "audit" => before[table] + 2 * (300 + 1),
            // Counters of the audit itself.
            "limits" => before[table] + 3,
            _ => before[table],
        };
        assert!(*rows <= bound, "{table}: {rows}");
    }
    let rows = app.audit().await;
    assert_eq!(hits(&rows, "reset.link_opened", "dead"), KNOCKS as i64);
    assert_eq!(hits(&rows, "reset.code_checked", "refused"), 2 * KNOCKS as i64);
    assert!(rows.iter().any(|row| row.actor == "other networks" && row.caller_address.is_none()));
    app.finish().await;
}

#[on_both_databases]
async fn wrong_codes_after_a_flood_of_dead_links_are_all_in_the_audit(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.call("/api/v1/resets", json!({"email": "known@example.org"})).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    app.deliver().await;
    for _ in 0..50 {
        assert_eq!(app.browser().get(DEAD_LINK).await.location(), "/link-expired");
    }
    for _ in 0..5 {
        app.call(&format!("/api/v1/resets/{id}/verify"), json!({"code": "00000000"})).await;
    }
    let rows = app.audit().await;
    assert_eq!(hits(&rows, "reset.link_opened", "dead"), 50);
    assert_eq!(rows.iter().filter(|row| row.event == "reset.link_opened").count(), 1, "one caller, one minute");
    let wrong: Vec<_> = rows.iter().filter(|row| row.event == "reset.code_checked").collect();
    assert_eq!(wrong.len(), 5);
    assert!(wrong.iter().all(|row| row.challenge_id.as_deref() == Some(&id) && row.caller_address.is_some()));
    app.clock.advance(Duration::from_secs(61));
    app.browser().get(DEAD_LINK).await;
    let rows = app.audit().await;
    assert_eq!(rows.iter().filter(|row| row.event == "reset.link_opened").count(), 2, "a row for each minute");
    app.finish().await;
}

#[on_both_databases]
async fn a_link_that_is_opened_without_end_is_counted_and_its_timeline_says_how_often(database: Database) {
    let app = TestApp::start_with(database, &[("API__CONCEAL_ACCOUNTS", "false")]).await;
    app.add_account("known@example.org").await;
    let id = app.call("/api/v1/resets", json!({"email": "known@example.org"})).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mail = app.deliver().await.remove(0);
    let link = format!("/verify?key={}", mail.link_key());
    let opened = (0..10).map(|_| async {
        for _ in 0..6 {
            app.browser().get(&link).await;
        }
    });
    futures_util::future::join_all(opened).await;
    let rows = app.audit().await;
    assert_eq!(hits(&rows, "reset.link_opened", "ok"), 60);
    assert_eq!(rows.iter().filter(|row| row.event == "reset.link_opened").count(), 21);
    let authorization = format!("Bearer {}", app.api_key());
    let path = format!("/api/v1/resets/{id}");
    let told = app.browser().send(reqwest::Method::GET, &path, &[("authorization", &authorization)], None).await.json();
    let steps = told["timeline"].as_array().unwrap();
    let times: i64 = steps
        .iter()
        .filter(|step| step["event"] == "reset.link_opened")
        .map(|step| step["hits"].as_i64().unwrap())
        .sum();
    assert_eq!(times, 60);
    app.finish().await;
}

#[on_both_databases]
async fn counts_add_up_over_two_instances_that_write_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let key = app.application.config.server.secret_key.clone();
    let other = Refusals::new(app.application.store.clone(), key, app.clock.clone());
    let knock = |refusals: Refusals, from: usize| async move {
        for _ in 0..4 {
            for number in from..from + 400 {
                let caller = caller(number);
                refusals.count(&Refusal {
                    event: AuditEvent::LinkOpened,
                    result: StepResult::Dead.into(),
                    actor: &Actor::Person,
                    caller: &caller,
                });
            }
            refusals.write().await.unwrap();
        }
    };
    let ours = app.application.refusals.clone();
    tokio::join!(knock(ours.clone(), 0), knock(other.clone(), 200), knock(ours, 100), knock(other, 0));
    let rows = app.audit().await;
    assert_eq!(hits(&rows, "reset.link_opened", "dead"), 4 * 4 * 400);
    let rows = rows.iter().filter(|row| row.event == "reset.link_opened").count();
    assert!(rows <= 301, "{rows}");
    app.finish().await;
}
