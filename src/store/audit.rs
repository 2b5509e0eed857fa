//! Table `audit`.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};

/// A row of the table.
#[derive(Clone, Debug, FromRow)]
pub struct AuditRow {
    pub id: String,
    pub happened_at: i64,
    pub event: String,
    pub result: String,
    pub actor: String,
    pub challenge_id: Option<String>,
    pub account_id: Option<String>,
    pub key_id: Option<String>,
    pub caller_address: Option<String>,
    pub user_agent: Option<String>,
    pub correlation_id: Option<String>,
    /// How often it happened.
    pub hits: i64,
    /// When it last happened. `None` if it happened once.
    pub last_at: Option<i64>,
}

impl Store {
    /// The newest `limit` rows about a challenge.
    pub async fn newest_audit_of_challenge(&self, challenge_id: &str, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, happened_at, event, result, actor, challenge_id, account_id, key_id, caller_address, \
             user_agent, correlation_id, hits, last_at FROM audit WHERE challenge_id = $1 ORDER BY happened_at DESC, id LIMIT $2",
        )
        .bind(challenge_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?)
    }
}

impl Store {
    /// How many rows a challenge has with that event and result.
    pub async fn audit_rows_of_challenge(
        &self,
        challenge_id: &str,
        event: &str,
        result: &str,
    ) -> Result<i64, StoreError> {
        let (rows,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM audit WHERE challenge_id = $1 AND event = $2 AND result = $3")
                .bind(challenge_id)
                .bind(event)
                .bind(result)
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
        challenge_id: &str,
        event: &str,
        result: &str,
    ) -> Result<i64, StoreError> {
        sqlx::query("UPDATE challenges SET id = id WHERE id = $1")
            .bind(challenge_id)
            .execute(self.connection())
            .await?;
        let (rows,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM audit WHERE challenge_id = $1 AND event = $2 AND result = $3")
                .bind(challenge_id)
                .bind(event)
                .bind(result)
                .fetch_one(self.connection())
                .await?;
        Ok(rows)
    }

    /// Adds to the count of a row. `false` if there is no row with that id.
    pub async fn add_to_audit(&mut self, row: &AuditRow) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE audit SET hits = hits + $2, last_at = CASE WHEN last_at > $3 THEN last_at ELSE $3 END WHERE id = $1",
        )
        .bind(&row.id)
        .bind(row.hits)
        .bind(row.last_at.unwrap_or(row.happened_at))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a row, or adds to the count of the row with its id.
    pub async fn insert_audit(&mut self, row: &AuditRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit (id, happened_at, event, result, actor, challenge_id, account_id, key_id, caller_address, \
             user_agent, correlation_id, hits, last_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (id) DO UPDATE SET hits = audit.hits + excluded.hits, \
             last_at = CASE WHEN audit.last_at > COALESCE(excluded.last_at, excluded.happened_at) THEN audit.last_at \
             ELSE COALESCE(excluded.last_at, excluded.happened_at) END",
        )
        .bind(&row.id)
        .bind(row.happened_at)
        .bind(&row.event)
        .bind(&row.result)
        .bind(&row.actor)
        .bind(&row.challenge_id)
        .bind(&row.account_id)
        .bind(&row.key_id)
        .bind(&row.caller_address)
        .bind(&row.user_agent)
        .bind(&row.correlation_id)
        .bind(row.hits)
        .bind(row.last_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
