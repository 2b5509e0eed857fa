//! Why a tool did not do what it was called for: the words, our code for it, and the name that Amazon Cognito has for
//! it, in one table. Made by the tools, told by `tools::Tool::refuse`.

use std::borrow::Cow;

use super::authorize::KeyRefusal;
use crate::model::Scope;
use crate::reset::{CodeError, CompleteByCodeError, CompleteError, Fault, LimitReached, RequestError, first_reason};

/// What went wrong.
#[derive(Debug)]
pub(super) enum Failure {
    /// The arguments; what they should be.
    WrongArguments(Cow<'static, str>),
    /// On stdio the key is looked up for each call.
    Key(KeyRefusal),
    MissingScope(Scope),
    /// There is no such request, or it is another key's.
    NotFound,
    LimitReached(LimitReached),
    WayForbidden,
    RedirectRefused,
    UnknownAccount,
    AccountDisabled,
    NoVerifiedContact,
    OutOfReach,
    WrongCode,
    CodeEnded,
    TooManyTries,
    PasswordRejected(&'static str),
    Busy,
    /// Our own; `true`: the same may go well in a few seconds.
    Ours(bool),
}

/// How a failure is told.
pub(super) struct Words {
    pub(super) message: Cow<'static, str>,
    /// As the native API names it.
    pub(super) code: &'static str,
    /// As Amazon Cognito names it.
    pub(super) exception: &'static str,
}

impl Failure {
    pub(super) fn words(&self) -> Words {
        let (message, code, exception): (Cow<'static, str>, _, _) = match self {
            Self::WrongArguments(what) => (what.clone(), "invalid-request", "InvalidParameterException"),
            Self::Key(KeyRefusal::Fault(is_passing)) => return Self::Ours(*is_passing).words(),
            Self::Key(refusal) => (refusal.words().into(), "invalid-api-key", "NotAuthorizedException"),
            Self::MissingScope(scope) => {
                let message = format!("The API key needs the scope {}.", scope.as_str());
                (message.into(), "missing-scope", "NotAuthorizedException")
            }
            Self::NotFound => ("This API key has no such request.".into(), "not-found", "ResourceNotFoundException"),
            Self::LimitReached(reached) => {
                let message = format!("Too many requests. Wait {} seconds.", reached.retry_after.as_secs());
                let of_identifier = reached.is_of_identifier();
                let name = if of_identifier { "LimitExceededException" } else { "TooManyRequestsException" };
                (message.into(), "quota-exceeded", name)
            }
            Self::WayForbidden => {
                ("That way to ask is switched off here.".into(), "invalid-request", "InvalidParameterException")
            }
            Self::RedirectRefused => (
                "The redirect URL is not one of those that are registered.".into(),
                "invalid-request",
                "InvalidParameterException",
            ),
            Self::UnknownAccount => ("There is no such account.".into(), "unknown-account", "UserNotFoundException"),
            Self::AccountDisabled => ("The account is disabled.".into(), "account-disabled", "NotAuthorizedException"),
            Self::NoVerifiedContact => (
                "The account has no verified e-mail address or phone number.".into(),
                "no-verified-contact",
                "InvalidParameterException",
            ),
            Self::OutOfReach => (
                "No message can be sent to what is verified of the account.".into(),
                "out-of-reach",
                "CodeDeliveryFailureException",
            ),
            Self::WrongCode => ("The code is wrong.".into(), "invalid-code", "CodeMismatchException"),
            Self::CodeEnded => (
                "The code has expired or was used, or none was asked for. Ask for a new one.".into(),
                "invalid-code",
                "ExpiredCodeException",
            ),
            Self::TooManyTries => (
                "Too many wrong codes were given. Ask for a new one.".into(),
                "invalid-code",
                "TooManyFailedAttemptsException",
            ),
            Self::PasswordRejected(reason) => {
                let message = format!("The password is not taken: {reason} The code stays good.");
                (message.into(), "password-rejected", "InvalidPasswordException")
            }
            Self::Busy => (
                "Too many passwords are being hashed. Try again in a few seconds; the code stays good.".into(),
                "busy",
                "TooManyRequestsException",
            ),
            Self::Ours(true) => (KeyRefusal::Fault(true).words().into(), "unavailable", "InternalErrorException"),
            Self::Ours(false) => (KeyRefusal::Fault(false).words().into(), "internal", "InternalErrorException"),
        };
        Words { message, code, exception }
    }
}

impl From<KeyRefusal> for Failure {
    fn from(refusal: KeyRefusal) -> Self {
        Self::Key(refusal)
    }
}

impl From<Fault> for Failure {
    /// The details go into the log here.
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, "a step failed");
        Self::Ours(fault.is_passing())
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::RedirectRefused => Self::RedirectRefused,
            RequestError::WayForbidden => Self::WayForbidden,
            RequestError::LimitReached(reached) => Self::LimitReached(reached),
            RequestError::Fault(fault) => fault.into(),
        }
    }
}

impl From<CompleteByCodeError> for Failure {
    fn from(error: CompleteByCodeError) -> Self {
        match error {
            CompleteByCodeError::Code(CodeError::Wrong) => Self::WrongCode,
            // The right of a code that was right a moment ago is gone: another try has won.
            CompleteByCodeError::Code(CodeError::Ended) | CompleteByCodeError::Complete(CompleteError::TokenDead) => {
                Self::CodeEnded
            }
            CompleteByCodeError::Code(CodeError::TooManyTries) => Self::TooManyTries,
            CompleteByCodeError::Complete(CompleteError::PasswordRejected(violations)) => {
                Self::PasswordRejected(first_reason(&violations))
            }
            CompleteByCodeError::Complete(CompleteError::Busy) => Self::Busy,
            CompleteByCodeError::Code(CodeError::Fault(fault))
            | CompleteByCodeError::Complete(CompleteError::Fault(fault)) => fault.into(),
        }
    }
}
