//! Deletes what has had its time, over all tables. Called by `worker::purge`, in batches so small
//! that they do not hold up the writer.

use super::{Store, StoreError};
use crate::model::Timestamp;

impl Store {
    /// Deletes one batch of `limit` rows a table; tells how many went. Call again until none does.
    ///
    /// * Challenges with their keys, grants and outbox rows: `challenges_before` is when they expired.
    ///   One that still has a message to send stays.
    /// * Grants, sessions and limits: at their own end.
    /// * Audit rows lose the caller's address and user agent when older than `addresses_before`,
    ///   and go altogether when older than `audit_before`.
    pub async fn purge_batch(
        &self,
        now: Timestamp,
        challenges_before: Timestamp,
        addresses_before: Timestamp,
        audit_before: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let mut purged = 0;
        for (statement, before) in [
            (
                "DELETE FROM challenges WHERE id IN (SELECT id FROM challenges WHERE expires_at < $1 AND NOT EXISTS \
                 (SELECT 1 FROM outbox WHERE outbox.challenge_id = challenges.id AND outbox.finished_at IS NULL) LIMIT $2)",
                challenges_before,
            ),
            (
                "DELETE FROM grants WHERE token_hash IN (SELECT token_hash FROM grants WHERE expires_at < $1 LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE expires_at < $1 LIMIT $2)",
                now,
            ),
            (
                "DELETE FROM limits WHERE window_ends_at < $1 AND subject IN \
                 (SELECT subject FROM limits WHERE window_ends_at < $1 LIMIT $2)",
                now,
            ),
            (
                "UPDATE audit SET caller_address = NULL, user_agent = NULL WHERE id IN \
                 (SELECT id FROM audit WHERE happened_at < $1 AND caller_address IS NOT NULL \
                  ORDER BY happened_at LIMIT $2)",
                addresses_before,
            ),
            (
                "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE happened_at < $1 ORDER BY happened_at LIMIT $2)",
                audit_before,
            ),
        ] {
            let done =
                sqlx::query(statement).bind(before.millis()).bind(limit).execute(&mut *self.writer().await?).await?;
            purged += done.rows_affected();
        }
        Ok(purged)
    }
}
