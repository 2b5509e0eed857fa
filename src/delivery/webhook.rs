//! Sends an event to the operator's app as one signed `POST` (Standard Webhooks).
//!
//! Only the status and `Retry-After` of an answer are read. Everything but "gone" is retried: the app recognises events
//! it has already received by their id.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::retry_after::retry_after;
use super::send_error::{Refusal, SendError};
use crate::clock::Clock;
use crate::config::{SigningSecret, WebhookConfig};
use crate::http_client::{Guard, Lookup, NotPublic, guarded_http_client, is_not_public, sign};

/// How long an app may take to accept an event.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The client for one endpoint.
#[derive(Clone)]
pub struct WebhookTransport {
    client: reqwest::Client,
    guard: Guard,
    url: Url,
    secrets: Vec<SigningSecret>,
    clock: Clock,
}

impl WebhookTransport {
    /// Sets the transport up without connecting.
    ///
    /// # Errors
    /// When the system's trust store cannot be read.
    pub fn new(config: &WebhookConfig, clock: Clock) -> Result<Self, reqwest::Error> {
        Self::with_lookup(config, clock, Lookup::System)
    }

    /// Sets the transport up with another source of addresses.
    ///
    /// # Errors
    /// Like [`WebhookTransport::new`].
    pub fn with_lookup(config: &WebhookConfig, clock: Clock, lookup: Lookup) -> Result<Self, reqwest::Error> {
        let guard = Guard { lookup, allowed_networks: config.allowed_networks.clone() };
        Ok(Self {
            client: guarded_http_client(guard.clone(), TIMEOUT)?,
            guard,
            url: config.url.clone(),
            secrets: config.secrets.clone(),
            clock,
        })
    }

    /// Sends one event. Every try sends the same id.
    ///
    /// # Errors
    /// [`SendError::Permanent`] if the endpoint answers that it is gone, else [`SendError::Transient`].
    pub async fn send(&self, id: &str, payload: &str) -> Result<(), SendError> {
        self.try_out(id, payload).await.map_err(|refusal| refusal.error)
    }

    /// Sends one event and, if the endpoint rejects it, says how to fix that, for `keyback check`.
    ///
    /// # Errors
    /// Like [`WebhookTransport::send`], with the fix.
    pub async fn try_out(&self, id: &str, payload: &str) -> Result<(), Refusal> {
        self.guard.check_literal(&self.url).map_err(|NotPublic| not_public())?;
        let request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        let request = sign(request, &self.secrets, id, self.clock.now(), payload.to_owned());
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        if response.status().is_success() {
            return Ok(());
        }
        let status = response.status().as_u16();
        let reason = format!("the webhook endpoint answered {status}");
        let error = match status {
            410 => SendError::Permanent(reason),
            _ => SendError::Transient { reason, retry_after: retry_after(response.headers(), self.clock.now()) },
        };
        Err(Refusal { error, hint: Some(fix(status)) })
    }
}

/// There was no answer. Only its kind is reported, because the library's message may contain the URL.
fn unanswered(error: &reqwest::Error) -> Refusal {
    if is_not_public(error) {
        return not_public();
    }
    let (reason, hint) = if error.is_dns() {
        ("no address is found for the host of webhooks.url", "Check its spelling, and DNS on this machine")
    } else if error.is_connect() {
        let hint = "Check its port and its certificate, and whether a firewall blocks this machine";
        ("the webhook endpoint cannot be reached", hint)
    } else if error.is_timeout() {
        ("the webhook endpoint does not answer in time", "It must accept an event first and process it afterwards")
    } else {
        ("the connection to the webhook endpoint broke off before it answered", OUT_OF_ORDER)
    };
    Refusal { error: SendError::transient(reason), hint: Some(hint) }
}

fn not_public() -> Refusal {
    let hint = "Check the DNS entry of its host. If it is right, add its network to webhooks.allowed_networks";
    Refusal { error: SendError::transient("webhooks.url leads to an address that is not public"), hint: Some(hint) }
}

const OUT_OF_ORDER: &str = "It failed to process the event: check its log";

/// What the operator can do about a status (RFC 9110 §15).
fn fix(status: u16) -> &'static str {
    match status {
        300..400 => "webhooks.url redirects: set it to the URL that it redirects to",
        401 | 403 => "It rejected the signature: give it a key from webhooks.secrets, and check both clocks",
        404 | 405 => "Nothing accepts events at webhooks.url: check its path",
        410 => "It no longer accepts events: remove webhooks.url, or set another endpoint",
        408 | 425 | 429 | 503 => "It is too busy: try again later",
        400..500 => "It rejected this event: check its log. It should answer 204 to events that it does not know",
        _ => OUT_OF_ORDER,
    }
}
