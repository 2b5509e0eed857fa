//! Table `grants`: the right to set the password of one challenge, by the hash of its token.

use sqlx::FromRow;

use super::challenges::identifier;
use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{
    AccountId, ChallengeId, Contact, Grant, Hold, NewGrant, PasswordFingerprint, SecretHash, Timestamp,
};

#[derive(FromRow)]
struct GrantRow {
    challenge_id: String,
    account_id: String,
    identifier_kind: String,
    identifier: String,
    sent_to: String,
    password_fingerprint: Option<String>,
    expires_at: i64,
    hold: i64,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> Result<Self, StoreError> {
        // A grant has no id but the hash of its token, which is no name for a log.
        let of_challenge = Place::new("challenges", &row.challenge_id);
        Ok(Self {
            challenge_id: of_challenge.value("id", ChallengeId::parse(&row.challenge_id))?,
            account_id: of_challenge.value("account_id", AccountId::parse(&row.account_id))?,
            identifier: identifier(of_challenge, &row.identifier_kind, &row.identifier, None)?,
            sent_to: of_challenge.value("sent_to", Contact::from_stored(&row.sent_to))?,
            fingerprint: row.password_fingerprint.as_deref().map(PasswordFingerprint::from_stored),
            expires_at: Timestamp::from_millis(row.expires_at),
            hold: Place::new("grants", &row.challenge_id).value("hold", Hold::from_rank(row.hold))?,
        })
    }
}

impl Store {
    /// The grant of a token, if it is valid: not expired, and its challenge neither completed nor cancelled.
    pub async fn find_grant(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        let row: Option<GrantRow> = sqlx::query_as(
            "SELECT grants.challenge_id, challenges.account_id, challenges.identifier_kind, \
             challenges.identifier, challenges.sent_to, challenges.password_fingerprint, grants.expires_at, grants.hold \
             FROM grants JOIN challenges ON challenges.id = grants.challenge_id \
             WHERE grants.token_hash = $1 AND grants.expires_at > $2 \
             AND challenges.completed_at IS NULL AND challenges.cancelled_at IS NULL \
             AND challenges.account_id IS NOT NULL AND challenges.sent_to IS NOT NULL",
        )
        .bind(hash.as_str())
        .bind(now.millis())
        .fetch_optional(self.readers())
        .await?;
        row.map(Grant::try_from).transpose()
    }
}

impl Tx {
    /// Stores the hash of a new token, and deletes the expired grants of the same challenge and those beyond `keep`:
    /// first the ones whose holders have come least far, and of these the oldest. The new one always stays. The caller
    /// must have locked the challenge's row, or two parallel calls leave too many. With `None`, all others that are
    /// valid stay.
    pub async fn insert_grant(&mut self, grant: &NewGrant<'_>, keep: Option<i64>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO grants (token_hash, challenge_id, channel, issued_at, expires_at, hold) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(grant.token.as_str())
        .bind(grant.challenge_id.as_str())
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
        .bind(grant.challenge_id.as_str())
        .bind(grant.token.as_str())
        .bind(keep.map_or(i64::MAX, |keep| keep - 1))
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
    pub async fn delete_grants_of_account(&mut self, account_id: &AccountId) -> Result<u64, StoreError> {
        let done =
            sqlx::query("DELETE FROM grants WHERE challenge_id IN (SELECT id FROM challenges WHERE account_id = $1)")
                .bind(account_id.as_str())
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected())
    }

    /// Ends every grant of a challenge.
    pub async fn delete_grants_of_challenge(&mut self, challenge_id: &ChallengeId) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM grants WHERE challenge_id = $1")
            .bind(challenge_id.as_str())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
