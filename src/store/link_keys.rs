//! Table `link_keys`: the hashes of link keys, cancel keys and request ids.

use sqlx::FromRow;

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{ChallengeId, KeyPurpose, KeyTarget, SecretHash, Timestamp};

#[derive(FromRow)]
struct LinkKeyRow {
    challenge_id: String,
    expires_at: i64,
}

impl TryFrom<LinkKeyRow> for KeyTarget {
    type Error = StoreError;

    fn try_from(row: LinkKeyRow) -> Result<Self, StoreError> {
        let place = Place::new("link_keys", &row.challenge_id);
        Ok(Self {
            challenge_id: place.value("challenge_id", ChallengeId::parse(&row.challenge_id))?,
            expires_at: Timestamp::from_millis(row.expires_at),
        })
    }
}

impl Store {
    /// The challenge of a key with that purpose, expired or not.
    pub async fn find_link_key(&self, hash: &SecretHash, purpose: KeyPurpose) -> Result<Option<KeyTarget>, StoreError> {
        let row: Option<LinkKeyRow> =
            sqlx::query_as("SELECT challenge_id, expires_at FROM link_keys WHERE key_hash = $1 AND purpose = $2")
                .bind(hash.as_str())
                .bind(purpose.as_str())
                .fetch_optional(self.readers())
                .await?;
        row.map(KeyTarget::try_from).transpose()
    }
}

impl Tx {
    /// Stores the hash of a new key.
    pub async fn insert_link_key(
        &mut self,
        hash: &SecretHash,
        purpose: KeyPurpose,
        challenge_id: &ChallengeId,
        minted_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO link_keys (key_hash, purpose, challenge_id, minted_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(hash.as_str())
            .bind(purpose.as_str())
            .bind(challenge_id.as_str())
            .bind(minted_at.millis())
            .bind(expires_at.millis())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
