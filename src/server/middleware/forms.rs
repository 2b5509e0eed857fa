//! Checks forms strictly before a server function reads them: the right content type, UTF-8, no duplicate and no
//! nested fields. A server function that can't read its form would answer with a redirect; this answers with the
//! actual error (SECURITY.md, requirements 5, 27 and 56).

use std::collections::HashSet;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode;

use super::only;
use crate::api::LayerFault;
use crate::model::is_in_utf8;
use crate::server::BODY_LIMIT;

pub(in crate::server) async fn forms(request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !request.uri().path().starts_with("/actions/") {
        return next.run(request).await;
    }
    let content_type = only(request.headers(), header::CONTENT_TYPE).ok().flatten();
    if !content_type.is_some_and(|value| is_in_utf8(value, "application/x-www-form-urlencoded")) {
        return LayerFault::UnsupportedMediaType.into_response();
    }
    if request.uri().query().is_some() {
        return LayerFault::Malformed.into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else { return LayerFault::TooLarge.into_response() };
    if !is_plain(&body) {
        return LayerFault::Malformed.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Whether all names and values are UTF-8 and all names are plain words that occur once.
fn is_plain(body: &[u8]) -> bool {
    let mut seen = HashSet::new();
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).all(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        let name_is_plain = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_');
        name_is_plain && percent_decode(value).decode_utf8().is_ok() && seen.insert(name)
    })
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn doubled_nested_and_undecodable_fields_are_refused() {
        assert!(is_plain(b"email=a%40b.org&redirect_url="));
        assert!(is_plain(b""));
        for body in [
            "email=a&email=b",
            "email[]=a",
            "email%5B%5D=a",
            "email[$gt]=",
            "email=%ff",
            "email=%C3%28",
            "=a",
            "e%6dail=a&email=b",
        ] {
            assert!(!is_plain(body.as_bytes()), "{body}");
        }
    }
}
