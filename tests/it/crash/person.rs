//! A person with a browser, or a program acting for them. They repeat a step if its answer was lost because the server
//! died.

use std::sync::Arc;
use std::time::Duration;

use keyback::model::LinkKey;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::story::Story;
use super::{Chance, Users, World};
use crate::faults::is_put_off;
use crate::support::{Answer, Browser, PUBLIC_URL, ReceivedMail, token_in};

/// When a worker that was killed has lost its hold on a message, and the next one has sent it.
const LEASES_END: Duration = Duration::from_secs(90);

pub(super) struct Person {
    pub(super) world: Arc<World>,
    pub(super) number: usize,
    pub(super) chance: Chance,
    pub(super) story: Story,
    browser: Browser,
}

/// What became of a try at a code.
pub(super) enum Tried {
    Proven(String),
    Refused,
    Lost,
}

impl Person {
    /// Everybody calls from an address of their own, so that limits on callers stay out of it.
    pub(super) fn new(world: Arc<World>, number: usize) -> Self {
        let address = format!("10.0.{}.{}", number / 250, number % 250);
        let browser = Browser::new("http://127.0.0.1:9", PUBLIC_URL).with_header("x-forwarded-for", &address);
        let chance = Chance(world.seed.wrapping_add(number as u64));
        Self { world, number, chance, story: Story::of(number, true), browser }
    }

    /// Sends one request to the server that there is, or to the next; `None`: it died without an answer, or has put
    /// this off.
    async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Option<Answer> {
        let mut server = self.world.server.subscribe();
        let base = server.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        self.browser.go_to(&base);
        match self.browser.try_to_send(method, path, headers, Some(body.into_bytes())).await {
            // The app's database may be busy with the others. Whether anything was done is open, as after a crash.
            Ok(answer) if is_put_off(&answer) && matches!(self.world.users, Users::InApp(_)) => None,
            Ok(answer) => {
                assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.body);
                Some(answer)
            }
            Err(_) => {
                server.wait_for(|now| now.as_ref() != Some(&base)).await.unwrap();
                None
            }
        }
    }

    pub(super) async fn get(&mut self, path: &str) -> Option<Answer> {
        self.send(Method::GET, path, &[], String::new()).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Option<Answer> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", PUBLIC_URL)];
        self.send(Method::POST, path, &headers, body).await
    }

    pub(super) async fn call(&mut self, path: &str, body: &Value) -> Option<Answer> {
        let authorization = format!("Bearer {}", self.world.key);
        let headers = [("authorization", &*authorization), ("content-type", "application/json")];
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    /// Asks on the page until there is an answer. After a lost one, the limit on messages to one
    /// identifier may tell that it was accepted all the same.
    pub(super) async fn ask(&mut self) {
        let email = self.story.email.clone();
        let mut lost = false;
        loop {
            match self.post("/actions/ask", &[("identifier", &email)]).await {
                None => lost = true,
                Some(answer) if answer.location() == "/check-inbox" => break,
                Some(answer) => {
                    assert!(lost, "{email} is sent to {}", answer.location());
                    break;
                }
            }
        }
        self.story.accepted += 1;
    }

    /// Asks as a program does; gives the path at which to verify the code. With a lost answer the name
    /// of the challenge is lost, too.
    pub(super) async fn ask_by_program(&mut self, identifier: Value) -> String {
        let mut lost = false;
        let verify = loop {
            match self.call("/api/v1/resets", &identifier).await {
                None => lost = true,
                Some(answer) if answer.status == StatusCode::ACCEPTED => {
                    let id = answer.json()["id"].as_str().unwrap().to_owned();
                    let verify = format!("/api/v1/resets/{id}/verify");
                    self.story.challenges.push(id);
                    break verify;
                }
                Some(answer) => {
                    assert!(lost && answer.status == StatusCode::TOO_MANY_REQUESTS, "{identifier}: {}", answer.body);
                    break "/api/v1/resets/verify".to_owned();
                }
            }
        };
        self.story.accepted += 1;
        verify
    }

    /// The messages to this person that hold a link, beginning with number `from`.
    pub(super) async fn messages(&self, from: usize) -> Vec<ReceivedMail> {
        self.mails(from, "with a link", |mail| mail.text().contains("/verify?")).await
    }

    /// The messages to this person that say that the password was changed.
    pub(super) async fn notices(&self) -> Vec<ReceivedMail> {
        self.mails(0, "that tells of the change", |mail| !mail.text().contains("/verify?")).await
    }

    /// Waits until there are more than `from` of them.
    async fn mails(&self, from: usize, what: &str, is_one: impl Fn(&ReceivedMail) -> bool) -> Vec<ReceivedMail> {
        let email = &self.story.email;
        let is_theirs = |mail: &&ReceivedMail| mail.recipients[0] == *email && is_one(mail);
        let what = format!("mail {from} {what} to {email}");
        self.world
            .smtp
            .wait_within(LEASES_END, &what, |state| state.mails.iter().filter(is_theirs).count() > from)
            .await;
        self.world.smtp.mails().iter().filter(is_theirs).skip(from).cloned().collect()
    }

    /// The challenge that the link of a message opens.
    pub(super) async fn challenge_of(&self, mail: &ReceivedMail) -> String {
        let hash = LinkKey::parse(&mail.link_key()).unwrap().hash();
        let statement = format!("SELECT challenge_id FROM link_keys WHERE key_hash = '{}'", hash.as_str());
        self.world.database.texts(&statement).await.remove(0)
    }

    /// Opens the link until there is an answer; gives the token, or `None` from a dead link.
    pub(super) async fn open_link(&mut self, key: &str) -> Option<String> {
        loop {
            let Some(opened) = self.get(&format!("/verify?key={key}&action=reset-pwd")).await else { continue };
            if opened.location() == "/link-expired" {
                return None;
            }
            self.story.links_opened += 1;
            return Some(token_in(opened.location()));
        }
    }

    pub(super) async fn try_code(&mut self, verify: &str, code: &str) -> Tried {
        let mut body = json!({ "code": code });
        if verify == "/api/v1/resets/verify" {
            body["email"] = json!(self.story.email);
        }
        match self.call(verify, &body).await {
            None => Tried::Lost,
            Some(answer) if answer.status == StatusCode::OK => {
                Tried::Proven(answer.json()["access_token"].as_str().unwrap().to_owned())
            }
            Some(answer) => {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
                Tried::Refused
            }
        }
    }
}
