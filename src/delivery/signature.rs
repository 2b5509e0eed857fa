//! Tells the operator's own servers that a request is ours: the three headers of Standard Webhooks, so
//! that a ready-made library can check them. Called by the text-message gateway and by `webhook`.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use sha2::Sha256;

use crate::config::SigningSecret;
use crate::model::Timestamp;

/// Puts the body into the request, and a signature for each secret: whoever has one of them can check
/// it, so that a secret is exchanged without a gap.
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
