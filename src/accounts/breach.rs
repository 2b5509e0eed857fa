//! Asks the range API of Have I Been Pwned whether a password has leaked. Only five characters of its SHA-1 leave the
//! server, and padding hides which list came back. If the API does not answer, the password is accepted and a warning
//! is logged.

use sha1::{Digest, Sha1};
use url::Url;

use crate::model::NewPassword;

/// A list of leaked passwords behind a range API.
#[derive(Clone)]
pub struct BreachList {
    client: reqwest::Client,
    url: Url,
}

impl BreachList {
    /// `url` must end with a slash, after which the five characters are appended.
    pub fn new(client: reqwest::Client, url: Url) -> Self {
        Self { client, url }
    }

    /// Whether the password is on the list. `false` if the API does not answer.
    pub async fn contains(&self, password: &NewPassword) -> bool {
        let digest = Sha1::digest(password.expose().as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        let (prefix, suffix) = digest.split_at(5);
        match self.range(prefix).await {
            Ok(range) => holds(&range, suffix),
            Err(error) => {
                tracing::warn!(
                    error = %error.without_url(),
                    "the list of leaked passwords does not answer; accepting the password unchecked"
                );
                false
            }
        }
    }

    async fn range(&self, prefix: &str) -> Result<String, reqwest::Error> {
        let url = format!("{}{prefix}", self.url);
        self.client.get(url).header("Add-Padding", "true").send().await?.error_for_status()?.text().await
    }
}

/// Lines are `SUFFIX:COUNT`. Padding has the count 0.
fn holds(range: &str, suffix: &str) -> bool {
    range.lines().filter_map(|line| line.trim().split_once(':')).any(|(candidate, count)| {
        candidate.eq_ignore_ascii_case(suffix) && count.trim().parse::<u64>().is_ok_and(|count| count > 0)
    })
}
