//! Whole resets with the unmodified example servers.

use reqwest::StatusCode;
use serde_json::json;

use super::{Behaviour, JANE, Language, World, with_both_servers};
use crate::own_users::NEW_PASSWORD;
use crate::support::{Database, OLD_PASSWORD, on_both_databases};

with_both_servers! {
    a_reset_sets_the_password_as_it_was_typed_and_ends_the_sessions,
    a_link_dies_with_the_password_that_it_was_to_replace,
    this_was_not_me_leaves_a_password_that_nobody_knows,
    only_an_active_account_with_a_password_gets_a_message,
}

async fn a_reset_sets_the_password_as_it_was_typed_and_ends_the_sessions(world: World) {
    world.app.add_user("8", "joe@example.org", Some("river-lantern-walnut")).await;
    let authenticate = |password: &'static str| world.keyback.authenticate(JANE, password);
    assert_eq!(authenticate(OLD_PASSWORD).await.json()["account"]["id"], "7");
    let typed = " caf\u{e9} cafe\u{301}'\"\\ \u{1f600} violin";
    let mut browser = world.at_the_form().await;
    assert_eq!(world.keyback.set_password(&mut browser, typed).await.location(), "/done");

    let calls = world.gate.passed("set_password");
    assert_eq!(calls.len(), 1);
    let call = calls[0].json();
    assert_eq!((call["id"].as_str(), call["reason"].as_str()), (Some("7"), Some("reset")));
    assert_eq!(call["password"], typed, "neither trimmed nor normalised");
    assert_eq!(authenticate(typed).await.status, StatusCode::OK);
    assert_eq!(authenticate(OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!((world.app.sessions("7").await, world.app.sessions("8").await), (0, 2));
    assert!(world.app.verify("8", "river-lantern-walnut").await, "somebody else's");
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    let notices = world.keyback.deliver().await;
    assert_eq!((notices.len(), notices[0].recipients.as_slice()), (1, [JANE.to_owned()].as_slice()));
    assert_ne!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done", "once");
    world.finish().await;
}

async fn a_link_dies_with_the_password_that_it_was_to_replace(world: World) {
    let mut browser = world.at_the_form().await;
    world.app.change_password("7", "changed-in-the-app").await;
    assert_ne!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert!(world.is_password("changed-in-the-app").await);
    assert!(world.gate.passed("set_password").is_empty());
    assert_eq!((world.open_writes().await, world.completions().await), (0, 0));
    world.finish().await;
}

async fn this_was_not_me_leaves_a_password_that_nobody_knows(world: World) {
    let mut thief = world.at_the_form().await;
    assert_eq!(world.keyback.set_password(&mut thief, NEW_PASSWORD).await.location(), "/done");
    let key = world.keyback.deliver().await.remove(0).cancel_key_if_any().unwrap();
    world.app.sign_in("7").await;
    assert!(world.not_me(&key).await.status.is_redirection());

    let lock = world.gate.passed("set_password").remove(1).json();
    assert_eq!(lock["reason"], "lock");
    assert_eq!(lock["password"].as_str().unwrap().len(), 43, "256 bits in base 64");
    assert!(!world.is_password(NEW_PASSWORD).await && !world.is_password(OLD_PASSWORD).await);
    assert_eq!(world.app.sessions("7").await, 0);
    let version = world.app.version("7").await;
    world.not_me(&key).await;
    assert_eq!(world.app.version("7").await, version, "there is nothing left to lock");
    assert_eq!(world.open_writes().await, 0);
    world.finish().await;
}

async fn only_an_active_account_with_a_password_gets_a_message(world: World) {
    world.app.add_user("8", "sso@example.org", None).await;
    world.app.add_user("9", "banned@example.org", Some(OLD_PASSWORD)).await;
    world.app.disable("9").await;
    world.app.add_user("10", "twice@example.org", Some(OLD_PASSWORD)).await;
    world.app.add_user("11", "twice@example.org", Some(OLD_PASSWORD)).await;
    let asked = [
        (JANE, 1),
        ("JANE@Example.org", 1),
        ("jane", 1),
        ("sso@example.org", 0),
        ("banned@example.org", 0),
        ("twice@example.org", 0),
        ("nobody@example.org", 0),
    ];
    for (identifier, messages) in asked {
        world.advance(std::time::Duration::from_secs(61 * 6));
        let mut browser = world.keyback.browser();
        world.keyback.ask(&mut browser, identifier).await;
        assert!(
            world.gate.passed("find").iter().all(|call| !call.body.contains(identifier)),
            "nobody is looked up yet"
        );
        let mails = world.keyback.deliver().await;
        assert_eq!(mails.len(), messages, "{identifier}");
        assert!(mails.iter().all(|mail| mail.recipients == [JANE]), "{identifier}");
        world.gate.forget();
    }
    assert_eq!(world.keyback.authenticate("banned@example.org", OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    world.finish().await;
}

// What is asked of the app is the same for known and unknown people.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_of_nobody_makes_the_calls_of_somebodys() {
    let world = World::new(Language::Python).await;
    let mut paths = Vec::new();
    for email in [JANE, "nobody@example.org"] {
        world.gate.forget();
        assert_eq!(world.keyback.authenticate(email, "wrong").await.status, StatusCode::UNAUTHORIZED);
        paths.push([world.gate.passed("find").len(), world.gate.passed("verify").len()]);
    }
    assert_eq!(paths[0], [1, 1]);
    assert_eq!(paths[0], paths[1]);
    world.finish().await;
}

#[on_both_databases]
async fn of_parallel_completions_with_two_links_exactly_one_wins(database: Database) {
    let world = World::with(Language::Python, database).await;
    let mut browsers = [world.at_the_form().await, world.at_the_form().await];
    let forms = [browsers[0].form_name().await, browsers[1].form_name().await];
    let tries: Vec<_> = (0..10)
        .map(|number| {
            let (mut browser, form) = (browsers[number % 2].clone(), forms[number % 2].clone());
            let password = format!("meadow-copper-violin-{number}");
            tokio::spawn(async move {
                let fields =
                    [("form", form.as_str()), ("new_password", password.as_str()), ("new_password_again", &password)];
                let answer = browser.post("/actions/set-password", &fields).await;
                (answer.header("location").unwrap_or_default().to_owned(), password)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for attempt in tries {
        let (location, password) = attempt.await.unwrap();
        if location == "/done" {
            winners.push(password);
        }
    }
    assert_eq!(winners.len(), 1);
    assert!(world.is_password(&winners[0]).await);
    world.settle().await;
    assert_eq!((world.open_writes().await, world.completions().await), (0, 1));
    assert_eq!(world.keyback.deliver().await.len(), 1, "one notice");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_the_app_refuses_costs_nothing() {
    let world = World::new(Language::Node).await;
    let mut browser = world.at_the_form().await;
    world.gate.behave("set_password", Behaviour::Say(json!({ "result": "refused", "reason": "used before" })));
    let answer = world.keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(answer.location(), "/reset-password");
    let page = browser.follow(&answer).await;
    assert!(page.body.contains("cannot be used here"), "{}", page.body);
    assert!(world.is_password(OLD_PASSWORD).await);
    assert_eq!((world.open_writes().await, world.completions().await), (0, 0));
    world.gate.behave("set_password", Behaviour::Pass);
    assert_eq!(world.keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(world.keyback.deliver().await.len(), 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_of_the_app_are_read_one_by_one_and_never_added() {
    let world = World::new(Language::Node).await;
    let added = world.keyback.call("/api/v1/accounts", json!({ "email": "new@example.org" })).await;
    assert!([StatusCode::CONFLICT, StatusCode::FORBIDDEN].contains(&added.status), "{}", added.body);
    let account =
        world.keyback.application.accounts.get(&keyback::model::AccountId::parse("7").unwrap()).await.unwrap();
    assert_eq!(account.unwrap().email.unwrap().as_str(), JANE);
    let refused = world.keyback.application.accounts.page("", 10).await.err().expect("no list").to_string();
    assert!(refused.contains("cannot be asked for all accounts"), "{refused}");
    world.finish().await;
}
