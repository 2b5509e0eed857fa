//! Which browsers may read our answers to programs: those of the configured origins and of the keys' own
//! (security.md row 70). A preflight request names no key, so it is answered for the origins of all of them; the
//! call itself is held to the origins of its key (`key.rs`).

use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::ApiState;

/// How long a browser may keep the answer to a preflight request.
const MAX_AGE: Duration = Duration::from_secs(600);

/// For one dialect: the methods and the headers that its clients send, and the headers that they read.
pub(super) fn cors<const SENT: usize, const READ: usize>(
    state: &ApiState,
    methods: &[Method],
    sent: [&'static str; SENT],
    read: [&'static str; READ],
) -> CorsLayer {
    let state = state.clone();
    let allowed = AllowOrigin::async_predicate(move |origin, request| {
        // Browsers never name two.
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
