//! Signs requests to the operator's own servers with the three headers of Standard Webhooks, which existing libraries
//! can check, and checks the same headers of an answer.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use reqwest::{Body, RequestBuilder};
use sha2::Sha256;

use crate::config::SigningSecret;
use crate::model::Timestamp;

/// How far the two clocks may be apart, and how old a signature may be.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// Adds the body and one signature per secret. A receiver needs only one of the secrets, so they can be rotated without
/// a gap.
pub fn sign(
    request: RequestBuilder,
    secrets: &[SigningSecret],
    id: &str,
    now: Timestamp,
    body: impl AsRef<[u8]> + Into<Body>,
) -> RequestBuilder {
    let timestamp = seconds(now);
    let sealed =
        |secret| format!("v1,{}", STANDARD.encode(seal(secret, id, timestamp, body.as_ref()).finalize().into_bytes()));
    let signatures: Vec<String> = secrets.iter().map(sealed).collect();
    request.header(ID, id).header(TIMESTAMP, timestamp).header(SIGNATURE, signatures.join(" ")).body(body)
}

/// Why an answer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// A header is missing or cannot be read.
    #[error("it has no signature")]
    Absent,
    /// It was made for another request.
    #[error("its webhook-id is not that of the request")]
    OfAnotherRequest,
    /// It is too old, or the clocks differ.
    #[error("its webhook-timestamp is more than five minutes off: check both clocks")]
    OutOfTime,
    /// No secret of ours made it.
    #[error("its signature is of another secret or another body")]
    Wrong,
}

/// Checks that whoever knows one of the secrets wrote `body` as the answer to the request with that id.
///
/// # Errors
/// See [`Unsigned`].
pub fn check_signature(
    headers: &HeaderMap,
    secrets: &[SigningSecret],
    id: &str,
    now: Timestamp,
    body: &[u8],
) -> Result<(), Unsigned> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Unsigned::Absent);
    let (answered, signatures) = (header(ID)?, header(SIGNATURE)?);
    let timestamp: i64 = header(TIMESTAMP)?.parse().map_err(|_| Unsigned::Absent)?;
    if answered != id {
        return Err(Unsigned::OfAnotherRequest);
    }
    if seconds(now).abs_diff(timestamp) > TOLERANCE.as_secs() {
        return Err(Unsigned::OutOfTime);
    }
    let given = signatures.split(' ').filter_map(|text| STANDARD.decode(text.strip_prefix("v1,")?).ok());
    let is_ours =
        |given: Vec<u8>| secrets.iter().any(|secret| seal(secret, id, timestamp, body).verify_slice(&given).is_ok());
    if given.take(MOST_SIGNATURES).any(is_ours) { Ok(()) } else { Err(Unsigned::Wrong) }
}

/// How many signatures of an answer are looked at.
const MOST_SIGNATURES: usize = 8;

fn seconds(now: Timestamp) -> i64 {
    now.millis().div_euclid(1000)
}

fn seal(secret: &SigningSecret, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new(secret.block().into());
    for part in [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}
