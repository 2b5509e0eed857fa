//! Limits count over all instances and over restarts (SECURITY.md, requirements 10, 29, 30 and 31).

use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use super::{Fleet, INSTANCES, on_postgres};
use crate::support::{Database, Program, SmtpServer, on_both_databases};

/// Asks for a code as a program does; gives the path to verify it and the code.
async fn code_of(fleet: &Fleet, key: &str, email: &str) -> (String, String) {
    let asked = fleet.browser().call_api("/api/v1/resets", key, json!({"email": email})).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    let is_theirs = |recipients: &[String]| recipients == [email];
    fleet.smtp.wait_until(email, |state| state.mails.iter().any(|mail| is_theirs(&mail.recipients))).await;
    let mail = fleet.smtp.mails().into_iter().find(|mail| is_theirs(&mail.recipients)).unwrap();
    (format!("/api/v1/resets/{}/verify", asked.json()["id"].as_str().unwrap()), mail.code())
}

/// Another code, a different one for each number.
fn wrong(code: &str, number: u32) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + number) % 100_000_000)
}

on_postgres! {
    // SECURITY.md, requirement 10
    async fn the_time_between_two_messages_is_kept_by_all_instances_together() {
        let fleet = Fleet::start(&[]).await;
        let mut asking = JoinSet::new();
        for number in 0..30 {
            let mut browser = fleet.browser();
            // Of ten people each is asked for three times at once.
            let email = format!("person{}@example.org", number % 10);
            asking.spawn(async move {
                let fields = [("identifier", email.as_str())];
                browser.post("/actions/ask", &fields).await.location().to_owned()
            });
        }
        let answers = asking.join_all().await;
        assert_eq!(answers.iter().filter(|location| *location == "/check-inbox").count(), 10, "{answers:?}");
        assert_eq!(answers.iter().filter(|location| *location == "/forgot-password").count(), 20, "{answers:?}");
        assert_eq!(fleet.database.number("SELECT COUNT(*) FROM challenges").await, 10);
        fleet.stop().await;
    }

    // SECURITY.md, requirements 10 and 11
    async fn the_requests_of_one_caller_add_up_over_all_instances() {
        const ALLOWED: usize = 7;
        let fleet = Fleet::start(&[("LIMITS__CALLER_PER_15_MINUTES", "7")]).await;
        let ask = |caller: &str, number: usize| {
            let mut browser = fleet.browser().with_header("x-forwarded-for", caller);
            let email = format!("person{number}@example.org");
            async move { browser.post("/actions/ask", &[("identifier", &email)]).await.location().to_owned() }
        };
        let mut asking = JoinSet::new();
        (0..3 * ALLOWED).for_each(|number| drop(asking.spawn(ask("203.0.113.9", number))));
        let answers = asking.join_all().await;
        assert_eq!(answers.iter().filter(|location| *location == "/check-inbox").count(), ALLOWED, "{answers:?}");
        // Somebody else is not held up.
        assert_eq!(ask("203.0.113.10", 100).await, "/check-inbox");
        fleet.stop().await;
    }

    // SECURITY.md, requirement 29
    async fn a_code_has_five_tries_over_all_instances() {
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(1).await;
        let key = fleet.program.api_key().await;
        let (verify, code) = code_of(&fleet, &key, "person0@example.org").await;
        let begun = fleet.proxy.taken().len();
        for number in 1..=5 {
            let answer = fleet.browser().call_api(&verify, &key, json!({"code": wrong(&code, number)})).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        for _ in 0..INSTANCES {
            let answer = fleet.browser().call_api(&verify, &key, json!({"code": code})).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "right, and too late");
        }
        fleet.assert_each_step_changed_the_instance(begun, 8);
        fleet.stop().await;
    }

    // SECURITY.md, requirement 31
    async fn of_200_parallel_guesses_at_three_instances_five_are_compared() {
        const ROUNDS: usize = 5;
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(ROUNDS).await;
        let key = fleet.program.api_key().await;
        for round in 0..ROUNDS {
            let (verify, code) = code_of(&fleet, &key, &format!("person{round}@example.org")).await;
            let browser = fleet.browser();
            let guess = |code: String| {
                let (mut browser, verify, key) = (browser.clone(), verify.clone(), key.clone());
                async move { browser.call_api(&verify, &key, json!({"code": code})).await.status }
            };
            let mut answers = JoinSet::new();
            (1..200).for_each(|number| drop(answers.spawn(guess(wrong(&code, number)))));
            for _ in 0..5 {
                assert_eq!(answers.join_next().await.unwrap().unwrap(), StatusCode::FORBIDDEN);
            }
            // Last, while most of the others are still on their way.
            answers.spawn(guess(code.clone()));
            let answers = answers.join_all().await;
            assert!(answers.iter().all(|status| *status == StatusCode::FORBIDDEN), "round {round}: {answers:?}");
            let counted = "SELECT code_attempts FROM challenges ORDER BY requested_at DESC LIMIT 1";
            assert_eq!(fleet.database.number(counted).await, 5, "round {round}");
            assert_eq!(guess(code).await, StatusCode::FORBIDDEN, "round {round}");
        }
        fleet.stop().await;
    }
}

// SECURITY.md, requirement 30: the server is started anew between the messages
#[on_both_databases]
async fn wrong_codes_of_an_account_add_up_over_restarts(database: Database) {
    let smtp = SmtpServer::start().await;
    let program = Program::new(&database, &smtp.url());
    program.add_people(1).await;
    let key = program.api_key().await;
    let mut last = (String::new(), String::new());
    for round in 0..5 {
        let serving = program.serve().await;
        let mut browser = serving.browser();
        let asked = browser.call_api("/api/v1/resets", &key, json!({"email": "person0@example.org"})).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
        smtp.wait_until("the mail", |state| state.mails.len() > round).await;
        let code = smtp.mails()[round].code();
        let verify = format!("/api/v1/resets/{}/verify", asked.json()["id"].as_str().unwrap());
        for number in 1..=4 {
            let answer = browser.call_api(&verify, &key, json!({"code": wrong(&code, number)})).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        last = (verify, code);
        serving.kill().await;
        hours_pass(&database).await;
    }
    let counted = "SELECT hits FROM limits WHERE rule = 'wrong_codes_day'";
    assert_eq!(database.number(counted).await, 20);
    let serving = program.serve().await;
    let (verify, code) = last;
    let answer = serving.browser().call_api(&verify, &key, json!({"code": code})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "right, and too late");
    smtp.wait_until("the owner is told", |state| state.mails.len() == 6).await;
    assert!(smtp.mails()[5].subject().contains("Codes are switched off"));
    serving.stop().await;
    database.remove().await;
}

/// Messages may be asked for again; what a killed worker held is free.
async fn hours_pass(database: &Database) {
    database.change("DELETE FROM limits WHERE rule NOT LIKE 'wrong_codes%'").await;
    database.change("UPDATE outbox SET lease_until = 0 WHERE finished_at IS NULL").await;
}
