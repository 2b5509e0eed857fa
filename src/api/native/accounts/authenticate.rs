//! `POST /api/v1/accounts/authenticate`: checks a password, for apps that store their passwords in Keyback.

use axum::extract::State;
use axum::{Extension, Json as Answer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::{Asker, BUSY_RETRY_AFTER, SignInError, SignedIn};
use crate::api::ApiState;
use crate::api::named::Named;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayAuthenticate;
use crate::api::native::identifier::named_identifier;
use crate::api::native::json::Json;
use crate::model::{Actor, Caller, NewPassword};

/// A password, and exactly one of `email`, `phone` and `username`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::native) struct Credentials {
    #[schema(format = Email, max_length = 254, examples("jane@example.org"))]
    email: Option<String>,
    #[schema(max_length = 40, examples("+1 202 555 0123"))]
    phone: Option<String>,
    #[schema(max_length = 128, examples("jane"))]
    username: Option<String>,
    #[schema(min_length = 1, max_length = 1024, examples("correct horse battery staple"))]
    password: String,
}

/// The password is correct.
#[derive(Serialize, ToSchema)]
pub(in crate::api::native) struct Authenticated {
    account: AuthenticatedAccount,
}

/// The account whose password it is.
#[derive(Serialize, ToSchema)]
struct AuthenticatedAccount {
    id: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    username: Option<String>,
    /// The app is responsible for the second factor. A reset does not change this value.
    mfa_required: bool,
    /// The app should end all sessions of the account that are older than this.
    #[schema(required)]
    password_changed_at: Option<i64>,
}

/// Check a password.
///
/// Unknown accounts, wrong passwords and disabled accounts get the same answer. Each identifier has at most ten tries
/// in 15 minutes.
#[utoipa::path(
    post,
    path = "/accounts/authenticate",
    operation_id = "authenticate",
    tag = "accounts",
    security(("key" = ["accounts:authenticate"])),
    request_body = Credentials,
    responses((status = 200, description = "The password is correct.", body = Authenticated))
)]
pub(in crate::api::native) async fn authenticate(
    State(state): State<ApiState>,
    MayAuthenticate(key): MayAuthenticate,
    Extension(caller): Extension<Caller>,
    Json(credentials): Json<Credentials>,
) -> Result<Answer<Authenticated>, Problem> {
    let Credentials { email, phone, username, password } = credentials;
    let identifier = named_identifier(&state, &Named { email, phone, username })?;
    let password =
        NewPassword::parse(password).map_err(|_| Problem::Unprocessable("The password must have 1 to 1024 octets."))?;
    let asker = Asker { actor: Actor::Key(key.id.clone()), caller: &caller };
    match state.sign_in.check(&identifier, password, &asker).await {
        Ok(SignedIn { account }) => Ok(Answer(Authenticated {
            account: AuthenticatedAccount {
                id: account.id.to_string(),
                email: account.email.map(|email| email.as_str().to_owned()),
                phone: account.phone.map(|phone| phone.as_str().to_owned()),
                username: account.username.map(|name| name.as_str().to_owned()),
                mfa_required: account.mfa_required,
                password_changed_at: account.password_changed_at.map(crate::model::Timestamp::millis),
            },
        })),
        Err(SignInError::Refused) => Err(Problem::InvalidCredentials),
        Err(SignInError::LimitReached(reached)) => {
            Err(Problem::TooManyRequests { retry_after: reached.retry_after.as_secs() })
        }
        Err(SignInError::Busy) => Err(Problem::Busy { retry_after: BUSY_RETRY_AFTER.as_secs() }),
        Err(SignInError::Store(error)) => {
            tracing::error!(%error, key = key.id, "could not check a password; the client gets a server error");
            Err(Problem::fault(error.is_unavailable()))
        }
        Err(SignInError::Hashing) => {
            tracing::error!(key = key.id, "could not hash a password to check it; the client gets a server error");
            Err(Problem::Internal)
        }
    }
}
