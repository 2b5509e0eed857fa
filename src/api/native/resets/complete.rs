//! `POST /api/v1/resets/complete`: sets the new password with an access token.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::admin::BUSY_RETRY_AFTER;
use crate::api::ApiState;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayComplete;
use crate::api::native::json::Json;
use crate::api::native::our_fault;
use crate::model::{AccessToken, Caller, NewPassword, SecretError};
use crate::reset::{CompleteError, first_reason};

/// The access token and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::native) struct Completion {
    #[schema(examples("at-5ZQ2oR1mFz0yM3nKJ8bXw7vTqL4sYdPcHgUeAiNkOxE"))]
    access_token: String,
    #[schema(min_length = 1, max_length = 1024, examples("meadow-copper-violin"))]
    new_password: String,
}

/// Set the new password.
///
/// An access token sets one password: of several calls with the same token, only one succeeds. If the password is
/// rejected, the token remains valid.
#[utoipa::path(
    post,
    path = "/resets/complete",
    operation_id = "completeReset",
    tag = "resets",
    security(("key" = ["resets:complete"])),
    request_body = Completion,
    responses((status = 204, description = "The password is set. The account's other open resets have ended."))
)]
pub(in crate::api::native) async fn complete(
    State(state): State<ApiState>,
    MayComplete(key): MayComplete,
    Extension(caller): Extension<Caller>,
    Json(body): Json<Completion>,
) -> Result<StatusCode, Problem> {
    let password = NewPassword::parse(body.new_password);
    let token = AccessToken::parse(&body.access_token).map_err(|SecretError| Problem::InvalidToken)?;
    let password = password.map_err(|_| Problem::Unprocessable("The password must have 1 to 1024 octets."))?;
    match state.reset.complete(&token.hash(), password, &caller.of_client(key.client())).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(CompleteError::TokenDead) => Err(Problem::InvalidToken),
        Err(CompleteError::PasswordRejected(violations)) => Err(Problem::PasswordRejected(first_reason(&violations))),
        Err(CompleteError::Busy) => Err(Problem::Busy { retry_after: BUSY_RETRY_AFTER.as_secs() }),
        Err(CompleteError::Fault(fault)) => Err(our_fault(&fault)),
    }
}
