//! `POST /api/v1/accounts/authenticate`: is this the password of that account? For apps that let
//! Keyback keep the passwords.

use axum::extract::State;
use axum::{Extension, Json as Answer};
use serde::{Deserialize, Serialize};

use super::caller_key::MayAuthenticate;
use super::identifier::{Named, named_identifier};
use super::json::Json;
use crate::admin::{Asker, BUSY_RETRY_AFTER, SignInError, SignedIn};
use crate::api::{ApiState, Problem};
use crate::model::{Caller, NewPassword};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    email: Option<String>,
    phone: Option<String>,
    username: Option<String>,
    password: String,
}

#[derive(Serialize)]
pub(super) struct Authenticated {
    account: AccountBody,
}

#[derive(Serialize)]
struct AccountBody {
    id: String,
    email: Option<String>,
    phone: Option<String>,
    username: Option<String>,
    mfa_required: bool,
    password_changed_at: Option<i64>,
}

pub(super) async fn authenticate(
    State(state): State<ApiState>,
    MayAuthenticate(key): MayAuthenticate,
    Extension(caller): Extension<Caller>,
    Json(credentials): Json<Credentials>,
) -> Result<Answer<Authenticated>, Problem> {
    let Credentials { email, phone, username, password } = credentials;
    let identifier = named_identifier(&state, &Named { email, phone, username })?;
    let password =
        NewPassword::parse(password).map_err(|_| Problem::Unprocessable("The password must have 1 to 1024 octets."))?;
    let actor = format!("key:{}", key.id);
    let asker = Asker { actor: &actor, caller: &caller };
    match state.sign_in.check(&identifier, password, &asker).await {
        Ok(SignedIn { account }) => Ok(Answer(Authenticated {
            account: AccountBody {
                id: account.id,
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
            tracing::error!(%error, key = key.id, "a password cannot be checked");
            Err(Problem::fault(error.is_unavailable()))
        }
        Err(SignInError::Hashing) => {
            tracing::error!(key = key.id, "a password cannot be hashed");
            Err(Problem::Internal)
        }
    }
}
