//! The Amazon Cognito protocol, as far as a forgotten password goes; the README beside this file is its contract.
//! Mounted by `api`.

mod answer;
mod confirm_forgot_password;
mod forgot_password;
mod operation;
mod request;

use axum::Router;
use axum::http::Method;
use axum::routing::post;

use super::cors::cors;
use super::{ApiState, Problem};

pub(super) use answer::draw;
pub(super) use operation::is_spoken;

/// Where the clients look for the number of their request.
pub(super) const REQUEST_ID: &str = "x-amzn-requestid";

/// What the clients send beside the content type: Amazon's own for JavaScript, and `amazon-cognito-identity-js`.
const SENT: [&str; 5] =
    ["amz-sdk-invocation-id", "amz-sdk-request", "cache-control", "x-amz-target", "x-amz-user-agent"];

const READ: [&str; 2] = [REQUEST_ID, answer::ERROR_TYPE];

/// The door at these paths.
pub(super) fn at(paths: &[&str], state: ApiState) -> Router {
    let door = paths.iter().fold(Router::new(), |door, path| door.route(path, post(operation::call)));
    door.method_not_allowed_fallback(|| async { draw(Problem::MethodNotAllowed) })
        .layer(cors(&state, &[Method::POST], SENT, READ))
        .with_state(state)
}
