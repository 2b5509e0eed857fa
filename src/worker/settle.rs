//! Looks after passwords in an app's table: settles those that were being written when a process died or lost its
//! connection, and notices those that the app has changed back.

use std::time::Duration;

use tokio::sync::watch;

use super::{Worker, answered};
use crate::model::Timestamp;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);

/// When the app has long finished what it was doing with an account while its password was set.
const UNDONE_WITHIN: Duration = Duration::from_secs(60);

impl Worker {
    /// Looks until `stop` is set. Without an app's table there is nothing to do.
    pub(super) async fn look_after_app(&self, mut stop: watch::Receiver<bool>) {
        if !self.reset.has_app() {
            return;
        }
        let mut rounds = tokio::time::interval(EVERY);
        let mut seen_until = self.clock.now().before(UNDONE_WITHIN);
        let mut was_up = true;
        loop {
            tokio::select! {
                () = async {
                    rounds.tick().await;
                    was_up = self.see_whether_it_answers(was_up).await;
                    self.settle_writes().await;
                    seen_until = self.look_for_undone(seen_until).await;
                } => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Tells the metrics, and the log when it changes.
    async fn see_whether_it_answers(&self, was_up: bool) -> bool {
        let answer = self.reset.app_answers().await;
        let is_up = answer.is_ok();
        self.metrics.directory_answers(is_up);
        match answer {
            Err(error) if was_up => {
                tracing::error!(%error, "the app that keeps the accounts does not answer: messages wait, and no password can be set");
            }
            Ok(()) if !was_up => tracing::info!("the app that keeps the accounts answers again"),
            Ok(()) | Err(_) => {}
        }
        is_up
    }

    /// One round of settling.
    pub async fn settle_writes(&self) {
        if let Err(error) = answered(self.reset.settle_writes()).await {
            tracing::error!(%error, "could not settle a password that was being written; retrying in the next round");
        }
    }

    /// Looks at the passwords that were set after `seen_until` and a minute ago or earlier. Returns until when it has
    /// looked.
    pub async fn look_for_undone(&self, seen_until: Timestamp) -> Timestamp {
        let until = self.clock.now().before(UNDONE_WITHIN);
        match answered(self.reset.undone_passwords(seen_until, until)).await {
            Ok(undone) => {
                self.metrics.passwords_undone(undone);
                until
            }
            Err(error) => {
                tracing::warn!(%error, "could not see whether new passwords are still there; retrying in the next round");
                seen_until
            }
        }
    }
}
