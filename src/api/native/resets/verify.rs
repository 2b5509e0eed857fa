//! `POST /api/v1/resets/{id}/verify` and `/resets/verify`: exchanges the code for an access token, with which the app
//! sets the password.

use axum::extract::{Path, State};
use axum::{Extension, Json as Answer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::named::Named;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayComplete;
use crate::api::native::identifier::named_identifier;
use crate::api::native::json::Json;
use crate::api::native::our_fault;
use crate::model::{Caller, ChallengeId, Code, SecretError};
use crate::reset::{CodeError, Granted};

/// The code from a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::native) struct GivenCode {
    #[schema(examples("123456"))]
    code: String,
}

/// The code from a message, and exactly one of `email`, `phone` and `username`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::native) struct GivenCodeOf {
    #[schema(format = Email, max_length = 254, examples("jane@example.org"))]
    email: Option<String>,
    #[schema(max_length = 40, examples("+1 202 555 0123"))]
    phone: Option<String>,
    #[schema(max_length = 128, examples("jane"))]
    username: Option<String>,
    #[schema(examples("123456"))]
    code: String,
}

/// The right to set the password of one reset, one time.
#[derive(Serialize, ToSchema)]
#[schema(as = VerifiedCode)]
pub(in crate::api::native) struct Verified {
    #[schema(examples("at-5ZQ2oR1mFz0yM3nKJ8bXw7vTqL4sYdPcHgUeAiNkOxE"))]
    access_token: String,
    /// When the access token expires.
    expires_at: i64,
}

/// Check the code of a reset.
///
/// Every try is counted before the code is compared. After five wrong codes, the reset's code is no longer valid.
#[utoipa::path(
    post,
    path = "/resets/{id}/verify",
    operation_id = "verifyCode",
    tag = "resets",
    security(("key" = ["resets:complete"])),
    params(("id" = String, Path, description = "The ID that the request for the reset returned.", example = "jX0q9yTnB2vRk4mLwZ8sPdHc")),
    request_body = GivenCode,
    responses((status = 200, description = "The code is correct.", body = Verified))
)]
pub(in crate::api::native) async fn verify(
    State(state): State<ApiState>,
    MayComplete(key): MayComplete,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(body): Json<GivenCode>,
) -> Result<Answer<Verified>, Problem> {
    let (Some(id), Ok(code)) = (ChallengeId::parse(&id), Code::parse(&body.code)) else {
        return Err(Problem::InvalidCode);
    };
    verified(state.reset.check_code(&id, &code, &caller.of_client(key.client())).await)
}

/// Check the code of the latest reset for an identifier.
///
/// For apps that don't store the ID: checks the code of the latest reset that was requested with this identifier in
/// the last four hours. A code without an ID or an identifier is never accepted.
#[utoipa::path(
    post,
    path = "/resets/verify",
    operation_id = "verifyCodeOfNewest",
    tag = "resets",
    security(("key" = ["resets:complete"])),
    request_body = GivenCodeOf,
    responses((status = 200, description = "The code is correct.", body = Verified))
)]
pub(in crate::api::native) async fn verify_newest(
    State(state): State<ApiState>,
    MayComplete(key): MayComplete,
    Extension(caller): Extension<Caller>,
    Json(body): Json<GivenCodeOf>,
) -> Result<Answer<Verified>, Problem> {
    let named = Named { email: body.email, phone: body.phone, username: body.username };
    let identifier = named_identifier(&state, &named)?;
    let code = Code::parse(&body.code).map_err(|SecretError| Problem::InvalidCode)?;
    verified(state.reset.check_code_of(&identifier, &code, &caller.of_client(key.client())).await)
}

fn verified(outcome: Result<Granted, CodeError>) -> Result<Answer<Verified>, Problem> {
    match outcome {
        Ok(granted) => Ok(Answer(Verified {
            access_token: granted.access_token.expose().to_owned(),
            expires_at: granted.expires_at.millis(),
        })),
        Err(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries) => Err(Problem::InvalidCode),
        Err(CodeError::Fault(fault)) => Err(our_fault(&fault)),
    }
}
