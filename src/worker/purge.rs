//! Deletes what has had its time (security.md row 78). Called by `Worker::run` and by tests.

use super::{Worker, answered};
use crate::store::PurgeBefore;

/// Rows a table and batch: a few milliseconds of the writer.
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
                    tracing::error!(%error, "old rows cannot be deleted");
                    break;
                }
            }
        }
        if rows > 0 {
            tracing::info!(rows, "old rows deleted");
        }
        // Whether this has deleted something or an operator has.
        if let Err(error) = answered(self.store.empty_the_log()).await {
            tracing::warn!(%error, "the database's log cannot be emptied; the next round tries again");
        }
    }
}
