//! What the audit knows: events, results, and who did it. Never a secret, and never an address of a person.

use std::fmt;
use std::net::IpAddr;

use super::words::words;
use super::{AccountId, AuditId, ChallengeId, CorrelationId, LimitName, MessageOutcome, Timestamp};

words! {
    /// An event. Those of a reset are in the order in which they happen.
    pub enum AuditEvent {
        /// A reset was requested.
        Requested = "reset.requested",
        /// The secret of a reset was handed to a program.
        HandedOut = "reset.handed_out",
        /// The message of a reset was processed.
        Dispatched = "reset.dispatched",
        /// The link was opened.
        LinkOpened = "reset.link_opened",
        /// A code was entered.
        CodeChecked = "reset.code_checked",
        /// Too many wrong codes were entered.
        CodesClosed = "reset.codes_closed",
        /// A new password was sent.
        Completed = "reset.completed",
        /// Somebody cancelled a reset.
        Cancelled = "reset.cancelled",
        /// A notice to the owner was processed.
        Notified = "reset.notified",
        /// A webhook was processed.
        Webhook = "reset.announced",
        /// A password was checked.
        SignIn = "account.sign_in",
        /// An account was added.
        AccountAdded = "account.added",
        /// An account was imported.
        AccountImported = "account.imported",
        /// A password was set by an operator or a program.
        AccountPasswordSet = "account.password_set",
        /// An account was disabled.
        AccountDisabled = "account.disabled",
        /// An account was enabled again.
        AccountEnabled = "account.enabled",
        /// The address of an account was changed.
        AccountEmailSet = "account.email_set",
        /// The number of an account was changed.
        AccountPhoneSet = "account.phone_set",
        /// The codes of an account were opened again.
        AccountCodesOpened = "account.codes_opened",
        /// An API key was created.
        KeyCreated = "key.created",
        /// The secret of an API key was replaced.
        KeyRotated = "key.rotated",
        /// An API key was revoked.
        KeyRevoked = "key.revoked",
    }
}

words! {
    /// How a step ended that neither sent a message nor met a rate limit.
    pub enum StepResult {
        /// It succeeded.
        Ok = "ok",
        /// A link or a request id that opens nothing.
        Dead = "dead",
        /// A look at a link that used nothing: `HEAD`.
        LookedAt = "looked_at",
        /// A code or a password that was not right.
        Refused = "refused",
        /// Too many tries.
        TooMany = "too_many",
        /// A token that is not valid.
        DeadToken = "dead_token",
        /// A password that breaks the policy.
        PasswordRejected = "password_rejected",
        /// The request was cancelled.
        Request = "request",
        /// The new password was revoked.
        Password = "password",
        /// There was nothing to cancel.
        Nothing = "nothing",
    }
}

/// The result of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditResult {
    /// Of a step.
    Step(StepResult),
    /// Of a message.
    Message(MessageOutcome),
    /// A full rate limit refused it.
    Limit(LimitName),
}

impl AuditResult {
    /// The word in the table and in timelines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Step(result) => result.as_str(),
            Self::Message(outcome) => outcome.as_str(),
            Self::Limit(name) => name.as_str(),
        }
    }

    /// The result with that word.
    pub fn from_word(word: &str) -> Option<Self> {
        let step = StepResult::from_word(word).map(Self::Step);
        step.or_else(|| MessageOutcome::from_word(word).map(Self::Message))
            .or_else(|| LimitName::from_word(word).map(Self::Limit))
    }
}

impl From<StepResult> for AuditResult {
    fn from(result: StepResult) -> Self {
        Self::Step(result)
    }
}

impl From<MessageOutcome> for AuditResult {
    fn from(outcome: MessageOutcome) -> Self {
        Self::Message(outcome)
    }
}

impl From<LimitName> for AuditResult {
    fn from(name: LimitName) -> Self {
        Self::Limit(name)
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person in a browser.
    Person,
    /// The worker.
    Worker,
    /// Somebody at the command line.
    Operator,
    /// The page of the demo.
    Demo,
    /// A program, by the public id of its key.
    Key(String),
    /// All callers of a minute that have no row for themselves.
    OtherNetworks,
}

impl Actor {
    /// The actor with that text.
    pub fn from_stored(text: &str) -> Option<Self> {
        match text {
            "person" => Some(Self::Person),
            "worker" => Some(Self::Worker),
            "operator" => Some(Self::Operator),
            "demo" => Some(Self::Demo),
            "other networks" => Some(Self::OtherNetworks),
            _ => text.strip_prefix("key:").map(|id| Self::Key(id.to_owned())),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person => formatter.write_str("person"),
            Self::Worker => formatter.write_str("worker"),
            Self::Operator => formatter.write_str("operator"),
            Self::Demo => formatter.write_str("demo"),
            Self::Key(id) => write!(formatter, "key:{id}"),
            Self::OtherNetworks => formatter.write_str("other networks"),
        }
    }
}

/// What happened, as a row of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditStep {
    /// When it first happened.
    pub happened_at: Timestamp,
    /// What happened.
    pub event: AuditEvent,
    /// With which result.
    pub result: AuditResult,
    /// Who did it.
    pub actor: Actor,
    /// From where. `None` for the worker, for counts, and after a while.
    pub caller_address: Option<IpAddr>,
    /// What the caller called itself.
    pub user_agent: Option<String>,
    /// The HTTP request in which it happened.
    pub correlation_id: Option<CorrelationId>,
    /// How often it happened.
    pub hits: i64,
    /// When it last happened. `None` if it happened once.
    pub last_at: Option<Timestamp>,
}

/// A row to add to the audit.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// Entries with the same id are counted in one row.
    pub id: AuditId,
    /// What happened.
    pub step: AuditStep,
    /// The reset that it is about.
    pub challenge_id: Option<ChallengeId>,
    /// The account that it is about.
    pub account_id: Option<AccountId>,
    /// The public id of the API key that it is about.
    pub key_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_and_actor_is_read_as_it_was_written() {
        let results = StepResult::ALL.into_iter().map(AuditResult::from);
        let results = results.chain(MessageOutcome::ALL.into_iter().map(AuditResult::from));
        for result in results.chain(LimitName::ALL.into_iter().map(AuditResult::from)) {
            assert_eq!(AuditResult::from_word(result.as_str()), Some(result));
        }
        let key = Actor::Key("abc".into());
        for actor in [Actor::Person, Actor::Worker, Actor::Operator, Actor::Demo, Actor::OtherNetworks, key] {
            assert_eq!(Actor::from_stored(&actor.to_string()), Some(actor));
        }
        assert_eq!(Actor::from_stored("somebody"), None);
    }
}
