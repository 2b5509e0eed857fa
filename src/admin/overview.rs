//! How the service stands, in numbers: for metrics and `keyback check`. Read from the database, so
//! that every instance tells the same.

use std::time::Duration;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::store::{Store, StoreError};

/// Codes by text message are looked at over this time.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The numbers.
#[derive(Clone, Copy, Debug)]
pub struct Overview {
    /// Messages that are neither sent nor given up.
    pub outbox_pending: i64,
    /// How long the oldest of them has waited.
    pub outbox_oldest: Duration,
    /// Events for the operator's app that are neither sent nor given up.
    pub webhooks_pending: i64,
    /// How long the oldest of them has waited.
    pub webhooks_oldest: Duration,
    /// Text messages that count against the budget of the day.
    pub texts_used: i64,
    /// How many there may be; from then on none goes.
    pub texts_budget: u32,
    /// Codes that went out by text message in a day.
    pub text_codes_sent: i64,
    /// Those of them that somebody typed. Few of many: the messages are asked for by machines.
    pub text_codes_proven: i64,
}

impl Overview {
    /// Verified codes of all that went out by text message in a day; `None`: none went out.
    pub fn text_verify_ratio(&self) -> Option<f64> {
        (self.text_codes_sent > 0).then(|| self.text_codes_proven as f64 / self.text_codes_sent as f64)
    }
}

/// Reads the numbers.
#[derive(Clone)]
pub struct Overviews {
    store: Store,
    limits: Limits,
    clock: Clock,
}

impl Overviews {
    /// Over a database.
    pub fn new(store: Store, limits: Limits, clock: Clock) -> Self {
        Self { store, limits, clock }
    }

    /// The numbers as they are now.
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
