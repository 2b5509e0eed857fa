//! No count that somebody can observe with their own messages reveals whether a stranger has an account (SECURITY.md,
//! requirement 1): a request for the stranger fills the same limits either way.

use std::time::Duration;

use super::{add_phone, with_phone, with_username};
use crate::support::{Database, ProviderBehaviour, TestApp, on_both_databases};

const PROXY: (&str, &str) = ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8");

/// How a stranger is asked for.
#[derive(Clone, Copy, Debug)]
enum Asked {
    ByNumber,
    ByName,
}

/// Somebody asks for a stranger, then for `own` adjacent numbers of his own; gives how many texts reach
/// those. `at` names the address that asks for each: the stranger is nought.
async fn own_texts(app: &TestApp, is_known: bool, asked: Asked, own: usize, at: impl Fn(usize) -> String) -> usize {
    let day = app.clock.now().millis() / 86_400_000;
    let stranger = format!("+12025559{:03}", 100 + day % 100 + i64::from(is_known) * 200);
    let name = format!("stranger{day}{is_known}");
    if is_known {
        app.add_account_with("unused@example.org", |account| {
            account.email = None;
            account.email_verified = false;
            with_phone(account, &stranger);
            with_username(account, &name);
        })
        .await;
    }
    let ask = async |identifier: &str, place: usize| {
        let mut browser = app.browser().with_header("x-forwarded-for", &at(place));
        assert_eq!(app.ask(&mut browser, identifier).await.location(), "/code", "{identifier}");
    };
    let numbers = (1..=own).map(|place| format!("+12025559{:03}", 800 + place));
    ask(
        match asked {
            Asked::ByNumber => &stranger,
            Asked::ByName => &name,
        },
        0,
    )
    .await;
    app.deliver_texts().await;
    for (number, place) in numbers.zip(1..) {
        ask(&number, place).await;
    }
    app.deliver_texts().await.len()
}

async fn is_the_same(app: &TestApp, asked: Asked, own: usize, at: impl Fn(usize) -> String) -> usize {
    app.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    let mut counts = Vec::new();
    for is_known in [true, false] {
        counts.push(own_texts(app, is_known, asked, own, &at).await);
        app.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    }
    assert_eq!(counts[0], counts[1], "{asked:?}: after a known stranger, after an unknown one");
    counts[0]
}

fn one_address(_: usize) -> String {
    "203.0.113.7".to_owned()
}

fn an_address_each(place: usize) -> String {
    format!("198.51.{place}.7")
}

/// Accounts with numbers of one's own.
async fn add_own(app: &TestApp, count: usize) {
    for place in 1..=count {
        add_phone(app, &format!("+12025559{:03}", 800 + place)).await;
    }
}

#[on_both_databases]
async fn ten_numbers_of_ones_own_get_as_many_texts_whether_the_stranger_before_is_known_or_not(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__BLOCK_PER_HOUR", "1000")]).await;
    add_own(&app, 10).await;
    assert_eq!(is_the_same(&app, Asked::ByNumber, 10, one_address).await, 9, "the stranger has had one of the ten");
    assert_eq!(is_the_same(&app, Asked::ByName, 10, one_address).await, 9);
    app.finish().await;
}

#[on_both_databases]
async fn a_block_of_numbers_does_not_tell_whether_the_stranger_in_it_is_known(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__BLOCK_PER_HOUR", "3")]).await;
    add_own(&app, 4).await;
    assert_eq!(is_the_same(&app, Asked::ByNumber, 4, an_address_each).await, 2);
    assert_eq!(is_the_same(&app, Asked::ByName, 4, an_address_each).await, 3, "nobody knows the number of a name");
    app.finish().await;
}

#[on_both_databases]
async fn the_budget_of_the_day_does_not_tell_whether_the_stranger_is_known(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__DAILY_BUDGET", "4")]).await;
    add_own(&app, 6).await;
    assert_eq!(is_the_same(&app, Asked::ByNumber, 6, an_address_each).await, 3);
    assert_eq!(is_the_same(&app, Asked::ByName, 6, an_address_each).await, 3);
    app.finish().await;
}

// Twenty wrong codes switch codes off; the notice to the owner counts against no limit
#[on_both_databases]
async fn closing_a_strangers_codes_does_not_tell_whether_he_is_known(database: Database) {
    let settings = [PROXY, ("SMS__DAILY_BUDGET", "8"), ("SMS__BLOCK_PER_HOUR", "1000")];
    let app = TestApp::start_with_texts(database, &settings).await;
    let mut counts = Vec::new();
    for is_known in [true, false] {
        let stranger = if is_known { "+12025557001" } else { "+12025557002" };
        if is_known {
            add_phone(&app, stranger).await;
        }
        let mut browser = app.browser();
        for _ in 0..4 {
            app.ask(&mut browser, stranger).await;
            app.deliver_texts().await;
            for _ in 0..5 {
                app.type_code(&mut browser, "000000").await;
            }
            app.clock.advance(Duration::from_secs(16 * 60));
        }
        assert!(app.database.number("SELECT COUNT(*) FROM outbox WHERE kind = 'codes_closed'").await > 0);
        app.deliver_texts().await;
        let mut own = 0;
        for place in 0..6 {
            let number = format!("+120255580{:02}", place + if is_known { 0 } else { 50 });
            add_phone(&app, &number).await;
            let mut browser = app.browser().with_header("x-forwarded-for", &an_address_each(place));
            app.ask(&mut browser, &number).await;
            own += app.deliver_texts().await.len();
        }
        counts.push(own);
        app.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    }
    assert_eq!(counts, [4, 4]);
    app.finish().await;
}

// What a provider says of a stranger's text changes nothing either
#[on_both_databases]
async fn a_text_that_the_provider_refuses_counts_like_one_to_nobody(database: Database) {
    let app = TestApp::start_with_texts(database, &[PROXY, ("SMS__DAILY_BUDGET", "3")]).await;
    for (last, behaviour) in [
        (0, ProviderBehaviour::answer(429, "")),
        (1, ProviderBehaviour::answer(400, "")),
        (2, ProviderBehaviour::HangUp),
    ] {
        let number = format!("+1202555010{last}");
        add_phone(&app, &number).await;
        app.provider.behave(behaviour);
        app.ask(&mut app.browser(), &number).await;
        app.deliver().await;
        let seen = app.application.overviews.now().await.unwrap();
        assert_eq!(seen.texts_used, i64::from(last) + 1);
        app.database.change("UPDATE outbox SET finished_at = 1 WHERE finished_at IS NULL").await;
    }
    app.finish().await;
}

// Whoever owns a /48 has 65,536 addresses to ask from
#[on_both_databases]
async fn a_whole_network_brings_about_no_more_texts_than_eight_of_its_addresses(database: Database) {
    let settings = [PROXY, ("SMS__CALLER_PER_HOUR", "1"), ("SMS__BLOCK_PER_HOUR", "1000")];
    let app = TestApp::start_with_texts(database, &settings).await;
    add_own(&app, 12).await;
    for place in 1..=12 {
        let mut browser = app.browser().with_header("x-forwarded-for", &format!("2001:db8:7:{place:x}00::1"));
        app.ask(&mut browser, &format!("+12025559{:03}", 800 + place)).await;
    }
    assert_eq!(app.deliver_texts().await.len(), 8);
    app.finish().await;
}

// Each costs money
#[on_both_databases]
async fn a_text_that_may_have_gone_is_sent_three_times_at_most(database: Database) {
    let app = TestApp::start_with_texts(database, &[]).await;
    add_phone(&app, "+12025550188").await;
    app.provider.behave(ProviderBehaviour::answer(502, ""));
    app.ask(&mut app.browser(), "+12025550188").await;
    while app.database.pending().await > 0 {
        app.deliver().await;
        app.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(app.provider.received().len(), 3);
    assert_eq!(app.database.texts("SELECT outcome FROM outbox").await, ["failed"]);
    app.finish().await;
}
