//! `GET /api/v1/accounts/{id}` and `GET /api/v1/accounts?email=`: returns an account, never its password or hash.

use axum::Json as Answer;
use axum::extract::{Path, RawQuery, State};

use super::{AccountBody, refused};
use crate::api::ApiState;
use crate::api::named::Named;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayReadAccounts;
use crate::api::native::identifier::named_identifier;
use crate::model::AccountId;

/// Read an account.
#[utoipa::path(
    get,
    path = "/accounts/{id}",
    operation_id = "readAccount",
    tag = "accounts",
    security(("key" = ["accounts:read"])),
    params(("id" = String, Path, description = "The ID of the account.", example = "b9Q2mHc5sVtY1oXr8KfWzE3a")),
    responses((status = 200, description = "The account.", body = AccountBody))
)]
pub(in crate::api::native) async fn read(
    State(state): State<ApiState>,
    MayReadAccounts(_): MayReadAccounts,
    Path(id): Path<String>,
) -> Result<Answer<AccountBody>, Problem> {
    let id = AccountId::parse(&id).ok_or(Problem::NotFound)?;
    let found = state.accounts.get(&id).await.map_err(refused)?;
    found.map(|account| Answer(account.into())).ok_or(Problem::NotFound)
}

/// Find an account.
///
/// Searches by exactly one of `email`, `phone` and `username`.
#[utoipa::path(
    get,
    path = "/accounts",
    operation_id = "findAccount",
    tag = "accounts",
    security(("key" = ["accounts:read"])),
    params(
        ("email" = Option<String>, Query, description = "The email address of the account.", example = "jane@example.org"),
        ("phone" = Option<String>, Query, description = "The phone number of the account, in E.164."),
        ("username" = Option<String>, Query, description = "The username of the account.")
    ),
    responses((status = 200, description = "The account.", body = AccountBody))
)]
pub(in crate::api::native) async fn find(
    State(state): State<ApiState>,
    MayReadAccounts(_): MayReadAccounts,
    RawQuery(query): RawQuery,
) -> Result<Answer<AccountBody>, Problem> {
    let named = named(query.as_deref().unwrap_or_default())?;
    let found = state.accounts.find(&named_identifier(&state, &named)?).await.map_err(refused)?;
    found.map(|account| Answer(account.into())).ok_or(Problem::NotFound)
}

/// Refuses duplicate and unknown names, so that we never choose between two values (SECURITY.md, requirement 5).
fn named(query: &str) -> Result<Named, Problem> {
    let mut named = Named { email: None, phone: None, username: None };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "email" => &mut named.email,
            "phone" => &mut named.phone,
            "username" => &mut named.username,
            _ => return Err(Problem::Unprocessable("The query may contain only email, phone or username.")),
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(Problem::Unprocessable("Each name may appear in the query only once."));
        }
    }
    Ok(named)
}
