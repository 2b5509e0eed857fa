//! Pages, publishable keys and secret keys have separate shares of the overall limit: none uses up that of another.

use keyback::model::KeyKind;
use reqwest::StatusCode;
use serde_json::json;

use super::{app_with, ask_from, person_at};
use crate::support::{Database, TestApp, on_both_databases};

/// Asks with a key until it is refused; tells how often it was accepted.
async fn ask_with_key(app: &TestApp, key: &str, who: &str) -> u32 {
    for number in 0.. {
        let mut program = person_at(app, &format!("198.18.{number}.1"));
        let answer =
            program.call_api("/api/v1/resets", key, json!({"email": format!("{who}{number}@example.org")})).await;
        if answer.status != StatusCode::ACCEPTED {
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
            assert!(answer.header("retry-after").is_some());
            return number;
        }
    }
    unreachable!("it is refused in the end")
}

#[on_both_databases]
async fn a_program_that_asks_without_end_closes_neither_the_pages_nor_other_kinds_of_keys(database: Database) {
    let app = app_with(database, &[("LIMITS__OVERALL_PER_MINUTE", "64")]).await;
    let publishable = app.key(KeyKind::Publishable).await.key;
    let secret = ask_with_key(&app, app.api_key(), "secret").await;
    assert_eq!(secret, 16);
    let other_secret = app.key(KeyKind::Secret).await.key;
    assert_eq!(ask_with_key(&app, other_secret.expose(), "other").await, 0, "keys of a kind share");
    assert_eq!(ask_with_key(&app, publishable.expose(), "publishable").await, 16);
    for number in 0..24 {
        let location = ask_from(&app, "192.0.2.9", &format!("person{number}")).await;
        assert_eq!(location, "/check-inbox", "{number}");
    }
    app.deliver().await;
    app.finish().await;
}
