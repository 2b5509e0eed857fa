//! The password-reset part of the Amazon Cognito protocol. The contract is the README in this folder.

mod answer;
mod confirm_forgot_password;
mod forgot_password;
mod operation;
mod request;

use axum::Router;
use axum::http::Method;
use axum::routing::post;

use super::cors::cors;
use super::{ApiState, LayerFault};

pub(super) use answer::draw;
pub(super) use operation::is_spoken;

/// The response header in which clients expect the request ID.
pub(super) const REQUEST_ID: &str = "x-amzn-requestid";

/// Headers that Amazon's JavaScript SDK and `amazon-cognito-identity-js` send in addition to the content type.
const SENT: [&str; 5] =
    ["amz-sdk-invocation-id", "amz-sdk-request", "cache-control", "x-amz-target", "x-amz-user-agent"];

const READ: [&str; 2] = [REQUEST_ID, answer::ERROR_TYPE];

/// The routes of the protocol, at these paths.
pub(super) fn at(paths: &[&str], state: ApiState) -> Router {
    let door = paths.iter().fold(Router::new(), |door, path| door.route(path, post(operation::call)));
    door.method_not_allowed_fallback(|| async { draw(LayerFault::MethodNotAllowed) })
        .layer(cors(&state, &[Method::POST], SENT, READ))
        .with_state(state)
}
