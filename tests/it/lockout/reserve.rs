//! What is reserved for people during a flood of requests, and how the reserve closes by itself.

use std::time::Duration;

use keyback::model::{KeyKind, Ticket};
use reqwest::StatusCode;
use serde_json::json;

use super::{
    OVERALL, PROOFS, UNSEEN, WAITS, Wait, app_with, ask_from, flood, flood_from_everywhere, person_at, wait_at,
};
use crate::support::{Database, on_both_databases};

/// Tickets of one network that pass in an hour.
const PASSES: usize = 2;

#[on_both_databases]
async fn during_a_flood_from_one_network_a_newcomer_notices_nothing(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood(&app).await;
    for number in 1..UNSEEN {
        let location = ask_from(&app, &format!("192.0.{number}.7"), &format!("newcomer{number}")).await;
        assert_eq!(location, "/check-inbox", "{number}");
    }
    assert_eq!(ask_from(&app, "192.0.1.8", "neighbour").await, "/one-moment", "its network was seen");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_network_that_was_refused_is_no_newcomer_a_minute_later(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    for number in 0..20 {
        assert_eq!(ask_from(&app, &format!("198.19.{number}.1"), &format!("again{number}")).await, "/one-moment");
    }
    app.clock.advance(Duration::from_secs(61));
    flood(&app).await;
    for number in 0..20 {
        let location = ask_from(&app, &format!("198.19.{number}.1"), &format!("later{number}")).await;
        assert_eq!(location, "/one-moment");
    }
    assert_eq!(ask_from(&app, "192.0.2.1", "newcomer").await, "/check-inbox");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn script_solves_a_puzzle_and_the_person_goes_on(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    for number in 0..PROOFS {
        let (mut person, wait) = wait_at(&app, "2001:db8:f:1::7", &format!("script{number}@example.org")).await;
        assert_eq!(wait.field("identifier"), format!("script{number}@example.org"));
        assert_eq!(wait.go_on(&mut person, &wait.proof()).await, "/check-inbox");
        assert_eq!(person.moment, None, "nothing is kept of the wait");
        let page = person.get("/check-inbox").await.body;
        assert!(page.contains(&format!("script{number}@example.org")));
    }
    let (mut late, wait) = wait_at(&app, "2001:db8:f:1::7", "late@example.org").await;
    assert_eq!(wait.go_on(&mut late, &wait.proof()).await, "/one-moment", "that part is used up");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn puzzles_are_harder_while_many_solve_them(database: Database) {
    let app =
        app_with(database, &[("LIMITS__OVERALL_PER_MINUTE", "64"), ("LIMITS__CALLER_PER_15_MINUTES", "1000")]).await;
    flood_from_everywhere(&app).await;
    let mut bits = Vec::new();
    for number in 0..PROOFS {
        let (mut person, wait) = wait_at(&app, "2001:db8:f:1::7", &format!("script{number}@example.org")).await;
        bits.push(wait.bits);
        wait.go_on(&mut person, &wait.proof()).await;
    }
    let (_, after) = wait_at(&app, "2001:db8:f:1::7", "last@example.org").await;
    bits.push(after.bits);
    assert_eq!(bits, [17, 17, 19]);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn without_script_a_person_goes_on_after_twenty_seconds_and_not_before(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    for number in 0..WAITS {
        let (mut person, wait) = wait_at(&app, "2001:db8:f:1::7", &format!("patient{number}@example.org")).await;
        assert_eq!(wait.seconds_left, 20);
        app.clock.advance(Duration::from_secs(5));
        assert_eq!(wait.go_on(&mut person, "").await, "/one-moment");
        let page = Wait::read(&person.get("/one-moment").await.body);
        assert_eq!(page.seconds_left, 15, "it is told how long");
        assert_eq!(page.field("ticket"), wait.field("ticket"), "the wait does not begin anew");
        app.clock.advance(Ticket::WAIT - Duration::from_secs(5));
        assert_eq!(page.go_on(&mut person, "").await, "/check-inbox");
    }
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_network_that_solves_without_end_passes_twice_and_takes_nothing_from_people_who_wait_and_newcomers(
    database: Database,
) {
    let app = app_with(database, &[OVERALL]).await;
    flood(&app).await;
    let (mut patient, wait) = wait_at(&app, "2001:db8:f:1::7", "patient@example.org").await;
    assert_eq!(ask_from(&app, "203.0.113.7", "first").await, "/check-inbox", "it was not seen");
    let mut passed = 0;
    for number in 0..PROOFS + 3 {
        let (mut solver, puzzle) = wait_at(&app, "203.0.113.7", &format!("solver{number}@example.org")).await;
        passed += usize::from(puzzle.go_on(&mut solver, &puzzle.proof()).await == "/check-inbox");
    }
    assert_eq!(passed, PASSES);
    for number in 1..UNSEEN {
        let location = ask_from(&app, &format!("192.0.{number}.7"), &format!("newcomer{number}")).await;
        assert_eq!(location, "/check-inbox", "{number}");
    }
    app.clock.advance(Ticket::WAIT);
    assert_eq!(wait.go_on(&mut patient, "").await, "/check-inbox");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn it_is_over_with_the_minute(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    let (mut person, wait) = wait_at(&app, "2001:db8:f:1::7", "patient@example.org").await;
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(ask_from(&app, "2001:db8:f:1::7", "another").await, "/check-inbox");
    assert_eq!(wait.go_on(&mut person, "").await, "/check-inbox");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_browser_app_with_a_publishable_key_gets_the_usual_answer_and_newcomers_pass(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    let key = app.key(KeyKind::Publishable).await.key;
    // Of 16, four are kept.
    for number in 0..20_usize {
        let mut flood = person_at(&app, &format!("198.51.100.{number}"));
        let answer = flood
            .call_api("/api/v1/resets", key.expose(), json!({"email": format!("flood{number}@example.org")}))
            .await;
        let expected = if number < 12 { StatusCode::ACCEPTED } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, expected, "{number}: {}", answer.body);
        assert_eq!(answer.header("retry-after").is_some(), number >= 12);
    }
    let mut newcomer = person_at(&app, "192.0.2.1");
    let answer = newcomer.call_api("/api/v1/resets", key.expose(), json!({"email": "newcomer@example.org"})).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    app.deliver().await;
    app.finish().await;
}
