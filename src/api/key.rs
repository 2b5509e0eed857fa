//! Authenticates API calls: finds the key in a header (never in the URL) and checks that it is active, that its
//! origin is allowed and that it has the scope. Every dialect does this before it reads the body.

use axum::http::{HeaderMap, HeaderName, header};

use super::ApiState;
use crate::admin::KeySummary;
use crate::model::{ApiKey, Scope};

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

/// Why a known key may not be used for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyMisuse {
    /// The request comes from an origin that the key doesn't allow.
    ForeignOrigin,
    /// The key lacks this scope.
    MissingScope(Scope),
}

impl From<KeyMisuse> for KeyRefusal {
    fn from(misuse: KeyMisuse) -> Self {
        match misuse {
            KeyMisuse::ForeignOrigin => Self::ForeignOrigin,
            KeyMisuse::MissingScope(scope) => Self::MissingScope(scope),
        }
    }
}

impl ApiState {
    /// Finds the key of a call and checks that it may be used for `scope`.
    pub(super) async fn key_of(
        &self,
        headers: &HeaderMap,
        scheme: Scheme,
        scope: Scope,
    ) -> Result<KeySummary, KeyRefusal> {
        let key = self.find_key(&key_in(headers, scheme)?).await?;
        Ok(self.admit(key, headers, scope)?)
    }

    /// Finds an active key.
    pub(super) async fn find_key(&self, key: &ApiKey) -> Result<KeySummary, KeyRefusal> {
        let found = self.keys.find(key).await.map_err(|error| {
            tracing::error!(%error, "could not look up an API key; the call is answered with a server error");
            KeyRefusal::Fault(error.is_unavailable())
        })?;
        found.ok_or(KeyRefusal::Invalid)
    }

    /// Checks that a known key may be used from this origin and for this scope.
    pub(super) fn admit(&self, key: KeySummary, headers: &HeaderMap, scope: Scope) -> Result<KeySummary, KeyMisuse> {
        if !self.allows_origin(headers, Some(&key)) {
            return Err(KeyMisuse::ForeignOrigin);
        }
        if key.may(scope) { Ok(key) } else { Err(KeyMisuse::MissingScope(scope)) }
    }

    /// Whether a call may come from the origin that it names: one of its key's, or one for any key. Programs on a
    /// server name none.
    pub(super) fn allows_origin(&self, headers: &HeaderMap, key: Option<&KeySummary>) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), more) = (origins.next(), origins.next()) else { return true };
        let is_of_key = |origin| key.is_some_and(|key| key.origins.iter().any(|allowed| allowed.as_str() == origin));
        more.is_none() && origin.to_str().is_ok_and(|origin| is_of_key(origin) || self.allows_any_key_from(origin))
    }

    /// Whether any key may be used from this origin: our own, or one of the configured origins.
    pub(super) fn allows_any_key_from(&self, origin: &str) -> bool {
        self.own_origin == origin || self.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
    }
}

/// Reads the key from the headers.
pub(super) fn key_in(headers: &HeaderMap, scheme: Scheme) -> Result<ApiKey, KeyRefusal> {
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
