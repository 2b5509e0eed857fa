//! The codes in the table `challenges`. A single statement counts each try and reads what it is compared with.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::{Channel, SecretHash, Timestamp};

/// Has the length of a hash.
const NO_CODE: &str = "-------------------------------------------";

/// The result of comparing a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Right,
    /// It was right once, but has expired, was used, or its challenge has ended.
    Ended,
    Wrong,
}

/// What a counted try is compared with.
#[derive(FromRow)]
pub struct CodeAttemptRow {
    pub identifier_kind: String,
    pub identifier: String,
    pub account_id: Option<String>,
    code_hash: Option<String>,
    code_expires_at: Option<i64>,
    ended_code_hash: Option<String>,
    completed_at: Option<i64>,
    cancelled_at: Option<i64>,
}

impl CodeAttemptRow {
    /// Compares a code with the one that was sent.
    pub fn compare(&self, given: &SecretHash, now: Timestamp) -> Comparison {
        // If there is no code, something is compared all the same, so that the time is equal.
        let equals = |stored: &Option<String>| {
            let hash = stored.as_deref().unwrap_or(NO_CODE);
            SecretHash::from_stored(hash.to_owned()).matches(given) && stored.is_some()
        };
        let alive = self.completed_at.is_none()
            && self.cancelled_at.is_none()
            && self.code_expires_at.is_some_and(|expires_at| expires_at > now.millis());
        match (equals(&self.code_hash), equals(&self.ended_code_hash)) {
            (true, _) if alive => Comparison::Right,
            (true, _) | (_, true) => Comparison::Ended,
            (false, false) => Comparison::Wrong,
        }
    }
}

impl Store {
    /// Whether so many codes were tried that no more are compared.
    pub async fn is_code_used_up(&self, id: &str, max: i64) -> Result<bool, StoreError> {
        let used_up: Option<(String,)> =
            sqlx::query_as("SELECT id FROM challenges WHERE id = $1 AND code_attempts >= $2")
                .bind(id)
                .bind(max)
                .fetch_optional(self.readers())
                .await?;
        Ok(used_up.is_some())
    }
}

impl Tx {
    /// Counts a try at the code of a challenge, while tries are left. The same row is written for known and unknown
    /// accounts and for open and ended challenges. The caller judges the try afterwards, so that the time of a refusal
    /// reveals nothing.
    pub async fn count_code_attempt(
        &mut self,
        id: &str,
        max_attempts: i64,
    ) -> Result<Option<CodeAttemptRow>, StoreError> {
        Ok(sqlx::query_as(
            "UPDATE challenges SET code_attempts = code_attempts + 1 WHERE id = $1 AND code_attempts < $2 \
             RETURNING identifier_kind, identifier, account_id, code_hash, code_expires_at, ended_code_hash, \
             completed_at, cancelled_at",
        )
        .bind(id)
        .bind(max_attempts)
        .fetch_optional(self.connection())
        .await?)
    }

    /// Uncounts a try that was right and used nothing up.
    pub async fn take_back_code_attempt(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE challenges SET code_attempts = code_attempts - 1 WHERE id = $1 AND code_attempts > 0")
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Records that the right code was entered; it is no longer valid (ASVS 6.5.1).
    pub async fn use_up_code(&mut self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE challenges SET code_proven_at = $1, ended_code_hash = code_hash, code_hash = NULL WHERE id = $2",
        )
        .bind(now.millis())
        .bind(id)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends the codes of the account's other challenges on a channel, so that only one is valid there.
    pub async fn end_other_codes(
        &mut self,
        account_id: &str,
        channel: Channel,
        challenge_id: &str,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET ended_code_hash = code_hash, code_hash = NULL \
             WHERE account_id = $1 AND channel = $2 AND id <> $3 AND code_hash IS NOT NULL",
        )
        .bind(account_id)
        .bind(channel.as_str())
        .bind(challenge_id)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}
