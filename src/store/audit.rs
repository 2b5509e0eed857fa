//! Table `audit`. Written by `reset::recorder` and `admin`, in the transaction of what it reports; read by
//! `reset::timeline`.

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
    pub caller_address: Option<String>,
    pub user_agent: Option<String>,
    pub correlation_id: Option<String>,
}

impl Store {
    /// The newest `limit` rows about a challenge.
    pub async fn newest_audit_of_challenge(&self, challenge_id: &str, limit: i64) -> Result<Vec<AuditRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, happened_at, event, result, actor, challenge_id, account_id, caller_address, user_agent, \
             correlation_id FROM audit WHERE challenge_id = $1 ORDER BY happened_at DESC, id LIMIT $2",
        )
        .bind(challenge_id)
        .bind(limit)
        .fetch_all(self.readers())
        .await?)
    }
}

impl Tx {
    /// Adds a row that lasts only if the transaction does.
    pub async fn insert_audit(&mut self, row: &AuditRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit (id, happened_at, event, result, actor, challenge_id, account_id, caller_address, user_agent, \
             correlation_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&row.id)
        .bind(row.happened_at)
        .bind(&row.event)
        .bind(&row.result)
        .bind(&row.actor)
        .bind(&row.challenge_id)
        .bind(&row.account_id)
        .bind(&row.caller_address)
        .bind(&row.user_agent)
        .bind(&row.correlation_id)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
