//! Checks forms strictly before a server function reads them: the right content type, UTF-8, no duplicate and no
//! nested fields. A server function that can't read its form would answer with a redirect; this answers with the
//! actual error (SECURITY.md, requirements 5, 27 and 56).

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::only;
use crate::api::LayerFault;
use crate::app::ACTIONS;
use crate::model::is_in_utf8;
use crate::server::BODY_LIMIT;
use crate::server::workarounds::server_fn::has_plain_fields;

pub(in crate::server) async fn forms(request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !request.uri().path().starts_with(ACTIONS) {
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
    if !has_plain_fields(&body) {
        return LayerFault::Malformed.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}
