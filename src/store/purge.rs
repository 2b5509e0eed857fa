//! Deletes expired rows of all tables, in batches that are small enough not to delay other writers.

use sqlx::AssertSqlSafe;

use super::{Store, StoreError};
use crate::model::Timestamp;

/// Rows from before these times are deleted.
#[derive(Clone, Copy, Debug)]
pub struct PurgeBefore {
    /// Expired grants, sessions, limits and stored answers. Events that can no longer be retried end as failed.
    pub now: Timestamp,
    /// Expired challenges, with their keys, grants and outbox rows. A challenge with an unsent message stays.
    pub challenges: Timestamp,
    /// Callers' addresses and user agents in audit rows.
    pub addresses: Timestamp,
    /// Audit rows.
    pub audit: Timestamp,
}

impl Store {
    /// Deletes one batch of `limit` rows per table, each in a separate transaction, and returns how many rows it
    /// deleted. Call it until it returns zero.
    pub async fn purge_batch(&self, before: PurgeBefore, limit: i64) -> Result<u64, StoreError> {
        // Rows that another instance deletes or a request updates are skipped. The limit is not a parameter, because
        // PostgreSQL would plan for a tenth of the table.
        let skip_locked = self.skip_locked();
        let batches = [
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT id FROM challenges WHERE expires_at < $1 AND NOT EXISTS \
                     (SELECT 1 FROM outbox WHERE outbox.challenge_id = challenges.id AND outbox.finished_at IS NULL) \
                     LIMIT {limit}{skip_locked}) DELETE FROM challenges WHERE id IN (SELECT id FROM old)"
                ),
                before.challenges,
            ),
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT token_hash FROM grants WHERE expires_at < $1 LIMIT {limit}{skip_locked}) \
                     DELETE FROM grants WHERE token_hash IN (SELECT token_hash FROM old)"
                ),
                before.now,
            ),
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT id_hash FROM sessions WHERE expires_at < $1 LIMIT {limit}{skip_locked}) \
                     DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM old)"
                ),
                before.now,
            ),
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT rule, subject FROM limits WHERE window_ends_at < $1 LIMIT {limit}{skip_locked}) \
                     DELETE FROM limits WHERE (rule, subject) IN (SELECT rule, subject FROM old)"
                ),
                before.now,
            ),
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT client, key_hash FROM idempotency WHERE expires_at < $1 \
                     LIMIT {limit}{skip_locked}) DELETE FROM idempotency WHERE (client, key_hash) IN (SELECT client, key_hash FROM old)"
                ),
                before.now,
            ),
            // Events usually end when they are sent. This ends those that no instance sends any more.
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT id FROM outbox WHERE finished_at IS NULL AND payload IS NOT NULL \
                     AND give_up_at < $1 AND lease_until < $1 LIMIT {limit}{skip_locked}) \
                     UPDATE outbox SET finished_at = $1, outcome = 'failed', reason = 'nobody sends webhooks' \
                     WHERE id IN (SELECT id FROM old)"
                ),
                before.now,
            ),
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT id FROM audit WHERE happened_at < $1 AND caller_address IS NOT NULL \
                     ORDER BY happened_at LIMIT {limit}{skip_locked}) \
                     UPDATE audit SET caller_address = NULL, user_agent = NULL WHERE id IN (SELECT id FROM old)"
                ),
                before.addresses,
            ),
            (
                format!(
                    "WITH old AS MATERIALIZED (SELECT id FROM audit WHERE happened_at < $1 ORDER BY happened_at \
                     LIMIT {limit}{skip_locked}) DELETE FROM audit WHERE id IN (SELECT id FROM old)"
                ),
                before.audit,
            ),
        ];
        let mut purged = 0;
        for (statement, before) in batches {
            let statement = sqlx::query(AssertSqlSafe(statement)).bind(before.millis());
            purged += statement.execute(&mut *self.writer().await?).await?.rows_affected();
        }
        Ok(purged)
    }
}
