//! Table `grants`: the right to set the password of one challenge, by the hash of its token.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::{Hold, Proof, SecretHash, Timestamp};

/// A valid grant with its challenge.
#[derive(FromRow)]
pub struct GrantRow {
    pub challenge_id: String,
    pub account_id: String,
    pub identifier_kind: String,
    pub identifier: String,
    pub sent_to: String,
    pub expires_at: i64,
    hold: i64,
}

impl GrantRow {
    /// Whether its holder has come at least this far.
    pub fn is_held(&self, hold: Hold) -> bool {
        self.hold >= hold.rank()
    }
}

/// The contents of a new row.
pub struct NewGrantRow<'a> {
    pub token: &'a SecretHash,
    pub challenge_id: &'a str,
    pub proof: Proof,
    pub hold: Hold,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Store {
    /// The grant of a token, if it is valid: not expired, and its challenge neither completed nor cancelled.
    pub async fn find_grant(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<GrantRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT grants.challenge_id, challenges.account_id, challenges.identifier_kind, \
             challenges.identifier, challenges.sent_to, grants.expires_at, grants.hold \
             FROM grants JOIN challenges ON challenges.id = grants.challenge_id \
             WHERE grants.token_hash = $1 AND grants.expires_at > $2 \
             AND challenges.completed_at IS NULL AND challenges.cancelled_at IS NULL \
             AND challenges.account_id IS NOT NULL AND challenges.sent_to IS NOT NULL",
        )
        .bind(hash.as_str())
        .bind(now.millis())
        .fetch_optional(self.readers())
        .await?)
    }
}

impl Tx {
    /// Stores the hash of a new token, and deletes the expired grants of the same challenge and those beyond `keep`:
    /// first the ones whose holders have come least far, and of these the oldest. The new one always stays. The caller
    /// must have locked the challenge's row, or two parallel calls leave too many.
    pub async fn insert_grant(&mut self, grant: &NewGrantRow<'_>, keep: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO grants (token_hash, challenge_id, channel, issued_at, expires_at, hold) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(grant.token.as_str())
        .bind(grant.challenge_id)
        .bind(grant.proof.as_str())
        .bind(grant.issued_at.millis())
        .bind(grant.expires_at.millis())
        .bind(grant.hold.rank())
        .execute(self.connection())
        .await?;
        sqlx::query(
            "DELETE FROM grants WHERE challenge_id = $1 AND token_hash <> $2 AND token_hash NOT IN \
             (SELECT token_hash FROM grants WHERE challenge_id = $1 AND token_hash <> $2 AND expires_at > $4 \
              ORDER BY hold DESC, issued_at DESC, token_hash LIMIT $3)",
        )
        .bind(grant.challenge_id)
        .bind(grant.token.as_str())
        .bind(keep - 1)
        .bind(grant.issued_at.millis())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Records how far the holder of a token has come. A recorded value that is further stays.
    pub async fn hold_grant(&mut self, hash: &SecretHash, hold: Hold) -> Result<(), StoreError> {
        sqlx::query("UPDATE grants SET hold = $1 WHERE token_hash = $2 AND hold < $1")
            .bind(hold.rank())
            .bind(hash.as_str())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends one grant.
    pub async fn delete_grant(&mut self, hash: &SecretHash) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM grants WHERE token_hash = $1").bind(hash.as_str()).execute(self.connection()).await?;
        Ok(())
    }

    /// Ends every grant of an account.
    pub async fn delete_grants_of_account(&mut self, account_id: &str) -> Result<u64, StoreError> {
        let done =
            sqlx::query("DELETE FROM grants WHERE challenge_id IN (SELECT id FROM challenges WHERE account_id = $1)")
                .bind(account_id)
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected())
    }

    /// Ends every grant of a challenge.
    pub async fn delete_grants_of_challenge(&mut self, challenge_id: &str) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM grants WHERE challenge_id = $1")
            .bind(challenge_id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
