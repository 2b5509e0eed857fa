//! The callers of the tools: programs with a secret API key, used from an allowed origin. Over HTTP we authenticate
//! them before we read anything of the protocol, on stdio for each call.

use std::borrow::Cow;

use axum::http::HeaderMap;

use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::api::key::{KeyRefusal, Scheme, key_in};
use crate::model::{ApiKey, Caller, KeyKind, Scope};
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
pub(super) enum AskerRefusal {
    Key(KeyRefusal),
    /// Anybody can read a publishable key, so agents must not use it.
    Publishable,
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

    pub(super) fn needs(&self, scope: Scope) -> Result<(), AskerRefusal> {
        if self.key.may(scope) { Ok(()) } else { Err(KeyRefusal::MissingScope(scope).into()) }
    }
}

/// Finds an active secret key.
pub(super) async fn secret_key(state: &ApiState, key: &ApiKey) -> Result<KeySummary, AskerRefusal> {
    let key = state.find_key(key).await?;
    match key.kind {
        KeyKind::Secret => Ok(key),
        KeyKind::Publishable => Err(AskerRefusal::Publishable),
    }
}

/// The secret key of an HTTP request.
pub(super) async fn key_of_request(state: &ApiState, headers: &HeaderMap) -> Result<KeySummary, AskerRefusal> {
    let key = match key_in(headers, Scheme::Bearer) {
        Ok(key) => secret_key(state, &key).await,
        Err(refusal) => Err(refusal.into()),
    };
    // Check the origin first, so that a page that may not call learns nothing about a key.
    if !state.allows_origin(headers, key.as_ref().ok()) {
        return Err(KeyRefusal::ForeignOrigin.into());
    }
    key
}

impl AskerRefusal {
    /// What is wrong, and what to do.
    pub(super) fn words(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Key(KeyRefusal::Missing) => "Send Authorization: Bearer <key>. Keys in the URL are not accepted.",
            Self::Key(KeyRefusal::Invalid) => "The API key is not valid. Create one with: keyback keys create NAME.",
            Self::Key(KeyRefusal::ForeignOrigin) => "The key does not allow this origin.",
            Self::Key(KeyRefusal::MissingScope(scope)) => {
                return format!("The API key needs the scope {}.", scope.as_str()).into();
            }
            Self::Key(KeyRefusal::Fault(is_passing)) => fault_words(is_passing),
            Self::Publishable => "The tools are only for servers: publishable keys are not accepted.",
        })
    }

    /// The seconds for `Retry-After`.
    pub(super) const fn retry_after(self) -> Option<u64> {
        match self {
            Self::Key(KeyRefusal::Fault(true)) => Some(UNAVAILABLE_RETRY_AFTER.as_secs()),
            Self::Key(
                KeyRefusal::Missing
                | KeyRefusal::Invalid
                | KeyRefusal::ForeignOrigin
                | KeyRefusal::MissingScope(_)
                | KeyRefusal::Fault(false),
            )
            | Self::Publishable => None,
        }
    }
}

/// How we report a fault on our side.
pub(super) const fn fault_words(is_passing: bool) -> &'static str {
    if is_passing {
        "The service is temporarily unavailable. Try again in a few seconds."
    } else {
        "Something went wrong on our side."
    }
}

impl From<KeyRefusal> for AskerRefusal {
    fn from(refusal: KeyRefusal) -> Self {
        Self::Key(refusal)
    }
}
