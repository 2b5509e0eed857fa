//! `explain_failure`: what happened to a reset in plain words, with accounts concealed and not.

use std::time::Duration;

use keyback::admin::AccountChange;
use serde_json::json;

use super::{Agent, NEW_PASSWORD};
use crate::support::{Database, SmtpBehaviour, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What was found out and advised so far, under a heading.
struct Stories<'app> {
    agent: Agent<'app>,
    told: Vec<String>,
}

impl Stories<'_> {
    async fn tell(&mut self, heading: &str, id: &str) {
        let told = self.agent.succeed("explain_failure", json!({ "id": id })).await;
        let members = &told.members;
        let sentences =
            |name: &str| members[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
        let lines: Vec<String> = [format!("Status: {}", members["status"].as_str().unwrap())]
            .into_iter()
            .chain(sentences("findings"))
            .chain(sentences("advice"))
            .collect();
        assert_eq!(told.lines, lines);
        self.told.push(format!("{heading}\n  {}", lines.join("\n  ")));
    }
}

/// The same stories in both worlds: what happens to requests of somebody and of nobody.
async fn stories(conceal: &str) -> String {
    let app = TestApp::start_with(Database::sqlite(), &[("API__CONCEAL_ACCOUNTS", conceal)]).await;
    let mut stories = Stories { agent: Agent::new(&app), told: Vec::new() };
    for name in ["waiting", "refused", "deferred", "taken-back", "not-me", "twice", "typing", "flooded"] {
        app.add_account(&format!("{name}@example.org")).await;
    }
    let changing = app.add_account("changed@example.org").await;
    let ask = async |name: &str| Agent::new(&app).request(&format!("{name}@example.org")).await;

    let waiting = ask("waiting").await;
    stories.tell("waiting to be sent", &waiting).await;
    app.deliver().await;
    stories.tell("sent", &waiting).await;
    app.clock.advance(Duration::from_secs(31 * 60));
    stories.tell("sent, and its time is over", &waiting).await;

    let nobody = ask("nobody").await;
    app.deliver().await;
    stories.tell("nobody's", &nobody).await;

    let refused = ask("refused").await;
    app.smtp.behave(SmtpBehaviour::RefuseRecipient);
    app.deliver().await;
    stories.tell("refused by the mail server", &refused).await;
    let deferred = ask("deferred").await;
    app.smtp.behave(SmtpBehaviour::DeferRecipient);
    app.deliver().await;
    stories.tell("deferred by the mail server", &deferred).await;
    app.smtp.behave(SmtpBehaviour::Accept);
    app.clock.advance(Duration::from_secs(60));
    app.deliver().await;

    let taken_back = ask("taken-back").await;
    stories.agent.succeed("cancel_reset", json!({ "id": taken_back })).await;
    app.deliver().await;
    stories.tell("taken back", &taken_back).await;

    let not_me = ask("not-me").await;
    let mail = app.deliver().await.remove(0);
    let mut owner = app.browser();
    let opened = owner.get(&format!("/not-me?key={}", mail.cancel_key())).await;
    owner.follow(&opened).await;
    owner.post("/actions/not-me", &[]).await;
    stories.tell("not the owner's", &not_me).await;

    let first = ask("twice").await;
    app.deliver().await;
    app.wait_for_cooldown();
    let second = ask("twice").await;
    let mail = app.deliver().await.remove(0);
    let mut browser = app.browser().with_header("user-agent", FIREFOX);
    app.clock.advance(Duration::from_secs(10));
    app.open_link(&mut browser, &mail).await;
    app.set_password(&mut browser, "password1234").await;
    stories.tell("opened, and the password is not taken", &second).await;
    app.set_password(&mut browser, NEW_PASSWORD).await;
    app.deliver().await;
    stories.tell("set", &second).await;
    stories.tell("set by another request", &first).await;

    let typing = ask("typing").await;
    let mail = app.deliver().await.remove(0);
    app.browser().with_header("user-agent", "Mimecast").get(&format!("/verify?key={}", mail.link_key())).await;
    for _ in 0..2 {
        let path = format!("/api/v1/resets/{typing}/verify");
        app.call(&path, json!({ "code": "00000000" })).await;
    }
    stories.tell("wrong codes and a mail system", &typing).await;

    // Twenty wrong codes in a day, five a message.
    for round in 1..5 {
        app.clock.advance(Duration::from_secs(60 * 60));
        let id = ask("typing").await;
        app.deliver().await;
        for _ in 0..6 {
            app.call(&format!("/api/v1/resets/{id}/verify"), json!({ "code": "00000000" })).await;
        }
        if round == 4 {
            app.deliver().await;
            stories.tell("so many wrong codes that codes are closed", &id).await;
        }
    }

    let oldest = ask("flooded").await;
    let mut newest = String::new();
    for _ in 0..5 {
        app.deliver().await;
        app.clock.advance(Duration::from_secs(5 * 60));
        newest = ask("flooded").await;
    }
    app.deliver().await;
    stories.tell("six times asked for, the first", &oldest).await;
    stories.tell("six times asked for, the last", &newest).await;

    let changed = ask("changed").await;
    app.deliver().await;
    app.application.accounts.change(&changing, AccountChange::Disable).await.unwrap();
    stories.tell("the account was disabled", &changed).await;
    let told = stories.told.join("\n");
    app.finish().await;
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_story_is_told_in_plain_words() {
    insta::assert_snapshot!("told", stories("false").await);
}

// SECURITY.md, requirement 4: what would tell whether there is an account is left out
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_accounts_are_concealed_the_stories_leave_them_out() {
    insta::assert_snapshot!("concealed", stories("true").await);
}
