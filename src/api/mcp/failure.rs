//! Errors of the tools: one table with the message, our error code and the name of Amazon Cognito's exception.

use std::borrow::Cow;

use super::asker::{AskerRefusal, fault_words};
use crate::api::key::KeyRefusal;
use crate::reset::{CodeError, CompleteByCodeError, CompleteError, Fault, LimitReached, RequestError, first_reason};

/// Why a tool failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The arguments are wrong. Says what they should be.
    WrongArguments(Cow<'static, str>),
    /// The caller was refused. On stdio the key is looked up for each call.
    Asker(AskerRefusal),
    /// The request doesn't exist or belongs to another key.
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
    /// A fault on our side. `true` means that it may be temporary.
    Ours(bool),
}

/// The description of a failure.
pub(super) struct Words {
    pub(super) message: Cow<'static, str>,
    /// The error code, as in the native API.
    pub(super) code: &'static str,
    /// The name of Amazon Cognito's exception.
    pub(super) exception: &'static str,
}

impl Failure {
    pub(super) fn words(&self) -> Words {
        let (message, code, exception): (Cow<'static, str>, _, _) = match self {
            Self::WrongArguments(what) => (what.clone(), "invalid-request", "InvalidParameterException"),
            Self::Asker(refusal) => match refusal {
                AskerRefusal::Key(KeyRefusal::Fault(is_passing)) => return Self::Ours(*is_passing).words(),
                AskerRefusal::Key(KeyRefusal::MissingScope(_)) => {
                    (refusal.words(), "missing-scope", "NotAuthorizedException")
                }
                AskerRefusal::Key(KeyRefusal::Missing | KeyRefusal::Invalid | KeyRefusal::ForeignOrigin)
                | AskerRefusal::Publishable => (refusal.words(), "invalid-api-key", "NotAuthorizedException"),
            },
            Self::NotFound => {
                ("This API key has no request with this ID.".into(), "not-found", "ResourceNotFoundException")
            }
            Self::LimitReached(reached) => {
                let message = format!("Too many requests. Wait {} seconds.", reached.retry_after.as_secs());
                let of_identifier = reached.is_of_identifier();
                let name = if of_identifier { "LimitExceededException" } else { "TooManyRequestsException" };
                (message.into(), "quota-exceeded", name)
            }
            Self::WayForbidden => (
                "Requests with this kind of identifier are switched off.".into(),
                "invalid-request",
                "InvalidParameterException",
            ),
            Self::RedirectRefused => {
                ("The redirect URL is not registered.".into(), "invalid-request", "InvalidParameterException")
            }
            Self::UnknownAccount => ("The account does not exist.".into(), "unknown-account", "UserNotFoundException"),
            Self::AccountDisabled => ("The account is disabled.".into(), "account-disabled", "NotAuthorizedException"),
            Self::NoVerifiedContact => (
                "The account has no verified email address or phone number.".into(),
                "no-verified-contact",
                "InvalidParameterException",
            ),
            Self::OutOfReach => (
                "No message can be sent to the verified contacts of the account.".into(),
                "out-of-reach",
                "CodeDeliveryFailureException",
            ),
            Self::WrongCode => ("The code is wrong.".into(), "invalid-code", "CodeMismatchException"),
            Self::CodeEnded => (
                "The code has expired or was used, or none was requested. Request a new one.".into(),
                "invalid-code",
                "ExpiredCodeException",
            ),
            Self::TooManyTries => (
                "Too many wrong codes were entered. Request a new one.".into(),
                "invalid-code",
                "TooManyFailedAttemptsException",
            ),
            Self::PasswordRejected(reason) => {
                let message = format!("The password was rejected: {reason} The code remains valid.");
                (message.into(), "password-rejected", "InvalidPasswordException")
            }
            Self::Busy => (
                "Too many passwords are being hashed. Try again in a few seconds; the code remains valid.".into(),
                "busy",
                "TooManyRequestsException",
            ),
            Self::Ours(true) => (fault_words(true).into(), "unavailable", "InternalErrorException"),
            Self::Ours(false) => (fault_words(false).into(), "internal", "InternalErrorException"),
        };
        Words { message, code, exception }
    }
}

impl From<AskerRefusal> for Failure {
    fn from(refusal: AskerRefusal) -> Self {
        Self::Asker(refusal)
    }
}

impl From<Fault> for Failure {
    /// Logs the details.
    fn from(fault: Fault) -> Self {
        tracing::error!(error = %fault, "a tool call failed; the agent gets an internal error");
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
            // The code was correct, but another try has used its grant in the meantime.
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
