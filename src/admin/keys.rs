//! API keys: made once, shown once, kept as a hash. Called by `cli` and by `api::native`.

use std::time::Duration;

use super::record::{Record, RecordError};
use crate::clock::Clock;
use crate::model::{ApiKey, ChallengeId, Timestamp};
use crate::store::{ApiKeyRow, Store, StoreError};

/// A key without its secret.
pub struct KeySummary {
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// The API keys.
#[derive(Clone)]
pub struct Keys {
    store: Store,
    clock: Clock,
}

impl Keys {
    /// Over a database.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Makes a key. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// When the database or the system's randomness fails.
    pub async fn create(&self, name: &str, expires_in: Option<Duration>) -> Result<(KeySummary, ApiKey), RecordError> {
        let key = ApiKey::random()?;
        let now = self.clock.now();
        let row = ApiKeyRow {
            id: ChallengeId::random()?.as_str().to_owned(),
            name: name.to_owned(),
            created_at: now.millis(),
            expires_at: expires_in.map(|duration| now.after(duration).millis()),
            revoked_at: None,
        };
        let mut tx = self.store.begin().await?;
        tx.insert_api_key(&row, &key.hash()).await?;
        Record::of_operator("key.created", None).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok((row.into(), key))
    }

    /// Every key, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self) -> Result<Vec<KeySummary>, StoreError> {
        Ok(self.store.api_keys().await?.into_iter().map(KeySummary::from).collect())
    }

    /// Ends a key at once. `false`: there is no living key with that id.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke(&self, id: &str) -> Result<bool, RecordError> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let revoked = tx.revoke_api_key(id, now).await?;
        if revoked {
            Record::of_operator("key.revoked", None).write(&mut tx, now).await?;
        }
        tx.commit().await?;
        Ok(revoked)
    }

    /// The key that a caller presents, while it is in force. Looked up by its hash, so that no
    /// comparison of secrets can be timed.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, key: &ApiKey) -> Result<Option<KeySummary>, StoreError> {
        Ok(self.store.find_api_key(&key.hash(), self.clock.now()).await?.map(KeySummary::from))
    }
}

impl From<ApiKeyRow> for KeySummary {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_millis),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
        }
    }
}
