//! Table `limits`. Called by `limits`. A hit is counted and judged in one statement.

use std::time::Duration;

use super::{StoreError, Tx};
use crate::model::Timestamp;

/// At most `max` hits in a window that begins with its first hit.
#[derive(Clone, Copy, Debug)]
pub struct LimitRule {
    pub name: &'static str,
    pub max: u32,
    pub window: Duration,
}

impl Tx {
    /// Lets the counting of `subject` begin anew.
    pub async fn forget_hits(&mut self, rule: &LimitRule, subject: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM limits WHERE rule = $1 AND subject = $2")
            .bind(rule.name)
            .bind(subject)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Counts one hit of `subject`. `Some`: the rule is full until then, and nothing was counted.
    pub async fn count_hit(
        &mut self,
        rule: &LimitRule,
        subject: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let counted = sqlx::query(
            "INSERT INTO limits (rule, subject, window_started_at, window_ends_at, hits) VALUES ($1, $2, $3, $4, 1) \
             ON CONFLICT (rule, subject) DO UPDATE SET \
             hits = CASE WHEN limits.window_ends_at <= $3 THEN 1 ELSE limits.hits + 1 END, \
             window_started_at = CASE WHEN limits.window_ends_at <= $3 THEN $3 ELSE limits.window_started_at END, \
             window_ends_at = CASE WHEN limits.window_ends_at <= $3 THEN $4 ELSE limits.window_ends_at END \
             WHERE limits.window_ends_at <= $3 OR limits.hits < $5",
        )
        .bind(rule.name)
        .bind(subject)
        .bind(now.millis())
        .bind(now.after(rule.window).millis())
        .bind(i64::from(rule.max))
        .execute(self.connection())
        .await?;
        if counted.rows_affected() == 1 {
            return Ok(None);
        }
        let (ends_at,): (i64,) = sqlx::query_as("SELECT window_ends_at FROM limits WHERE rule = $1 AND subject = $2")
            .bind(rule.name)
            .bind(subject)
            .fetch_one(self.connection())
            .await?;
        Ok(Some(Timestamp::from_millis(ends_at)))
    }
}
