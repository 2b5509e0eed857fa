//! Turns a timeline into plain words: what is known, and what to do. If accounts are concealed, the timeline doesn't
//! contain anything that reveals whether there is one, so the explanation doesn't either.

use crate::model::{AuditEvent, AuditResult, CancelReason, MessageKind, MessageOutcome, MessageStatus, StepResult};
use crate::reset::{ResetStatus, RevealedStep, RevealedTimeline};

/// An explanation, as a list of sentences.
pub(super) struct Explanation {
    pub(super) findings: Vec<String>,
    pub(super) advice: Vec<String>,
}

const WAIT_AND_LOOK: &str = "Check the spam folder, and wait a few minutes.";
const ASK_AGAIN: &str =
    "If the person still wants to reset the password, request it again with resend, and use the newest message.";
const ASK_AN_OPERATOR: &str = "Ask an operator of Keyback, who can see the account and the log.";

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

/// Explains the state of a reset.
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
            explanation.finds("The password was set. Nothing has failed, and the request is complete.");
        }
        ResetStatus::Open if timeline.messages.is_none() => {
            explanation.finds("The request has not ended, as far as this tool may reveal.");
        }
        ResetStatus::Open => explanation.finds("The request is open: it can still lead to a new password."),
        ResetStatus::Expired => {
            explanation.finds("The request expired before a password was set.");
            explanation.advises(ASK_AGAIN);
        }
        ResetStatus::Cancelled => of_the_end(explanation, timeline.cancelled_because),
    }
}

fn of_the_end(explanation: &mut Explanation, because: Option<CancelReason>) {
    match because {
        Some(CancelReason::Superseded) => {
            explanation.finds("Newer requests with the same identifier have replaced it.");
            explanation.advises("Use the newest message; the links and codes of older ones may no longer work.");
        }
        Some(CancelReason::NotMe) => {
            explanation.finds("The person who received the message has said that they did not request it.");
            explanation.advises(
                "Do not request it again unless the account's owner asks you to: somebody else may have tried.",
            );
        }
        Some(CancelReason::ByClient) => {
            explanation.finds("It was cancelled with cancel_reset.");
            explanation.advises(ASK_AGAIN);
        }
        Some(CancelReason::ResetElsewhere) => {
            explanation.finds("The password was set with another request for the same account, which ends all others.");
        }
        Some(CancelReason::AccountChanged) => {
            explanation.finds("The account was changed or disabled, or its password was set, after the request.");
            explanation.advises(ASK_AN_OPERATOR);
        }
        None => explanation.finds("The request was ended."),
    }
}

fn of_message(explanation: &mut Explanation, timeline: &RevealedTimeline) {
    let Some(messages) = &timeline.messages else {
        explanation.finds(
            "This tool does not reveal whether an account exists and whether a message was sent (api.conceal_accounts).",
        );
        explanation.finds(
            "Possible reasons why nothing has arrived: the account does not exist or has no verified address or number; it \
             has received too many messages; or the message is on its way or in the spam folder.",
        );
        explanation.advises(WAIT_AND_LOOK);
        explanation.advises("Make sure that the identifier belongs to the account.");
        explanation.advises(ASK_AN_OPERATOR);
        return;
    };
    match messages.iter().find(|message| message.kind == MessageKind::Reset) {
        Some(message) => of_one_message(explanation, message),
        None => explanation.finds("Keyback sends no message for it: the program that requested it sends its own."),
    }
}

fn of_one_message(explanation: &mut Explanation, message: &MessageStatus) {
    let reason = message.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let due_at = message.due_at.for_people();
    let tries = if message.attempts == 1 { "one try".to_owned() } else { format!("{} tries", message.attempts) };
    match message.outcome {
        Some(MessageOutcome::Sent) => {
            explanation.finds("The mail server or the SMS provider has accepted the message.");
            explanation.advises(WAIT_AND_LOOK);
        }
        Some(MessageOutcome::Nobody) => {
            explanation.finds(
                "There is no matching account: no account has this identifier, or it is disabled, or it has no verified \
                 address or number to which a message may be sent.",
            );
            explanation.advises("Make sure that the identifier belongs to the account.");
            explanation.advises(ASK_AN_OPERATOR);
        }
        Some(MessageOutcome::Withheld) => {
            explanation.finds(
                "The message was withheld: the account or the number has received too many messages, or today's budget for \
                 text messages is used up.",
            );
            explanation.advises(ASK_AN_OPERATOR);
        }
        Some(MessageOutcome::Failed) => {
            explanation
                .finds(format!("The message could not be sent after {tries}{reason}. Keyback has stopped retrying."));
            explanation.advises(ASK_AN_OPERATOR);
        }
        Some(MessageOutcome::Cancelled) => explanation.finds("The request ended before the message could be sent."),
        None if message.attempts == 0 => {
            explanation.finds(format!("The message has been waiting to be sent since {due_at}."));
            explanation.advises("If it keeps waiting, ask an operator to check whether `keyback serve` is running.");
        }
        None => {
            explanation
                .finds(format!("The message has not been sent after {tries}{reason}. The next try is at {due_at}."));
            explanation.advises("Wait for the next try.");
        }
    }
}

/// How often the link and the code were used, with which results.
struct Seen {
    scanned: usize,
    opened: usize,
    dead: usize,
    proven: usize,
    refused: usize,
    closed: usize,
    rejected: usize,
}

/// The total number of times that the steps happened.
fn times<'a>(steps: impl Iterator<Item = &'a RevealedStep>) -> usize {
    usize::try_from(steps.map(|step| step.audit.hits).sum::<i64>()).unwrap_or(usize::MAX)
}

impl Seen {
    fn of(steps: &[RevealedStep]) -> Self {
        let count = |event, result| {
            let result = AuditResult::Step(result);
            let fits = |step: &&RevealedStep| step.audit.event == event && step.audit.result == result;
            times(steps.iter().filter(|step| !step.is_likely_a_scanner).filter(fits))
        };
        Self {
            scanned: times(steps.iter().filter(|step| step.is_likely_a_scanner)),
            opened: count(AuditEvent::LinkOpened, StepResult::Ok),
            dead: count(AuditEvent::LinkOpened, StepResult::Dead),
            proven: count(AuditEvent::CodeChecked, StepResult::Ok),
            refused: count(AuditEvent::CodeChecked, StepResult::Refused),
            closed: count(AuditEvent::CodesClosed, StepResult::Ok),
            rejected: count(AuditEvent::Completed, StepResult::PasswordRejected),
        }
    }

    /// Only a person who has received the message can open its link or enter its code.
    const fn has_arrived(&self) -> bool {
        self.scanned + self.opened + self.proven > 0
    }

    fn tell(&self, explanation: &mut Explanation) {
        for (count, what) in [
            (self.scanned, "A mail system has probably opened the link"),
            (self.opened, "Somebody has opened the link"),
            (self.dead, "The link was opened when it no longer worked"),
            (self.proven, "The correct code was entered"),
            (self.refused, "A code was entered that was wrong or no longer valid"),
            (self.rejected, "A new password was rejected"),
        ] {
            match count {
                0 => {}
                1 => explanation.finds(format!("{what} (once).")),
                count => explanation.finds(format!("{what} ({count} times).")),
            }
        }
        if self.closed > 0 {
            explanation.finds("Too many wrong codes were entered: codes are switched off for a while.");
        }
    }

    fn advise(&self, explanation: &mut Explanation) {
        if self.scanned > 0 && self.opened + self.proven == 0 {
            explanation.advises(WAIT_AND_LOOK);
        }
        if self.opened + self.proven > 0 {
            explanation.advises("The account's owner can continue: open the link again and choose a password.");
        }
        if self.rejected > 0 {
            explanation.advises("Choose another password: a longer one that is not common.");
        }
        if self.closed > 0 {
            explanation.advises(
                "Use the link in an email, or ask an operator to allow codes again (keyback accounts open-codes).",
            );
        } else if self.refused > 0 {
            explanation.advises(
                "Use the newest message. After several wrong tries its code no longer works; the link in an email does.",
            );
        }
    }
}
