//! Table `limits`. A single statement counts and judges a hit.

use std::time::Duration;

use super::{StoreError, Tx};
use crate::model::{LimitName, Timestamp};

/// At most `max` hits in a window that begins with the first hit.
#[derive(Clone, Copy, Debug)]
pub struct LimitRule {
    pub name: LimitName,
    pub max: u32,
    pub window: Duration,
}

/// The result of a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// It was counted.
    Counted {
        /// Whether the next hit will find the rule full.
        was_the_last: bool,
    },
    /// The rule is full, and nothing was counted.
    Full {
        /// When the window ends.
        until: Timestamp,
    },
}

impl Tx {
    /// Deletes the count of `subject`.
    pub async fn forget_hits(&mut self, rule: &LimitRule, subject: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM limits WHERE rule = $1 AND subject = $2")
            .bind(rule.name.as_str())
            .bind(subject)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Uncounts one hit of `subject`.
    pub async fn take_back_hit(&mut self, rule: &LimitRule, subject: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE limits SET hits = hits - 1 WHERE rule = $1 AND subject = $2 AND hits > 0")
            .bind(rule.name.as_str())
            .bind(subject)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Whether a hit of `subject` would find the rule full.
    pub async fn is_full(&mut self, rule: &LimitRule, subject: &str, now: Timestamp) -> Result<bool, StoreError> {
        let full: Option<(i64,)> = sqlx::query_as(
            "SELECT hits FROM limits WHERE rule = $1 AND subject = $2 AND window_ends_at > $3 AND hits >= $4",
        )
        .bind(rule.name.as_str())
        .bind(subject)
        .bind(now.millis())
        .bind(i64::from(rule.max))
        .fetch_optional(self.connection())
        .await?;
        Ok(full.is_some())
    }

    /// Counts one hit of `subject` and returns whether it is the first in its window. The statement and the number of
    /// rows are the same either way.
    pub async fn is_first_hit(&mut self, rule: &LimitRule, subject: &str, now: Timestamp) -> Result<bool, StoreError> {
        let unlimited = LimitRule { max: u32::MAX, ..*rule };
        Ok(self.add_hit(&unlimited, subject, now).await? == Some(1))
    }

    /// Adds one hit and returns how many there are. `None` if the rule is full.
    async fn add_hit(&mut self, rule: &LimitRule, subject: &str, now: Timestamp) -> Result<Option<i64>, StoreError> {
        let counted: Option<(i64,)> = sqlx::query_as(
            "INSERT INTO limits (rule, subject, window_started_at, window_ends_at, hits) VALUES ($1, $2, $3, $4, 1) \
             ON CONFLICT (rule, subject) DO UPDATE SET \
             hits = CASE WHEN limits.window_ends_at <= $3 THEN 1 ELSE limits.hits + 1 END, \
             window_started_at = CASE WHEN limits.window_ends_at <= $3 THEN $3 ELSE limits.window_started_at END, \
             window_ends_at = CASE WHEN limits.window_ends_at <= $3 THEN $4 ELSE limits.window_ends_at END \
             WHERE limits.window_ends_at <= $3 OR limits.hits < $5 RETURNING hits",
        )
        .bind(rule.name.as_str())
        .bind(subject)
        .bind(now.millis())
        .bind(now.after(rule.window).millis())
        .bind(i64::from(rule.max))
        .fetch_optional(self.connection())
        .await?;
        Ok(counted.map(|(hits,)| hits))
    }

    /// Counts one hit of `subject`, unless the rule is full.
    pub async fn count_hit(&mut self, rule: &LimitRule, subject: &str, now: Timestamp) -> Result<Hit, StoreError> {
        if let Some(hits) = self.add_hit(rule, subject, now).await? {
            return Ok(Hit::Counted { was_the_last: hits >= i64::from(rule.max) });
        }
        let (ends_at,): (i64,) = sqlx::query_as("SELECT window_ends_at FROM limits WHERE rule = $1 AND subject = $2")
            .bind(rule.name.as_str())
            .bind(subject)
            .fetch_one(self.connection())
            .await?;
        Ok(Hit::Full { until: Timestamp::from_millis(ends_at) })
    }
}
