//! Signs requests to the operator's own servers with the three headers of Standard Webhooks, which existing libraries
//! can check.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use sha2::Sha256;

use crate::config::SigningSecret;
use crate::model::Timestamp;

/// Adds the body and one signature per secret. A receiver needs only one of the secrets, so they can be rotated without
/// a gap.
pub(super) fn sign(
    request: RequestBuilder,
    secrets: &[SigningSecret],
    id: &str,
    now: Timestamp,
    body: String,
) -> RequestBuilder {
    let timestamp = now.millis().div_euclid(1000);
    let signed = format!("{id}.{timestamp}.{body}");
    let signatures: Vec<String> = secrets.iter().map(|secret| signature(secret, &signed)).collect();
    request
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signatures.join(" "))
        .body(body)
}

fn signature(secret: &SigningSecret, signed: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new(secret.block().into());
    mac.update(signed.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}
