//! Deletes expired data (SECURITY.md, requirement 78).

use super::{Worker, answered};
use crate::store::PurgeBefore;

/// Rows per table and batch: a few milliseconds of the writer.
const BATCH: i64 = 200;

impl Worker {
    /// Deletes batch after batch until nothing is left to delete.
    pub async fn purge(&self) {
        let now = self.clock.now();
        let before = PurgeBefore {
            now,
            challenges: now.before(self.retention.requests),
            addresses: now.before(self.retention.addresses),
            audit: now.before(self.retention.audit),
        };
        let mut rows = 0;
        loop {
            let batch = answered(self.store.purge_batch(before, BATCH)).await;
            match batch {
                Ok(0) => break,
                Ok(purged) => rows += purged,
                Err(error) => {
                    tracing::error!(%error, "could not delete expired rows; retrying in the next round");
                    break;
                }
            }
        }
        if rows > 0 {
            tracing::info!(rows, "expired rows deleted");
        }
        // Always, because an operator may have deleted something.
        if let Err(error) = answered(self.store.empty_the_log()).await {
            tracing::warn!(%error, "could not empty the database's write-ahead log; retrying in the next round");
        }
    }
}
