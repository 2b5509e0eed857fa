//! An attacker requests a reset for their own account and makes another person's browser open the link. Nobody may be
//! led to type a password for the wrong account, or to cancel the wrong request (SECURITY.md, requirement 53).

use reqwest::{Method, StatusCode};

use crate::support::test_app::token_in;
use crate::support::{Answer, Browser, Database, OLD_PASSWORD, ReceivedMail, TestApp, on_both_databases};

const PERSON: &str = "jane@example.org";
/// Its mask is the same: `j•••@e•••.org`.
const ATTACKER: &str = "jack@evil.org";
const NEW_PASSWORD: &str = "meadow-copper-violin";

async fn start(database: Database) -> TestApp {
    let app = TestApp::start(database).await;
    app.add_account(PERSON).await;
    app.add_account(ATTACKER).await;
    app
}

/// A fresh token of the attacker's, as the address that a browser is sent to.
async fn planted(app: &TestApp) -> String {
    let mail = app.ask_for_mail(&mut app.browser(), ATTACKER).await;
    arrival(app, &mail).await
}

async fn arrival(app: &TestApp, mail: &ReceivedMail) -> String {
    app.path_of(app.browser().get(&format!("/verify?key={}", mail.link_key())).await.location())
}

/// The field of a form on a page of ours.
fn form_of(page: &Answer) -> String {
    let field = page.body.split("name=\"form\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", page.body));
    field.split('"').next().unwrap().to_owned()
}

async fn assert_asks_first(browser: &mut Browser, planted: &str) -> Answer {
    let arrived = browser.get(planted).await;
    assert_eq!(arrived.location(), "/another-link");
    let page = browser.follow(&arrived).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("j•••@e•••.org"), "{}", page.body);
    let token = token_in(&format!("https://reset.example.org{planted}"));
    assert!(!page.body.contains(&token), "the token is not in the page");
    page
}

async fn assert_only_the_person_has_a_new_password(app: TestApp) {
    assert_eq!(app.authenticate(PERSON, NEW_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate(ATTACKER, OLD_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_planted_link_waits_while_a_request_is_open_and_a_wrong_code_never_leads_to_it(database: Database) {
    let app = start(database).await;
    let mut person = app.browser();
    let mail = app.ask_for_mail(&mut person, PERSON).await;
    let planted = planted(&app).await;
    let page = assert_asks_first(&mut person, &planted).await;
    assert!(page.body.contains(PERSON), "what was asked for here is named in full");

    assert_eq!(person.get("/reset-password").await.location(), "/another-link", "there is no form yet");
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/reset-password");
    assert_eq!(app.type_code(&mut person, "00000000").await, "/code");
    app.open_link(&mut person, &mail).await;
    assert!(person.get("/reset-password").await.body.contains(PERSON));
    assert_asks_first(&mut person, &planted).await;
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/done");
    assert_only_the_person_has_a_new_password(app).await;
}

#[on_both_databases]
async fn the_right_code_leads_to_the_form_of_its_own_account_past_a_planted_link(database: Database) {
    let app = start(database).await;
    let mut person = app.browser();
    let mail = app.ask_for_mail(&mut person, PERSON).await;
    assert_asks_first(&mut person, &planted(&app).await).await;
    assert_eq!(app.type_code(&mut person, &mail.code()).await, "/reset-password");
    assert_eq!(app.type_code(&mut person, "00000000").await, "/reset-password", "back, and typed again");
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/done");
    assert_only_the_person_has_a_new_password(app).await;
}

#[on_both_databases]
async fn a_link_that_was_planted_before_the_request_is_set_aside_by_it(database: Database) {
    let app = start(database).await;
    let mut person = app.browser();
    let planted = planted(&app).await;
    assert_eq!(person.get(&planted).await.location(), "/reset-password", "this browser has nothing else open");
    let drawn = person.form_name().await;
    let mail = app.ask_for_mail(&mut person, PERSON).await;
    assert_eq!(app.type_code(&mut person, "00000000").await, "/code");
    assert_eq!(person.get("/reset-password").await.location(), "/another-link");
    let fields = [("form", drawn.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    assert_eq!(person.post("/actions/set-password", &fields).await.location(), "/reset-password");
    app.open_link(&mut person, &mail).await;
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/done");
    assert_only_the_person_has_a_new_password(app).await;
}

#[on_both_databases]
async fn a_planted_link_does_not_take_the_place_of_an_open_form(database: Database) {
    let app = start(database).await;
    let mail = app.ask_for_mail(&mut app.browser(), PERSON).await;
    let mut person = app.browser();
    app.open_link(&mut person, &mail).await;
    let drawn = person.form_name().await;
    assert_asks_first(&mut person, &planted(&app).await).await;
    assert_eq!(person.form_name().await, drawn, "the form is as it was");
    let fields = [("form", drawn.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    assert_eq!(person.post("/actions/set-password", &fields).await.location(), "/done");
    assert_only_the_person_has_a_new_password(app).await;
}

#[on_both_databases]
async fn a_click_goes_on_with_another_link_and_with_the_one_that_was_shown(database: Database) {
    let app = start(database).await;
    app.add_account("john@elsewhere.net").await;
    let mut person = app.browser();
    app.ask_for_mail(&mut person, PERSON).await;
    let own = app.ask_for_mail(&mut app.browser(), "john@elsewhere.net").await;
    let arrived = person.get(&arrival(&app, &own).await).await;
    let page = person.follow(&arrived).await;
    assert!(page.body.contains("j•••@e•••.net"));
    let form = form_of(&page);

    // Swapped after the page was drawn: the click was not meant for that one.
    let own_again = arrival(&app, &own).await;
    assert_asks_first(&mut person, &planted(&app).await).await;
    let refused = person.post("/actions/another-link", &[("form", &form)]).await;
    assert_eq!(refused.location(), "/another-link");
    assert_eq!(person.post("/actions/another-link", &[]).await.location(), "/another-link");

    let arrived = person.get(&own_again).await;
    let form = form_of(&person.follow(&arrived).await);
    for headers in [vec![("sec-fetch-site", "cross-site")], vec![("origin", "https://evil.example")]] {
        let body = Some(format!("form={form}").into_bytes());
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers: Vec<_> = headers.into_iter().chain([kind]).collect();
        let answer = person.send(Method::POST, "/actions/another-link", &headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "nobody else clicks");
    }
    let before = person.cookie.clone();
    let went_on = person.post("/actions/another-link", &[("form", &form)]).await;
    assert_eq!(went_on.location(), "/reset-password");
    assert_ne!(person.cookie, before, "the session has a new id (SECURITY.md, requirement 47)");
    assert_eq!(person.get("/another-link").await.location(), "/reset-password", "back leads on to the form");
    assert_eq!(app.type_code(&mut person, "00000000").await, "/code", "the code was asked for somebody else");
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.authenticate("john@elsewhere.net", NEW_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.authenticate(PERSON, OLD_PASSWORD).await.status, StatusCode::OK);
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn links_of_the_same_person_need_no_click(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account_with(PERSON, |account| {
        account.username = Some(keyback::model::Username::parse("jane").unwrap());
    })
    .await;
    // Asked on another device; here; by another name of the same account.
    let elsewhere = app.ask_for_mail(&mut app.browser(), PERSON).await;
    app.wait_for_cooldown();
    let mut person = app.browser();
    let first = app.ask_for_mail(&mut person, PERSON).await;
    app.open_link(&mut person, &elsewhere).await;
    app.open_link(&mut person, &first).await;
    app.wait_for_cooldown();
    assert_eq!(app.ask(&mut person, "jane").await.location(), "/code");
    assert_eq!(app.deliver().await.len(), 1);
    app.open_link(&mut person, &first).await;
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn a_dead_planted_link_changes_nothing(database: Database) {
    let app = start(database).await;
    let mut person = app.browser();
    let mail = app.ask_for_mail(&mut person, PERSON).await;
    app.open_link(&mut person, &mail).await;
    let dead = format!("/auth-redirect?access_token=at-{}&action=reset-pwd", "A".repeat(43));
    assert_eq!(person.get(&dead).await.location(), "/link-expired");
    assert_eq!(person.get("/another-link").await.location(), "/reset-password");
    assert_eq!(app.set_password(&mut person, NEW_PASSWORD).await.location(), "/done");
    assert_only_the_person_has_a_new_password(app).await;
}

#[on_both_databases]
async fn a_planted_cancel_link_is_not_ended_in_place_of_the_persons_own(database: Database) {
    let app = start(database).await;
    let mut thief = app.browser();
    let mail = app.ask_for_mail(&mut thief, PERSON).await;
    app.open_link(&mut thief, &mail).await;
    let mut person = app.browser();
    let opened = person.get(&format!("/not-me?key={}", mail.cancel_key())).await;
    let own_page = form_of(&person.follow(&opened).await);

    let planted = app.ask_for_mail(&mut app.browser(), ATTACKER).await;
    person.get(&format!("/not-me?key={}", planted.cancel_key())).await;
    let done = person.post("/actions/not-me", &[("form", &own_page)]).await;
    assert!(person.follow(&done).await.body.contains("The request is ended."));
    assert_ne!(app.set_password(&mut thief, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges WHERE cancelled_at IS NOT NULL").await, 1);

    // A button of a page that this browser no longer knows ends nothing and says so.
    person.get(&format!("/not-me?key={}", planted.cancel_key())).await;
    let refused = person.post("/actions/not-me", &[("form", "AAAAAAAAAAAAAAAAAAAAAA")]).await;
    assert!(person.follow(&refused).await.body.contains("Nothing was ended."));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges WHERE cancelled_at IS NOT NULL").await, 1);
    app.finish().await;
}
