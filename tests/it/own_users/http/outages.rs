//! An app that is down, hangs, or whose answers get lost, and processes that die before and after the call: nothing that
//! was reported as done is lost, and no link works twice.

use std::time::Duration;

use reqwest::StatusCode;

use super::{Behaviour, JANE, Language, UNTIL_NO_CALL_CAN_ARRIVE, World, with_both_servers};
use crate::own_users::NEW_PASSWORD;
use crate::support::{Answer, Database, OLD_PASSWORD, on_both_databases};

with_both_servers! {
    while_the_app_is_down_messages_wait_and_nothing_is_spent,
    an_answer_that_is_lost_is_given_again_to_the_second_try,
    a_password_whose_answers_were_lost_is_completed_by_the_worker,
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("5")));
}

async fn while_the_app_is_down_messages_wait_and_nothing_is_spent(mut world: World) {
    world.gate.go_down().await;
    let mut browser = world.keyback.browser();
    assert_eq!(world.keyback.ask(&mut browser, JANE).await.location(), "/check-inbox");
    assert!(world.keyback.deliver().await.is_empty());
    assert_eq!(world.keyback.database.pending().await, 1);
    world.gate.come_back().await;
    world.advance(Duration::from_secs(60));
    let mail = world.keyback.deliver().await.remove(0);
    world.keyback.open_link(&mut browser, &mail).await;

    world.gate.go_down().await;
    assert_unavailable(&world.keyback.set_password(&mut browser, NEW_PASSWORD).await);
    assert_unavailable(&world.keyback.authenticate(JANE, OLD_PASSWORD).await);
    assert_eq!(world.open_writes().await, 0, "nothing was sent, so nothing is open");
    world.gate.come_back().await;
    assert_eq!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let key = world.keyback.deliver().await.remove(0).cancel_key_if_any().unwrap();

    world.gate.go_down().await;
    assert_unavailable(&world.not_me(&key).await);
    world.gate.come_back().await;
    assert!(world.is_password(NEW_PASSWORD).await);
    assert!(world.not_me(&key).await.status.is_redirection());
    assert!(!world.is_password(NEW_PASSWORD).await);
    world.finish().await;
}

async fn an_answer_that_is_lost_is_given_again_to_the_second_try(world: World) {
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::LoseFirstAnswer);
    assert_eq!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let tries = world.gate.passed("set_password");
    assert_eq!(tries.len(), 2);
    assert_eq!((&tries[0].id, &tries[0].body), (&tries[1].id, &tries[1].body));
    let answers: Vec<_> = tries.into_iter().filter_map(|call| call.answer).map(|answer| answer.body).collect();
    assert_eq!(answers[0], answers[1], "the same call, the same answer");
    assert!(world.is_password(NEW_PASSWORD).await);
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert_eq!(world.keyback.deliver().await.len(), 1);
    world.finish().await;
}

async fn a_password_whose_answers_were_lost_is_completed_by_the_worker(world: World) {
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::LoseAnswer);
    assert_unavailable(&world.keyback.set_password(&mut browser, NEW_PASSWORD).await);
    assert_eq!((world.open_writes().await, world.completions().await), (1, 0));
    world.gate.behave("set_password", Behaviour::Pass);
    // Before it is settled, the link is dead.
    assert_ne!(world.keyback.set_password(&mut browser, "another-one-of-the-same").await.location(), "/done");

    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert!(world.is_password(NEW_PASSWORD).await);
    let notices = world.keyback.deliver().await;
    assert_eq!(notices.len(), 1, "the owner receives the notice");
    world.settle().await;
    assert_eq!(world.completions().await, 1, "once");

    // "This wasn't me" knows the new version, which only the worker has seen. Its answers get lost, too.
    let key = notices[0].cancel_key_if_any().unwrap();
    world.gate.behave("set_password", Behaviour::LoseAnswer);
    assert_unavailable(&world.not_me(&key).await);
    assert!(!world.is_password(NEW_PASSWORD).await);
    world.settle().await;
    assert_eq!(world.open_writes().await, 0);
    let audit = world.keyback.audit().await;
    assert!(audit.iter().any(|step| step.event == "reset.cancelled" && step.result == "password"), "{}", audit.len());
    world.finish().await;
}

// The state that a process leaves which dies after it has noted the call, and before it makes it.
#[on_both_databases]
async fn a_crash_before_the_call_leaves_the_link_as_it_was(database: Database) {
    let world = World::with(Language::Node, database).await;
    world.at_the_form().await;
    let at = world.keyback.clock.now().millis();
    let note = format!(
        "UPDATE challenges SET write_purpose = 'complete', write_fingerprint = 'call call_1', \
         write_from = '203.0.113.7', write_started_at = {at} WHERE completed_at IS NULL AND cancelled_at IS NULL"
    );
    world.keyback.database.change(&note).await;
    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (1, 0), "it may still arrive");
    world.advance(UNTIL_NO_CALL_CAN_ARRIVE - Duration::from_secs(22));
    world.keyback.application.worker().settle_writes().await;
    assert_eq!(world.open_writes().await, 1);
    world.advance(Duration::from_secs(3));
    world.keyback.application.worker().settle_writes().await;
    assert_eq!((world.open_writes().await, world.completions().await), (0, 0));
    assert!(world.keyback.deliver().await.is_empty(), "nothing was changed");

    // The form has expired meanwhile; the link works.
    let mail = world.keyback.smtp.mails().remove(0);
    let mut again = world.keyback.browser();
    world.keyback.open_link(&mut again, &mail).await;
    assert_eq!(world.keyback.set_password(&mut again, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(world.keyback.deliver().await.len(), 1);
    world.finish().await;
}

// Ten seconds long, because the time of a runtime with many threads cannot be moved on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_hangs_is_left_after_five_seconds_twice() {
    let world = World::new(Language::Python).await;
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::Hang);
    assert_unavailable(&world.keyback.set_password(&mut browser, NEW_PASSWORD).await);
    assert_eq!(world.gate.passed("set_password").len(), 2);
    assert_eq!((world.open_writes().await, world.completions().await), (1, 0));
    world.gate.behave("set_password", Behaviour::Pass);
    assert_eq!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert_eq!(world.keyback.deliver().await.len(), 1);
    world.finish().await;
}
