//! One request to a provider and its answer. Called by each provider.
//!
//! Whether a message may have gone although nobody said so is decided here: a request that never left
//! can be repeated without harm, one that was sent and not answered may bring a second message.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};

use super::refusal::Refusal;
use crate::clock::Clock;
use crate::delivery::send_error::SendError;
use crate::model::Timestamp;

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
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after =
            retry_after.and_then(|value| value.to_str().ok()).and_then(|text| wait(text, self.clock.now()));
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
            (SendError::transient(format!("{name} cannot be reached")), Some(hint))
        } else if error.is_timeout() {
            let hint = "The message may have gone. Look at what stands between this machine and the provider";
            (SendError::Unanswered(format!("{name} does not answer in time")), Some(hint))
        } else {
            (SendError::Unanswered(format!("the connection to {name} broke off before it answered")), None)
        };
        Refusal { error, hint }
    }
}

/// `Retry-After` is a number of seconds or a date (RFC 9110 §10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Timestamp::from_millis(date.as_millisecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_to_come_back_is_said_in_seconds_or_as_a_date() {
        // 2026-11-22 14:03:00 UTC, a Sunday.
        let now = Timestamp::from_millis(1_795_356_180_000);
        let seconds = |text: &str| wait(text, now).map(|duration| duration.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 22 Nov 2026 14:05:30 GMT"), Some(150));
        assert_eq!(seconds("Sun, 22 Nov 2026 14:00:00 GMT"), Some(0));
        for text in ["", "-1", "soon", "1.5", "99999999999999999999999"] {
            assert_eq!(seconds(text), None, "{text:?}");
        }
    }
}
