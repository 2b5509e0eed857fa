//! What can be used once can be used once across all instances (SECURITY.md, requirements 20 and 21).

use keyback::accounts::{Hasher, Verdict};
use keyback::model::NewPassword;
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use super::{Fleet, NEW_PASSWORD, on_postgres};
use crate::support::{ReceivedMail, token_in};

const COMPLETE: &str = "/api/v1/resets/complete";

on_postgres! {
    // SECURITY.md, requirement 20
    async fn of_fifty_parallel_completions_with_one_token_one_wins() {
        let fleet = Fleet::start(&[]).await;
        fleet.program.add_people(1).await;
        let key = fleet.program.api_key().await;
        fleet.browser().post("/actions/ask", &[("identifier", "person0@example.org")]).await;
        fleet.smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
        let link = format!("/verify?key={}&action=reset-pwd", fleet.smtp.mails()[0].link_key());
        let opened = fleet.browser().get(&link).await;
        let token = token_in(opened.location());

        let browser = fleet.browser();
        let password = |number: usize| format!("{NEW_PASSWORD}-{number}");
        let mut completing = JoinSet::new();
        for number in 0..50 {
            let (mut browser, key) = (browser.clone(), key.clone());
            let body = json!({"access_token": token, "new_password": password(number)});
            completing.spawn(async move { (number, browser.call_api(COMPLETE, &key, body).await.status) });
        }
        let answers = completing.join_all().await;
        let winners: Vec<_> = answers.iter().filter(|(_, status)| *status == StatusCode::NO_CONTENT).collect();
        let refused = answers.iter().filter(|(_, status)| *status == StatusCode::FORBIDDEN).count();
        assert_eq!((winners.len(), refused), (1, 49), "{answers:?}");

        let stored = fleet.database.texts("SELECT password_hash FROM accounts").await.remove(0);
        let hasher = Hasher::start(None, keyback::telemetry::Metrics::default()).unwrap();
        for number in 0..50 {
            let typed = NewPassword::parse(password(number)).unwrap();
            let verdict = hasher.verify(typed, Some(stored.clone())).await.unwrap();
            assert_eq!(verdict == Verdict::Right, number == winners[0].0, "{number}");
        }
        assert_eq!(fleet.database.number("SELECT COUNT(*) FROM outbox WHERE kind = 'notice'").await, 1);
        fleet.stop().await;
    }

    // SECURITY.md, requirement 21
    async fn a_reset_by_one_instance_ends_what_others_have_handed_out() {
        let fleet = Fleet::start(&[("RESET__RESEND_COOLDOWN", "1s")]).await;
        fleet.program.import("email,email_verified,username\njane@example.org,true,jane\n").await;
        let key = fleet.program.api_key().await;
        let mut asked = Vec::new();
        for (round, body) in [json!({"email": "jane@example.org"}), json!({"username": "jane"})].into_iter().enumerate() {
            let answer = fleet.browser().call_api("/api/v1/resets", &key, body).await;
            asked.push(format!("/api/v1/resets/{}/verify", answer.json()["id"].as_str().unwrap()));
            fleet.smtp.wait_until("the mail", |state| state.mails.len() > round).await;
        }
        let (mut links, mut tokens) = (Vec::new(), Vec::new());
        for mail in fleet.smtp.mails() {
            let link = format!("/verify?key={}&action=reset-pwd", mail.link_key());
            for _ in 0..3 {
                tokens.push(token_in(fleet.browser().get(&link).await.location()));
            }
            links.push(link);
        }
        // One code lives: that of the second message.
        let codes: Vec<_> = fleet.smtp.mails().iter().map(ReceivedMail::code).collect();
        let first = fleet.browser().call_api(&asked[0], &key, json!({"code": codes[0]})).await;
        assert_eq!(first.status, StatusCode::FORBIDDEN, "a newer code lives");

        let winner = tokens.pop().unwrap();
        let body = json!({"access_token": winner, "new_password": NEW_PASSWORD});
        assert_eq!(fleet.browser().call_api(COMPLETE, &key, body).await.status, StatusCode::NO_CONTENT);
        for link in &links {
            assert_eq!(fleet.browser().get(link).await.location(), "/link-expired");
        }
        for (verify, code) in asked.iter().zip(&codes) {
            let answer = fleet.browser().call_api(verify, &key, json!({"code": code})).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        for token in tokens {
            let body = json!({"access_token": token, "new_password": "another-copper-violin"});
            assert_eq!(fleet.browser().call_api(COMPLETE, &key, body).await.status, StatusCode::FORBIDDEN);
        }
        fleet.stop().await;
    }
}
