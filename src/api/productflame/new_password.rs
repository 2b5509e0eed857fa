//! `POST /v1/auth/new-password`: sets a new password with a request ID or an access token.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::answer::{Refusal, ok};
use super::reset_password::secret_key;
use crate::admin::BUSY_RETRY_AFTER;
use crate::api::ApiState;
use crate::api::body::{members, octets};
use crate::model::{AccessToken, ActivationId, Caller, NewPassword, Scope};
use crate::reset::{CompleteError, first_reason};

/// The same answer for an ID that is unknown, expired or used, or whose link nobody has opened yet.
const DEAD: Refusal = Refusal::BadRequest(
    "The request id is unknown, expired or used, or the person has not opened the link yet. Send the access_token \
     that the link brings, or a request id of a key with the scope resets:return_link.",
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    request_id: String,
    new_password: String,
}

pub(super) async fn new_password(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let key = secret_key(&state, &headers, Scope::ResetsComplete).await?;
    let given: Given = members(&octets(&headers, "application/json", body).await?)?;
    let password = NewPassword::parse(given.new_password);
    let password = password.map_err(|_| Refusal::BadRequest("newPassword must have 1 to 1024 octets."))?;
    let caller = caller.of_client(key.client());
    // An access token sets the password directly. A request ID does so only if it was returned to a key with
    // `resets:return_link`.
    let outcome = match (AccessToken::parse(&given.request_id), ActivationId::parse(&given.request_id)) {
        (Ok(token), _) => state.reset.complete(&token.hash(), password, &caller).await,
        (Err(_), Ok(id)) => state.reset.complete_by_activation(&id, password, &caller).await,
        (Err(_), Err(_)) => Err(CompleteError::TokenDead),
    };
    match outcome {
        Ok(()) => Ok(ok()),
        Err(CompleteError::TokenDead) => Err(DEAD),
        Err(CompleteError::PasswordRejected(violations)) => Err(Refusal::BadRequest(first_reason(&violations))),
        Err(CompleteError::Busy) => Err(Refusal::UnknownError(Some(BUSY_RETRY_AFTER))),
        Err(CompleteError::Fault(fault)) => Err(Refusal::fault(&fault)),
    }
}
