//! What the cookie of a person who waits contains.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub(super) const COOKIE: &str = "__Host-keyback-moment";

/// The request for which a person is waiting.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Moment {
    pub(super) typed: String,
    pub(super) redirect_url: Option<String>,
    /// `Some` for "send a new code": the channel, or empty for the usual one.
    pub(super) resend: Option<String>,
    #[serde(default)]
    pub(super) ticket: String,
    /// How often the request was refused although the ticket could be used.
    #[serde(default)]
    pub(super) tries: u32,
}

impl Moment {
    /// For the form on the first page.
    pub fn of_request(typed: &str, redirect_url: Option<&str>) -> Self {
        Self { typed: typed.to_owned(), redirect_url: redirect_url.map(str::to_owned), ..Self::default() }
    }

    /// For "send a new code".
    pub fn of_resend(typed: &str, channel: &str) -> Self {
        Self { typed: typed.to_owned(), resend: Some(channel.to_owned()), ..Self::default() }
    }

    /// Reads the cookie. If there are two, one of them was planted, so both are ignored.
    pub fn in_headers(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut ours = pairs.filter(|(name, _)| *name == COOKIE);
        let (_, text) = ours.next()?;
        let json = URL_SAFE_NO_PAD.decode(text).ok()?;
        ours.next().is_none().then(|| serde_json::from_slice(&json).ok())?
    }
}
