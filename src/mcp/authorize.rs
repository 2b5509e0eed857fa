//! Whose call it is: an API key in force that is kept on a server, used from where it may be. Asked by `http` before
//! anything of the protocol is read, and by `service` for each call on stdio.

use super::McpState;
use super::failure::Failure;
use crate::admin::KeySummary;
use crate::model::{ApiKey, Caller, KeyKind, Scope, WebOrigin};
use crate::reset::UNAVAILABLE_RETRY_AFTER;

/// Who calls.
#[derive(Clone)]
pub(super) struct Asker {
    key: KeySummary,
    /// With the key.
    pub(super) caller: Caller,
}

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyRefusal {
    /// There is no key.
    Missing,
    /// There is none like it in force.
    NotInForce,
    /// Everybody can read it, so it must not act for agents.
    Publishable,
    /// A browser used it from an origin that it is not for.
    ForeignOrigin,
    /// Our own fault; it stands in the log. `true`: the same may go well in a few seconds.
    Fault(bool),
}

impl Asker {
    pub(super) fn new(key: KeySummary, caller: Caller) -> Self {
        let caller = caller.of_client(key.client());
        Self { key, caller }
    }

    /// The public id of the key.
    pub(super) fn key_id(&self) -> &str {
        &self.key.id
    }

    pub(super) fn needs(&self, scope: Scope) -> Result<(), Failure> {
        if self.key.may(scope) { Ok(()) } else { Err(Failure::MissingScope(scope)) }
    }
}

impl McpState {
    /// The key while it is in force and of the kind that tools are for.
    pub(super) async fn secret_key(&self, key: &ApiKey) -> Result<KeySummary, KeyRefusal> {
        let found = self.keys.find(key).await.map_err(|error| {
            tracing::error!(%error, "an API key cannot be looked up");
            KeyRefusal::Fault(error.is_unavailable())
        })?;
        let key = found.ok_or(KeyRefusal::NotInForce)?;
        match key.kind {
            KeyKind::Secret => Ok(key),
            KeyKind::Publishable => Err(KeyRefusal::Publishable),
        }
    }

    /// Whether a browser may call from there with any key.
    pub(super) fn allows_any_key_from(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed.as_str() == origin)
    }

    /// Whether a browser may use the key there.
    pub(super) fn allows(&self, key: &KeySummary, origin: &str) -> bool {
        key.origins.iter().map(WebOrigin::as_str).any(|allowed| allowed == origin) || self.allows_any_key_from(origin)
    }
}

impl KeyRefusal {
    /// What to do about it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Missing => "Send Authorization: Bearer <key>. A key in the URL is not taken.",
            Self::NotInForce => "The API key is not in force. Make one with: keyback keys create NAME.",
            Self::Publishable => "The tools are for programs on a server: a publishable key is not taken.",
            Self::ForeignOrigin => "The key is not for this origin.",
            Self::Fault(true) => "The service cannot answer just now. Try again in a few seconds.",
            Self::Fault(false) => "Something went wrong on our side.",
        }
    }

    /// When to come back.
    pub(super) const fn retry_after(self) -> Option<u64> {
        match self {
            Self::Fault(true) => Some(UNAVAILABLE_RETRY_AFTER.as_secs()),
            Self::Missing | Self::NotInForce | Self::Publishable | Self::ForeignOrigin | Self::Fault(false) => None,
        }
    }
}
