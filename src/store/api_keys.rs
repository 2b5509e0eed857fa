//! Table `api_keys`.

use sqlx::{AssertSqlSafe, FromRow};

use super::{Store, StoreError, Tx};
use crate::model::{SecretHash, Timestamp};

/// A row of the table.
#[derive(Clone, FromRow)]
pub struct ApiKeyRow {
    pub id: String,
    pub key_hash: String,
    pub name: String,
    pub kind: String,
    pub scopes: String,
    pub origins: String,
    pub redirect_urls: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub previous_key_hash: Option<String>,
    pub previous_expires_at: Option<i64>,
}

const COLUMNS: &str = "id, key_hash, name, kind, scopes, origins, redirect_urls, created_at, expires_at, revoked_at, \
                       previous_key_hash, previous_expires_at";

fn select(condition: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT {COLUMNS} FROM api_keys {condition}"))
}

impl Store {
    /// The active key with that hash: as its current secret, or as its previous one until the rotation is over.
    pub async fn find_api_key(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<ApiKeyRow>, StoreError> {
        Ok(sqlx::query_as(select(
            "WHERE (key_hash = $1 OR (previous_key_hash = $1 AND previous_expires_at > $2)) \
             AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        ))
        .bind(hash.as_str())
        .bind(now.millis())
        .fetch_optional(self.readers())
        .await?)
    }

    /// The active key with that public id.
    pub async fn find_api_key_by_id(&self, id: &str, now: Timestamp) -> Result<Option<ApiKeyRow>, StoreError> {
        Ok(sqlx::query_as(select("WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"))
            .bind(id)
            .bind(now.millis())
            .fetch_optional(self.readers())
            .await?)
    }

    /// Every key, oldest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyRow>, StoreError> {
        Ok(sqlx::query_as(select("ORDER BY created_at, id")).fetch_all(self.readers()).await?)
    }

    /// The web origins of all active keys.
    pub async fn api_key_origins(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT origins FROM api_keys WHERE origins <> '' AND revoked_at IS NULL \
             AND (expires_at IS NULL OR expires_at > $1)",
        )
        .bind(now.millis())
        .fetch_all(self.readers())
        .await?;
        Ok(rows.into_iter().map(|(origins,)| origins).collect())
    }
}

impl Tx {
    /// Adds a key.
    pub async fn insert_api_key(&mut self, row: &ApiKeyRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO api_keys (id, key_hash, name, kind, scopes, origins, redirect_urls, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&row.id)
        .bind(&row.key_hash)
        .bind(&row.name)
        .bind(&row.kind)
        .bind(&row.scopes)
        .bind(&row.origins)
        .bind(&row.redirect_urls)
        .bind(row.created_at)
        .bind(row.expires_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Replaces the secret of an active key. The old one works until `overlap_ends`. `false` if no active key has that
    /// id.
    pub async fn rotate_api_key(
        &mut self,
        id: &str,
        hash: &SecretHash,
        overlap_ends: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE api_keys SET previous_key_hash = key_hash, previous_expires_at = $3, key_hash = $2 \
             WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)",
        )
        .bind(id)
        .bind(hash.as_str())
        .bind(overlap_ends.millis())
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Revokes a key. `false` if there is no key with that id, or if it was already revoked.
    pub async fn revoke_api_key(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(now.millis())
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
