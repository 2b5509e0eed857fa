//! Sessions in the database, behind a `__Host-` cookie. The row holds a hash of the id, so that who
//! reads the database cannot take a session over. Used by `server::build`.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::{Duration as CookieDuration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::app::visit::ACCOUNT;
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::store::Store;

/// The cookie's name; `__Host-` makes browsers insist on `Secure`, `Path=/` and no `Domain`.
pub(super) const COOKIE: &str = "__Host-keyback";

/// A session ends after so long without being written.
const LIFETIME: CookieDuration = CookieDuration::minutes(45);

/// `SameSite=Lax`, not `Strict`: the click on a link in webmail must bring the session along.
pub(super) fn layer(store: Store, clock: Clock) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions { store, clock })
        .with_name(COOKIE)
        .with_secure(true)
        .with_http_only(true)
        .with_path("/")
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(LIFETIME))
}

#[derive(Clone, Debug)]
pub(super) struct Sessions {
    store: Store,
    clock: Clock,
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let account_id = record.data.get(ACCOUNT).and_then(|id| id.as_str());
        let expires_at = self.clock.now().after(Duration::from_secs(LIFETIME.whole_seconds().unsigned_abs()));
        self.store.save_session(&hash(record.id), account_id, &data, expires_at).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, expires_at)) = self.store.find_session(&hash(*id), self.clock.now()).await.map_err(backend)?
        else {
            return Ok(None);
        };
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?,
            expiry_date: on_the_machines_clock(Timestamp::from_millis(expires_at).since(self.clock.now())),
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store.delete_session(&hash(*id)).await.map_err(backend)
    }
}

fn hash(id: Id) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_be_bytes()))
}

/// tower-sessions asks the machine's clock whether a record is alive; the database has decided that
/// already, by ours.
fn on_the_machines_clock(left: Duration) -> OffsetDateTime {
    OffsetDateTime::now_utc() + left
}

fn backend(error: crate::store::StoreError) -> Error {
    Error::Backend(error.to_string())
}
