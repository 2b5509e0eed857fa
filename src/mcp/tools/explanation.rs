//! Puts a timeline into plain words: what is known, and what can be done. While accounts are concealed the timeline
//! has left out what would tell whether there is one, and then so does this. Called by `explain_failure`.

use crate::model::Timestamp;
use crate::reset::{ResetStatus, RevealedMessage, RevealedStep, RevealedTimeline};

/// Sentences.
pub(super) struct Explanation {
    pub(super) findings: Vec<String>,
    pub(super) advice: Vec<String>,
}

const WAIT_AND_LOOK: &str = "Look into the spam folder, and wait some minutes.";
const ASK_AGAIN: &str = "Ask again with resend, if the person still wants it; the newest message counts.";
const ASK_AN_OPERATOR: &str = "Ask an operator of Keyback, who sees the account and the log.";

impl Explanation {
    fn finds(&mut self, sentence: impl Into<String>) {
        self.findings.push(sentence.into());
    }

    fn advises(&mut self, sentence: &str) {
        if !self.advice.iter().any(|given| given == sentence) {
            self.advice.push(sentence.to_owned());
        }
    }
}

/// Everything that is known of a reset that does not get on.
pub(super) fn explain(timeline: &RevealedTimeline) -> Explanation {
    let mut explanation = Explanation { findings: Vec::new(), advice: Vec::new() };
    let seen = Seen::of(&timeline.steps);
    of_status(&mut explanation, timeline);
    seen.tell(&mut explanation);
    if matches!(timeline.status, ResetStatus::Open | ResetStatus::Expired) {
        if !seen.has_arrived() {
            of_message(&mut explanation, timeline);
        }
        seen.advise(&mut explanation);
    }
    explanation
}

fn of_status(explanation: &mut Explanation, timeline: &RevealedTimeline) {
    match timeline.status {
        ResetStatus::Completed => {
            explanation.finds("The password was set. Nothing has failed, and the request is over.");
        }
        ResetStatus::Open if timeline.messages.is_none() => {
            explanation.finds("The request has not ended, as far as may be told here.");
        }
        ResetStatus::Open => explanation.finds("The request is open: it can still lead to a new password."),
        ResetStatus::Expired => {
            explanation.finds("The time of the request ran out before a password was set.");
            explanation.advises(ASK_AGAIN);
        }
        ResetStatus::Cancelled => of_the_end(explanation, timeline.cancelled_because.as_deref().unwrap_or_default()),
    }
}

fn of_the_end(explanation: &mut Explanation, because: &str) {
    match because {
        "superseded" => {
            explanation.finds("Newer requests with the same identifier have taken its place.");
            explanation.advises("Use the newest message; the links and codes of older ones may be dead.");
        }
        "not_me" => {
            explanation.finds("Whoever got the message has said that they did not ask for it.");
            explanation
                .advises("Do not ask again unless the account's owner asks for it: somebody else may have tried.");
        }
        "by_client" => {
            explanation.finds("It was taken back with cancel_reset.");
            explanation.advises(ASK_AGAIN);
        }
        "reset_elsewhere" => {
            explanation.finds("The password was set by another request of the same account, which ends all others.");
        }
        "account_changed" => {
            explanation.finds("The account was changed or disabled, or its password was set, after the request.");
            explanation.advises(ASK_AN_OPERATOR);
        }
        _ => explanation.finds("It was ended."),
    }
}

fn of_message(explanation: &mut Explanation, timeline: &RevealedTimeline) {
    let Some(messages) = &timeline.messages else {
        explanation.finds(
            "Whether there is an account, and what became of its message, is not told here (api.conceal_accounts).",
        );
        explanation.finds(
            "Where nothing has arrived: there may be no such account, or none with a verified address or number; it may \
             have had too many messages; or the message is on its way, or in the spam folder.",
        );
        explanation.advises(WAIT_AND_LOOK);
        explanation.advises("Make sure that the identifier is the one that the account has.");
        explanation.advises(ASK_AN_OPERATOR);
        return;
    };
    match messages.iter().find(|message| message.kind == "reset") {
        Some(message) => of_one_message(explanation, message),
        None => explanation.finds("No message belongs to it: the program that asked was to send one itself."),
    }
}

fn of_one_message(explanation: &mut Explanation, message: &RevealedMessage) {
    let reason = message.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let due_at = Timestamp::from_millis(message.due_at).for_people();
    let tries = if message.attempts == 1 { "one try".to_owned() } else { format!("{} tries", message.attempts) };
    match message.outcome.as_deref() {
        Some("sent") => {
            explanation.finds("The mail system, or the provider of text messages, has taken the message.");
            explanation.advises(WAIT_AND_LOOK);
        }
        Some("nobody") => {
            explanation.finds(
                "There is nobody to send to: no account has that identifier, or it is disabled, or it has no verified \
                 address or number that a message may go to.",
            );
            explanation.advises("Make sure that the identifier is the one that the account has.");
            explanation.advises(ASK_AN_OPERATOR);
        }
        Some("withheld") => {
            explanation.finds(
                "The message was kept back: the account or the number has had too many, or the budget of the day for text \
                 messages is used up.",
            );
            explanation.advises(ASK_AN_OPERATOR);
        }
        Some("failed") => {
            explanation.finds(format!("The message was given up after {tries}{reason}."));
            explanation.advises(ASK_AN_OPERATOR);
        }
        Some(_) => explanation.finds("The request had ended before the message could go."),
        None if message.attempts == 0 => {
            explanation.finds(format!("The message waits to be sent since {due_at}."));
            explanation.advises("If it goes on waiting, an operator must look whether `keyback serve` is running.");
        }
        None => {
            explanation.finds(format!("The message has not gone after {tries}{reason}. The next is at {due_at}."));
            explanation.advises("Wait for the next try.");
        }
    }
}

/// How often what was seen of the link and of the code.
struct Seen {
    scanned: usize,
    opened: usize,
    dead: usize,
    proven: usize,
    refused: usize,
    closed: usize,
    rejected: usize,
}

/// How often the steps happened.
fn times<'a>(steps: impl Iterator<Item = &'a RevealedStep>) -> usize {
    usize::try_from(steps.map(|step| step.row.hits).sum::<i64>()).unwrap_or(usize::MAX)
}

impl Seen {
    fn of(steps: &[RevealedStep]) -> Self {
        let count = |event: &str, result: &str| {
            let fits = |step: &&RevealedStep| step.row.event == event && step.row.result == result;
            times(steps.iter().filter(|step| !step.is_likely_a_scanner).filter(fits))
        };
        Self {
            scanned: times(steps.iter().filter(|step| step.is_likely_a_scanner)),
            opened: count("reset.link_opened", "ok"),
            dead: count("reset.link_opened", "dead"),
            proven: count("reset.code_checked", "ok"),
            refused: count("reset.code_checked", "refused"),
            closed: count("reset.codes_closed", "ok"),
            rejected: count("reset.completed", "password_rejected"),
        }
    }

    /// Only somebody who has the message can open its link or type its code.
    const fn has_arrived(&self) -> bool {
        self.scanned + self.opened + self.proven > 0
    }

    fn tell(&self, explanation: &mut Explanation) {
        for (count, what) in [
            (self.scanned, "A mail system has opened the link, as far as can be told"),
            (self.opened, "Somebody has opened the link"),
            (self.dead, "The link was opened when it was dead already"),
            (self.proven, "The right code was typed"),
            (self.refused, "A wrong or dead code was typed"),
            (self.rejected, "A new password was not taken"),
        ] {
            match count {
                0 => {}
                1 => explanation.finds(format!("{what} (once).")),
                count => explanation.finds(format!("{what} ({count} times).")),
            }
        }
        if self.closed > 0 {
            explanation.finds("Too many wrong codes were typed: codes are switched off for a while.");
        }
    }

    fn advise(&self, explanation: &mut Explanation) {
        if self.scanned > 0 && self.opened + self.proven == 0 {
            explanation.advises(WAIT_AND_LOOK);
        }
        if self.opened + self.proven > 0 {
            explanation.advises("The account's owner can go on: open the link again and choose a password.");
        }
        if self.rejected > 0 {
            explanation.advises("Choose another password: a longer one that is not common.");
        }
        if self.closed > 0 {
            explanation
                .advises("Use the link of a mail, or ask an operator to open codes (keyback accounts open-codes).");
        } else if self.refused > 0 {
            explanation.advises(
                "Use the newest message: after some wrong tries its code is dead; the link of a mail works on.",
            );
        }
    }
}
