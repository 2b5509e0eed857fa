//! Whose call it is: the API key from a header and nowhere else, in force, used from where it may be, for what it
//! may do. Asked by every dialect before it reads a body.

use axum::http::{HeaderMap, HeaderName, header};

use super::ApiState;
use crate::admin::KeySummary;
use crate::model::{ApiKey, Scope, WebOrigin};

/// How a dialect writes the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// `Bearer <key>`.
    Bearer,
    /// `<key>`, or with `Bearer`.
    BareOrBearer,
    /// The same; where there is no `Authorization`, `X-Client-Key` says it.
    BareOrClientKey,
}

/// The one header in which some clients name their program.
const CLIENT_KEY: HeaderName = HeaderName::from_static("x-client-key");

/// Why a call is refused before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyRefusal {
    /// There is no key.
    Missing,
    /// There is none like it in force, or more than one was sent.
    Invalid,
    /// A browser used it from an origin that it is not for.
    ForeignOrigin,
    /// It may not do that.
    MissingScope(Scope),
    /// Our own fault; it stands in the log. `true`: the same may go well in a few seconds.
    Fault(bool),
}

impl ApiState {
    /// The key of a call, for something that needs `scope`.
    pub(super) async fn key_of(
        &self,
        headers: &HeaderMap,
        scheme: Scheme,
        scope: Scope,
    ) -> Result<KeySummary, KeyRefusal> {
        let key = key_in(headers, scheme)?;
        let found = self.keys.find(&key).await.map_err(|error| {
            tracing::error!(%error, "an API key cannot be looked up");
            KeyRefusal::Fault(error.is_unavailable())
        })?;
        self.admit(found.ok_or(KeyRefusal::Invalid)?, headers, scope)
    }

    /// Whether a key that was found may be used from there, and for that.
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

    /// Our own pages, and the configured origins.
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
