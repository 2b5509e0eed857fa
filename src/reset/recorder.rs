//! Writes the audit and the log: every step, who, from where, with which result; never a secret and
//! never an address of a person. Called by the steps.

use crate::clock::Clock;
use crate::model::{Caller, ChallengeId};
use crate::store::{AuditRow, Store, StoreError, Tx};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Requested,
    Dispatched,
    Delivered,
    LinkOpened,
    CodeChecked,
    Completed,
    Cancelled,
}

impl Event {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "reset.requested",
            Self::Dispatched => "reset.dispatched",
            Self::Delivered => "reset.delivered",
            Self::LinkOpened => "reset.link_opened",
            Self::CodeChecked => "reset.code_checked",
            Self::Completed => "reset.completed",
            Self::Cancelled => "reset.cancelled",
        }
    }
}

/// One line of the audit in the making.
pub(super) struct Record<'a> {
    pub(super) event: Event,
    pub(super) result: &'a str,
    pub(super) challenge_id: Option<&'a str>,
    pub(super) account_id: Option<&'a str>,
    /// Who did it; `None`: the worker.
    pub(super) caller: Option<&'a Caller>,
}

#[derive(Clone)]
pub(super) struct Recorder {
    store: Store,
    clock: Clock,
}

impl Recorder {
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Beside what it reports: lasts only if that does.
    pub(super) async fn record_in(&self, tx: &mut Tx, record: &Record<'_>) -> Result<(), StoreError> {
        match self.row(record) {
            Some(row) => tx.insert_audit(&row).await,
            None => Ok(()),
        }
    }

    /// By itself. That something was refused must not turn into an error of its own, so a fault is
    /// only logged.
    pub(super) async fn record(&self, record: &Record<'_>) {
        if let Some(row) = self.row(record)
            && let Err(error) = self.store.insert_audit(&row).await
        {
            tracing::error!(%error, "an audit row could not be written");
        }
    }

    fn row(&self, record: &Record<'_>) -> Option<AuditRow> {
        let Record { event, result, challenge_id, account_id, caller } = *record;
        let correlation_id = caller.map(|caller| caller.correlation_id.as_str());
        tracing::info!(event = event.as_str(), result, challenge_id, correlation_id, "audit");
        let id = ChallengeId::random()
            .inspect_err(|error| tracing::error!(%error, "an audit row could not be named"))
            .ok()?;
        Some(AuditRow {
            id: id.as_str().to_owned(),
            happened_at: self.clock.now().millis(),
            event: event.as_str().to_owned(),
            result: result.to_owned(),
            actor: if caller.is_some() { "person" } else { "worker" }.to_owned(),
            challenge_id: challenge_id.map(str::to_owned),
            account_id: account_id.map(str::to_owned),
            caller_address: caller.map(|caller| caller.address.to_string()),
            user_agent: caller.map(|caller| caller.user_agent.clone()),
            correlation_id: correlation_id.map(str::to_owned),
        })
    }
}
