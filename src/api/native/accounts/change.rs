//! `PATCH /api/v1/accounts/{id}`: changes an address, a number or the state of an account. The account's open resets
//! end if the change affects them (SECURITY.md, requirement 22).

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{email, phone, refused};
use crate::admin::AccountPatch;
use crate::api::ApiState;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayWriteAccounts;
use crate::api::native::json::Json;
use crate::model::{AccountId, Caller, Scope};

/// The changes. Members that are left out stay as they are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountChange)]
pub(in crate::api::native) struct Change {
    /// A new address counts as unverified unless `email_verified` is `true`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, format = Email, max_length = 254, examples("jane@example.org"))]
    email: Option<String>,
    /// Needs the scope `accounts:verify`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    email_verified: Option<bool>,
    /// In E.164. A new number counts as unverified unless `phone_verified` is `true`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, max_length = 40, examples("+12025550123"))]
    phone: Option<String>,
    /// Needs the scope `accounts:verify`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    phone_verified: Option<bool>,
    /// A disabled account can neither sign in nor reset its password.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    disabled: Option<bool>,
}

/// Rejects null in a member that is present: it would look as if it removed the value.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Change an account.
///
/// Applies all changes or none. Any change ends the account's open resets, except enabling the account again. This
/// operation can't set a password; use a reset.
#[utoipa::path(
    patch,
    path = "/accounts/{id}",
    operation_id = "changeAccount",
    tag = "accounts",
    security(("key" = ["accounts:write"])),
    params(("id" = String, Path, description = "The ID of the account.", example = "b9Q2mHc5sVtY1oXr8KfWzE3a")),
    request_body = Change,
    responses((status = 204, description = "The account has been changed."))
)]
pub(in crate::api::native) async fn change(
    State(state): State<ApiState>,
    MayWriteAccounts(key): MayWriteAccounts,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(body): Json<Change>,
) -> Result<StatusCode, Problem> {
    let says_verified = body.email_verified.is_some() || body.phone_verified.is_some();
    if says_verified && !key.may(Scope::AccountsVerify) {
        return Err(Problem::MissingScope(Scope::AccountsVerify));
    }
    let patch = AccountPatch {
        email: body.email.as_deref().map(email).transpose()?,
        email_verified: body.email_verified,
        phone: body.phone.as_deref().map(phone).transpose()?,
        phone_verified: body.phone_verified,
        disabled: body.disabled,
    };
    let id = AccountId::parse(&id).ok_or(Problem::NotFound)?;
    let accounts = state.accounts.by_program(caller.of_client(key.client()));
    accounts.patch(&id, patch).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
