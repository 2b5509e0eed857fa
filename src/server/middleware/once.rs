//! Reads headers that must occur only once: with two, a proxy might use the first one and we the last.

use axum::http::HeaderMap;
use axum::http::header::AsHeaderName;

/// The header occurs more than once, or isn't text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubtful;

/// The value of a header; `None` if it is missing.
pub(super) fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&str>, Doubtful> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Doubtful),
        (Some(_), Some(_)) => Err(Doubtful),
    }
}
