//! The state of the service in numbers, for metrics and `keyback check`. They are read from the database, so every
//! instance reports the same.

use std::time::Duration;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::store::{Store, StoreError};

/// The period over which codes by text message are counted.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The numbers.
#[derive(Clone, Copy, Debug)]
pub struct Overview {
    /// Messages that are neither sent nor failed.
    pub outbox_pending: i64,
    /// How long the oldest of them has waited.
    pub outbox_oldest: Duration,
    /// Webhook events that are neither sent nor failed.
    pub webhooks_pending: i64,
    /// How long the oldest of them has waited.
    pub webhooks_oldest: Duration,
    /// Text messages that count against the daily budget.
    pub texts_used: i64,
    /// The daily budget. Once it is used up, no more text messages are sent.
    pub texts_budget: u32,
    /// Codes sent by text message within a day.
    pub text_codes_sent: i64,
    /// How many of those were entered. A low share suggests that machines request the messages.
    pub text_codes_proven: i64,
}

impl Overview {
    /// The share of codes sent by text message within a day that were verified. `None` if none were sent.
    pub fn text_verify_ratio(&self) -> Option<f64> {
        (self.text_codes_sent > 0).then(|| self.text_codes_proven as f64 / self.text_codes_sent as f64)
    }
}

/// Reads the numbers from the database.
#[derive(Clone)]
pub struct Overviews {
    store: Store,
    limits: Limits,
    clock: Clock,
}

impl Overviews {
    /// Creates the service over a database.
    pub fn new(store: Store, limits: Limits, clock: Clock) -> Self {
        Self { store, limits, clock }
    }

    /// The current numbers.
    ///
    /// # Errors
    /// The database's.
    pub async fn now(&self) -> Result<Overview, StoreError> {
        let now = self.clock.now();
        let statistics = self.store.statistics(now.before(DAY)).await?;
        let (texts_used, texts_budget) = self.limits.text_budget(&self.store, now).await?;
        Ok(Overview {
            outbox_pending: statistics.outbox_pending,
            outbox_oldest: statistics.outbox_oldest.map(|oldest| now.since(oldest)).unwrap_or_default(),
            webhooks_pending: statistics.webhooks_pending,
            webhooks_oldest: statistics.webhooks_oldest.map(|oldest| now.since(oldest)).unwrap_or_default(),
            texts_used,
            texts_budget,
            text_codes_sent: statistics.text_codes_sent,
            text_codes_proven: statistics.text_codes_proven,
        })
    }
}
