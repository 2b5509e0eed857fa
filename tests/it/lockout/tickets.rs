//! A ticket passes only once, and only for the network and the time that it was issued for.

use std::time::Duration;

use keyback::model::Ticket;

use super::{OPEN, OVERALL, PROOFS, Wait, app_with, ask_from, flood, flood_from_everywhere, person_at, wait_at};
use crate::support::{Browser, Database, on_both_databases};

/// Asks for somebody else with a ticket that was used, or will be.
async fn use_again(mut browser: Browser, wait: &Wait, proof: &str, name: &str) -> String {
    let email = format!("{name}@example.org");
    let fields = [("identifier", email.as_str()), ("ticket", wait.field("ticket")), ("proof", proof)];
    browser.post("/actions/ask", &fields).await.location().to_owned()
}

#[on_both_databases]
async fn of_parallel_uses_of_one_solved_puzzle_one_passes(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    for round in 0..PROOFS {
        let (person, wait) = wait_at(&app, "2001:db8:f:1::7", &format!("person{round}@example.org")).await;
        let proof = wait.proof();
        let uses = (0..8).map(|number| {
            let (wait, proof, person) = (&wait, proof.as_str(), person.clone());
            async move { use_again(person, wait, proof, &format!("use{round}-{number}")).await }
        });
        let locations = futures_util::future::join_all(uses).await;
        let passed = locations.iter().filter(|location| *location == "/check-inbox").count();
        assert_eq!(passed, 1, "{locations:?}");
        assert!(locations.iter().all(|location| ["/check-inbox", "/one-moment"].contains(&location.as_str())));
    }
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn whoever_waited_once_waits_again_for_the_next(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    let (person, wait) = wait_at(&app, "2001:db8:f:1::7", "person@example.org").await;
    app.clock.advance(Ticket::WAIT);
    assert_eq!(use_again(person.clone(), &wait, "", "first").await, "/check-inbox");
    assert_eq!(use_again(person.clone(), &wait, "", "second").await, "/one-moment");
    let (_, next) = wait_at(&app, "2001:db8:f:1::7", "second@example.org").await;
    assert_eq!(next.seconds_left, 20);
    assert_ne!(next.field("ticket"), wait.field("ticket"));
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn what_is_forged_foreign_or_over_does_not_pass(database: Database) {
    let app = app_with(database, &[OVERALL, ("RESET__RESEND_COOLDOWN", "10s")]).await;
    flood_from_everywhere(&app).await;
    let (person, wait) = wait_at(&app, "2001:db8:f:1::7", "person@example.org").await;
    let proof = wait.proof();
    let wrong = (0..).map(|number: u32| number.to_string()).find(|number| *number != proof).unwrap();
    assert_eq!(use_again(person.clone(), &wait, &wrong, "wrong").await, "/one-moment", "a wrong solution");
    let foreign = person_at(&app, "2001:db8:f:2::7");
    assert_eq!(use_again(foreign, &wait, &proof, "foreign").await, "/one-moment", "of another network");
    let same = person_at(&app, "2001:db8:f:1::99");
    for changed in [wait.field("ticket").replace(".17.", ".0."), format!("{}x", wait.field("ticket")), "x".to_owned()] {
        let fields = [("identifier", "forged@example.org"), ("ticket", changed.as_str()), ("proof", proof.as_str())];
        assert_eq!(same.clone().post("/actions/ask", &fields).await.location(), "/one-moment", "{changed}");
    }
    app.clock.advance(Ticket::LIFETIME);
    flood(&app).await;
    let late = use_again(person, &wait, &proof, "late").await;
    assert_eq!(late, "/one-moment", "five minutes are over");
    assert_eq!(use_again(same, &wait, &proof, "late").await, "/one-moment");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_ticket_that_was_not_needed_is_still_good(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    let (person, wait) = wait_at(&app, "2001:db8:f:1::7", "person@example.org").await;
    let proof = wait.proof();
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(use_again(person.clone(), &wait, &proof, "quiet").await, "/check-inbox");
    for number in 1..OPEN {
        ask_from(&app, &format!("2001:db8:f:{number:x}00::2"), &format!("again{number}")).await;
    }
    assert_eq!(use_again(person, &wait, &proof, "loud").await, "/check-inbox");
    app.deliver().await;
    app.finish().await;
}
