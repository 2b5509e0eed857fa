//! Workarounds for tower-sessions 0.15.
//!
//! A third one is in `app/visit.rs`: a session is not saved when the status is a server error, so what a page with such
//! a status has changed is saved at once.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::LayerFault;
use crate::server::sessions::COOKIE;

/// Adds `Secure` when tower-sessions removes the cookie. Without it, browsers ignore the removal of a `__Host-`
/// cookie, and the dead cookie would stay.
pub(in crate::server) async fn secure_removal(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let removal = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
    let secured = removal
        .filter(|value| value.starts_with(COOKIE) && !value.contains("; Secure"))
        .and_then(|value| HeaderValue::try_from(format!("{value}; Secure")).ok());
    if let Some(secured) = secured {
        response.headers_mut().insert(header::SET_COOKIE, secured);
    }
    response
}

/// Turns a bare 500 into a temporary fault. Only tower-sessions answers like this, if it can't save the session. Only
/// the database can cause this, and the library hides the reason, so we report it as temporary.
pub(in crate::server) async fn bare_faults(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_bare = response.status().is_server_error() && !response.headers().contains_key(header::CONTENT_TYPE);
    if is_bare { LayerFault::Unavailable.into_response() } else { response }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_sessions::session::{Id, Record};
    use tower_sessions::session_store::{Error, Result};
    use tower_sessions::{Session, SessionManagerLayer, SessionStore};

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Memory {
        records: Arc<Mutex<HashMap<Id, Record>>>,
        is_broken: bool,
    }

    #[async_trait::async_trait]
    impl SessionStore for Memory {
        async fn create(&self, record: &mut Record) -> Result<()> {
            self.save(record).await
        }

        async fn save(&self, record: &Record) -> Result<()> {
            if self.is_broken {
                return Err(Error::Backend("broken".to_owned()));
            }
            self.records.lock().unwrap().insert(record.id, record.clone());
            Ok(())
        }

        async fn load(&self, id: &Id) -> Result<Option<Record>> {
            Ok(self.records.lock().unwrap().get(id).cloned())
        }

        async fn delete(&self, id: &Id) -> Result<()> {
            self.records.lock().unwrap().remove(id);
            Ok(())
        }
    }

    fn put_into(session: &Session) -> impl Future<Output = std::result::Result<(), tower_sessions::session::Error>> {
        session.insert("key", "value")
    }

    /// The library as it is, without our layers.
    async fn answer(store: &Memory, path: &str, cookie: &str) -> Response {
        let router = Router::new()
            .route("/put", get(async |session: Session| put_into(&session).await.unwrap()))
            .route("/end", get(async |session: Session| session.flush().await.unwrap()))
            .route(
                "/fail",
                get(async |session: Session| {
                    put_into(&session).await.unwrap();
                    StatusCode::SERVICE_UNAVAILABLE
                }),
            )
            .layer(SessionManagerLayer::new(store.clone()).with_name(COOKIE).with_secure(true));
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    fn set_cookie(response: &Response) -> String {
        response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn upstream_removes_a_secure_cookie_without_secure() {
        let store = Memory::default();
        let set = set_cookie(&answer(&store, "/put", "").await);
        assert!(set.contains("; Secure"), "{set}");
        let removal = set_cookie(&answer(&store, "/end", set.split(';').next().unwrap()).await);
        assert!(removal.starts_with(COOKIE) && removal.contains("Max-Age=0"), "{removal}");
        assert!(!removal.contains("Secure"), "fixed upstream: delete `secure_removal`: {removal}");
    }

    #[tokio::test]
    async fn upstream_hides_why_it_could_not_save_a_session() {
        let store = Memory { is_broken: true, ..Memory::default() };
        let response = answer(&store, "/put", "").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let is_bare = !response.headers().contains_key(header::CONTENT_TYPE) && response.extensions().is_empty();
        assert!(is_bare, "fixed upstream: delete `bare_faults`: {response:?}");
        assert!(to_bytes(response.into_body(), 1).await.unwrap().is_empty(), "fixed upstream: delete `bare_faults`");
    }

    #[tokio::test]
    async fn upstream_saves_no_session_with_a_server_error() {
        let store = Memory::default();
        let response = answer(&store, "/fail", "").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let is_saved = !store.records.lock().unwrap().is_empty();
        assert!(!is_saved, "fixed upstream: `Visit::take_notice` needs no `save`");
    }
}
