//! One request to a provider, and its answer.
//!
//! This decides whether a message may have been sent although no answer came: a request that never left can be repeated
//! safely, while repeating one that was sent and not answered may send a second message.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use crate::clock::Clock;
use crate::delivery::retry_after::retry_after;
use crate::delivery::send_error::{Refusal, SendError};

/// How long one request may take, including its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many octets of an answer are read; the rest is ignored.
const ANSWER_SIZE: usize = 64 * 1024;

/// The provider that requests go to.
#[derive(Clone)]
pub struct Gateway {
    /// Its name in reasons, for people.
    pub(super) name: &'static str,
    pub(super) client: reqwest::Client,
    pub(super) clock: Clock,
}

/// The provider's answer.
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
    /// A form post with basic authentication (RFC 7617).
    pub(super) fn post_form(&self, url: String, name: &str, secret: &str, form: String) -> reqwest::RequestBuilder {
        let request = self.client.post(url).basic_auth(name, Some(secret));
        request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)
    }

    /// Sends a request and reads the answer, whatever its status.
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
                // The status is enough to know that it failed.
                Err(_) if !answer.is_success() => return Ok(answer),
                Err(error) => return Err(self.judge(&error)),
            }
        }
    }

    /// Only the kind of error is reported: the library's message may contain the URL, and with it the account.
    fn judge(&self, error: &reqwest::Error) -> Refusal {
        let name = self.name;
        let (error, hint) = if error.is_builder() {
            (SendError::Permanent(format!("the request to {name} cannot be made")), None)
        } else if error.is_connect() {
            let hint = "Check the URL, DNS, and whether a firewall blocks this machine";
            (SendError::Unreached(format!("{name} cannot be reached")), Some(hint))
        } else if error.is_timeout() {
            let hint = "The message may have been sent. Check the network between this machine and the provider";
            (SendError::Unanswered(format!("{name} does not answer in time")), Some(hint))
        } else {
            (SendError::Unanswered(format!("the connection to {name} broke off before it answered")), None)
        };
        Refusal { error, hint }
    }
}
