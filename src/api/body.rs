//! Reads JSON bodies strictly: the right content type, UTF-8, no duplicate members. Each dialect turns a
//! [`BodyFault`] into its own error.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::model::is_in_utf8;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// The `Content-Type` names another media type.
    UnsupportedMediaType,
    /// It is larger than the server accepts.
    TooLarge,
    /// It isn't JSON, isn't UTF-8, has a duplicate member or is cut off.
    Malformed,
    /// It is JSON, but a member is missing, has the wrong type or, where that matters, is unknown.
    WrongMembers,
}

/// Reads a body of the given media type.
pub(super) async fn octets(headers: &HeaderMap, media_type: &str, body: Body) -> Result<Bytes, BodyFault> {
    if !is_of(headers, media_type) {
        return Err(BodyFault::UnsupportedMediaType);
    }
    whole(body).await
}

/// Like [`octets`], for calls with an optional body. `None` means that there is no body; its content type is then
/// not checked.
pub(super) async fn octets_if_any(
    headers: &HeaderMap,
    media_type: &str,
    body: Body,
) -> Result<Option<Bytes>, BodyFault> {
    let octets = whole(body).await?;
    if octets.is_empty() {
        Ok(None)
    } else if is_of(headers, media_type) {
        Ok(Some(octets))
    } else {
        Err(BodyFault::UnsupportedMediaType)
    }
}

fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    value.to_str().is_ok_and(|content_type| is_in_utf8(content_type, media_type))
}

async fn whole(body: Body) -> Result<Bytes, BodyFault> {
    Bytes::from_request(Request::new(body), &()).await.map_err(|rejection| {
        let is_too_large = rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
        if is_too_large { BodyFault::TooLarge } else { BodyFault::Malformed }
    })
}

/// Reads the members into `T`. serde rejects duplicate members, so we never choose between two. We reject arrays,
/// because serde would fill a struct from one by position.
pub(super) fn members<T: DeserializeOwned>(octets: &[u8]) -> Result<T, BodyFault> {
    if octets.trim_ascii_start().first() == Some(&b'[') {
        return Err(BodyFault::WrongMembers);
    }
    serde_json::from_slice(octets).map_err(|error| {
        if error.is_data() && !error.to_string().starts_with("duplicate field") {
            BodyFault::WrongMembers
        } else {
            BodyFault::Malformed
        }
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{BodyFault, members};

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Asked {
        email: String,
    }

    // SECURITY.md, requirement 5
    #[test]
    fn an_object_is_read_and_a_list_in_its_place_is_not() {
        assert_eq!(members(br#" {"email":"a"}"#), Ok(Asked { email: "a".to_owned() }));
        assert_eq!(members::<Asked>(br#" ["a"]"#), Err(BodyFault::WrongMembers));
        assert_eq!(members::<Asked>(br#"{"email":"a","email":"b"}"#), Err(BodyFault::Malformed));
        assert_eq!(members::<Asked>(br#"{"email":["a"]}"#), Err(BodyFault::WrongMembers));
    }
}
