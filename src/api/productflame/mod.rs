//! The Productflame protocol. The contract is the README in this folder.

mod answer;
mod new_password;
mod reset_password;

use axum::Router;
use axum::http::Method;
use axum::routing::post;

use super::cors::cors;
use super::{ApiState, LayerFault};

pub(super) use answer::draw;

pub(super) fn routes(state: ApiState) -> Router {
    let auth = Router::new()
        .route("/reset-password", post(reset_password::reset_password))
        .route("/new-password", post(new_password::new_password))
        .fallback(|| async { draw(LayerFault::NotFound) })
        .method_not_allowed_fallback(|| async { draw(LayerFault::MethodNotAllowed) })
        .layer(cors(&state, &[Method::POST], [], []))
        .with_state(state);
    Router::new().nest("/v1/auth", auth)
}
