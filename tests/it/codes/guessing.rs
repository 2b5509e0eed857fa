//! Guessing codes: five tries per code, counted before they are compared; twenty wrong ones per day and a hundred in
//! total per account, whatever happens in between (SECURITY.md, requirements 29, 30, 31 and 34).

use std::time::Duration;

use keyback::cli::Application;
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use super::{NEW_PASSWORD, add_phone, with_phone};
use crate::support::{Browser, Database, OLD_PASSWORD, ReceivedText, TestApp, on_both_databases};

const NUMBER: &str = "+12025550123";

const MANY: [(&str, &str); 3] =
    [("LIMITS__CALLER_PER_15_MINUTES", "100000"), ("SMS__CALLER_PER_HOUR", "100000"), ("SMS__BLOCK_PER_HOUR", "1000")];

/// Types `count` wrong codes.
async fn guess_wrong(app: &TestApp, browser: &mut Browser, text: &ReceivedText, count: usize) {
    for _ in 0..count {
        assert_eq!(app.type_code(browser, &text.wrong_code()).await, "/code");
    }
}

/// Twenty wrong codes over five messages, with hours in between.
async fn use_up_a_day(app: &TestApp) {
    for _ in 0..5 {
        let mut browser = app.browser();
        let text = app.ask_for_text(&mut browser, NUMBER).await;
        guess_wrong(app, &mut browser, &text, 4).await;
        app.clock.advance(Duration::from_secs(2 * 60 * 60));
    }
}

// SECURITY.md, requirement 31: 200 parallel guesses with the right one last, 20 times
#[on_both_databases]
async fn of_200_parallel_guesses_five_are_compared(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    let browser = app.browser();
    for round in 0..20 {
        let number = format!("+1202555{:04}", 100 + round);
        add_phone(&app, &number).await;
        let asked = app.call("/api/v1/resets", json!({"phone": number})).await.json();
        let path = format!("/api/v1/resets/{}/verify", asked["id"].as_str().unwrap());
        let right = app.deliver_texts().await[0].code();
        let guess = |code: String| {
            let (mut browser, path) = (browser.clone(), path.clone());
            let authorization = format!("Bearer {}", app.api_key());
            async move {
                let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
                let body = Some(json!({"code": code}).to_string().into_bytes());
                browser.send(reqwest::Method::POST, &path, &headers, body).await.status
            }
        };
        let mut answers = JoinSet::new();
        for number in 1..200 {
            answers.spawn(guess(format!("{:06}", (right.parse::<u32>().unwrap() + number) % 1_000_000)));
        }
        for _ in 0..5 {
            assert_eq!(answers.join_next().await.unwrap().unwrap(), StatusCode::FORBIDDEN);
        }
        // Last, while most of the others are still on their way.
        answers.spawn(guess(right.clone()));
        let answers = answers.join_all().await;
        assert!(answers.iter().all(|status| *status == StatusCode::FORBIDDEN), "round {round}");
        let counted = "SELECT code_attempts FROM challenges ORDER BY requested_at DESC LIMIT 1";
        assert_eq!(app.database.number(counted).await, 5, "round {round}");
        assert_eq!(guess(right).await, StatusCode::FORBIDDEN, "round {round}");
        app.clock.advance(Duration::from_secs(61));
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 29
#[on_both_databases]
async fn after_five_wrong_codes_the_right_one_is_refused_in_the_same_words(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    add_phone(&app, NUMBER).await;
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    let mut pages = Vec::new();
    for code in [
        text.wrong_code(),
        String::new(),
        text.wrong_code(),
        text.wrong_code(),
        text.wrong_code(),
        text.wrong_code(),
        text.code(),
    ] {
        let refused = browser.post("/actions/check-code", &[("code", &code)]).await;
        pages.push(browser.follow(&refused).await.comparable());
    }
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:#?}");
    assert_eq!(pages[0].0, StatusCode::UNPROCESSABLE_ENTITY);
    app.finish().await;
}

// SECURITY.md, requirements 30 and 34
#[on_both_databases]
async fn wrong_codes_add_up_over_messages_and_restarts_and_close_the_codes_alone(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    app.add_account_with("known@example.org", |account| with_phone(account, NUMBER)).await;
    for round in 0..5 {
        let mut browser = app.browser();
        let text = app.ask_for_text(&mut browser, NUMBER).await;
        guess_wrong(&app, &mut browser, &text, 4).await;
        if round == 4 {
            assert_eq!(app.type_code(&mut browser, &text.code()).await, "/code", "right, and too late");
        }
        app.clock.advance(Duration::from_secs(2 * 60 * 60));
    }
    // The owner is told, on both ways.
    let texts = app.deliver_texts().await;
    let told = app.smtp.mails().pop().expect("a mail");
    assert_eq!(texts.len(), 1);
    assert!(texts[0].text.contains("Too many wrong codes") && texts[0].text.len() <= 160, "{}", texts[0].text);
    assert!(told.subject().contains("Codes are switched off"), "{}", told.subject());
    assert!(told.cancel_key_if_any().is_none());

    // Another instance knows it, too: nothing of it is in a process.
    let other = Application::start(app.application.config.clone(), app.clock.clone()).await.unwrap();
    let account =
        other.accounts.find(&other.reset.asking().identify("known@example.org").unwrap()).await.unwrap().unwrap();
    assert!(other.accounts.codes_are_closed(&account.id).await.unwrap());
    other.store.close().await;

    // No code goes out, by neither way; the page says what it always says.
    let mut browser = app.browser();
    assert_eq!(app.ask(&mut browser, NUMBER).await.location(), "/code");
    assert!(app.deliver_texts().await.is_empty());
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    assert_eq!(mail.code_if_any(), None);

    // Signing in and the link go on, and the new password opens the codes again when the day is over.
    assert_eq!(app.authenticate("known@example.org", OLD_PASSWORD).await.status, StatusCode::OK);
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    let audit = app.audit().await;
    assert_eq!(audit.iter().filter(|row| row.event == "reset.codes_closed").count(), 1, "told once");
    app.finish().await;
}

// SECURITY.md, requirement 30: a hundred in all, however slowly; a right code takes only itself back
#[on_both_databases]
async fn a_hundred_wrong_codes_close_the_codes_until_an_operator_opens_them(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    let id = add_phone(&app, NUMBER).await;
    for _ in 0..5 {
        use_up_a_day(&app).await;
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
        app.deliver().await;
    }
    let accounts = &app.application.accounts;
    assert!(accounts.codes_are_closed(&id).await.unwrap());
    app.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert!(accounts.codes_are_closed(&id).await.unwrap(), "time alone opens nothing");
    app.ask(&mut app.browser(), NUMBER).await;
    assert!(app.deliver_texts().await.is_empty());

    accounts.open_codes(&id).await.unwrap();
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let asked = app.call("/api/v1/resets", json!({"phone": NUMBER})).await.json();
    let code = json!({"code": app.deliver_texts().await[0].code()});
    let path = format!("/api/v1/resets/{}/verify", asked["id"].as_str().unwrap());
    assert_eq!(app.call(&path, code.clone()).await.status, StatusCode::OK);
    assert_eq!(app.call(&path, code).await.status, StatusCode::FORBIDDEN, "once");
    let wrong = "SELECT MAX(hits) FROM limits WHERE rule = 'wrong_codes_in_all'";
    assert_eq!(app.database.number(wrong).await, 1, "the right one counts as no guess");
    app.finish().await;
}

// SECURITY.md, requirements 30 and 34: the link is left, and a reset with it begins the hundred anew
#[on_both_databases]
async fn a_hundred_wrong_codes_close_the_codes_until_a_reset(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    let id = app.add_account_with("known@example.org", |account| with_phone(account, NUMBER)).await;
    for _ in 0..5 {
        use_up_a_day(&app).await;
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
        app.deliver().await;
    }
    let told = app.database.texts("SELECT id FROM audit WHERE event = 'reset.codes_closed'").await;
    assert_eq!(told.len(), 5, "each time that they were closed");
    let mut browser = app.browser();
    let mail = app.ask_for_mail(&mut browser, "known@example.org").await;
    assert!(mail.code_if_any().is_none() && app.application.accounts.codes_are_closed(&id).await.unwrap());
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    assert!(!app.application.accounts.codes_are_closed(&id).await.unwrap());
    app.wait_for_cooldown();
    let mut browser = app.browser();
    let text = app.ask_for_text(&mut browser, NUMBER).await;
    assert_eq!(app.type_code(&mut browser, &text.code()).await, "/reset-password");
    app.finish().await;
}

// SECURITY.md, requirement 30: what is refused because the day is full does not add to the hundred
#[on_both_databases]
async fn tries_beyond_the_twenty_of_a_day_do_not_add_up(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    add_phone(&app, NUMBER).await;
    let mut asked = Vec::new();
    for _ in 0..8 {
        let id = app.call("/api/v1/resets", json!({"phone": NUMBER})).await.json()["id"].clone();
        app.deliver().await;
        asked.push(format!("/api/v1/resets/{}/verify", id.as_str().unwrap()));
        app.clock.advance(Duration::from_secs(20 * 60));
    }
    for path in asked.iter().flat_map(|path| [path; 5]) {
        assert_eq!(app.call(path, json!({"code": "000000"})).await.status, StatusCode::FORBIDDEN);
    }
    for rule in ["wrong_codes_day", "wrong_codes_in_all"] {
        let counted = format!("SELECT hits FROM limits WHERE rule = '{rule}'");
        assert_eq!(app.database.number(&counted).await, 20, "{rule}");
    }
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 29 and 30: for nobody's number it is all the same
#[on_both_databases]
async fn an_unknown_number_is_counted_like_a_known_one(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    let mut seen = Vec::new();
    for round in 0..6 {
        let mut browser = app.browser();
        seen.push(app.ask(&mut browser, NUMBER).await.location().to_owned());
        app.deliver().await;
        for _ in 0..4 {
            seen.push(app.type_code(&mut browser, &format!("{round:06}")).await);
        }
        app.clock.advance(Duration::from_secs(2 * 60 * 60));
    }
    assert!(seen.iter().all(|location| location == "/code"), "{seen:?}");
    let counted = "SELECT hits FROM limits WHERE rule = 'wrong_codes_day'";
    assert_eq!(app.database.number(counted).await, 20, "and no more than of an account");
    assert!(app.deliver_texts().await.is_empty(), "nobody is told");
    app.finish().await;
}

// One code lives for an account on a channel; the other channel's goes on
#[on_both_databases]
async fn a_new_code_ends_the_old_one_of_its_channel(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    app.add_account_with("known@example.org", |account| with_phone(account, NUMBER)).await;
    let (mut first, mut second, mut by_mail) = (app.browser(), app.browser(), app.browser());
    let old = app.ask_for_text(&mut first, NUMBER).await;
    let mail = app.ask_for_mail(&mut by_mail, "known@example.org").await;
    app.wait_for_cooldown();
    let new = app.ask_for_text(&mut second, NUMBER).await;
    assert_eq!(app.type_code(&mut first, &old.code()).await, "/code");
    assert_eq!(app.type_code(&mut by_mail, &mail.code()).await, "/reset-password");
    assert_eq!(app.type_code(&mut second, &new.code()).await, "/reset-password");
    app.finish().await;
}

// SECURITY.md, requirement 32
#[on_both_databases]
async fn a_code_is_worth_nothing_for_another_challenge(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    add_phone(&app, NUMBER).await;
    add_phone(&app, "+12025550124").await;
    let (mut victim, mut thief) = (app.browser(), app.browser());
    let text = app.ask_for_text(&mut victim, NUMBER).await;
    app.ask_for_text(&mut thief, "+12025550124").await;
    assert_eq!(app.type_code(&mut thief, &text.code()).await, "/code");
    assert_eq!(app.type_code(&mut app.browser(), &text.code()).await, "/forgot-password", "no challenge at all");
    assert_eq!(app.type_code(&mut victim, &text.code()).await, "/reset-password");
    app.finish().await;
}

// SECURITY.md, requirement 17
#[on_both_databases]
async fn a_code_is_dead_after_ten_minutes(database: Database) {
    let app = TestApp::start_with_texts(database, &MANY).await;
    add_phone(&app, NUMBER).await;
    for (seconds, lead) in [(10 * 60 - 1, "/reset-password"), (10 * 60, "/code")] {
        let mut browser = app.browser();
        let text = app.ask_for_text(&mut browser, NUMBER).await;
        app.clock.advance(Duration::from_secs(seconds));
        assert_eq!(app.type_code(&mut browser, &text.code()).await, lead, "{seconds}");
    }
    app.finish().await;
}
