//! Very many tries at one account of an app at the same time, with two links: one wins, and its password is the one that
//! is stored.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use crate::own_users::{AppDatabase, CHEAP_HASH, on_app_databases};
use crate::support::TestApp;

const TRIES: usize = 200;

/// `cargo xtask crash` runs the release build.
const ROUNDS: usize = if cfg!(debug_assertions) { 2 } else { 20 };

/// Longer than any limit on messages to one account holds, so that no round is refused.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(25 * 60 * 60);

async fn token(keyback: &TestApp) -> String {
    keyback.wait_for_cooldown();
    let mut browser = keyback.browser();
    let mail = keyback.ask_for_mail(&mut browser, "jane@example.org").await;
    keyback.open_link(&mut browser, &mail).await
}

// SECURITY.md, requirement 20
#[on_app_databases]
async fn of_two_hundred_tries_at_once_one_wins_in_each_round(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(CHEAP_HASH)).await;
    let keyback = app.keyback().await;
    let authorization = format!("Bearer {}", keyback.api_key());
    for round in 0..ROUNDS {
        keyback.clock.advance(BETWEEN_ROUNDS);
        let tokens = [token(&keyback).await, token(&keyback).await];
        let mut tries = JoinSet::new();
        for number in 0..TRIES {
            let (mut browser, authorization) = (keyback.browser(), authorization.clone());
            let password = format!("meadow-copper-violin-{round}-{number}");
            let body = json!({"access_token": tokens[number % 2], "new_password": password}).to_string().into_bytes();
            tries.spawn(async move {
                let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
                let path = "/api/v1/resets/complete";
                let answer = browser.send(reqwest::Method::POST, path, &headers, Some(body)).await;
                (answer.status, password)
            });
        }
        let answers = tries.join_all().await;
        // Whoever finds no connection or no thread for hashing is put off.
        let is_refused = |status| [StatusCode::FORBIDDEN, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
        let (refused, won): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| is_refused(*status));
        assert_eq!(won.len(), 1, "round {round}: {won:?}");
        assert_eq!((won[0].0, refused.len()), (StatusCode::NO_CONTENT, TRIES - 1), "round {round}");
        assert_eq!(keyback.authenticate("jane@example.org", &won[0].1).await.status, StatusCode::OK, "round {round}");
        let writes = "SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL";
        assert_eq!(keyback.database.number(writes).await, 0, "round {round}");
        assert_eq!(keyback.deliver().await.len(), 1, "round {round}: one notice");
    }
    keyback.finish().await;
    app.remove().await;
}
