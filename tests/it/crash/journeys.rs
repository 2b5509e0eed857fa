//! What people do during the crash test: reset by link or by code, ask twice, say "this wasn't me", ask for an unknown
//! account.

use reqwest::StatusCode;
use serde_json::json;

use super::Users;
use super::person::{Person, Tried};
use super::story::{Dead, Password, Story};
use crate::support::ReceivedMail;

/// Tries that a code has.
const TRIES: usize = 5;

impl Person {
    /// Goes one way to its end, however often the server dies meanwhile.
    pub(super) async fn travel(mut self) -> Story {
        match self.number % 7 {
            0 => self.reset_by_link().await,
            1 | 2 => self.reset_by_code().await,
            3 => self.ask_twice().await,
            4 => self.refuse_a_request().await,
            5 => self.take_the_password_back().await,
            _ => self.ask_for_nobody().await,
        }
        self.story
    }

    async fn reset_by_link(&mut self) {
        self.ask().await;
        let mail = self.messages(0).await.remove(0);
        // A scanner may have been there before.
        for _ in 0..self.chance.below(3) {
            self.open_link(&mail.link_key()).await.expect("a living link");
        }
        self.set_password_on_the_page(&mail.link_key()).await;
        self.bury_links().await;
    }

    async fn reset_by_code(&mut self) {
        let verify = self.ask_by_program(json!({"email": self.story.email})).await;
        let first = self.messages(0).await.remove(0);
        let challenge = self.challenge_of(&first).await;
        if let Some(token) = self.prove_code(&verify, &challenge, 1).await {
            self.complete_by_program(token).await;
            self.bury_links().await;
        }
    }

    /// By address, and then by name: the second message ends the code of the first.
    async fn ask_twice(&mut self) {
        let first_verify = self.ask_by_program(json!({"email": self.story.email})).await;
        let first = self.messages(0).await.remove(0);
        let first_challenge = self.challenge_of(&first).await;
        // A message that may yet be repeated would end the second code in its turn.
        let sent = format!(
            "SELECT COUNT(*) FROM outbox WHERE challenge_id = '{first_challenge}' AND kind = 'reset' AND finished_at IS NOT NULL"
        );
        self.world.database.wait_until(&sent, 1).await;
        self.world.database.change("DELETE FROM limits WHERE rule = 'destination_cooldown'").await;

        let before = self.messages(0).await.len();
        let verify = self.ask_by_program(json!({"username": self.story.username})).await;
        let second = self.messages(before).await.remove(0);
        let second_challenge = self.challenge_of(&second).await;
        assert_ne!(first_challenge, second_challenge);
        if first_verify.contains(&first_challenge) {
            let code = first.code();
            match self.try_code(&first_verify, &code).await {
                Tried::Proven(_) => panic!("{}: the code of the first message lives", self.story.email),
                Tried::Refused => self.story.codes_refused += 1,
                Tried::Lost => {}
            }
            self.story.dead.push(Dead::Code { verify: first_verify, code });
        }
        // The path without an id goes by the address, and that is the first request.
        if verify.contains(&second_challenge)
            && let Some(token) = self.prove_code(&verify, &second_challenge, 0).await
        {
            self.complete_by_program(token).await;
            self.bury_links().await;
        }
    }

    /// "This wasn't me", in the message of a request.
    async fn refuse_a_request(&mut self) {
        self.ask().await;
        let mail = self.messages(0).await.remove(0);
        self.say_it_was_not_me(&mail).await;
        self.bury_links().await;
        self.story.dead.push(Dead::Code { verify: "/api/v1/resets/verify".into(), code: mail.code() });
    }

    /// "This wasn't me", in the message that tells of the new password.
    async fn take_the_password_back(&mut self) {
        self.reset_by_link().await;
        let notice = self.notices().await.remove(0);
        self.say_it_was_not_me(&notice).await;
        self.story.password = Password::None;
    }

    async fn ask_for_nobody(&mut self) {
        self.story = Story::of(self.number, false);
        let verify = self.ask_by_program(json!({"email": self.story.email})).await;
        for _ in 0..3 {
            match self.try_code(&verify, "00000000").await {
                Tried::Proven(_) => panic!("nobody has a code"),
                Tried::Refused => self.story.codes_refused += 1,
                Tried::Lost => {}
            }
        }
    }

    /// Wrong codes, and then that of the newest message. A message that is repeated brings another code,
    /// which ends the one before. `None`: it was used up by a try whose answer was lost.
    async fn prove_code(&mut self, verify: &str, challenge: &str, wrong_ones: usize) -> Option<String> {
        let (mut tries, mut lost, mut looked_at) = (0, false, 0);
        for _ in 0..wrong_ones {
            tries += 1;
            match self.try_code(verify, "000000").await {
                Tried::Proven(_) => panic!("{} has eight digits", self.story.email),
                Tried::Refused => self.story.codes_refused += 1,
                Tried::Lost => {}
            }
        }
        loop {
            let mut code = None;
            for mail in self.messages(looked_at).await {
                looked_at += 1;
                if self.challenge_of(&mail).await == challenge {
                    code = mail.code_if_any();
                }
            }
            let Some(code) = code else { continue };
            loop {
                tries += 1;
                match self.try_code(verify, &code).await {
                    Tried::Proven(token) => {
                        self.story.codes_proven += 1;
                        self.story.dead.push(Dead::Code { verify: verify.to_owned(), code });
                        return Some(token);
                    }
                    Tried::Lost => lost = true,
                    Tried::Refused => break,
                }
            }
            self.story.codes_refused += 1;
            if lost || tries >= TRIES {
                return None;
            }
        }
    }

    /// Opens the link and goes on to the form until a password is set. A dead link says that a try whose
    /// answer was lost has done it.
    async fn set_password_on_the_page(&mut self, key: &str) {
        while let Some(token) = self.open_link(key).await {
            let path = format!("/auth-redirect?access_token={token}&action=reset-pwd&status=200");
            self.story.dead.push(Dead::Token(token));
            let Some(arrived) = self.get(&path).await else { continue };
            if self.may_be_settled_meanwhile() && arrived.location() == "/link-expired" {
                continue;
            }
            assert_eq!(arrived.location(), "/reset-password");
            let Some(page) = self.get("/reset-password").await else { continue };
            let Some(form) = page.body.split("name=\"form\" value=\"").nth(1) else {
                assert!(self.may_be_settled_meanwhile(), "{}: {} {}", self.story.email, page.status, page.body);
                continue;
            };
            let form = form.split('"').next().unwrap().to_owned();
            let may_be_settled = self.may_be_settled_meanwhile();
            let password = self.story.next_password();
            let fields = [("form", &*form), ("new_password", &password), ("new_password_again", &password)];
            let Some(answer) = self.post("/actions/set-password", &fields).await else { continue };
            if answer.location() == "/done" {
                self.story.was_told_done = true;
                self.story.password = Password::OneOf(vec![password]);
                return;
            }
            assert!(may_be_settled, "{}: {}", self.story.email, answer.location());
        }
        assert!(!self.story.tried.is_empty(), "{}: a living link is refused", self.story.email);
        self.story.password = Password::OneOf(self.story.tried.clone());
    }

    /// An earlier try may have been committed to the app's table. Until that is settled, its link still opens; then its
    /// session is over.
    fn may_be_settled_meanwhile(&self) -> bool {
        !self.story.tried.is_empty() && matches!(self.world.users, Users::InApp(_))
    }

    /// The same with a token, as a program does.
    async fn complete_by_program(&mut self, token: String) {
        let mut lost = Vec::new();
        loop {
            let password = self.story.next_password();
            let body = json!({"access_token": token, "new_password": password});
            match self.call("/api/v1/resets/complete", &body).await {
                None => lost.push(password),
                Some(answer) if answer.status == StatusCode::NO_CONTENT => {
                    self.story.was_told_done = true;
                    self.story.password = Password::OneOf(vec![password]);
                    break;
                }
                Some(answer) => {
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
                    assert!(!lost.is_empty(), "{}: a living token is refused", self.story.email);
                    self.story.password = Password::OneOf(lost);
                    break;
                }
            }
        }
        self.story.dead.push(Dead::Token(token));
    }

    /// When a try whose answer was lost has done it, the link says that nothing is left to end.
    async fn say_it_was_not_me(&mut self, mail: &ReceivedMail) {
        let mut lost = false;
        while !self.story.cancelled {
            let Some(opened) = self.get(&format!("/not-me?key={}", mail.cancel_key())).await else { continue };
            if opened.status == StatusCode::OK {
                assert!(lost, "{}: a living key is refused", self.story.email);
                self.story.cancelled = true;
            } else {
                assert_eq!(opened.location(), "/not-me");
                let done = self.post("/actions/not-me", &[]).await;
                self.story.cancelled = done.is_some_and(|done| done.location() == "/not-me");
                lost = !self.story.cancelled;
            }
        }
    }

    /// Every link that this person was sent is dead from now on.
    async fn bury_links(&mut self) {
        let links = self.messages(0).await.into_iter().map(|mail| Dead::Link(mail.link_key()));
        self.story.dead.extend(links);
    }
}
