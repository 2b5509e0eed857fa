//! A reset in an app's table: what is written, what ends, and that of all tries one wins.

use reqwest::StatusCode;

use super::{AppDatabase, NEW_PASSWORD, OLD_HASH, at_the_form, on_app_databases};
use crate::support::OLD_PASSWORD;

#[on_app_databases]
async fn a_reset_sets_the_password_and_what_the_mapping_says_and_nothing_else(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    app.add_member(8, "joe@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    assert_eq!(keyback.authenticate("jane@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH), "signing in writes nothing");

    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");

    let stored = app.password(7).await.unwrap();
    assert!(stored.starts_with("$2y$04$"), "{stored}");
    assert_eq!(keyback.authenticate("jane@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(keyback.authenticate("jane@example.org", OLD_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions WHERE member_id = 7").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions").await, 2, "of somebody else");
    assert_eq!(app.text("remember_token", 7).await.unwrap().len(), 60);
    assert!(app.text("updated_at", 7).await.is_some());
    assert_eq!(app.text("note", 7).await.as_deref(), Some("untouched"));
    assert_eq!(app.password(8).await.as_deref(), Some(OLD_HASH));
    assert_eq!(app.text("remember_token", 8).await.as_deref(), Some("old"));

    let notices = keyback.deliver().await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].recipients, ["jane@example.org"]);
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn of_parallel_completions_with_two_links_exactly_one_wins(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut first = at_the_form(&keyback, "jane@example.org").await;
    keyback.wait_for_cooldown();
    let mut second = at_the_form(&keyback, "jane@example.org").await;
    let forms = [first.form_name().await, second.form_name().await];
    let tries: Vec<_> = (0..40)
        .map(|number| {
            let link = number % 2;
            let (mut browser, form) = ([&first, &second][link].clone(), forms[link].clone());
            let password = format!("meadow-copper-violin-{number}");
            tokio::spawn(async move {
                let fields =
                    [("form", form.as_str()), ("new_password", password.as_str()), ("new_password_again", &password)];
                let answer = browser.post("/actions/set-password", &fields).await;
                (answer.location().to_owned(), password)
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
    assert_eq!(keyback.authenticate("jane@example.org", &winners[0]).await.status, StatusCode::OK);
    assert_eq!(keyback.deliver().await.len(), 1, "one notice");
    assert_eq!(keyback.database.number("SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL").await, 0);
    keyback.finish().await;
    app.remove().await;
}

// The app, or an operator, may change the password while a link is on its way.
#[on_app_databases]
async fn a_link_dies_with_the_password_that_it_was_to_replace(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    // Only the case differs, which the usual collations of MySQL ignore.
    let changed = OLD_HASH.replace("bJpr5", "BjPR5");
    app.execute(&format!("UPDATE members SET pw = '{changed}' WHERE id = 7")).await;
    assert_ne!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(app.password(7).await, Some(changed));
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions WHERE member_id = 7").await, 2);
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn a_link_dies_when_its_address_is_no_longer_the_accounts(app: AppDatabase) {
    app.create().await;
    let changes = [(7, "email = 'other@example.org'"), (8, "status = 'banned'"), (9, "confirmed_at = NULL")];
    for (id, _) in changes {
        app.add_member(id, &format!("member{id}@example.org"), Some(OLD_HASH)).await;
    }
    let keyback = app.keyback().await;
    for (id, change) in changes {
        let mut browser = at_the_form(&keyback, &format!("member{id}@example.org")).await;
        app.execute(&format!("UPDATE members SET {change} WHERE id = {id}")).await;
        assert_ne!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done", "{change}");
        assert_eq!(app.password(id).await.as_deref(), Some(OLD_HASH), "{change}");
    }
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn this_was_not_me_leaves_a_password_that_nobody_knows(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let of_thief = app.password(7).await.unwrap();
    app.execute("INSERT INTO web_sessions (id, member_id) VALUES ('thief', 7)").await;
    let notice = keyback.deliver().await.remove(0);
    let key = notice.cancel_key_if_any().unwrap();

    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={key}")).await;
    let answer = owner.post("/actions/not-me", &[]).await;
    assert!(answer.status.is_redirection(), "{}", answer.status);

    let locked = app.password(7).await.unwrap();
    assert!(locked.starts_with("$2y$04$") && locked != of_thief, "{locked}");
    assert_eq!(keyback.authenticate("jane@example.org", NEW_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions WHERE member_id = 7").await, 0);
    // A second time, there is nothing left to lock.
    owner.post("/actions/not-me", &[]).await;
    assert_eq!(app.password(7).await, Some(locked));
    keyback.finish().await;
    app.remove().await;
}

// Whoever chose the password has signed in: many apps hash it again then. Or they have changed it in the app.
#[on_app_databases]
async fn this_was_not_me_locks_what_the_app_has_hashed_again(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let key = keyback.deliver().await.remove(0).cancel_key_if_any().unwrap();
    let again = OLD_HASH.replace("bJpr5", "aaaaa");
    app.execute(&format!("UPDATE members SET pw = '{again}' WHERE id = 7")).await;
    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={key}")).await;
    owner.post("/actions/not-me", &[]).await;
    let locked = app.password(7).await.unwrap();
    assert!(locked.starts_with("$2y$04$"), "{locked}");
    keyback.finish().await;
    app.remove().await;
}

#[on_app_databases]
async fn this_was_not_me_leaves_the_password_of_a_later_reset(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut keys = Vec::new();
    for password in [NEW_PASSWORD, "another-copper-violin"] {
        keyback.wait_for_cooldown();
        let mut browser = at_the_form(&keyback, "jane@example.org").await;
        assert_eq!(keyback.set_password(&mut browser, password).await.location(), "/done");
        keys.push(keyback.deliver().await.remove(0).cancel_key_if_any().unwrap());
    }
    let stored = app.password(7).await;
    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={}", keys[0])).await;
    owner.post("/actions/not-me", &[]).await;
    assert_eq!(app.password(7).await, stored);
    keyback.finish().await;
    app.remove().await;
}

/// A trigger that hashes again, or a column that cuts, must not be found out by the person at the next sign-in.
#[on_app_databases]
async fn a_password_that_is_not_stored_as_written_is_not_set(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    // Every database stores it in lower case.
    let keyback = app.keyback_with(&[("DIRECTORY__SET", "pw = lower(:password)")]).await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(app.password(7).await.as_deref(), Some(OLD_HASH));
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions WHERE member_id = 7").await, 2);
    keyback.finish().await;
    app.remove().await;
}
