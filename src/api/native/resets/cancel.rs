//! `DELETE /api/v1/resets/{id}`: cancels a reset that the app has requested.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::api::ApiState;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayRequest;
use crate::api::native::our_fault;
use crate::model::{Caller, ChallengeId};

/// Cancel a reset.
///
/// Cancels a reset that was requested with this key: its link and its code stop working. A password that was already
/// set stays. Cancelling a reset that has ended also succeeds.
#[utoipa::path(
    delete,
    path = "/resets/{id}",
    operation_id = "cancelReset",
    tag = "resets",
    security(("key" = ["resets:request"])),
    params(("id" = String, Path, description = "The ID of the reset.", example = "jX0q9yTnB2vRk4mLwZ8sPdHc")),
    responses((status = 204, description = "The reset has ended."))
)]
pub(in crate::api::native) async fn cancel(
    State(state): State<ApiState>,
    MayRequest(key): MayRequest,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let Some(id) = ChallengeId::parse(&id) else { return Err(Problem::NotFound) };
    match state.reset.cancel_request(&id, &caller.of_client(key.client())).await {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err(Problem::NotFound),
        Err(fault) => Err(our_fault(&fault)),
    }
}
