//! Deletes what has had its time (security.md row 78). Called by `Worker::run` and by tests.

use std::time::Duration;

use super::Worker;

/// A challenge stays for as long as the notice's "this wasn't me" can lock the new password, and an
/// hour more.
const KEEP_CHALLENGES: Duration = Duration::from_secs(73 * 60 * 60);

/// Callers' addresses in the audit.
const KEEP_ADDRESSES: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The audit itself.
const KEEP_AUDIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Rows a table and batch: a few milliseconds of the writer.
const BATCH: i64 = 200;

impl Worker {
    /// Deletes batch after batch until nothing is left to delete.
    pub async fn purge(&self) {
        let now = self.clock.now();
        let mut rows = 0;
        loop {
            let batch = self
                .store
                .purge_batch(
                    now,
                    now.before(KEEP_CHALLENGES),
                    now.before(KEEP_ADDRESSES),
                    now.before(KEEP_AUDIT),
                    BATCH,
                )
                .await;
            match batch {
                Ok(0) => break,
                Ok(purged) => rows += purged,
                Err(error) => {
                    tracing::error!(%error, "old rows cannot be deleted");
                    break;
                }
            }
        }
        if rows > 0 {
            tracing::info!(rows, "old rows deleted");
        }
    }
}
