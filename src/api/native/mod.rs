//! The native API under `/api/v1`; the README beside this file is its contract. Mounted by `api`.

mod authenticate;
mod caller_key;
mod identifier;
mod json;
mod resets;
mod timeline;

use axum::Router;
use axum::routing::{get, post};

use super::{ApiState, Problem};

pub(super) fn routes(state: ApiState) -> Router {
    Router::new().nest(
        "/api/v1",
        Router::new()
            .route("/accounts/authenticate", post(authenticate::authenticate))
            .route("/resets", post(resets::request))
            .route("/resets/verify", post(resets::verify_newest))
            .route("/resets/complete", post(resets::complete))
            .route("/resets/{id}", get(timeline::timeline))
            .route("/resets/{id}/verify", post(resets::verify))
            .fallback(|| async { Problem::NotFound })
            .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
            .with_state(state),
    )
}
