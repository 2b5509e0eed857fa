//! API keys: created and shown once, stored as a hash, rotated without downtime.

use std::time::Duration;

use super::record::Record;
use crate::clock::Clock;
use crate::model::{
    ApiKey, AuditEvent, ClientSecret, KeyKind, KeySummary, RedirectUrl, Scope, ServerKey, WebOrigin, new_client_id,
};
use crate::store::{Store, StoreError};

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
        let summary = KeySummary {
            id: new_client_id()?,
            name: new.name,
            kind: new.kind,
            scopes: new.scopes,
            origins: new.origins,
            redirect_urls: new.redirect_urls,
            created_at: now,
            expires_at: new.expires_in.map(|duration| now.after(duration)),
            revoked_at: None,
            hash: key.hash(),
            previous_hash: None,
            previous_expires_at: None,
        };
        let mut tx = self.store.begin().await?;
        tx.insert_api_key(&summary).await?;
        Record::of_key(AuditEvent::KeyCreated, &summary.id).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(self.made(summary, key))
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
        Record::of_key(AuditEvent::KeyRotated, id).write(&mut tx, now).await?;
        tx.commit().await?;
        let summary = self.store.find_api_key(&key.hash(), now).await?.ok_or(KeyError::Unknown)?;
        Ok(self.made(summary, key))
    }

    /// Every key, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self) -> Result<Vec<KeySummary>, StoreError> {
        self.store.api_keys().await
    }

    /// Revokes a key at once, together with the one before it. `false` if no active key has that id.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke(&self, id: &str) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let now = self.clock.now();
        let revoked = tx.revoke_api_key(id, now).await?;
        if revoked {
            Record::of_key(AuditEvent::KeyRevoked, id).write(&mut tx, now).await?;
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
        self.store.find_api_key(&key.hash(), self.clock.now()).await
    }

    /// The active key with a public id. The id proves nothing: a secret key has to be proven with [`Keys::proves`].
    ///
    /// # Errors
    /// The database's.
    pub async fn find_by_id(&self, id: &str) -> Result<Option<KeySummary>, StoreError> {
        self.store.find_api_key_by_id(id, self.clock.now()).await
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
