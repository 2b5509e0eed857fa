//! Table `link_keys`. Written by `reset::{dispatch, hand_out, notices}`, read by `reset::verify` and `reset::cancel`.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::{SecretHash, Timestamp};

/// What a link may do. Compared for equality with the row: a key of one purpose never serves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPurpose {
    Reset,
    Cancel,
    /// A request id that was handed to a program.
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

/// Which challenge a key belongs to.
#[derive(FromRow)]
pub struct LinkKeyRow {
    pub challenge_id: String,
    pub expires_at: i64,
}

impl Store {
    /// The challenge that a key of `purpose` belongs to, expired or not.
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
    /// Keeps the hash of a new key.
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
