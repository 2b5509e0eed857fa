//! Counts every request for the metrics, by its route pattern, so that callers can't create labels.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::telemetry::Metrics;

pub(in crate::server) async fn count_requests(
    State(metrics): State<Metrics>,
    request: Request,
    next: Next,
) -> Response {
    let method = known_method(&request);
    let route = route_of(&request);
    let begun = Instant::now();
    let response = next.run(request).await;
    metrics.request_answered(method, &route, response.status().as_u16(), begun.elapsed());
    response
}

/// The route pattern that the path matched, or `other` if it matched none.
pub(super) fn route_of(request: &Request) -> String {
    request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned()
}

/// A known method, or `other`: a client can send any word as the method.
pub(super) fn known_method(request: &Request) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
