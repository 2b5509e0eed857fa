//! Table `link_keys`: the hashes of link keys, cancel keys and request ids.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::{SecretHash, Timestamp};

/// What a key may do. Look-ups compare it with the row: a key of one purpose never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    Reset,
    Cancel,
    /// A request id that a program has received.
    Activation,
}

impl KeyPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Cancel => "cancel",
            Self::Activation => "activation",
        }
    }
}

/// The challenge of a key, and when the key expires.
#[derive(FromRow)]
pub struct LinkKeyRow {
    pub challenge_id: String,
    pub expires_at: i64,
}

impl Store {
    /// The challenge of a key with that purpose, expired or not.
    pub async fn find_link_key(
        &self,
        hash: &SecretHash,
        purpose: KeyPurpose,
    ) -> Result<Option<LinkKeyRow>, StoreError> {
        Ok(sqlx::query_as("SELECT challenge_id, expires_at FROM link_keys WHERE key_hash = $1 AND purpose = $2")
            .bind(hash.as_str())
            .bind(purpose.as_str())
            .fetch_optional(self.readers())
            .await?)
    }
}

impl Tx {
    /// Stores the hash of a new key.
    pub async fn insert_link_key(
        &mut self,
        hash: &SecretHash,
        purpose: KeyPurpose,
        challenge_id: &str,
        minted_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO link_keys (key_hash, purpose, challenge_id, minted_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(hash.as_str())
            .bind(purpose.as_str())
            .bind(challenge_id)
            .bind(minted_at.millis())
            .bind(expires_at.millis())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
