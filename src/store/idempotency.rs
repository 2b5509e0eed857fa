//! Table `idempotency`.

use sqlx::FromRow;

use super::{Store, StoreError, Tx};
use crate::model::Timestamp;

/// A claim on a key.
pub struct IdempotencyClaim<'a> {
    pub client: &'a str,
    pub key_hash: &'a str,
    pub request_hash: &'a str,
    pub now: Timestamp,
    pub lease_until: Timestamp,
    pub expires_at: Timestamp,
}

/// What is stored for a key.
pub struct StoredAnswer {
    pub request_hash: String,
    /// `None` while the request is being carried out.
    pub body: Option<String>,
}

#[derive(FromRow)]
struct IdempotencyRow {
    request_hash: String,
    body: Option<String>,
}

impl Tx {
    /// Claims a key that is new or has expired, or whose request was begun and never ended. `false` if somebody else
    /// has claimed it; the row is locked for the rest of the transaction.
    pub async fn claim_idempotency_key(&mut self, claim: &IdempotencyClaim<'_>) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO idempotency (client, key_hash, request_hash, begun_at, lease_until, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (client, key_hash) DO UPDATE SET request_hash = $3, begun_at = $4, lease_until = $5, \
             body = NULL, expires_at = $6 WHERE idempotency.expires_at <= $4 \
             OR (idempotency.body IS NULL AND idempotency.lease_until <= $4 AND idempotency.request_hash = $3)",
        )
        .bind(claim.client)
        .bind(claim.key_hash)
        .bind(claim.request_hash)
        .bind(claim.now.millis())
        .bind(claim.lease_until.millis())
        .bind(claim.expires_at.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What is stored for a key.
    pub async fn stored_answer(&mut self, client: &str, key_hash: &str) -> Result<Option<StoredAnswer>, StoreError> {
        let row: Option<IdempotencyRow> =
            sqlx::query_as("SELECT request_hash, body FROM idempotency WHERE client = $1 AND key_hash = $2")
                .bind(client)
                .bind(key_hash)
                .fetch_optional(self.connection())
                .await?;
        Ok(row.map(|IdempotencyRow { request_hash, body }| StoredAnswer { request_hash, body }))
    }
}

impl Store {
    /// Stores the answer of the request that began at that time, unless somebody else has taken it over.
    pub async fn keep_idempotent_answer(
        &self,
        client: &str,
        key_hash: &str,
        begun_at: Timestamp,
        body: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE idempotency SET body = $4 WHERE client = $1 AND key_hash = $2 AND begun_at = $3 AND body IS NULL",
        )
        .bind(client)
        .bind(key_hash)
        .bind(begun_at.millis())
        .bind(body)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    /// Releases a key whose request was refused.
    pub async fn release_idempotency_key(
        &self,
        client: &str,
        key_hash: &str,
        begun_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM idempotency WHERE client = $1 AND key_hash = $2 AND begun_at = $3 AND body IS NULL")
            .bind(client)
            .bind(key_hash)
            .bind(begun_at.millis())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}
