//! One signed call to the operator's endpoint, and its signed answer.
//!
//! Both directions have the headers of Standard Webhooks. An answer counts only if it was signed with one of our secrets
//! for the id of this call, within five minutes: nobody between the two can make one, change one, or keep one for
//! another call. What is not signed, such as the page of a proxy, says only that there was no answer.
//!
//! A second try has the same id, by which the app recognises it, and a time of its own.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::config::{HttpDirectory, SigningSecret};
use crate::http_client::{
    Guard, Lookup, NotPublic, TOLERANCE, Unsigned, check_signature, guarded_http_client, is_not_public, sign,
};
use crate::model::Timestamp;
use crate::store::StoreError;

/// How long one try may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The first try and one more.
const TRIES: u32 = 2;

/// How long an app may work on a call after it has checked the signature.
const WORK: Duration = Duration::from_secs(60);

/// The maximum number of octets of an answer.
const MAX_ANSWER: usize = 64 * 1024;

/// Holds every call without growing, so that no copy of a password is left in memory.
const CAPACITY: usize = 16 * 1024;

/// Calls the endpoint.
pub(super) struct Endpoint {
    client: Client,
    guard: Guard,
    url: Url,
    secrets: Vec<SigningSecret>,
    clock: Clock,
}

/// There is no answer that counts.
#[derive(Debug)]
pub(super) struct Unanswered {
    reason: String,
    /// The same call may succeed a few seconds later.
    passes: bool,
    /// Whether the app may have received the call all the same.
    pub(super) may_have_arrived: bool,
}

impl From<Unanswered> for StoreError {
    fn from(error: Unanswered) -> Self {
        Self::of_endpoint(error.reason, error.passes)
    }
}

impl Endpoint {
    pub(super) fn new(config: &HttpDirectory, clock: Clock) -> Result<Self, reqwest::Error> {
        let guard = Guard { lookup: Lookup::System, allowed_networks: config.allowed_networks.clone() };
        let client = guarded_http_client(guard.clone(), TIMEOUT)?;
        Ok(Self { client, guard, url: config.url.clone(), secrets: config.secrets.clone(), clock })
    }

    /// Makes a call under a name that nobody else has.
    pub(super) async fn call<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, StoreError> {
        let id = new_id()?;
        Ok(self.call_as(&id, path, body).await?.answer)
    }

    /// Makes a call under that name.
    pub(super) async fn call_as<T: DeserializeOwned>(
        &self,
        id: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Answered<T>, Unanswered> {
        let url = self.url_of(path);
        let mut octets = Zeroizing::new(Vec::with_capacity(CAPACITY));
        serde_json::to_writer(&mut *octets, body).map_err(|_| Unanswered::before("the call cannot be written"))?;
        let body = Bytes::from_owner(octets);
        let mut may_have_arrived = false;
        for attempt in 1..=TRIES {
            match self.attempt(id, &url, body.clone()).await {
                Ok(answer) => return Ok(Answered { answer, is_first_try: attempt == 1 }),
                Err(error) => {
                    may_have_arrived |= error.may_have_arrived;
                    if !error.passes || attempt == TRIES {
                        return Err(Unanswered { may_have_arrived, ..error });
                    }
                }
            }
        }
        Err(Unanswered::before("nothing was tried"))
    }

    async fn attempt<T: DeserializeOwned>(&self, id: &str, url: &Url, body: Bytes) -> Result<T, Unanswered> {
        self.guard.check_literal(url).map_err(|NotPublic| Unanswered::before(NOT_PUBLIC))?;
        let request = self.client.post(url.clone()).header(CONTENT_TYPE, "application/json");
        let request = sign(request, &self.secrets, id, self.clock.now(), body);
        let response = request.send().await.map_err(|error| Unanswered::of(&error))?;
        if response.status() != StatusCode::OK {
            return Err(Unanswered::of_status(response.status()));
        }
        let headers = response.headers().clone();
        let body = read(response).await?;
        check_signature(&headers, &self.secrets, id, self.clock.now(), &body).map_err(Unanswered::unsigned)?;
        serde_json::from_slice(&body).map_err(|error| Unanswered::unreadable(&error))
    }

    /// Whether a call that was made first at that time can no longer reach the app, or cannot be accepted by it any
    /// more. The app refuses it by its timestamp once that is five minutes old by the app's clock, which may be five
    /// minutes behind ours, and gives up on it a minute later.
    pub(super) fn is_over(&self, made_at: Timestamp) -> bool {
        let last_try = made_at.after(TIMEOUT * TRIES);
        last_try.after(TOLERANCE * 2).after(WORK) < self.clock.now()
    }

    fn url_of(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        url
    }
}

/// An answer that counts.
pub(super) struct Answered<T> {
    pub(super) answer: T,
    /// Nobody has heard of the call before.
    pub(super) is_first_try: bool,
}

/// A new name for a call.
pub(super) fn new_id() -> Result<String, getrandom::Error> {
    Ok(format!("call_{}", crate::model::random_text::<18>()?))
}

async fn read(mut response: Response) -> Result<Vec<u8>, Unanswered> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Unanswered::of(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Unanswered::after("its answer is longer than 64 KiB", false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

const NOT_PUBLIC: &str = "directory.url leads to an address that is not public. Check the DNS entry of its host. If it is \
                          right, add its network to directory.allowed_networks";

impl Unanswered {
    /// Nothing has left this machine.
    fn before(reason: &str) -> Self {
        Self { reason: reason.to_owned(), passes: true, may_have_arrived: false }
    }

    fn after(reason: impl Into<String>, passes: bool) -> Self {
        Self { reason: reason.into(), passes, may_have_arrived: true }
    }

    /// Only the kind of the error is reported, because the library's message may contain the URL.
    fn of(error: &reqwest::Error) -> Self {
        if is_not_public(error) {
            Self::before(NOT_PUBLIC)
        } else if error.is_connect() {
            Self::before(
                "the endpoint of directory.url cannot be reached: check its host, its port and its certificate",
            )
        } else if error.is_timeout() {
            Self::after("the endpoint of directory.url does not answer within five seconds", true)
        } else {
            Self::after("the connection to the endpoint of directory.url broke off before it answered", true)
        }
    }

    fn of_status(status: StatusCode) -> Self {
        let fix = match status.as_u16() {
            300..=399 => "directory.url redirects: set it to the URL that it redirects to",
            401 | 403 => "it rejected the signature: give it a key from directory.secrets, and check both clocks",
            404 | 405 => "nothing accepts calls there: check the path of directory.url",
            408 | 425 | 429 | 500..600 => "it failed to process the call: check its log",
            _ => "it must answer 200: check its log",
        };
        let passes = matches!(status.as_u16(), 408 | 425 | 429 | 500..600);
        Self::after(format!("the endpoint of directory.url answered {}: {fix}", status.as_u16()), passes)
    }

    fn unsigned(reason: Unsigned) -> Self {
        Self::after(format!("the answer of the endpoint of directory.url does not count: {reason}"), false)
    }

    /// The library's message may quote the answer.
    fn unreadable(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let reason = format!(
            "the answer of the endpoint of directory.url is not as docs/directory-http.md says (line {line}, column {column})"
        );
        Self::after(reason, false)
    }
}
