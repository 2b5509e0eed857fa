//! A header that decides something must be there once: of two, one part of the way may go by the first and another
//! by the last.

use axum::http::HeaderMap;
use axum::http::header::AsHeaderName;

/// There is more than one, or one that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubtful;

/// The one value of a header; `None`: it is not there.
pub(super) fn only(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<&str>, Doubtful> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Doubtful),
        (Some(_), Some(_)) => Err(Doubtful),
    }
}
