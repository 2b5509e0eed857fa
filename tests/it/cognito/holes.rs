//! Attacks that have worked against protocols of this kind must fail against this one.

use std::time::Duration;

use keyback::model::{KeyKind, LinkKey};
use serde_json::json;
use tokio::task::JoinSet;

use super::{MEDIA_TYPE, NEW_PASSWORD, PATH, Program, call, call_by, delivery, name, username, wrong};
use crate::support::{Database, OLD_PASSWORD, PUBLIC_URL, ReceivedMail, TestApp, on_both_databases};

const MANY: [(&str, &str); 1] = [("LIMITS__CALLER_PER_15_MINUTES", "100000")];

/// Asks for a code and gives the mail.
async fn mail(app: &TestApp, program: &Program, email: &str) -> ReceivedMail {
    delivery(&program.forgot(app, email).await);
    app.deliver().await.remove(0)
}

// SECURITY.md, requirements 43 and 76: who has the right code tries passwords, but not without end
#[on_both_databases]
async fn a_right_code_is_good_for_twenty_rejected_passwords_and_fills_no_disk(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    program.forgot(&app, "known@example.org").await;
    let mail = app.deliver().await.remove(0);
    let mut names = Vec::new();
    for _ in 0..22 {
        names.push(name(&program.confirm(&app, "known@example.org", &mail.code(), "short").await));
    }
    assert!(names[..20].iter().all(|name| name == "InvalidPasswordException"), "{names:?}");
    assert!(names[20..].iter().all(|name| name == "TooManyFailedAttemptsException"), "{names:?}");
    let rows = app.audit().await.iter().filter(|row| row.event == "reset.code_checked").count();
    assert_eq!(rows, 22, "every try is in the audit");
    app.finish().await;
}

// SECURITY.md, requirements 20, 21 and 29: old codes stayed alive
#[on_both_databases]
async fn one_code_lives_at_a_time_and_it_is_good_once(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account_with("jane@example.org", |account| account.username = username("jane")).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let old = mail(&app, &program, "jane@example.org").await.code();
    app.wait_for_cooldown();
    let by_name = mail(&app, &program, "jane").await.code();
    app.wait_for_cooldown();
    let new = mail(&app, &program, "jane@example.org").await.code();
    for (who, code) in [("jane@example.org", &old), ("jane", &by_name)] {
        let refused = name(&program.confirm(&app, who, code, NEW_PASSWORD).await);
        assert!(["CodeMismatchException", "ExpiredCodeException"].contains(&refused.as_str()), "{who}: {refused}");
    }
    assert_eq!(program.confirm(&app, "jane@example.org", &new, NEW_PASSWORD).await.status, 200);
    let again = program.confirm(&app, "jane@example.org", &new, "meadow-silver-violin").await;
    assert_eq!(name(&again), "ExpiredCodeException");
    assert_eq!(app.authenticate("jane@example.org", NEW_PASSWORD).await.status, 200);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 17
#[on_both_databases]
async fn a_code_expires(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let code = mail(&app, &program, "jane@example.org").await.code();
    app.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(name(&program.confirm(&app, "jane@example.org", &code, NEW_PASSWORD).await), "ExpiredCodeException");
    assert_eq!(app.authenticate("jane@example.org", OLD_PASSWORD).await.status, 200);
    app.finish().await;
}

// SECURITY.md, requirement 21: a reset by another door ends the codes of this one
#[on_both_databases]
async fn a_reset_by_the_link_ends_the_code(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let mail = mail(&app, &program, "jane@example.org").await;
    let mut browser = app.browser();
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    let refused = program.confirm(&app, "jane@example.org", &mail.code(), "meadow-silver-violin").await;
    assert_eq!(name(&refused), "ExpiredCodeException");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 20
#[on_both_databases]
async fn of_many_who_have_the_code_one_sets_the_password(database: Database) {
    let app = TestApp::start_with(database, &MANY).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let code = mail(&app, &program, "jane@example.org").await.code();
    let mut tries = JoinSet::new();
    for number in 0..20 {
        let (mut browser, password) = (app.browser(), format!("meadow-copper-violin-{number}"));
        let body = program.with_code("jane@example.org", &code, &password).to_string();
        tries.spawn(async move { (call_by(&mut browser, "ConfirmForgotPassword", body).await.status, password) });
    }
    let answers = tries.join_all().await;
    let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert_eq!(app.authenticate("jane@example.org", &won[0].1).await.status, 200);
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 29 and 31: guesses without end, and all at once
#[on_both_databases]
async fn of_a_hundred_parallel_guesses_five_are_compared(database: Database) {
    let app = TestApp::start_with(database, &MANY).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    for round in 0..3 {
        let email = format!("jane{round}@example.org");
        app.add_account(&email).await;
        let right = mail(&app, &program, &email).await.code();
        let guess = |code: String| {
            let (mut browser, body) = (app.browser(), program.with_code(&email, &code, NEW_PASSWORD).to_string());
            async move { name(&call_by(&mut browser, "ConfirmForgotPassword", body).await) }
        };
        let mut guesses = JoinSet::new();
        for number in 1..100 {
            guesses.spawn(guess(format!("{:08}", (right.parse::<u32>().unwrap() + number) % 100_000_000)));
        }
        let mut answers = Vec::new();
        for _ in 0..5 {
            answers.push(guesses.join_next().await.unwrap().unwrap());
        }
        // Last, while most of the others are still on their way.
        guesses.spawn(guess(right.clone()));
        answers.extend(guesses.join_all().await);
        let compared = answers.iter().filter(|name| *name == "CodeMismatchException").count();
        let closed = answers.iter().filter(|name| *name == "TooManyFailedAttemptsException").count();
        assert_eq!((compared, closed), (5, 95), "round {round}: {answers:?}");
        assert_eq!(guess(right).await, "TooManyFailedAttemptsException", "round {round}");
        let counted = "SELECT code_attempts FROM challenges ORDER BY requested_at DESC LIMIT 1";
        assert_eq!(app.database.number(counted).await, 5, "round {round}");
        assert_eq!(app.authenticate(&email, OLD_PASSWORD).await.status, 200);
        app.wait_for_cooldown();
    }
    app.finish().await;
}

// SECURITY.md, requirement 29: what is no code at all counts as a wrong one
#[on_both_databases]
async fn what_is_no_code_counts_as_a_wrong_one(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let code = mail(&app, &program, "jane@example.org").await.code();
    let long = "1".repeat(2048);
    for guess in ["1", "'OR'1'='1'--", "１２３４５６７８", &long, "123456\u{0}"] {
        assert_eq!(
            name(&program.confirm(&app, "jane@example.org", guess, NEW_PASSWORD).await),
            "CodeMismatchException"
        );
    }
    let late = program.confirm(&app, "jane@example.org", &code, NEW_PASSWORD).await;
    assert_eq!(name(&late), "TooManyFailedAttemptsException");
    app.finish().await;
}

// SECURITY.md, requirements 30 and 34: a new code begins no new count
#[on_both_databases]
async fn twenty_wrong_codes_a_day_close_the_codes_and_the_link_goes_on(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    for round in 0..5 {
        let code = mail(&app, &program, "jane@example.org").await.code();
        for _ in 0..4 {
            let refused = program.confirm(&app, "jane@example.org", &wrong(&code), NEW_PASSWORD).await;
            assert_eq!(name(&refused), "CodeMismatchException");
        }
        if round == 4 {
            let late = program.confirm(&app, "jane@example.org", &code, NEW_PASSWORD).await;
            assert_eq!(
                name(&late),
                "CodeMismatchException",
                "right, and too late; nobody is told that they are closed"
            );
        }
        app.clock.advance(Duration::from_secs(2 * 60 * 60));
    }
    assert!(app.deliver().await[0].subject().contains("Codes are switched off"));
    let mail = mail(&app, &program, "jane@example.org").await;
    assert_eq!(mail.code_if_any(), None);
    let mut browser = app.browser();
    app.open_link(&mut browser, &mail).await;
    assert_eq!(app.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 46
#[on_both_databases]
async fn sessions_everywhere_end_with_the_new_password(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let mut somebody = app.browser();
    let link = app.ask_for_mail(&mut somebody, "jane@example.org").await;
    let token = app.open_link(&mut somebody, &link).await;
    app.wait_for_cooldown();
    let code = mail(&app, &program, "jane@example.org").await.code();
    assert_eq!(program.confirm(&app, "jane@example.org", &code, NEW_PASSWORD).await.status, 200);
    assert_eq!(somebody.get("/reset-password").await.status, 403, "the session is gone");
    let spent = app
        .call("/api/v1/resets/complete", json!({ "access_token": token, "new_password": "meadow-silver-violin" }))
        .await;
    assert_eq!(spent.status, 403, "and the right with it");
    let opened = app.browser().get(&format!("/verify?key={}", link.link_key())).await;
    assert_eq!(opened.location(), "/link-expired");
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirements 13 and 14
#[on_both_databases]
async fn nothing_that_a_caller_sends_reaches_the_message(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    let mut body = program.about("jane@example.org");
    body["ClientMetadata"] = json!({ "url": "https://evil.example", "redirect": "https://evil.example" });
    for host in ["evil.example", "reset.example.org.evil.example", "reset.example.org:8443"] {
        for path in [PATH, "/cognito/", "/"] {
            let headers =
                [("content-type", MEDIA_TYPE), ("x-amz-target", "AWSCognitoIdentityProviderService.ForgotPassword")];
            let mut browser = app.browser().with_header("host", host);
            let answer = browser.send(reqwest::Method::POST, path, &headers, Some(body.to_string().into_bytes())).await;
            assert_eq!(answer.status, 421, "{host} {path}");
            assert_eq!(answer.header("x-amzn-errortype"), Some("NotAuthorizedException"), "{host} {path}");
        }
    }
    assert!(app.deliver().await.is_empty());
    let mut forged = app
        .browser()
        .with_header("x-forwarded-host", "evil.example")
        .with_header("x-forwarded-for", "198.51.100.7")
        .with_header("forwarded", "host=evil.example;proto=http")
        .with_header("referer", "https://evil.example/");
    assert_eq!(call_by(&mut forged, "ForgotPassword", body.to_string()).await.status, 200);
    let mail = app.deliver().await.remove(0);
    assert!(mail.text().contains(&format!("{PUBLIC_URL}/verify?key=tk-")) && !mail.raw.contains("evil"));
    assert!(!mail.raw.contains("198.51.100.7"), "nor who says that he is somebody else");
    app.finish().await;
}

// SECURITY.md, requirement 23: each kind of secret is good for its own purpose alone
#[on_both_databases]
async fn no_other_kind_of_secret_stands_in_for_a_code_or_a_client(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    app.add_account("other@example.org").await;
    let program = Program::new(&app, KeyKind::Secret).await;
    let other = mail(&app, &program, "other@example.org").await;
    let mail = mail(&app, &program, "jane@example.org").await;
    let opened = app.browser().get(&format!("/verify?key={}", mail.link_key())).await;
    let token = crate::support::token_in(opened.location());
    let challenge = app.database.texts("SELECT id FROM challenges WHERE identifier LIKE 'jane@%'").await.remove(0);
    let secret = program.secret.clone().unwrap();
    let mut refused = Vec::new();
    for code in
        [&mail.link_key(), &mail.cancel_key(), &token, &challenge, &secret, &app.api_key().to_owned(), &other.code()]
    {
        refused.push(name(&program.confirm(&app, "jane@example.org", code, NEW_PASSWORD).await));
    }
    let of_five = |name: &str| refused.iter().filter(|refused| *refused == name).count();
    assert_eq!((of_five("CodeMismatchException"), of_five("TooManyFailedAttemptsException")), (5, 2), "{refused:?}");
    let theirs = program.confirm(&app, "other@example.org", &mail.code(), NEW_PASSWORD).await;
    assert_eq!(name(&theirs), "CodeMismatchException", "a code is one person's");

    for hash in [
        app.api_key(),
        secret.as_str(),
        program.id.as_str(),
        mail.link_key().as_str(),
        LinkKey::random().unwrap().expose(),
    ] {
        let mut body = program.about("jane@example.org");
        body["SecretHash"] = hash.into();
        assert_eq!(name(&call(&app, "ForgotPassword", &body).await), "NotAuthorizedException");
    }
    let mut of_another_user = program.about("jane@example.org");
    of_another_user["Username"] = "other@example.org".into();
    assert_eq!(name(&call(&app, "ForgotPassword", &of_another_user).await), "NotAuthorizedException");
    let by_key = Program { id: app.api_key().replace('-', "_"), secret: None };
    assert_eq!(name(&by_key.forgot(&app, "jane@example.org").await), "ResourceNotFoundException");
    app.finish().await;
}

// SECURITY.md, requirement 26
#[on_both_databases]
async fn no_answer_holds_what_the_message_holds(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Secret).await;
    let asked = program.forgot(&app, "jane@example.org").await;
    let mail = app.deliver().await.remove(0);
    let refused = program.confirm(&app, "jane@example.org", &mail.code(), "short").await;
    let done = program.confirm(&app, "jane@example.org", &mail.code(), NEW_PASSWORD).await;
    for answer in [asked, refused, done] {
        for secret in
            [mail.link_key(), mail.cancel_key(), mail.code(), "at-".to_owned(), program.secret.clone().unwrap()]
        {
            assert!(!answer.body.contains(&secret) && !format!("{:?}", answer.headers).contains(&secret));
        }
    }
    app.deliver().await;
    app.finish().await;
}
