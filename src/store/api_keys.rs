//! Table `api_keys`.

use sqlx::FromRow;

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{KeyKind, KeySummary, RedirectUrl, Scope, SecretHash, Timestamp, WebOrigin};

/// A row of the table.
#[derive(FromRow)]
struct ApiKeyRow {
    id: String,
    key_hash: String,
    name: String,
    kind: String,
    scopes: String,
    origins: String,
    redirect_urls: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    previous_key_hash: Option<String>,
    previous_expires_at: Option<i64>,
}

impl TryFrom<ApiKeyRow> for KeySummary {
    type Error = StoreError;

    fn try_from(row: ApiKeyRow) -> Result<Self, StoreError> {
        let place = Place::new("api_keys", &row.id);
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let redirect_url = |text: &String| place.value("redirect_urls", RedirectUrl::parse(text).ok());
        let origin = |text: &String| place.value("origins", WebOrigin::parse(text));
        Ok(Self {
            kind: place.value("kind", KeyKind::from_word(&row.kind))?,
            // A scope that a newer version gave grants nothing here; the others do.
            scopes: words(&row.scopes).iter().filter_map(|word| Scope::from_word(word)).collect(),
            origins: words(&row.origins).iter().map(origin).collect::<Result<_, _>>()?,
            redirect_urls: words(&row.redirect_urls).iter().map(redirect_url).collect::<Result<_, _>>()?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_millis),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            hash: SecretHash::from_stored(row.key_hash),
            previous_hash: row.previous_key_hash.map(SecretHash::from_stored),
            previous_expires_at: row.previous_expires_at.map(Timestamp::from_millis),
            id: row.id,
            name: row.name,
        })
    }
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, key_hash, name, kind, scopes, origins, redirect_urls, created_at, expires_at, revoked_at, \
             previous_key_hash, previous_expires_at FROM api_keys ",
            $condition
        )
    };
}

impl Store {
    /// The active key with that hash: as its current secret, or as its previous one until the rotation is over.
    pub async fn find_api_key(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<KeySummary>, StoreError> {
        let row: Option<ApiKeyRow> = sqlx::query_as(select!(
            "WHERE (key_hash = $1 OR (previous_key_hash = $1 AND previous_expires_at > $2)) \
             AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"
        ))
        .bind(hash.as_str())
        .bind(now.millis())
        .fetch_optional(self.readers())
        .await?;
        row.map(KeySummary::try_from).transpose()
    }

    /// The active key with that public id.
    pub async fn find_api_key_by_id(&self, id: &str, now: Timestamp) -> Result<Option<KeySummary>, StoreError> {
        let row: Option<ApiKeyRow> =
            sqlx::query_as(select!("WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)"))
                .bind(id)
                .bind(now.millis())
                .fetch_optional(self.readers())
                .await?;
        row.map(KeySummary::try_from).transpose()
    }

    /// Every key that can be read, oldest first. The log names the others.
    pub async fn api_keys(&self) -> Result<Vec<KeySummary>, StoreError> {
        let rows: Vec<ApiKeyRow> = sqlx::query_as(select!("ORDER BY created_at, id")).fetch_all(self.readers()).await?;
        Ok(rows.into_iter().filter_map(|row| KeySummary::try_from(row).ok()).collect())
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
    pub async fn insert_api_key(&mut self, key: &KeySummary) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO api_keys (id, key_hash, name, kind, scopes, origins, redirect_urls, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&key.id)
        .bind(key.hash.as_str())
        .bind(&key.name)
        .bind(key.kind.as_str())
        .bind(joined(&key.scopes, |scope| scope.as_str()))
        .bind(joined(&key.origins, WebOrigin::as_str))
        .bind(joined(&key.redirect_urls, RedirectUrl::as_str))
        .bind(key.created_at.millis())
        .bind(key.expires_at.map(Timestamp::millis))
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

fn joined<T>(values: &[T], word: impl Fn(&T) -> &str) -> String {
    values.iter().map(word).collect::<Vec<_>>().join(" ")
}
