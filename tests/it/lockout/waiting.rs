//! The page on which a person waits: it keeps what was typed, says the same to everybody and writes nothing.

use std::time::Duration;

use keyback::model::Ticket;

use super::{OVERALL, Wait, app_with, flood, flood_from_everywhere, person_at, wait_at};
use crate::support::{Database, on_both_databases};

const TARGET: &str = "https://app.example.org/auth?from=reset";

#[on_both_databases]
async fn known_and_unknown_people_wait_alike(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    app.add_account("known@example.org").await;
    flood_from_everywhere(&app).await;
    let mut seen = Vec::new();
    for name in ["known", "nobody"] {
        let mut person = person_at(&app, "2001:db8:f:1::7");
        let asked = app.ask(&mut person, &format!("{name}@example.org")).await;
        let page = person.follow(&asked).await;
        let wait = Wait::read(&page.body);
        let early = wait.go_on(&mut person, "").await;
        let mut page = page.comparable();
        page.2 = page.2.replace(wait.field("ticket"), "ticket").replace(&wait.seed, "seed").replace(name, "somebody");
        app.clock.advance(Ticket::WAIT);
        seen.push((asked.comparable(), page, early, wait.go_on(&mut person, "").await));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].3, "/check-inbox");
    assert_eq!(app.deliver().await.len(), 1);
    app.finish().await;
}

#[on_both_databases]
async fn nothing_that_was_typed_is_lost(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    let mut person = person_at(&app, "2001:db8:f:1::7");
    let typed = "Ánna+\"x\" <o'neil>@example.org";
    let refused = app.ask(&mut person, typed).await;
    assert_eq!(refused.location(), "/forgot-password", "a mistake is told at once");
    let typed = "Anna.O'Neil+x@example.org";
    let asked = person.post("/actions/ask", &[("identifier", typed), ("redirect_url", TARGET)]).await;
    assert_eq!(asked.location(), "/one-moment");
    for _ in 0..2 {
        let page = person.get("/one-moment").await.body;
        assert!(
            page.contains("Anna.O'Neil+x@example.org") || page.contains("Anna.O&#x27;Neil+x@example.org"),
            "{page}"
        );
    }
    let wait = Wait::read(&person.get("/one-moment").await.body);
    assert_eq!(wait.field("redirect_url"), TARGET);
    assert_eq!(wait.go_on(&mut person, &wait.proof()).await, "/check-inbox");
    let targets = app.database.texts("SELECT redirect_url FROM challenges WHERE redirect_url IS NOT NULL").await;
    assert_eq!(targets, [TARGET]);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_new_code_is_waited_for_like_a_first_one(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    let mut person = person_at(&app, "2001:db8:f:1::7");
    app.ask(&mut person, "person@example.org").await;
    app.clock.advance(Duration::from_secs(61));
    flood_from_everywhere(&app).await;
    let again = person.post("/actions/resend", &[]).await;
    let wait = Wait::read(&person.follow(&again).await.body);
    assert_eq!(wait.action, "/actions/resend");
    assert_eq!(wait.go_on(&mut person, &wait.proof()).await, "/code");
    assert!(person.get("/code").await.body.contains("role=\"status\""));
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn whoever_waits_writes_no_row(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    let before = app.database.sizes().await;
    for number in 0..50 {
        let (mut person, wait) = wait_at(&app, "2001:db8:f:1::7", &format!("person{number}@example.org")).await;
        assert_eq!(wait.go_on(&mut person, "").await, "/one-moment");
        assert_eq!(person.cookie, None, "there is no session");
    }
    assert_eq!(app.database.sizes().await, before);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn whoever_did_not_ask_has_nothing_to_wait_for(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    assert_eq!(app.browser().get("/one-moment").await.location(), "/forgot-password");
    for cookie in ["__Host-keyback-moment=x", "__Host-keyback-moment=e30", "__Host-keyback-moment="] {
        let mut person = app.browser();
        person.moment = Some(cookie.to_owned());
        assert_eq!(person.get("/one-moment").await.location(), "/forgot-password", "{cookie}");
    }
    app.finish().await;
}

#[on_both_databases]
async fn a_ticket_that_ran_out_on_the_page_is_replaced_and_nothing_is_lost(database: Database) {
    let app = app_with(database, &[OVERALL]).await;
    flood_from_everywhere(&app).await;
    let (mut person, wait) = wait_at(&app, "2001:db8:f:1::7", "person@example.org").await;
    app.clock.advance(Ticket::LIFETIME - Duration::from_secs(1));
    flood(&app).await;
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(wait.go_on(&mut person, &wait.proof()).await, "/one-moment");
    let next = Wait::read(&person.get("/one-moment").await.body);
    assert_ne!(next.field("ticket"), wait.field("ticket"));
    assert_eq!(next.go_on(&mut person, &next.proof()).await, "/check-inbox");
    app.deliver().await;
    app.finish().await;
}
