//! `/api/v1/accounts`: accounts for apps that store them in Keyback, one file per operation. A password can be set here
//! only when the account is created (ASVS 6.4.6); after that, only a reset can change it.

pub(super) mod authenticate;
pub(super) mod change;
pub(super) mod create;
pub(super) mod read;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::{Account, AddAccountError, BUSY_RETRY_AFTER, HashError, NotJudged};
use crate::api::native::Problem;
use crate::model::{EmailAddress, IdentifierKind, PhoneNumber, Timestamp, Username};
use crate::reset::first_reason;

/// An account.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = Account)]
pub(super) struct AccountBody {
    #[schema(examples("b9Q2mHc5sVtY1oXr8KfWzE3a"))]
    id: String,
    #[schema(required)]
    email: Option<String>,
    /// Messages go only to verified addresses.
    email_verified: bool,
    #[schema(required)]
    phone: Option<String>,
    /// Messages go only to verified numbers.
    phone_verified: bool,
    #[schema(required)]
    username: Option<String>,
    has_password: bool,
    /// Null if Keyback has never changed the password.
    #[schema(required)]
    password_changed_at: Option<i64>,
    mfa_required: bool,
    disabled: bool,
    /// Null if the account is in your app's own table.
    #[schema(required)]
    created_at: Option<i64>,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        Self {
            email: account.email.as_ref().map(|email| email.as_str().to_owned()),
            email_verified: account.email_verified,
            phone: account.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            phone_verified: account.phone_verified,
            username: account.username.as_ref().map(|name| name.as_str().to_owned()),
            has_password: account.has_password,
            password_changed_at: account.password_changed_at.map(Timestamp::millis),
            mfa_required: account.mfa_required,
            disabled: account.disabled,
            created_at: account.created_at.map(Timestamp::millis),
            id: account.id.to_string(),
        }
    }
}

fn email(text: &str) -> Result<EmailAddress, Problem> {
    EmailAddress::parse(text).map_err(|_| Problem::Unprocessable("email is not an email address."))
}

fn phone(text: &str) -> Result<PhoneNumber, Problem> {
    PhoneNumber::parse(text, None).map_err(|_| Problem::Unprocessable("phone is not a phone number in E.164 (+…)."))
}

fn username(text: &str) -> Result<Username, Problem> {
    Username::parse(text).map_err(|_| Problem::Unprocessable("username is malformed."))
}

/// Turns the reason why an account was not read, added or changed into an answer.
fn refused(error: impl Into<AddAccountError>) -> Problem {
    let error = error.into();
    match &error {
        AddAccountError::Taken(kind) => Problem::IdentifierTaken(match kind {
            IdentifierKind::Email => "The email address belongs to another account.",
            IdentifierKind::Phone => "The phone number belongs to another account.",
            IdentifierKind::Username => "The username belongs to another account.",
        }),
        AddAccountError::TakenMeanwhile => {
            Problem::IdentifierTaken("One of the identifiers belongs to another account.")
        }
        AddAccountError::Unknown => Problem::NotFound,
        AddAccountError::KeptByApp => Problem::KeptByApp,
        AddAccountError::NothingToVerify(_) => Problem::Unprocessable("There is no address or number to verify."),
        AddAccountError::PasswordRejected(violations) => Problem::PasswordRejected(first_reason(violations)),
        AddAccountError::NotJudged(NotJudged::Busy) | AddAccountError::Hash(HashError::Busy) => {
            Problem::Busy { retry_after: BUSY_RETRY_AFTER.as_secs() }
        }
        AddAccountError::NotJudged(NotJudged::Failed) | AddAccountError::Hash(HashError::Failed) => {
            tracing::error!(%error, "could not write an account; the client gets a server error");
            Problem::Internal
        }
        AddAccountError::Store(fault) => {
            tracing::error!(%error, "could not read or write an account; the client gets a server error");
            Problem::fault(fault.is_unavailable())
        }
    }
}
