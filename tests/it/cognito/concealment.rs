//! What the protocol reveals about accounts: nothing to a client without a secret, and nothing certain to one with a
//! secret, unless the operator allows it (SECURITY.md, requirements 1 and 4).

use std::collections::BTreeSet;
use std::time::Duration;

use keyback::model::KeyKind;

use super::{NEW_PASSWORD, NUMBER, Program, call, delivery, error, name, phone, username};
use crate::support::{Answer, Database, TestApp, assert_all_alike, on_both_databases};

/// An account that is as it should be, a disabled one, one without a verified contact, one without a password, and
/// nobody's; names that are masked alike.
const CLASSES: [&str; 5] = ["kate", "kurt", "kira", "kyle", "kemi"];

async fn start(database: Database, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::start_with(database, settings).await;
    app.add_account("kate@example.org").await;
    app.add_account_with("kurt@example.org", |account| account.disabled = true).await;
    app.add_account_with("kira@example.org", |account| account.email_verified = false).await;
    app.add_account_without_password("kyle@example.org").await;
    app
}

/// Everything of an answer but the name of the one who was asked for.
fn seen(answer: &Answer, class: &str) -> String {
    format!("{:?}", answer.comparable()).replace(class, "somebody")
}

/// What a stranger can see of each class: before and after the message goes, with wrong codes until none is taken,
/// when the codes have expired, and after the owner has reset the password elsewhere.
async fn everything_that_a_stranger_sees(app: &TestApp, program: &Program) -> Vec<String> {
    let mut all = vec![String::new(); CLASSES.len()];
    let guess = async |all: &mut Vec<String>, code: &str| {
        for (class, seen_so_far) in CLASSES.iter().zip(all) {
            let answer = program.confirm(app, &format!("{class}@example.org"), code, NEW_PASSWORD).await;
            seen_so_far.push_str(&seen(&answer, class));
        }
    };
    let ask = async |all: &mut Vec<String>| {
        for (class, seen_so_far) in CLASSES.iter().zip(all) {
            let answer = program.forgot(app, &format!("{class}@example.org")).await;
            seen_so_far.push_str(&seen(&answer, class));
        }
    };
    guess(&mut all, "00000000").await;
    ask(&mut all).await;
    guess(&mut all, "00000000").await;
    app.deliver().await;
    ask(&mut all).await;
    guess(&mut all, "00000000").await;
    guess(&mut all, "not-a-code").await;
    app.clock.advance(Duration::from_secs(10 * 60));
    guess(&mut all, "00000000").await;
    app.clock.advance(Duration::from_secs(6 * 60));

    ask(&mut all).await;
    app.deliver().await;
    app.wait_for_cooldown();
    let mut owner = app.browser();
    let mail = app.ask_for_mail(&mut owner, "kate@example.org").await;
    app.open_link(&mut owner, &mail).await;
    assert_eq!(app.set_password(&mut owner, NEW_PASSWORD).await.location(), "/done");
    // The others ask as well, so that each has two open.
    for class in &CLASSES[1..] {
        app.ask(&mut app.browser(), &format!("{class}@example.org")).await;
    }
    app.deliver().await;
    for _ in 0..6 {
        guess(&mut all, "00000000").await;
    }
    app.clock.advance(Duration::from_secs(5 * 60 * 60));
    guess(&mut all, "00000000").await;
    all
}

// SECURITY.md, requirements 1, 4 and 29
#[on_both_databases]
async fn a_client_without_a_secret_sees_no_difference(database: Database) {
    // Whatever the operator says: that is for servers.
    let app = start(database, &[("API__CONCEAL_ACCOUNTS", "false")]).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    assert_all_alike(&everything_that_a_stranger_sees(&app, &program).await);
    app.finish().await;
}

// SECURITY.md, requirements 1, 4 and 29
#[on_both_databases]
async fn a_client_with_a_secret_sees_no_difference_either_while_accounts_are_concealed(database: Database) {
    let app = start(database, &[]).await;
    let program = Program::new(&app, KeyKind::Secret).await;
    let all = everything_that_a_stranger_sees(&app, &program).await;
    assert_all_alike(&all);
    for (said, name) in
        [(2, "CodeMismatchException"), (1, "ExpiredCodeException"), (1, "TooManyFailedAttemptsException")]
    {
        assert!(all[0].matches(name).count() >= said, "{name}");
    }
    app.finish().await;
}

// SECURITY.md, requirement 4: nobody is looked up for what everybody can read
#[on_both_databases]
async fn a_client_without_a_secret_is_shown_what_was_typed_and_never_what_is_stored(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let shown = async |who: &str| {
        let shown = delivery(&program.forgot(&app, who).await);
        app.wait_for_cooldown();
        shown
    };
    let strangers = [shown("jane").await, shown("jane@example.org").await, shown(NUMBER).await];
    assert_eq!(strangers[1], ("EMAIL".to_owned(), "j***@e***".to_owned()));
    assert_eq!(strangers[2], ("SMS".to_owned(), "+*******0123".to_owned()));
    app.deliver().await;
    app.add_account_with("jane@example.org", |account| {
        (account.phone, account.phone_verified, account.username) = (phone(NUMBER), true, username("jane"));
    })
    .await;
    for (who, stranger) in ["jane", "jane@example.org", NUMBER].into_iter().zip(strangers) {
        assert_eq!(shown(who).await, stranger);
        let text = app.deliver_texts().await.remove(0);
        let refused = program.confirm(&app, who, &text.code(), "short").await;
        assert_eq!(name(&refused), "InvalidPasswordException", "whatever is shown, the code goes to the phone");
    }
    app.finish().await;
}

// SECURITY.md, requirement 4
#[on_both_databases]
async fn names_that_nobody_has_get_destinations_like_those_of_accounts(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    app.add_account_with("jane@example.org", |account| account.disabled = true).await;
    for program in [Program::new(&app, KeyKind::Secret).await, Program::new(&app, KeyKind::Publishable).await] {
        let mut shapes = BTreeSet::new();
        let mut destinations = BTreeSet::new();
        for number in 0..20 {
            let (medium, destination) = delivery(&program.forgot(&app, &format!("{}.{number}", program.id)).await);
            let shape: String = destination
                .chars()
                .map(|c| {
                    if c.is_ascii_digit() {
                        '0'
                    } else if c.is_alphabetic() {
                        'a'
                    } else {
                        c
                    }
                })
                .collect();
            shapes.insert((medium, shape));
            destinations.insert(destination);
        }
        let shape = |medium: &str, shape: &str| (medium.to_owned(), shape.to_owned());
        assert_eq!(shapes, BTreeSet::from([shape("EMAIL", "a***@a***"), shape("SMS", "+*******0000")]));
        assert!(destinations.len() >= 12, "{destinations:?}");
    }
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn where_nothing_is_concealed_a_client_with_a_secret_is_told(database: Database) {
    let app = TestApp::start_with_texts(
        database,
        &[("API__CONCEAL_ACCOUNTS", "false"), ("SMS__ALLOWED_COUNTRIES", "DE"), ("SMS__DEFAULT_COUNTRY", "DE")],
    )
    .await;
    app.add_account("jane@example.org").await;
    app.add_account_with("disabled@example.org", |account| account.disabled = true).await;
    app.add_account_with("unverified@example.org", |account| account.email_verified = false).await;
    app.add_account_with("unused@example.org", |account| {
        (account.email, account.email_verified, account.username) = (None, false, username("abroad"));
        (account.phone, account.phone_verified) = (phone(NUMBER), true);
    })
    .await;
    let program = Program::new(&app, KeyKind::Secret).await;
    let mut table = Vec::new();
    for who in ["jane@example.org", "nobody@example.org", "disabled@example.org", "unverified@example.org", "abroad"] {
        let asked = program.forgot(&app, who).await;
        table.push(format!("{who}: {}", if asked.status == 200 { asked.body } else { error(&asked) }));
    }
    assert_eq!(app.deliver().await.len(), 1);
    for who in [
        "jane@example.org",
        "nobody@example.org",
        "stranger@example.org",
        "disabled@example.org",
        "unverified@example.org",
        "abroad",
    ] {
        let refused = program.confirm(&app, who, "00000000", NEW_PASSWORD).await;
        table.push(format!("{who}, with a wrong code: {}", error(&refused)));
    }
    insta::assert_snapshot!("told", table.join("\n"));
    app.finish().await;
}

// A secret hash is asked for before anything else is done
#[on_both_databases]
async fn whoever_has_no_secret_learns_nothing_by_the_id_of_a_client_that_has_one(database: Database) {
    let app = start(database, &[("API__CONCEAL_ACCOUNTS", "false")]).await;
    let program = Program { secret: None, ..Program::new(&app, KeyKind::Secret).await };
    let mut answers = Vec::new();
    for class in CLASSES {
        let email = format!("{class}@example.org");
        for operation in ["ForgotPassword", "ConfirmForgotPassword"] {
            let answer = call(&app, operation, &program.with_code(&email, "00000000", NEW_PASSWORD)).await;
            assert_eq!(name(&answer), "NotAuthorizedException");
            answers.push(seen(&answer, class));
        }
    }
    assert_all_alike(&answers);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM challenges").await, 0);
    app.finish().await;
}
