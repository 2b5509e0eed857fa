//! The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent again, because
//! nobody knows whether the first one arrived, is done once. Used by the operations that make something.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use crate::admin::{Claim, Idempotency, KeySummary, Lease};
use crate::api::{ApiState, Problem};
use crate::model::{Caller, KeyKind};

/// What the document says of the header.
pub(super) const TOLD: &str = "A random string of your own, at most 255 visible ASCII characters, which makes it safe \
    to send the same request again: for 24 hours the answer is that of the first, and nothing is done twice.";

/// The key of a request; `None`: it names none.
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
    /// Everybody can read a publishable key: there, what one caller has begun is not another one's answer.
    pub(super) fn of(self, key: &KeySummary, caller: &Caller) -> Self {
        match key.kind {
            KeyKind::Secret => self,
            KeyKind::Publishable => Self(self.0.map(|text| format!("{} {text}", caller.network()))),
        }
    }
}

/// A string of the structured fields (RFC 9651), as the draft has it, or the same characters without quotation marks,
/// as most programs send it.
fn read(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    let key = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    (is_plain && (1..=255).contains(&key.len())).then(|| key.to_owned())
}

/// Does `act` unless the same was done for that key of `client` before, and gives the answer of that. Only what went
/// well is kept. `request` is what makes it another one.
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
        tracing::error!(%error, "an idempotency key cannot be claimed");
        Problem::fault(error.is_unavailable())
    })?;
    let lease = match claim {
        Claim::First(lease) => lease,
        Claim::InProgress => return Err(Problem::RequestInProgress),
        Claim::OtherRequest => return Err(Problem::IdempotencyKeyReused),
        Claim::Answered(answer) => {
            return serde_json::from_str(&answer).map_err(|error| {
                tracing::error!(%error, "an answer that was kept cannot be read");
                Problem::Internal
            });
        }
    };
    // Who hangs up and comes again finds the answer: what has begun goes on, whoever listens.
    let idempotency = state.idempotency.clone();
    let act = async move {
        let outcome = act.await;
        settle(&idempotency, &lease, &outcome).await;
        outcome
    };
    tokio::spawn(act.in_current_span()).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request with an idempotency key did not end");
        Err(Problem::Internal)
    })
}

async fn settle<T: Serialize>(idempotency: &Idempotency, lease: &Lease, outcome: &Result<T, Problem>) {
    let settled = match outcome.as_ref().map(serde_json::to_string) {
        Ok(Ok(answer)) => idempotency.keep(lease, &answer).await,
        Ok(Err(error)) => return tracing::error!(%error, "an answer cannot be kept"),
        Err(problem) if problem.status().is_client_error() || matches!(problem, Problem::Busy { .. }) => {
            idempotency.release(lease).await
        }
        // It may have been done, and the fault came after: nobody does it again before the lease is over.
        Err(_) => return,
    };
    if let Err(error) = settled {
        tracing::error!(%error, "an idempotency key is blocked until its lease ends");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        read(&HeaderValue::from_str(text).unwrap())
    }

    // security.md row 69
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
