//! Writes every step to the audit and the log: who, from where, with which result. Never a secret, and never an address
//! of a person.

use crate::clock::Clock;
use crate::model::{
    AccountId, Actor, AuditEntry, AuditEvent, AuditId, AuditResult, AuditStep, Caller, Challenge, ChallengeId,
    StepResult,
};
use crate::refusals::{Refusal, Refusals};
use crate::store::{Store, StoreError, Tx};

/// The contents of an audit row.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) event: AuditEvent,
    pub(super) result: AuditResult,
    pub(super) challenge_id: Option<&'a ChallengeId>,
    pub(super) account_id: Option<&'a AccountId>,
    /// Who did it. `None` for the worker.
    pub(super) caller: Option<&'a Caller>,
}

impl<'a> Record<'a> {
    /// A step that a caller took.
    pub(super) fn new(event: AuditEvent, result: impl Into<AuditResult>, caller: &'a Caller) -> Self {
        Self { event, result: result.into(), challenge_id: None, account_id: None, caller: Some(caller) }
    }

    /// A successful step that a caller took.
    pub(super) fn ok(event: AuditEvent, caller: &'a Caller) -> Self {
        Self::new(event, StepResult::Ok, caller)
    }

    /// The same, about a challenge.
    pub(super) const fn of(self, challenge_id: &'a ChallengeId) -> Self {
        Self { challenge_id: Some(challenge_id), ..self }
    }

    /// The same, about a challenge and its account.
    pub(super) const fn about(self, challenge: &'a Challenge) -> Self {
        Self { challenge_id: Some(&challenge.id), account_id: challenge.account_id.as_ref(), ..self }
    }
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
            let Record { event, result, .. } = *record;
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
        if tx.hold_audit_of_challenge(id, row.step.event, row.step.result).await? < ROWS {
            return tx.insert_audit(&row).await;
        }
        tx.insert_audit(&self.repeated(id, row)).await
    }

    /// The row in which further events of the kind are counted.
    fn repeated(&self, challenge_id: &ChallengeId, row: AuditEntry) -> AuditEntry {
        let parts = ["challenge", challenge_id.as_str(), row.step.event.as_str(), row.step.result.as_str()];
        AuditEntry {
            id: self.refusals.row_id(&parts),
            step: AuditStep { caller_address: None, user_agent: None, correlation_id: None, ..row.step },
            ..row
        }
    }

    async fn try_to_record(&self, record: &Record<'_>) -> Result<(), StoreError> {
        // Repeated events cause no transactions of their own: they wait for the next write of the counts, once a
        // second.
        if let Some(id) = record.challenge_id {
            let Record { event, result, .. } = *record;
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

    fn row(&self, record: &Record<'_>) -> Option<AuditEntry> {
        let Record { event, result, challenge_id, account_id, caller } = *record;
        log(record);
        let id = AuditId::random()
            .inspect_err(
                |error| tracing::error!(%error, "could not create an id for an audit row; continuing without it"),
            )
            .ok()?;
        Some(AuditEntry {
            id,
            step: AuditStep {
                happened_at: self.clock.now(),
                event,
                result,
                actor: actor(caller),
                caller_address: caller.map(|caller| caller.address),
                user_agent: caller.map(|caller| caller.user_agent.clone()),
                correlation_id: caller.map(|caller| caller.correlation_id.clone()),
                hits: 1,
                last_at: None,
            },
            challenge_id: challenge_id.cloned(),
            account_id: account_id.cloned(),
            key_id: None,
        })
    }
}

fn log(record: &Record<'_>) {
    let (event, result) = (record.event.as_str(), record.result.as_str());
    let challenge_id = record.challenge_id.map(ChallengeId::as_str);
    let correlation_id = record.caller.map(|caller| caller.correlation_id.as_str());
    tracing::info!(event, result, challenge_id, correlation_id, "audit");
}

fn actor(caller: Option<&Caller>) -> Actor {
    match caller {
        Some(Caller { client: Some(client), .. }) => Actor::Key(client.id.clone()),
        Some(_) => Actor::Person,
        None => Actor::Worker,
    }
}
