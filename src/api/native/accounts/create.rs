//! `POST /api/v1/accounts`: adds an account, with or without a password.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json as Answer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{AccountBody, email, phone, refused, username};
use crate::admin::NewAccount;
use crate::api::ApiState;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayWriteAccounts;
use crate::api::native::document;
use crate::api::native::idempotent::{self, IdempotencyKey};
use crate::api::native::json::Json;
use crate::model::{Caller, NewPassword, Scope};

/// A new account. At least one of `email`, `phone` and `username` is required; everything else is optional.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccount)]
pub(in crate::api::native) struct NewAccountBody {
    #[schema(format = Email, max_length = 254, examples("jane@example.org"))]
    email: Option<String>,
    /// Whether the address is known to belong to the person. Sending this member needs the scope `accounts:verify`.
    email_verified: Option<bool>,
    /// In E.164.
    #[schema(max_length = 40, examples("+12025550123"))]
    phone: Option<String>,
    /// Whether the number is known to belong to the person. Sending this member needs the scope `accounts:verify`.
    phone_verified: Option<bool>,
    #[schema(max_length = 128, examples("jane"))]
    username: Option<String>,
    /// Must comply with the password policy. Without a password, the first reset sets one.
    #[serde(skip_serializing)]
    #[schema(min_length = 1, max_length = 1024, examples("meadow-copper-violin"))]
    password: Option<String>,
    /// Whether the app requires a second factor. Keyback only stores and returns this value.
    mfa_required: Option<bool>,
}

/// Add an account.
#[utoipa::path(
    post,
    path = "/accounts",
    operation_id = "createAccount",
    tag = "accounts",
    security(("key" = ["accounts:write"])),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 257, description = idempotent::TOLD)),
    request_body = NewAccountBody,
    responses((
        status = 201,
        description = "The new account.",
        body = AccountBody,
        headers(("Location" = String, description = "The URL of the account."))
    ))
)]
pub(in crate::api::native) async fn create(
    State(state): State<ApiState>,
    MayWriteAccounts(key): MayWriteAccounts,
    Extension(caller): Extension<Caller>,
    idempotency: IdempotencyKey,
    Json(body): Json<NewAccountBody>,
) -> Result<Response, Problem> {
    let says_verified = body.email_verified.is_some() || body.phone_verified.is_some();
    if says_verified && !key.may(Scope::AccountsVerify) {
        return Err(Problem::MissingScope(Scope::AccountsVerify));
    }
    let told = serde_json::to_string(&body).map_err(|_| Problem::Internal)?;
    // The body is serialized without the password, so add it here. Only a keyed fingerprint of all this is stored.
    let (with_password, password) = match &body.password {
        Some(password) => ("with a password", Zeroizing::new(password.clone())),
        None => ("without", Zeroizing::default()),
    };
    let adding = add(state.clone(), body, caller.of_client(key.client()));
    let request = ["POST", "/accounts", &told, with_password, &password];
    let added = idempotent::once(&state, &key.id, idempotency, &request, adding).await?;
    let location = format!("{}/accounts/{}", document::BASE, added.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Answer(added)).into_response())
}

async fn add(state: ApiState, body: NewAccountBody, caller: Caller) -> Result<AccountBody, Problem> {
    let new = NewAccount {
        email: body.email.as_deref().map(email).transpose()?,
        email_verified: body.email_verified.unwrap_or_default(),
        phone: body.phone.as_deref().map(phone).transpose()?,
        phone_verified: body.phone_verified.unwrap_or_default(),
        username: body.username.as_deref().map(username).transpose()?,
        password_hash: None,
        mfa_required: body.mfa_required.unwrap_or_default(),
        disabled: false,
    };
    if new.email.is_none() && new.phone.is_none() && new.username.is_none() {
        return Err(Problem::Unprocessable("Name at least one of email, phone and username."));
    }
    if (new.email_verified && new.email.is_none()) || (new.phone_verified && new.phone.is_none()) {
        return Err(Problem::Unprocessable("There is no address or number to verify."));
    }
    let password = body.password.map(NewPassword::parse).transpose();
    let password = password.map_err(|_| Problem::Unprocessable("The password must have 1 to 1024 octets."))?;
    let accounts = state.accounts.by_program(caller);
    let id = accounts.add(new, password).await.map_err(refused)?;
    let added = accounts.get(&id).await.map_err(refused)?;
    added.map(AccountBody::from).ok_or(Problem::Internal)
}
