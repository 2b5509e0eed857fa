//! Dispatches Cognito calls. All of them are POSTs to the same path; a header names the operation.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::ACCESS_CONTROL_REQUEST_HEADERS;
use axum::http::{HeaderMap, Method, Request};
use axum::response::Response;

use super::answer::{MEDIA_TYPE, Refusal};
use super::confirm_forgot_password::confirm_forgot_password;
use super::forgot_password::forgot_password;
use super::request::Given;
use crate::api::ApiState;
use crate::api::body::{members, octets};
use crate::model::Caller;

const TARGET: &str = "x-amz-target";

enum Operation {
    ForgotPassword,
    ConfirmForgotPassword,
}

/// Whether a request is a call of this protocol, whatever its path: it names an operation, or it is the preflight
/// request for such a call.
pub(in crate::api) fn is_spoken<B>(request: &Request<B>) -> bool {
    let names = |list: &str| list.split(',').any(|name| name.trim().eq_ignore_ascii_case(TARGET));
    let headers = request.headers();
    match *request.method() {
        Method::POST => headers.contains_key(TARGET),
        Method::OPTIONS => {
            headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().any(|asked_for| asked_for.to_str().is_ok_and(names))
        }
        _ => false,
    }
}

pub(super) async fn call(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let operation = named(&headers).ok_or(Refusal::UnknownOperation)?;
    let given: Given = members(&octets(&headers, MEDIA_TYPE, body).await?)?;
    match operation {
        Operation::ForgotPassword => forgot_password(&state, caller, &headers, given).await,
        Operation::ConfirmForgotPassword => confirm_forgot_password(&state, caller, &headers, given).await,
    }
}

fn named(headers: &HeaderMap) -> Option<Operation> {
    let mut targets = headers.get_all(TARGET).iter();
    let (target, None) = (targets.next()?, targets.next()) else { return None };
    match target.to_str().ok()?.strip_prefix("AWSCognitoIdentityProviderService.")? {
        "ForgotPassword" => Some(Operation::ForgotPassword),
        "ConfirmForgotPassword" => Some(Operation::ConfirmForgotPassword),
        _ => None,
    }
}
