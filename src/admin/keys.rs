//! API keys: created and shown once, stored as a hash, rotated without downtime.

use std::time::Duration;

use super::record::{Record, RecordError};
use crate::clock::Clock;
use crate::model::{
    ApiKey, Client, ClientSecret, KeyKind, RedirectUrl, Scope, SecretHash, ServerKey, Timestamp, WebOrigin,
    new_client_id,
};
use crate::store::{ApiKeyRow, Store, StoreError};

/// An API key without its secret.
#[derive(Clone, Debug)]
pub struct KeySummary {
    /// The public id; the Cognito protocol calls it client id.
    pub id: String,
    pub name: String,
    pub kind: KeyKind,
    pub scopes: Vec<Scope>,
    /// The origins from which browsers may use the key. Empty: only the configured origins.
    pub origins: Vec<WebOrigin>,
    /// The key's own redirect targets. Empty: those of the configuration.
    pub redirect_urls: Vec<RedirectUrl>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Until when the key before the last rotation still works.
    pub previous_expires_at: Option<Timestamp>,
    hash: SecretHash,
    previous_hash: Option<SecretHash>,
}

impl KeySummary {
    /// Whether the key has a scope.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) && scope.is_for(self.kind)
    }

    /// The client that this key stands for, as the steps of a reset see it.
    pub fn client(&self) -> Client {
        Client { id: self.id.clone(), kind: self.kind, redirect_urls: self.redirect_urls.clone() }
    }
}

/// The properties of a new key.
pub struct NewKey {
    pub name: String,
    pub kind: KeyKind,
    pub scopes: Vec<Scope>,
    pub origins: Vec<WebOrigin>,
    pub redirect_urls: Vec<RedirectUrl>,
    pub expires_in: Option<Duration>,
}

impl NewKey {
    /// A key of that kind with the usual scopes.
    pub fn usual(name: &str, kind: KeyKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            scopes: Scope::usual(kind),
            origins: Vec::new(),
            redirect_urls: Vec::new(),
            expires_in: None,
        }
    }
}

/// A key that was just created. The secrets are here and nowhere else.
pub struct MadeKey {
    pub summary: KeySummary,
    pub key: ApiKey,
    /// For the Cognito protocol's secret hash; a publishable key has none.
    pub client_secret: Option<ClientSecret>,
}

/// Why no key was created.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("a publishable key cannot have the scope {}: everybody can read it", .0.as_str())]
    ScopeNotForKind(Scope),
    #[error("there is no active key with that id; keyback keys list shows the keys")]
    Unknown,
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// Creates, lists, rotates and revokes API keys.
#[derive(Clone)]
pub struct Keys {
    store: Store,
    server_key: ServerKey,
    clock: Clock,
}

impl Keys {
    /// Creates the service over a database.
    pub fn new(store: Store, server_key: ServerKey, clock: Clock) -> Self {
        Self { store, server_key, clock }
    }

    /// Creates a key.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn create(&self, new: NewKey) -> Result<MadeKey, KeyError> {
        if let Some(scope) = new.scopes.iter().find(|scope| !scope.is_for(new.kind)) {
            return Err(KeyError::ScopeNotForKind(*scope));
        }
        let key = ApiKey::random()?;
        let now = self.clock.now();
        let row = ApiKeyRow {
            id: new_client_id()?,
            key_hash: key.hash().as_str().to_owned(),
            name: new.name,
            kind: new.kind.as_str().to_owned(),
            scopes: joined(&new.scopes, |scope| scope.as_str()),
            origins: joined(&new.origins, WebOrigin::as_str),
            redirect_urls: joined(&new.redirect_urls, RedirectUrl::as_str),
            created_at: now.millis(),
            expires_at: new.expires_in.map(|duration| now.after(duration).millis()),
            revoked_at: None,
            previous_key_hash: None,
            previous_expires_at: None,
        };
        let mut tx = self.store.begin().await?;
        tx.insert_api_key(&row).await?;
        Record::of_key("key.created", &row.id).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(self.made(row.into(), key))
    }

    /// Replaces a key with a new one; the old one keeps working for `overlap`. A key that an earlier rotation replaced
    /// and that still worked ends at once.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn rotate(&self, id: &str, overlap: Duration) -> Result<MadeKey, KeyError> {
        let key = ApiKey::random()?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !tx.rotate_api_key(id, &key.hash(), now.after(overlap), now).await? {
            return Err(KeyError::Unknown);
        }
        Record::of_key("key.rotated", id).write(&mut tx, now).await?;
        tx.commit().await?;
        let row = self.store.find_api_key(&key.hash(), now).await?.ok_or(KeyError::Unknown)?;
        Ok(self.made(row.into(), key))
    }

    /// Every key, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self) -> Result<Vec<KeySummary>, StoreError> {
        Ok(self.store.api_keys().await?.into_iter().map(KeySummary::from).collect())
    }

    /// Revokes a key at once, together with the one before it. `false` if no active key has that id.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke(&self, id: &str) -> Result<bool, RecordError> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let revoked = tx.revoke_api_key(id, now).await?;
        if revoked {
            Record::of_key("key.revoked", id).write(&mut tx, now).await?;
        }
        tx.commit().await?;
        Ok(revoked)
    }

    /// The active key that a caller presents. It is looked up by its hash, so that no comparison of secrets can be
    /// timed.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, key: &ApiKey) -> Result<Option<KeySummary>, StoreError> {
        Ok(self.store.find_api_key(&key.hash(), self.clock.now()).await?.map(KeySummary::from))
    }

    /// The active key with a public id. The id proves nothing: a secret key has to be proven with [`Keys::proves`].
    ///
    /// # Errors
    /// The database's.
    pub async fn find_by_id(&self, id: &str) -> Result<Option<KeySummary>, StoreError> {
        Ok(self.store.find_api_key_by_id(id, self.clock.now()).await?.map(KeySummary::from))
    }

    /// Whether a secret hash of the Cognito protocol was made with the client secret of this key, or of the one before
    /// it while that still works.
    pub fn proves(&self, key: &KeySummary, secret_hash: &str, username: &str) -> bool {
        let previous = key.previous_hash.as_ref();
        let previous = previous.filter(|_| key.previous_expires_at.is_some_and(|end| end > self.clock.now()));
        [Some(&key.hash), previous]
            .into_iter()
            .flatten()
            .any(|hash| ClientSecret::of_key(&self.server_key, hash).made(secret_hash, username, &key.id))
    }

    /// Whether any active key allows browser calls from an origin. For preflight requests, which name no key. If the
    /// database cannot be read, the origin is not allowed.
    pub async fn some_key_allows(&self, origin: &str) -> bool {
        match self.store.api_key_origins(self.clock.now()).await {
            Ok(origins) => origins.iter().any(|origins| origins.split(' ').any(|allowed| allowed == origin)),
            Err(error) => {
                tracing::error!(%error, "could not read the origins of the API keys; refusing the preflight request");
                false
            }
        }
    }

    fn made(&self, summary: KeySummary, key: ApiKey) -> MadeKey {
        let client_secret = match summary.kind {
            KeyKind::Secret => Some(ClientSecret::of_key(&self.server_key, &summary.hash)),
            KeyKind::Publishable => None,
        };
        MadeKey { summary, key, client_secret }
    }
}

fn joined<T>(values: &[T], word: impl Fn(&T) -> &str) -> String {
    values.iter().map(word).collect::<Vec<_>>().join(" ")
}

impl From<ApiKeyRow> for KeySummary {
    /// Values that a newer version wrote and this one cannot read grant nothing.
    fn from(row: ApiKeyRow) -> Self {
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        Self {
            id: row.id,
            name: row.name,
            kind: KeyKind::from_word(&row.kind).unwrap_or(KeyKind::Publishable),
            scopes: words(&row.scopes).iter().filter_map(|word| Scope::from_word(word)).collect(),
            origins: words(&row.origins).iter().filter_map(|word| WebOrigin::parse(word)).collect(),
            redirect_urls: RedirectUrl::from_stored_list(&row.redirect_urls),
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_millis),
            revoked_at: row.revoked_at.map(Timestamp::from_millis),
            previous_expires_at: row.previous_expires_at.map(Timestamp::from_millis),
            hash: SecretHash::from_stored(row.key_hash),
            previous_hash: row.previous_key_hash.map(SecretHash::from_stored),
        }
    }
}
