//! Sessions in the database, behind a `__Host-` cookie. A row holds only a hash of the session ID, so that nobody who
//! reads the database can take over a session.

use std::time::Duration;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::{Duration as CookieDuration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::app::visit::ACCOUNT;
use crate::clock::Clock;
use crate::model::{AccountId, Timestamp};
use crate::store::Store;

/// The name of the cookie. `__Host-` makes browsers require `Secure`, `Path=/` and no `Domain`.
pub(super) const COOKIE: &str = "__Host-keyback";

/// Drops the cookies of a request with two session cookies: a subdomain has planted one of them, in a browser that
/// doesn't know `__Host-`, and we can't tell which.
pub(super) async fn one_cookie(mut request: Request, next: Next) -> Response {
    let cookies = request.headers().get_all(header::COOKIE).iter();
    let pairs = cookies.flat_map(|value| value.as_bytes().split(|octet| *octet == b';'));
    let names = pairs.filter_map(|pair| pair.split(|octet| *octet == b'=').next());
    if names.filter(|name| name.trim_ascii() == COOKIE.as_bytes()).nth(1).is_some() {
        request.headers_mut().remove(header::COOKIE);
    }
    next.run(request).await
}

/// A session expires this long after it was last written.
const LIFETIME: CookieDuration = CookieDuration::minutes(45);

/// `SameSite=Lax`, not `Strict`: the session must be available after a click on a link in webmail.
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
    /// IDs are 128 random bits, so we don't check for collisions.
    async fn create(&self, record: &mut Record) -> Result<()> {
        let row = self.row(record)?;
        self.store
            .insert_session(&row.id_hash, row.account_id.as_ref(), &row.data, row.expires_at)
            .await
            .map_err(backend)
    }

    /// Only updates, so that a session that a reset has ended in the meantime isn't created again.
    async fn save(&self, record: &Record) -> Result<()> {
        let row = self.row(record)?;
        let saved = self.store.update_session(&row.id_hash, row.account_id.as_ref(), &row.data, row.expires_at).await;
        saved.map(|_| ()).map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some((data, expires_at)) = self.store.find_session(&hash(*id), self.clock.now()).await.map_err(backend)?
        else {
            return Ok(None);
        };
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?,
            expiry_date: on_the_machines_clock(expires_at.since(self.clock.now())),
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store.delete_session(&hash(*id)).await.map_err(backend)
    }
}

struct Row {
    id_hash: String,
    account_id: Option<AccountId>,
    data: String,
    expires_at: Timestamp,
}

impl Sessions {
    fn row(&self, record: &Record) -> Result<Row> {
        let lifetime = Duration::from_secs(LIFETIME.whole_seconds().unsigned_abs());
        let account_id = record.data.get(ACCOUNT).and_then(|id| id.as_str());
        let read = |id| AccountId::parse(id).ok_or_else(|| Error::Encode("the account of a session".to_owned()));
        Ok(Row {
            id_hash: hash(record.id),
            account_id: account_id.map(read).transpose()?,
            data: serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?,
            expires_at: self.clock.now().after(lifetime),
        })
    }
}

fn hash(id: Id) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_be_bytes()))
}

/// Converts to the system clock, by which tower-sessions checks the expiry again. We have already checked it by our
/// clock in the query.
fn on_the_machines_clock(left: Duration) -> OffsetDateTime {
    OffsetDateTime::now_utc() + left
}

fn backend(error: crate::store::StoreError) -> Error {
    Error::Backend(error.to_string())
}
