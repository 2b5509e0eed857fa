//! Counts over several tables, for operators and limits.

use super::{LimitRule, Store, StoreError};
use crate::model::Timestamp;

/// Messages in all lanes, in the words of the table's partial index.
const MESSAGES: &str = "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE finished_at IS NULL AND payload IS NULL";

/// Webhook events, in the words of the table's partial index.
const WEBHOOKS: &str = "SELECT COUNT(*), MIN(created_at) FROM outbox WHERE finished_at IS NULL AND payload IS NOT NULL";

/// The counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Messages that are neither sent nor failed.
    pub outbox_pending: i64,
    /// When the oldest of them was requested.
    pub outbox_oldest: Option<Timestamp>,
    /// Webhook events that are neither sent nor failed.
    pub webhooks_pending: i64,
    /// When the oldest of them happened.
    pub webhooks_oldest: Option<Timestamp>,
    /// Challenges whose code a provider has accepted, by the time at which their codes expire.
    pub text_codes_sent: i64,
    /// How many of those codes were entered.
    pub text_codes_proven: i64,
}

impl Store {
    /// Counts everything. Text messages are counted from `since` on.
    pub async fn statistics(&self, since: Timestamp) -> Result<Statistics, StoreError> {
        let (outbox_pending, outbox_oldest) = self.pending(MESSAGES).await?;
        let (webhooks_pending, webhooks_oldest) = self.pending(WEBHOOKS).await?;
        let (text_codes_sent, text_codes_proven): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), COUNT(code_proven_at) FROM challenges WHERE channel = 'sms' AND code_expires_at > $1 \
             AND EXISTS (SELECT 1 FROM outbox WHERE outbox.challenge_id = challenges.id AND outbox.kind = 'reset' AND outbox.outcome = 'sent')",
        )
        .bind(since.millis())
        .fetch_one(self.readers())
        .await?;
        Ok(Statistics {
            outbox_pending,
            outbox_oldest,
            webhooks_pending,
            webhooks_oldest,
            text_codes_sent,
            text_codes_proven,
        })
    }

    /// The number of waiting rows, and when the oldest of them was created.
    async fn pending(&self, statement: &'static str) -> Result<(i64, Option<Timestamp>), StoreError> {
        let (pending, oldest): (i64, Option<i64>) = sqlx::query_as(statement).fetch_one(self.readers()).await?;
        Ok((pending, oldest.map(Timestamp::from_millis)))
    }

    /// The hits of `subject` in the current window.
    pub async fn hits(&self, rule: &LimitRule, subject: &str, now: Timestamp) -> Result<i64, StoreError> {
        let hits: Option<(i64,)> =
            sqlx::query_as("SELECT hits FROM limits WHERE rule = $1 AND subject = $2 AND window_ends_at > $3")
                .bind(rule.name.as_str())
                .bind(subject)
                .bind(now.millis())
                .fetch_optional(self.readers())
                .await?;
        Ok(hits.map_or(0, |(hits,)| hits))
    }
}
