//! A person, or a program, each of whose requests goes to another instance than the one before.

use reqwest::StatusCode;
use serde_json::json;

use super::{Fleet, NEW_PASSWORD, on_postgres};
use crate::support::{Browser, ReceivedMail};

/// Where a link of a mail leads in the end.
async fn open_link(browser: &mut Browser, mail: &ReceivedMail) -> String {
    let opened = browser.get(&format!("/verify?key={}&action=reset-pwd", mail.link_key())).await;
    if opened.location() == "/link-expired" {
        return opened.location().to_owned();
    }
    browser.follow(&opened).await.location().to_owned()
}

async fn set_password(browser: &mut Browser, password: &str) -> String {
    let form = browser.form_name().await;
    let fields = [("form", form.as_str()), ("new_password", password), ("new_password_again", password)];
    browser.post("/actions/set-password", &fields).await.location().to_owned()
}

/// Asks on the page and gives the mail that comes of it.
async fn ask(fleet: &Fleet, browser: &mut Browser, typed: &str, leads_to: &str) -> ReceivedMail {
    let before = fleet.smtp.mails().len();
    assert_eq!(browser.post("/actions/ask", &[("identifier", typed)]).await.location(), leads_to);
    let page = browser.get(leads_to).await;
    assert!(page.status == StatusCode::OK && page.body.contains(typed), "{}", page.status);
    mail_after(fleet, before).await
}

async fn mail_after(fleet: &Fleet, before: usize) -> ReceivedMail {
    fleet.smtp.wait_until("the mail", |state| state.mails.len() > before).await;
    fleet.smtp.mails().remove(before)
}

async fn signs_in_with(fleet: &Fleet, key: &str, email: &str, password: &str) -> bool {
    let body = json!({"email": email, "password": password});
    fleet.browser().call_api("/api/v1/accounts/authenticate", key, body).await.status == StatusCode::OK
}

on_postgres! {
    async fn a_journey_by_link_may_change_the_instance_with_every_step() {
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(1).await;
        let key = fleet.program.api_key().await;
        let begun = fleet.proxy.taken().len();
        let mut browser = fleet.browser();
        assert_eq!(browser.get("/forgot-password").await.status, StatusCode::OK);
        let mail = ask(&fleet, &mut browser, "person0@example.org", "/check-inbox").await;
        assert_eq!(open_link(&mut browser, &mail).await, "/reset-password");
        assert_eq!(set_password(&mut browser, "person0").await, "/reset-password", "with a notice");
        assert_eq!(set_password(&mut browser, NEW_PASSWORD).await, "/done");
        assert_eq!(browser.get("/done").await.status, StatusCode::OK);
        fleet.assert_each_step_changed_the_instance(begun, 10);
        assert_eq!(open_link(&mut browser, &mail).await, "/link-expired");
        assert!(signs_in_with(&fleet, &key, "person0@example.org", NEW_PASSWORD).await);

        // "This wasn't me", in a browser that was not there before.
        let notice = mail_after(&fleet, 1).await;
        let begun = fleet.proxy.taken().len();
        let mut owner = fleet.browser();
        let opened = owner.get(&format!("/not-me?key={}", notice.cancel_key())).await;
        assert_eq!(opened.location(), "/not-me");
        assert_eq!(owner.get("/not-me").await.status, StatusCode::OK);
        assert_eq!(owner.post("/actions/not-me", &[]).await.location(), "/not-me");
        fleet.assert_each_step_changed_the_instance(begun, 3);
        assert!(!signs_in_with(&fleet, &key, "person0@example.org", NEW_PASSWORD).await);
        fleet.stop().await;
    }

    async fn a_journey_by_code_may_change_the_instance_with_every_step() {
        let fleet = Fleet::start(&[]).await;
        fleet.program.import("email,email_verified,username\njane@example.org,true,jane\n").await;
        let key = fleet.program.api_key().await;
        let begun = fleet.proxy.taken().len();
        let mut browser = fleet.browser();
        let mail = ask(&fleet, &mut browser, "jane", "/code").await;
        let code = mail.code();
        for (typed, leads_to) in [("00000000", "/code"), (code.as_str(), "/reset-password")] {
            assert_eq!(browser.post("/actions/check-code", &[("code", typed)]).await.location(), leads_to);
        }
        assert_eq!(set_password(&mut browser, NEW_PASSWORD).await, "/done");
        fleet.assert_each_step_changed_the_instance(begun, 6);
        assert!(signs_in_with(&fleet, &key, "jane@example.org", NEW_PASSWORD).await);
        fleet.stop().await;
    }

    async fn a_program_may_change_the_instance_with_every_call() {
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(1).await;
        let key = fleet.program.api_key().await;
        let begun = fleet.proxy.taken().len();
        let mut program = fleet.browser();
        let asked = program.call_api("/api/v1/resets", &key, json!({"email": "person0@example.org"})).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
        let code = mail_after(&fleet, 0).await.code();
        let verify = format!("/api/v1/resets/{}/verify", asked.json()["id"].as_str().unwrap());
        assert_eq!(program.call_api(&verify, &key, json!({"code": "00000000"})).await.status, StatusCode::FORBIDDEN);
        let verified = program.call_api(&verify, &key, json!({"code": code})).await;
        assert_eq!(verified.status, StatusCode::OK, "{}", verified.body);
        let completion = json!({"access_token": verified.json()["access_token"], "new_password": NEW_PASSWORD});
        let complete = "/api/v1/resets/complete";
        assert_eq!(program.call_api(complete, &key, completion.clone()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(program.call_api(complete, &key, completion).await.status, StatusCode::FORBIDDEN, "once");
        assert_eq!(program.call_api(&verify, &key, json!({"code": code})).await.status, StatusCode::FORBIDDEN, "once");
        fleet.assert_each_step_changed_the_instance(begun, 6);
        assert!(signs_in_with(&fleet, &key, "person0@example.org", NEW_PASSWORD).await);
        fleet.stop().await;
    }
}
