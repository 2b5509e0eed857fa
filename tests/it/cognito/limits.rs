//! Rate limits, and the answers while the service is unavailable.

use std::time::Duration;

use keyback::model::KeyKind;

use super::{NEW_PASSWORD, Program, call, error, name};
use crate::support::{Database, TestApp, keep_hashers_busy, on_both_databases};

// SECURITY.md, requirements 10 and 12
#[on_both_databases]
async fn too_many_codes_for_one_person_are_a_limit_whether_there_is_such_a_person_or_not(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("jane@example.org").await;
    for program in [Program::new(&app, KeyKind::Secret).await, Program::new(&app, KeyKind::Publishable).await] {
        let mut seen = Vec::new();
        for email in ["jane@example.org", "john@example.org"] {
            let mut answers = Vec::new();
            for spelling in [email, &email.to_uppercase(), email, email, email] {
                let answer = program.forgot(&app, spelling).await;
                answers.push(if answer.status == 200 { "sent".to_owned() } else { error(&answer) });
                app.deliver().await;
                if answers.len() > 1 {
                    app.wait_for_cooldown();
                }
            }
            app.clock.advance(Duration::from_secs(15 * 60));
            seen.push(answers);
        }
        assert_eq!(seen[0], seen[1]);
        insta::allow_duplicates! { insta::assert_snapshot!("limits", seen[0].join("\n")) };
    }
    app.finish().await;
}

// SECURITY.md, requirements 10 and 11: what everybody can read is held to the limit of its caller, a server is not
#[on_both_databases]
async fn too_many_codes_for_one_caller_are_too_many_requests(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__CALLER_PER_15_MINUTES", "2")]).await;
    let (secret, publishable) =
        (Program::new(&app, KeyKind::Secret).await, Program::new(&app, KeyKind::Publishable).await);
    for number in 0..4 {
        assert_eq!(secret.forgot(&app, &format!("{number}@example.org")).await.status, 200);
    }
    for number in 4..6 {
        assert_eq!(publishable.forgot(&app, &format!("{number}@example.org")).await.status, 200);
    }
    let refused = publishable.forgot(&app, "6@example.org").await;
    assert_eq!((name(&refused).as_str(), refused.header("retry-after")), ("TooManyRequestsException", Some("900")));
    app.deliver().await;
    app.finish().await;
}

#[on_both_databases]
async fn too_many_codes_for_everybody_are_too_many_requests(database: Database) {
    let app = TestApp::start_with(database, &[("LIMITS__OVERALL_PER_MINUTE", "1")]).await;
    let program = Program::new(&app, KeyKind::Secret).await;
    assert_eq!(program.forgot(&app, "one@example.org").await.status, 200);
    let refused = program.forgot(&app, "two@example.org").await;
    assert_eq!((name(&refused).as_str(), refused.header("retry-after")), ("TooManyRequestsException", Some("60")));
    app.deliver().await;
    app.finish().await;
}

// SECURITY.md, requirement 77
#[on_both_databases]
async fn a_database_that_is_gone_is_our_fault_and_says_nothing_of_itself(database: Database) {
    let app = TestApp::start(database).await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    app.application.store.close().await;
    for (operation, body) in [
        ("ForgotPassword", program.about("jane@example.org")),
        ("ConfirmForgotPassword", program.with_code("jane@example.org", "12345678", NEW_PASSWORD)),
    ] {
        let answer = call(&app, operation, &body).await;
        let said = "500 InternalErrorException (after 5 s): The service cannot answer just now. Wait for as long as Retry-After says.";
        assert_eq!(error(&answer), said, "{operation}");
    }
    app.database.remove().await;
}

// SECURITY.md, requirement 43: the code is not used up by a server that has no time
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_too_many_passwords_are_being_hashed_the_code_stays_good() {
    let app = TestApp::start(Database::sqlite()).await;
    app.add_account("jane@example.org").await;
    let program = Program::new(&app, KeyKind::Publishable).await;
    program.forgot(&app, "jane@example.org").await;
    let code = app.deliver().await[0].code();
    let _waiting = keep_hashers_busy(&app).await;
    let busy = program.confirm(&app, "jane@example.org", &code, NEW_PASSWORD).await;
    assert_eq!((name(&busy).as_str(), busy.header("retry-after")), ("TooManyRequestsException", Some("3")));
    let is_good = "SELECT COUNT(*) FROM challenges WHERE code_hash IS NOT NULL AND code_attempts = 0";
    assert_eq!(app.database.number(is_good).await, 1);
}
