//! Calls that arrive late, as from a proxy that kept them.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::{Behaviour, Language, UNTIL_NO_CALL_CAN_ARRIVE, World, with_both_servers};
use crate::own_users::NEW_PASSWORD;
use crate::support::OLD_PASSWORD;

with_both_servers! {
    a_call_that_arrives_before_it_is_given_up_is_completed,
    a_call_that_arrives_after_it_was_given_up_is_refused,
    a_person_who_tries_again_meanwhile_loses_nothing,
    a_password_that_its_owner_disowns_while_it_is_set_is_locked,
}

async fn a_call_that_arrives_before_it_is_given_up_is_completed(world: World) {
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::Keep);
    let answer = world.keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (1, 0));
    world.advance(Duration::from_secs(200));
    let (status, said) = world.gate.send(&world.gate.passed("set_password")[0]).await;
    assert_eq!((status, said.contains("done")), (200, true));
    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert_eq!(world.keyback.deliver().await.len(), 1, "the owner receives the notice");
    world.finish().await;
}

async fn a_call_that_arrives_after_it_was_given_up_is_refused(world: World) {
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::Keep);
    world.keyback.set_password(&mut browser, NEW_PASSWORD).await;
    world.advance(UNTIL_NO_CALL_CAN_ARRIVE);
    world.settle().await;
    assert_eq!(world.open_writes().await, 0);
    for call in world.gate.passed("set_password") {
        assert_eq!(world.gate.send(&call).await.0, 401);
    }
    assert!(world.is_password(OLD_PASSWORD).await);
    assert!(world.keyback.deliver().await.is_empty());
    world.finish().await;
}

async fn a_person_who_tries_again_meanwhile_loses_nothing(world: World) {
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::Keep);
    world.keyback.set_password(&mut browser, NEW_PASSWORD).await;
    let kept = world.gate.passed("set_password").remove(0);
    // The first call overtakes the second one, which the app then refuses. That must not end the note of the first.
    world.gate.behave("set_password", Behaviour::Say(serde_json::json!({ "result": "changed" })));
    assert_ne!(world.keyback.set_password(&mut browser, "another-one-of-the-same").await.location(), "/done");
    assert_eq!(world.open_writes().await, 1);
    world.gate.behave("set_password", Behaviour::Pass);
    assert_eq!(world.gate.send(&kept).await.0, 200);
    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert!(world.is_password(NEW_PASSWORD).await);
    assert_eq!(world.keyback.deliver().await.len(), 1);
    world.finish().await;
}

async fn a_password_that_its_owner_disowns_while_it_is_set_is_locked(mut world: World) {
    let mut thief = world.at_the_form().await;
    let form = thief.form_name().await;
    let key = world.keyback.smtp.mails().remove(0).cancel_key_if_any().unwrap();
    world.gate.behave("set_password", Behaviour::Keep);
    world.keyback.set_password(&mut thief, NEW_PASSWORD).await;
    world.gate.go_down().await;
    assert!(world.not_me(&key).await.status.is_redirection(), "the owner does not wait");
    world.gate.come_back().await;
    let kept = world.gate.passed("set_password").remove(0);
    world.gate.behave("set_password", Behaviour::Pass);
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    assert_ne!(thief.post("/actions/set-password", &fields).await.location(), "/done");
    assert_eq!(world.gate.passed("set_password").len(), 2, "the two tries of before");

    let (_, said) = world.gate.send(&kept).await;
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["result"], "done");
    assert!(world.is_password(NEW_PASSWORD).await, "until it is settled");
    world.settle().await;
    assert!(!world.is_password(NEW_PASSWORD).await && !world.is_password(OLD_PASSWORD).await);
    assert_eq!(world.gate.passed("set_password").pop().unwrap().json()["reason"], "lock");
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert_eq!(world.keyback.deliver().await.len(), 1, "the owner receives the notice");
    world.finish().await;
}
