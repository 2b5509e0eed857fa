//! One request to a provider and its answer. Called by each provider.
//!
//! Whether a message may have gone although nobody said so is decided here: a request that never left
//! can be repeated without harm, one that was sent and not answered may bring a second message.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use crate::clock::Clock;
use crate::delivery::retry_after::retry_after;
use crate::delivery::send_error::{Refusal, SendError};

/// How long one request may take, its answer included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Octets of an answer that are read; what goes over is left.
const ANSWER_SIZE: usize = 64 * 1024;

/// The other side of the requests.
#[derive(Clone)]
pub struct Gateway {
    /// For reasons, which people read.
    pub(super) name: &'static str,
    pub(super) client: reqwest::Client,
    pub(super) clock: Clock,
}

/// What came back.
pub(super) struct Answer {
    pub(super) name: &'static str,
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Gateway {
    /// A form for the account behind a name and a secret (RFC 7617).
    pub(super) fn post_form(&self, url: String, name: &str, secret: &str, form: String) -> reqwest::RequestBuilder {
        let request = self.client.post(url).basic_auth(name, Some(secret));
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
    }

    /// Sends the request and reads the answer, whatever its status.
    pub(super) async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Answer, Refusal> {
        let mut response = request.timeout(TIMEOUT).send().await.map_err(|error| self.judge(&error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers(), self.clock.now());
        let mut answer = Answer { name: self.name, status, retry_after, body: Vec::new() };
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if answer.body.len() + chunk.len() <= ANSWER_SIZE => {
                    answer.body.extend_from_slice(&chunk);
                }
                Ok(_) => return Ok(answer),
                // What is not well is known to be so by its status.
                Err(_) if !answer.is_success() => return Ok(answer),
                Err(error) => return Err(self.judge(&error)),
            }
        }
    }

    /// The library's words may hold the URL and with it the account: only the kind is told.
    fn judge(&self, error: &reqwest::Error) -> Refusal {
        let name = self.name;
        let (error, hint) = if error.is_builder() {
            (SendError::Permanent(format!("the request to {name} cannot be made")), None)
        } else if error.is_connect() {
            let hint = "Check the URL, DNS, and whether a firewall lets this machine out";
            (SendError::Unreached(format!("{name} cannot be reached")), Some(hint))
        } else if error.is_timeout() {
            let hint = "The message may have gone. Look at what stands between this machine and the provider";
            (SendError::Unanswered(format!("{name} does not answer in time")), Some(hint))
        } else {
            (SendError::Unanswered(format!("the connection to {name} broke off before it answered")), None)
        };
        Refusal { error, hint }
    }
}
