//! Table `audit`.

use sqlx::FromRow;

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{
    AccountId, Actor, AuditEntry, AuditEvent, AuditResult, AuditStep, ChallengeId, CorrelationId, Timestamp,
};

#[derive(FromRow)]
struct AuditRow {
    id: String,
    happened_at: i64,
    event: String,
    result: String,
    actor: String,
    caller_address: Option<String>,
    user_agent: Option<String>,
    correlation_id: Option<String>,
    hits: i64,
    last_at: Option<i64>,
}

impl TryFrom<AuditRow> for AuditStep {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let place = Place::new("audit", &row.id);
        Ok(Self {
            happened_at: Timestamp::from_millis(row.happened_at),
            event: place.value("event", AuditEvent::from_word(&row.event))?,
            result: place.value("result", AuditResult::from_word(&row.result))?,
            actor: place.value("actor", Actor::from_stored(&row.actor))?,
            caller_address: place
                .optional("caller_address", row.caller_address.as_deref(), |text| text.parse().ok())?,
            user_agent: row.user_agent,
            correlation_id: row.correlation_id.map(CorrelationId::from_stored),
            hits: row.hits,
            last_at: row.last_at.map(Timestamp::from_millis),
        })
    }
}

impl Store {
    /// The newest `limit` steps of a challenge. A step that cannot be read, such as one that a newer version wrote, is
    /// left out; the log names it.
    pub async fn newest_audit_of_challenge(
        &self,
        challenge_id: &ChallengeId,
        limit: i64,
    ) -> Result<Vec<AuditStep>, StoreError> {
        let rows: Vec<AuditRow> = sqlx::query_as(
            "SELECT id, happened_at, event, result, actor, caller_address, user_agent, correlation_id, hits, last_at \
             FROM audit WHERE challenge_id = $1 ORDER BY happened_at DESC, id LIMIT $2",
        )
        .bind(challenge_id.as_str())
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        Ok(rows.into_iter().filter_map(|row| AuditStep::try_from(row).ok()).collect())
    }
}

impl Store {
    /// How many rows a challenge has with that event and result.
    pub async fn audit_rows_of_challenge(
        &self,
        challenge_id: &ChallengeId,
        event: AuditEvent,
        result: AuditResult,
    ) -> Result<i64, StoreError> {
        let (rows,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM audit WHERE challenge_id = $1 AND event = $2 AND result = $3")
                .bind(challenge_id.as_str())
                .bind(event.as_str())
                .bind(result.as_str())
                .fetch_one(self.readers())
                .await?;
        Ok(rows)
    }
}

impl Tx {
    /// How many rows a challenge has with that event and result. Locks the challenge, so that the next caller counts
    /// what this transaction adds.
    pub async fn hold_audit_of_challenge(
        &mut self,
        challenge_id: &ChallengeId,
        event: AuditEvent,
        result: AuditResult,
    ) -> Result<i64, StoreError> {
        sqlx::query("UPDATE challenges SET id = id WHERE id = $1")
            .bind(challenge_id.as_str())
            .execute(self.connection())
            .await?;
        let (rows,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM audit WHERE challenge_id = $1 AND event = $2 AND result = $3")
                .bind(challenge_id.as_str())
                .bind(event.as_str())
                .bind(result.as_str())
                .fetch_one(self.connection())
                .await?;
        Ok(rows)
    }

    /// Adds to the count of a row. `false` if there is no row with that id.
    pub async fn add_to_audit(&mut self, entry: &AuditEntry) -> Result<bool, StoreError> {
        let step = &entry.step;
        let done = sqlx::query(
            "UPDATE audit SET hits = hits + $2, last_at = CASE WHEN last_at > $3 THEN last_at ELSE $3 END WHERE id = $1",
        )
        .bind(entry.id.as_str())
        .bind(step.hits)
        .bind(step.last_at.unwrap_or(step.happened_at).millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a row, or adds to the count of the row with its id.
    pub async fn insert_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let step = &entry.step;
        sqlx::query(
            "INSERT INTO audit (id, happened_at, event, result, actor, challenge_id, account_id, key_id, caller_address, \
             user_agent, correlation_id, hits, last_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (id) DO UPDATE SET hits = audit.hits + excluded.hits, \
             last_at = CASE WHEN audit.last_at > COALESCE(excluded.last_at, excluded.happened_at) THEN audit.last_at \
             ELSE COALESCE(excluded.last_at, excluded.happened_at) END",
        )
        .bind(entry.id.as_str())
        .bind(step.happened_at.millis())
        .bind(step.event.as_str())
        .bind(step.result.as_str())
        .bind(step.actor.to_string())
        .bind(entry.challenge_id.as_ref().map(ChallengeId::as_str))
        .bind(entry.account_id.as_ref().map(AccountId::as_str))
        .bind(entry.key_id.as_deref())
        .bind(step.caller_address.map(|address| address.to_string()))
        .bind(step.user_agent.as_deref())
        .bind(step.correlation_id.as_ref().map(CorrelationId::as_str))
        .bind(step.hits)
        .bind(step.last_at.map(Timestamp::millis))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
