//! The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a client that doesn't know whether its
//! request arrived can send it again, and it is processed only once.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::admin::{Claim, Idempotency, KeySummary, Lease};
use crate::api::ApiState;
use crate::api::native::Problem;
use crate::model::{Caller, KeyKind};

/// The header's description in the OpenAPI document.
pub(super) const TOLD: &str = "A random string of at most 255 visible ASCII characters that makes it safe to retry a \
    request: for 24 hours, a request with the same key gets the answer of the first one and nothing is done twice.";

/// The idempotency key of a request; `None` if it has none.
pub(super) struct IdempotencyKey(pub(super) Option<String>);

impl FromRequestParts<ApiState> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &ApiState) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => read(value).map(|key| Self(Some(key))).ok_or(Problem::MalformedIdempotencyKey),
            (Some(_), Some(_)) => Err(Problem::MalformedIdempotencyKey),
        }
    }
}

impl IdempotencyKey {
    /// Anybody can read a publishable key. So with one, idempotency keys count per network, and no caller gets the
    /// answer to another caller's request.
    pub(super) fn of(self, key: &KeySummary, caller: &Caller) -> Self {
        match key.kind {
            KeyKind::Secret => self,
            KeyKind::Publishable => Self(self.0.map(|text| format!("{} {text}", caller.network()))),
        }
    }
}

/// Accepts a structured-field string (RFC 9651), as the draft requires, or the same characters without quotation
/// marks, as most clients send it.
fn read(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    (is_plain && (1..=255).contains(&key.len())).then(|| key.to_owned())
}

/// Runs `act`, unless `client` has already sent the same request with this key: then returns the stored answer. Only
/// successful answers are stored. `request` identifies the request.
pub(super) async fn once<T>(
    state: &ApiState,
    client: &str,
    key: IdempotencyKey,
    request: &[&str],
    act: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let Some(key) = key.0 else { return act.await };
    let claim = state.idempotency.claim(client, &key, request).await.map_err(|error| {
        tracing::error!(%error, "could not claim an idempotency key; the request was not processed");
        Problem::fault(error.is_unavailable())
    })?;
    let lease = match claim {
        Claim::First(lease) => lease,
        Claim::InProgress => return Err(Problem::RequestInProgress),
        Claim::OtherRequest => return Err(Problem::IdempotencyKeyReused),
        Claim::Answered(answer) => {
            return serde_json::from_str(&answer).map_err(|error| {
                tracing::error!(%error, "could not read the stored answer for an idempotency key; answering with an error");
                Problem::Internal
            });
        }
    };
    // Run it in a task, so that it finishes even if the client disconnects. A retry then finds the answer.
    let idempotency = state.idempotency.clone();
    let act = async move {
        let outcome = act.await;
        settle(&idempotency, &lease, &outcome).await;
        outcome
    };
    tokio::spawn(act.in_current_span()).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request with an idempotency key did not finish; the client gets a server error");
        Err(Problem::Internal)
    })
}

async fn settle<T: Serialize>(idempotency: &Idempotency, lease: &Lease, outcome: &Result<T, Problem>) {
    let settled = match outcome.as_ref().map(serde_json::to_string) {
        Ok(Ok(answer)) => idempotency.keep(lease, &answer).await,
        Ok(Err(error)) => {
            return tracing::error!(%error, "could not serialize an answer; retries are refused until the lease ends");
        }
        Err(problem) if problem.status().is_client_error() || matches!(problem, Problem::Busy { .. }) => {
            idempotency.release(lease).await
        }
        // The request may have taken effect before the fault, so keep the key blocked until its lease ends.
        Err(_) => return,
    };
    if let Err(error) = settled {
        tracing::error!(%error, "could not settle an idempotency key; retries are refused until its lease ends");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        read(&HeaderValue::from_str(text).unwrap())
    }

    // SECURITY.md, requirement 69
    #[test]
    fn a_key_is_a_string_with_or_without_quotation_marks() {
        for text in ["\"8e03978e-40d5\"", "8e03978e-40d5", " \"8e03978e-40d5\" "] {
            assert_eq!(key(text).as_deref(), Some("8e03978e-40d5"));
        }
        assert_eq!(key(&"x".repeat(255)).map(|key| key.len()), Some(255));
        for text in ["", "\"\"", "\"", "\"open", "a b", "\"a\"; x=1", "\"a\", \"b\"", "a\\b", &"x".repeat(256)] {
            assert_eq!(key(text), None, "{text}");
        }
        assert_eq!(read(&HeaderValue::from_bytes(b"\xff").unwrap()), None);
    }
}
