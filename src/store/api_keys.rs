//! Table `api_keys`. Called by `admin::keys`.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::{SecretHash, Timestamp};

/// A row of the table, without the hash.
#[derive(Clone, FromRow)]
pub struct ApiKeyRow {
    pub id: String,
    pub name: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl Store {
    /// The key with that hash while it is in force.
    pub async fn find_api_key(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<ApiKeyRow>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, name, created_at, expires_at, revoked_at FROM api_keys \
             WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        )
        .bind(hash.as_str())
        .bind(now.millis())
        .fetch_optional(self.readers())
        .await?)
    }

    /// Every key, oldest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyRow>, StoreError> {
        Ok(sqlx::query_as("SELECT id, name, created_at, expires_at, revoked_at FROM api_keys ORDER BY created_at, id")
            .fetch_all(self.readers())
            .await?)
    }
}

impl Tx {
    /// Adds a key.
    pub async fn insert_api_key(&mut self, row: &ApiKeyRow, hash: &SecretHash) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO api_keys (id, key_hash, name, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(&row.id)
            .bind(hash.as_str())
            .bind(&row.name)
            .bind(row.created_at)
            .bind(row.expires_at)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Revokes a key. `false`: there is none with that id, or it was revoked before.
    pub async fn revoke_api_key(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(now.millis())
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
