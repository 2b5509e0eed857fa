//! The codes in the table `challenges`. A single statement counts each try and reads what it is compared with.

use sqlx::FromRow;

use super::challenges::identifier;
use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{AccountId, ChallengeId, Channel, CodeAttempt, SecretHash, Timestamp};

#[derive(FromRow)]
struct CodeAttemptRow {
    id: String,
    identifier_kind: String,
    identifier: String,
    account_id: Option<String>,
    code_hash: Option<String>,
    code_expires_at: Option<i64>,
    ended_code_hash: Option<String>,
    completed_at: Option<i64>,
    cancelled_at: Option<i64>,
}

impl TryFrom<CodeAttemptRow> for CodeAttempt {
    type Error = StoreError;

    fn try_from(row: CodeAttemptRow) -> Result<Self, StoreError> {
        let place = Place::new("challenges", &row.id);
        Ok(Self {
            identifier: identifier(place, &row.identifier_kind, &row.identifier, None)?,
            account_id: place.optional("account_id", row.account_id.as_deref(), AccountId::parse)?,
            code_hash: row.code_hash.map(SecretHash::from_stored),
            code_expires_at: row.code_expires_at.map(Timestamp::from_millis),
            ended_code_hash: row.ended_code_hash.map(SecretHash::from_stored),
            is_over: row.completed_at.is_some() || row.cancelled_at.is_some(),
        })
    }
}

impl Store {
    /// Whether so many codes were tried that no more are compared.
    pub async fn is_code_used_up(&self, id: &ChallengeId, max: i64) -> Result<bool, StoreError> {
        let used_up: Option<(String,)> =
            sqlx::query_as("SELECT id FROM challenges WHERE id = $1 AND code_attempts >= $2")
                .bind(id.as_str())
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
        id: &ChallengeId,
        max_attempts: i64,
    ) -> Result<Option<CodeAttempt>, StoreError> {
        let row: Option<CodeAttemptRow> = sqlx::query_as(
            "UPDATE challenges SET code_attempts = code_attempts + 1 WHERE id = $1 AND code_attempts < $2 \
             RETURNING id, identifier_kind, identifier, account_id, code_hash, code_expires_at, ended_code_hash, \
             completed_at, cancelled_at",
        )
        .bind(id.as_str())
        .bind(max_attempts)
        .fetch_optional(self.connection())
        .await?;
        row.map(CodeAttempt::try_from).transpose()
    }

    /// Uncounts a try that was right and used nothing up.
    pub async fn take_back_code_attempt(&mut self, id: &ChallengeId) -> Result<(), StoreError> {
        sqlx::query("UPDATE challenges SET code_attempts = code_attempts - 1 WHERE id = $1 AND code_attempts > 0")
            .bind(id.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Records that the right code was entered; it is no longer valid (ASVS 6.5.1).
    pub async fn use_up_code(&mut self, id: &ChallengeId, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE challenges SET code_proven_at = $1, ended_code_hash = code_hash, code_hash = NULL WHERE id = $2",
        )
        .bind(now.millis())
        .bind(id.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends the codes of the account's other challenges on a channel, so that only one is valid there.
    pub async fn end_other_codes(
        &mut self,
        account_id: &AccountId,
        channel: Channel,
        challenge_id: &ChallengeId,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "UPDATE challenges SET ended_code_hash = code_hash, code_hash = NULL \
             WHERE account_id = $1 AND channel = $2 AND id <> $3 AND code_hash IS NOT NULL",
        )
        .bind(account_id.as_str())
        .bind(channel.as_str())
        .bind(challenge_id.as_str())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected())
    }
}
