//! Writes every step to the audit and the log: who, from where, with which result. Never a secret, and never an address
//! of a person.

use crate::clock::Clock;
use crate::model::{Caller, ChallengeId};
use crate::refusals::{Refusal, Refusals};
use crate::store::{AuditRow, Store, StoreError, Tx};

/// The result of a successful step.
pub(super) const OK: &str = "ok";

/// The result of a look at a link that used nothing: `HEAD`.
pub(super) const LOOKED_AT: &str = "looked_at";

/// The events of the audit, in the order in which they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    Requested,
    HandedOut,
    Dispatched,
    LinkOpened,
    CodeChecked,
    CodesClosed,
    Completed,
    Cancelled,
    Notified,
    Announced,
}

impl Event {
    const ALL: [Self; 10] = [
        Self::Requested,
        Self::HandedOut,
        Self::Dispatched,
        Self::LinkOpened,
        Self::CodeChecked,
        Self::CodesClosed,
        Self::Completed,
        Self::Cancelled,
        Self::Notified,
        Self::Announced,
    ];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "reset.requested",
            Self::HandedOut => "reset.handed_out",
            Self::Dispatched => "reset.dispatched",
            Self::Notified => "reset.notified",
            Self::LinkOpened => "reset.link_opened",
            Self::CodeChecked => "reset.code_checked",
            Self::CodesClosed => "reset.codes_closed",
            Self::Completed => "reset.completed",
            Self::Cancelled => "reset.cancelled",
            Self::Announced => "reset.announced",
        }
    }
}

/// The contents of an audit row.
pub(super) struct Record<'a> {
    pub(super) event: Event,
    pub(super) result: &'a str,
    pub(super) challenge_id: Option<&'a str>,
    pub(super) account_id: Option<&'a str>,
    /// Who did it. `None` for the worker.
    pub(super) caller: Option<&'a Caller>,
}

/// The most rows of one challenge with the same event and result. Further ones are counted in one row.
const ROWS: i64 = 20;

#[derive(Clone)]
pub(super) struct Recorder {
    store: Store,
    refusals: Refusals,
    clock: Clock,
}

impl Recorder {
    pub(super) fn new(store: Store, refusals: Refusals, clock: Clock) -> Self {
        Self { store, refusals, clock }
    }

    /// Writes the row in the caller's transaction, so both commit or neither does.
    pub(super) async fn record_in(&self, tx: &mut Tx, record: &Record<'_>) -> Result<(), StoreError> {
        match self.row(record) {
            Some(row) => tx.insert_audit(&row).await,
            None => Ok(()),
        }
    }

    /// Writes a row after the fact: a refusal, an opened link, or the outcome of a message. An event without a
    /// challenge is only counted. A fault is only logged, because it must not turn a refusal into an error.
    pub(super) async fn record(&self, record: &Record<'_>) {
        if let (None, Some(caller)) = (record.challenge_id, record.caller) {
            let actor = actor(Some(caller));
            let (event, result) = (record.event.as_str(), record.result);
            return self.refusals.count(&Refusal { event, result, actor: &actor, caller });
        }
        if let Err(error) = self.try_to_record(record).await {
            tracing::error!(%error, "could not write an audit row; continuing without it");
        }
    }

    /// Like [`Recorder::record_in`], for events that whoever knows a challenge can repeat: beyond [`ROWS`] of a kind
    /// they are counted in one row.
    pub(super) async fn record_bounded_in(&self, tx: &mut Tx, record: &Record<'_>) -> Result<(), StoreError> {
        let (Some(id), Some(row)) = (record.challenge_id, self.row(record)) else {
            return self.record_in(tx, record).await;
        };
        if tx.hold_audit_of_challenge(id, &row.event, &row.result).await? < ROWS {
            return tx.insert_audit(&row).await;
        }
        tx.insert_audit(&self.repeated(id, row)).await
    }

    /// The row in which further events of the kind are counted.
    fn repeated(&self, challenge_id: &str, row: AuditRow) -> AuditRow {
        AuditRow {
            id: self.refusals.row_id(&["challenge", challenge_id, &row.event, &row.result]),
            caller_address: None,
            user_agent: None,
            correlation_id: None,
            ..row
        }
    }

    async fn try_to_record(&self, record: &Record<'_>) -> Result<(), StoreError> {
        // Repeated events cause no transactions of their own: they wait for the next write of the counts, once a
        // second.
        if let Some(id) = record.challenge_id {
            let (event, result) = (record.event.as_str(), record.result);
            if self.store.audit_rows_of_challenge(id, event, result).await? >= ROWS
                && let Some(row) = self.row(record)
            {
                let Some(row) = self.refusals.add(self.repeated(id, row)) else { return Ok(()) };
                let mut tx = self.store.begin().await?;
                tx.insert_audit(&row).await?;
                return tx.commit().await;
            }
        }
        let mut tx = self.store.begin().await?;
        self.record_bounded_in(&mut tx, record).await?;
        tx.commit().await
    }

    fn row(&self, record: &Record<'_>) -> Option<AuditRow> {
        let Record { event, result, challenge_id, account_id, caller } = *record;
        let correlation_id = caller.map(|caller| caller.correlation_id.as_str());
        tracing::info!(event = event.as_str(), result, challenge_id, correlation_id, "audit");
        let id = ChallengeId::random()
            .inspect_err(
                |error| tracing::error!(%error, "could not create an id for an audit row; continuing without it"),
            )
            .ok()?;
        Some(AuditRow {
            id: id.as_str().to_owned(),
            happened_at: self.clock.now().millis(),
            event: event.as_str().to_owned(),
            result: result.to_owned(),
            actor: actor(caller),
            challenge_id: challenge_id.map(str::to_owned),
            account_id: account_id.map(str::to_owned),
            key_id: None,
            caller_address: caller.map(|caller| caller.address.to_string()),
            user_agent: caller.map(|caller| caller.user_agent.clone()),
            correlation_id: correlation_id.map(str::to_owned),
            hits: 1,
            last_at: None,
        })
    }
}

fn actor(caller: Option<&Caller>) -> String {
    match caller {
        Some(Caller { client: Some(client), .. }) => format!("key:{}", client.id),
        Some(_) => "person".to_owned(),
        None => "worker".to_owned(),
    }
}
