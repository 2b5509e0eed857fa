//! Audit rows about what an operator or a program did, written in the transaction of the change they report.

use std::borrow::Cow;

use crate::model::{Caller, ChallengeId, Timestamp};
use crate::store::{AuditRow, StoreError, Tx};

/// Who makes a change.
#[derive(Clone)]
pub(super) enum Actor {
    /// Somebody at the command line.
    Operator,
    /// A program with an API key, and the caller behind it.
    Program(Caller),
}

impl Actor {
    /// Whose turn it is at the password policy.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::Program(caller) => caller.client_id().unwrap_or_default(),
        }
    }
}

/// The contents of the row.
pub(super) struct Record<'a> {
    pub(super) event: &'static str,
    pub(super) result: &'static str,
    /// `operator`, `demo` or `key:<public id>`.
    pub(super) actor: Cow<'a, str>,
    pub(super) account_id: Option<&'a str>,
    /// Which API key it was done to.
    pub(super) key_id: Option<&'a str>,
    pub(super) caller: Option<&'a Caller>,
}

/// The row could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl<'a> Record<'a> {
    /// A successful action of an operator on an API key.
    pub(super) fn of_key(event: &'static str, key_id: &'a str) -> Self {
        Self { key_id: Some(key_id), ..Self::of(&Actor::Operator, event, None) }
    }

    /// A successful action of the given actor on an account.
    pub(super) fn of(actor: &'a Actor, event: &'static str, account_id: Option<&'a str>) -> Self {
        let (actor, caller) = match actor {
            Actor::Operator => (Cow::Borrowed("operator"), None),
            Actor::Program(caller) => {
                (Cow::Owned(format!("key:{}", caller.client_id().unwrap_or_default())), Some(caller))
            }
        };
        Self { event, result: "ok", actor, account_id, key_id: None, caller }
    }

    pub(super) async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), RecordError> {
        let id = ChallengeId::random()?;
        tx.insert_audit(&AuditRow {
            id: id.as_str().to_owned(),
            happened_at: now.millis(),
            event: self.event.to_owned(),
            result: self.result.to_owned(),
            actor: self.actor.to_string(),
            challenge_id: None,
            account_id: self.account_id.map(str::to_owned),
            key_id: self.key_id.map(str::to_owned),
            caller_address: self.caller.map(|caller| caller.address.to_string()),
            user_agent: self.caller.map(|caller| caller.user_agent.clone()),
            correlation_id: self.caller.map(|caller| caller.correlation_id.as_str().to_owned()),
            hits: 1,
            last_at: None,
        })
        .await?;
        Ok(())
    }
}
