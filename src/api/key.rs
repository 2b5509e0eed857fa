//! Authenticates API calls: finds the key in a header (never in the URL) and checks that it is active, that its
//! origin is allowed and that it has the scope. Every dialect does this before it reads the body.

use axum::http::{HeaderMap, HeaderName, header};

use super::ApiState;
use crate::admin::KeySummary;
use crate::model::{ApiKey, Scope, WebOrigin};

/// How a dialect sends the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `Bearer <key>`.
    Bearer,
    /// `<key>`, or with `Bearer`.
    BareOrBearer,
    /// The same, or in `X-Client-Key` if there is no `Authorization` header.
    BareOrClientKey,
}

/// The header in which Agnost's clients send the key.
const CLIENT_KEY: HeaderName = HeaderName::from_static("x-client-key");

/// Why a call is refused before its body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyRefusal {
    /// No key was sent.
    Missing,
    /// The key is malformed, unknown, expired or revoked, or more than one was sent.
    Invalid,
    /// The request comes from an origin that the key doesn't allow.
    ForeignOrigin,
    /// The key lacks this scope.
    MissingScope(Scope),
    /// A fault on our side, already logged. `true` means that it may be temporary.
    Fault(bool),
}

impl ApiState {
    /// Finds the key of a call and checks that it may be used for `scope`.
    pub(super) async fn key_of(
        &self,
        headers: &HeaderMap,
        scheme: Scheme,
        scope: Scope,
    ) -> Result<KeySummary, KeyRefusal> {
        let key = key_in(headers, scheme)?;
        let found = self.keys.find(&key).await.map_err(|error| {
            tracing::error!(%error, "could not look up an API key; the call is answered with a server error");
            KeyRefusal::Fault(error.is_unavailable())
        })?;
        self.admit(found.ok_or(KeyRefusal::Invalid)?, headers, scope)
    }

    /// Checks that a known key may be used from this origin and for this scope.
    pub(super) fn admit(&self, key: KeySummary, headers: &HeaderMap, scope: Scope) -> Result<KeySummary, KeyRefusal> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        if let Some(origin) = origins.next() {
            let origin = origin.to_str().map_err(|_| KeyRefusal::ForeignOrigin)?;
            let is_its_own = key.origins.iter().map(WebOrigin::as_str).any(|allowed| allowed == origin);
            let is_doubled = origins.next().is_some();
            if is_doubled || (!is_its_own && !self.allows_any_key_from(origin)) {
                return Err(KeyRefusal::ForeignOrigin);
            }
        }
        if key.may(scope) { Ok(key) } else { Err(KeyRefusal::MissingScope(scope)) }
    }

    /// Whether any key may be used from this origin: our own, or one of the configured origins.
    pub(super) fn allows_any_key_from(&self, origin: &str) -> bool {
        self.own_origin == origin || self.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
    }
}

fn key_in(headers: &HeaderMap, scheme: Scheme) -> Result<ApiKey, KeyRefusal> {
    let named_elsewhere = scheme == Scheme::BareOrClientKey && !headers.contains_key(header::AUTHORIZATION);
    let header = if named_elsewhere { CLIENT_KEY } else { header::AUTHORIZATION };
    let mut values = headers.get_all(header).iter();
    let (value, more) = (values.next().ok_or(KeyRefusal::Missing)?, values.next());
    let value = value.to_str().ok().filter(|_| more.is_none()).ok_or(KeyRefusal::Invalid)?.trim();
    if value.is_empty() {
        return Err(KeyRefusal::Missing);
    }
    let text = match (value.split_once(' '), scheme) {
        (Some((word, key)), _) if word.eq_ignore_ascii_case("bearer") => key.trim(),
        (None, Scheme::BareOrBearer | Scheme::BareOrClientKey) => value,
        (Some(_) | None, _) => return Err(KeyRefusal::Invalid),
    };
    ApiKey::parse(text).map_err(|_| KeyRefusal::Invalid)
}
