//! The cognito protocol; the README beside this file is its contract. Mounted by `api`.

use axum::Router;
use axum::response::{IntoResponse, Response};

use super::{ApiState, Problem};

pub(super) fn routes(_state: ApiState) -> Router {
    Router::new()
}

pub(super) fn draw(problem: Problem) -> Response {
    problem.into_response()
}
