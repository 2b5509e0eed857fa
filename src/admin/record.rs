//! Audit rows about what an operator or a program did, written in the transaction of the change they report.

use crate::model::{AccountId, Actor, AuditEntry, AuditEvent, AuditId, AuditStep, Caller, StepResult, Timestamp};
use crate::store::{StoreError, Tx};

/// Who makes a change.
#[derive(Clone)]
pub(super) enum Agent {
    /// Somebody at the command line.
    Operator,
    /// A program with an API key, and the caller behind it.
    Program(Caller),
}

impl Agent {
    /// Whose turn it is at the password policy.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::Program(caller) => caller.client_id().unwrap_or_default(),
        }
    }
}

/// A successful action.
pub(super) struct Record<'a> {
    event: AuditEvent,
    agent: &'a Agent,
    account_id: Option<&'a AccountId>,
    /// Which API key it was done to.
    key_id: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// A successful action of an operator on an API key.
    pub(super) const fn of_key(event: AuditEvent, key_id: &'a str) -> Self {
        Self { event, agent: &Agent::Operator, account_id: None, key_id: Some(key_id) }
    }

    /// A successful action on an account.
    pub(super) const fn of_account(agent: &'a Agent, event: AuditEvent, account_id: &'a AccountId) -> Self {
        Self { event, agent, account_id: Some(account_id), key_id: None }
    }

    pub(super) async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        let (actor, caller) = match self.agent {
            Agent::Operator => (Actor::Operator, None),
            Agent::Program(caller) => (Actor::Key(caller.client_id().unwrap_or_default().to_owned()), Some(caller)),
        };
        tx.insert_audit(&AuditEntry {
            id: AuditId::random()?,
            step: AuditStep {
                happened_at: now,
                event: self.event,
                result: StepResult::Ok.into(),
                actor,
                caller_address: caller.map(|caller| caller.address),
                user_agent: caller.map(|caller| caller.user_agent.clone()),
                correlation_id: caller.map(|caller| caller.correlation_id.clone()),
                hits: 1,
                last_at: None,
            },
            challenge_id: None,
            account_id: self.account_id.cloned(),
            key_id: self.key_id.map(str::to_owned),
        })
        .await
    }
}
