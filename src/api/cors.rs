//! CORS for the APIs: allows the configured origins and those of the keys (SECURITY.md, requirement 70). A preflight request
//! names no key, so it is checked against the origins of all keys; the call itself is checked against the origins
//! of its own key (`key.rs`).

use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::ApiState;

/// How long a browser may cache the answer to a preflight request.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The CORS layer of one dialect, with the methods and headers that its clients send and the headers that they read.
pub(super) fn cors<const SENT: usize, const READ: usize>(
    state: &ApiState,
    methods: &[Method],
    sent: [&'static str; SENT],
    read: [&'static str; READ],
) -> CorsLayer {
    let state = state.clone();
    let allowed = AllowOrigin::async_predicate(move |origin, request| {
        // Browsers send exactly one `Origin`.
        let is_doubled = request.headers.get_all(header::ORIGIN).iter().nth(1).is_some();
        async move {
            let Some(origin) = origin.to_str().ok().filter(|_| !is_doubled) else { return false };
            state.allows_any_key_from(origin) || state.keys.some_key_allows(origin).await
        }
    });
    let mut sent: Vec<HeaderName> = sent.into_iter().map(HeaderName::from_static).collect();
    sent.extend([header::AUTHORIZATION, header::CONTENT_TYPE]);
    let mut read: Vec<HeaderName> = read.into_iter().map(HeaderName::from_static).collect();
    read.push(header::RETRY_AFTER);
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(methods.to_vec())
        .allow_headers(sent)
        .expose_headers(read)
        .max_age(MAX_AGE)
}
