//! Authenticates callers: requires an active secret API key that is used from an allowed origin. Over HTTP this happens
//! before anything of the protocol is read, on stdio for each call.

use super::McpState;
use super::failure::Failure;
use crate::admin::KeySummary;
use crate::model::{ApiKey, Caller, KeyKind, Scope, WebOrigin};
use crate::reset::UNAVAILABLE_RETRY_AFTER;

/// An authenticated caller.
#[derive(Clone)]
pub(super) struct Asker {
    key: KeySummary,
    /// The caller, including the key's ID.
    pub(super) caller: Caller,
}

/// Why a caller is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyRefusal {
    /// No key was sent.
    Missing,
    /// The key is malformed, unknown, expired or revoked.
    NotInForce,
    /// Anybody can read a publishable key, so agents must not use it.
    Publishable,
    /// The request comes from an origin that the key doesn't allow.
    ForeignOrigin,
    /// A fault on our side, already logged. `true` means that it may be temporary.
    Fault(bool),
}

impl Asker {
    pub(super) fn new(key: KeySummary, caller: Caller) -> Self {
        let caller = caller.of_client(key.client());
        Self { key, caller }
    }

    /// The public ID of the key.
    pub(super) fn key_id(&self) -> &str {
        &self.key.id
    }

    pub(super) fn needs(&self, scope: Scope) -> Result<(), Failure> {
        if self.key.may(scope) { Ok(()) } else { Err(Failure::MissingScope(scope)) }
    }
}

impl McpState {
    /// Finds an active secret key.
    pub(super) async fn secret_key(&self, key: &ApiKey) -> Result<KeySummary, KeyRefusal> {
        let found = self.keys.find(key).await.map_err(|error| {
            tracing::error!(%error, "could not look up an API key; the call is answered with a server error");
            KeyRefusal::Fault(error.is_unavailable())
        })?;
        let key = found.ok_or(KeyRefusal::NotInForce)?;
        match key.kind {
            KeyKind::Secret => Ok(key),
            KeyKind::Publishable => Err(KeyRefusal::Publishable),
        }
    }

    /// Whether browsers may call from this origin with any key.
    pub(super) fn allows_any_key_from(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
    }

    /// Whether browsers may use this key from this origin.
    pub(super) fn allows(&self, key: &KeySummary, origin: &str) -> bool {
        key.origins.iter().map(WebOrigin::as_str).any(|allowed| allowed == origin) || self.allows_any_key_from(origin)
    }
}

impl KeyRefusal {
    /// What is wrong, and what to do.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Missing => "Send Authorization: Bearer <key>. Keys in the URL are not accepted.",
            Self::NotInForce => "The API key is not valid. Create one with: keyback keys create NAME.",
            Self::Publishable => "The tools are only for servers: publishable keys are not accepted.",
            Self::ForeignOrigin => "The key does not allow this origin.",
            Self::Fault(true) => "The service is temporarily unavailable. Try again in a few seconds.",
            Self::Fault(false) => "Something went wrong on our side.",
        }
    }

    /// The seconds for `Retry-After`.
    pub(super) const fn retry_after(self) -> Option<u64> {
        match self {
            Self::Fault(true) => Some(UNAVAILABLE_RETRY_AFTER.as_secs()),
            Self::Missing | Self::NotInForce | Self::Publishable | Self::ForeignOrigin | Self::Fault(false) => None,
        }
    }
}
