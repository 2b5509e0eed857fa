//! Only the app can answer, and only Keyback can call: replayed, forged, unsigned and foreign messages change nothing.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::{Behaviour, JANE, Language, SECRET, World, with_both_servers};
use crate::own_users::NEW_PASSWORD;
use crate::support::OLD_PASSWORD;

with_both_servers! {
    a_call_that_is_replayed_sets_nothing_again,
    a_call_with_another_body_or_time_is_refused,
    an_answer_that_is_not_signed_does_not_count,
}

async fn a_call_that_is_replayed_sets_nothing_again(world: World) {
    let mut browser = world.at_the_form().await;
    assert_eq!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    world.keyback.deliver().await;
    let call = world.gate.passed("set_password").remove(0);
    let version = world.app.version("7").await;
    assert_eq!(world.gate.send(&call).await.0, 200, "the same call, the same answer");
    assert_eq!(world.app.version("7").await, version);
    world.app.change_password("7", "changed-in-the-app").await;
    assert!(world.gate.send(&call).await.1.contains("changed"));
    assert!(world.is_password("changed-in-the-app").await);
    world.advance(Duration::from_secs(301));
    assert_eq!(world.gate.send(&call).await.0, 401, "too old");
    assert!(world.is_password("changed-in-the-app").await);
    world.finish().await;
}

async fn a_call_with_another_body_or_time_is_refused(world: World) {
    let version = world.app.version("7").await;
    let body = json!({ "id": "7", "password": NEW_PASSWORD, "version": version, "reason": "reset" });
    let now = world.keyback.clock.now().millis() / 1000;
    for wrong in [now - 301, now + 301] {
        assert_eq!(world.app.call_as("call_1", wrong, "set_password", &body).await, Err(401));
    }
    let mut browser = world.keyback.browser();
    world.gate.behave("find", Behaviour::Forge);
    world.keyback.ask(&mut browser, JANE).await;
    assert!(world.keyback.deliver().await.is_empty(), "the app refuses what was not signed");
    world.gate.behave("find", Behaviour::Pass);
    world.advance(Duration::from_secs(60));
    assert_eq!(world.keyback.deliver().await.len(), 1);
    assert!(world.is_password(OLD_PASSWORD).await);
    world.finish().await;
}

async fn an_answer_that_is_not_signed_does_not_count(world: World) {
    let mut browser = world.keyback.browser();
    for behaviour in [Behaviour::Unsigned, Behaviour::Echo, Behaviour::OldAnswer] {
        world.gate.behave("find", Behaviour::Pass);
        world.keyback.authenticate(JANE, OLD_PASSWORD).await;
        world.gate.behave("find", behaviour);
        let answer = world.keyback.authenticate(JANE, OLD_PASSWORD).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    world.keyback.ask(&mut browser, JANE).await;
    assert!(world.keyback.deliver().await.is_empty());
    world.gate.behave("find", Behaviour::Pass);
    world.advance(Duration::from_secs(60));
    let mail = world.keyback.deliver().await.remove(0);
    world.keyback.open_link(&mut browser, &mail).await;

    // The app has done it, and that cannot be believed: the worker finds out.
    world.gate.behave("set_password", Behaviour::Unsigned);
    let answer = world.keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!((world.open_writes().await, world.completions().await), (1, 0));
    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert!(world.is_password(NEW_PASSWORD).await);
    assert_eq!(world.keyback.deliver().await.len(), 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_too_long_or_not_of_the_contract_does_not_count() {
    let world = World::new(Language::Node).await;
    let account = |change: fn(&mut serde_json::Value)| {
        let mut account = json!({ "id": "7", "email": JANE, "email_verified": true, "active": true,
                                  "has_password": true, "version": "1" });
        change(&mut account);
        json!({ "account": account })
    };
    for said in [
        json!({}),
        json!({ "account": {} }),
        json!([]),
        json!({ "account": null, "padding": "x".repeat(65_536) }),
        account(|account| account["id"] = 7.into()),
        account(|account| account["id"] = "".into()),
        account(|account| account["version"] = "".into()),
        account(|account| account["version"] = "1\n".into()),
        account(|account| account["version"] = "1".repeat(256).into()),
        account(|account| drop(account.as_object_mut().unwrap().remove("active"))),
        account(|account| drop(account.as_object_mut().unwrap().remove("version"))),
    ] {
        // The limit on tries of one identifier.
        world.advance(Duration::from_secs(15 * 60));
        world.gate.behave("find", Behaviour::Say(said.clone()));
        let answer = world.keyback.authenticate(JANE, OLD_PASSWORD).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{said:.200}");
    }
    // Another account than was asked for is none.
    world.gate.behave("find", Behaviour::Say(account(|account| account["email"] = "joe@example.org".into())));
    let answer = world.keyback.authenticate(JANE, OLD_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_a_call_is_logged() {
    let world = World::new(Language::Python).await;
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::Keep);
    world.keyback.set_password(&mut browser, "violin-copper-meadow-unlogged").await;
    let version = world.app.version("7").await;
    let secrets = ["violin-copper-meadow-unlogged", &version, &SECRET["whsec_".len()..], &world.gate.url()];
    let leaks = crate::support::logs::lines_with(&secrets.map(str::to_owned));
    assert!(leaks.is_empty(), "{leaks:#?}");
    world.finish().await;
}
