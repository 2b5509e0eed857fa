//! Responses of the Cognito protocol: JSON with Amazon's media type. An error has a name and a message; the name is
//! also sent in a header.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::admin::BUSY_RETRY_AFTER;
use crate::api::LayerFault;
use crate::api::body::BodyFault;
use crate::api::key::KeyMisuse;
use crate::reset::{Fault, UNAVAILABLE_RETRY_AFTER};

pub(super) const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

pub(super) const ERROR_TYPE: &str = "x-amzn-errortype";

/// Why an operation failed. The messages are Cognito's where Cognito has one, because apps show them to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownOperation,
    Serialization(&'static str),
    TooLarge,
    InvalidParameter(Cow<'static, str>),
    /// No active key has this client ID.
    UnknownClient(String),
    NotAuthorized(Cow<'static, str>),
    UserNotFound,
    UserDisabled,
    NoVerifiedContact,
    CodeMismatch,
    ExpiredCode,
    TooManyFailedAttempts,
    InvalidPassword(&'static str),
    /// Sent without `Retry-After`: the SDKs would wait that long before they report the error.
    LimitExceeded,
    TooManyRequests(Duration),
    CodeDeliveryFailure,
    /// A fault on our side. `Some` means that it may be temporary, and the client should retry after this time.
    InternalError(Option<Duration>),
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    name: &'static str,
    message: &'a str,
}

/// The answer of an operation that succeeded.
pub(super) fn ok(outcome: &impl Serialize) -> Response {
    let mut response = axum::Json(outcome).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

impl Refusal {
    pub(super) fn invalid(message: &'static str) -> Self {
        Self::InvalidParameter(message.into())
    }

    /// Too many passwords are being hashed. The code remains valid.
    pub(super) const fn busy() -> Self {
        Self::TooManyRequests(BUSY_RETRY_AFTER)
    }

    /// Logs a fault on our side and turns it into an answer.
    pub(super) fn fault(fault: &Fault) -> Self {
        tracing::error!(error = %fault, "a Cognito call failed; the client gets a server error");
        Self::our_fault(fault.is_passing())
    }

    /// A fault on our side, already logged.
    pub(super) fn our_fault(is_passing: bool) -> Self {
        Self::InternalError(is_passing.then_some(UNAVAILABLE_RETRY_AFTER))
    }

    /// The name and the message of the error.
    fn said(&self) -> (&'static str, Cow<'_, str>) {
        let (name, message) = match self {
            Self::UnknownOperation => (
                "UnknownOperationException",
                "POST with one X-Amz-Target: AWSCognitoIdentityProviderService.ForgotPassword or .ConfirmForgotPassword.",
            ),
            Self::Serialization(message) => ("SerializationException", *message),
            Self::TooLarge => ("SerializationException", "A request may have at most 16 KiB."),
            Self::InvalidParameter(message) => ("InvalidParameterException", message.as_ref()),
            Self::UnknownClient(id) => {
                return ("ResourceNotFoundException", format!("User pool client {id} does not exist.").into());
            }
            Self::NotAuthorized(message) => ("NotAuthorizedException", message.as_ref()),
            Self::UserNotFound => ("UserNotFoundException", "Username/client id combination not found."),
            Self::UserDisabled => ("NotAuthorizedException", "User is disabled."),
            Self::NoVerifiedContact => (
                "InvalidParameterException",
                "Cannot reset password for the user as there is no registered/verified email or phone_number",
            ),
            Self::CodeMismatch => ("CodeMismatchException", "Invalid verification code provided, please try again."),
            Self::ExpiredCode => ("ExpiredCodeException", "Invalid code provided, please request a code again."),
            Self::TooManyFailedAttempts => {
                ("TooManyFailedAttemptsException", "Too many wrong codes, please request a code again.")
            }
            Self::InvalidPassword(rule) => {
                return ("InvalidPasswordException", format!("Password did not conform with policy: {rule}").into());
            }
            Self::LimitExceeded => ("LimitExceededException", "Attempt limit exceeded, please try after some time."),
            Self::TooManyRequests(_) => {
                ("TooManyRequestsException", "Too many requests. Wait for as long as Retry-After says.")
            }
            Self::CodeDeliveryFailure => {
                ("CodeDeliveryFailureException", "There is no way on which a code can reach this user.")
            }
            Self::InternalError(Some(_)) => {
                ("InternalErrorException", "The service cannot answer just now. Wait for as long as Retry-After says.")
            }
            Self::InternalError(None) => {
                ("InternalErrorException", "Something went wrong on our side. Try again in a moment.")
            }
        };
        (name, message.into())
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::InternalError(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests(wait) => Some(*wait),
            Self::InternalError(wait) => *wait,
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (name, message) = self.said();
        let mut response = ok(&ErrorBody { name, message: &message });
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static(ERROR_TYPE), HeaderValue::from_static(name));
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        response
    }
}

/// This protocol finds keys itself (`request.rs`), so only the use of a key is refused here.
impl From<KeyMisuse> for Refusal {
    fn from(misuse: KeyMisuse) -> Self {
        match misuse {
            KeyMisuse::ForeignOrigin => Self::NotAuthorized("The client is not for this origin.".into()),
            KeyMisuse::MissingScope(scope) => {
                Self::NotAuthorized(format!("The client does not have the scope {}.", scope.as_str()).into())
            }
        }
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::UnsupportedMediaType => Self::Serialization("Send Content-Type: application/x-amz-json-1.1."),
            BodyFault::TooLarge => Self::TooLarge,
            BodyFault::Malformed => Self::Serialization("Send one JSON object in UTF-8, each member once."),
            BodyFault::WrongMembers => Self::invalid("A parameter is of the wrong type."),
        }
    }
}

/// Turns an error of the middleware into the form of the protocol. Errors that are not faults on our side keep their
/// HTTP status.
pub(in crate::api) fn draw(fault: LayerFault) -> Response {
    let refusal = match fault {
        LayerFault::Unavailable => return Refusal::our_fault(true).into_response(),
        LayerFault::Internal => return Refusal::our_fault(false).into_response(),
        LayerFault::TooLarge => Refusal::TooLarge,
        LayerFault::NotFound | LayerFault::MethodNotAllowed => Refusal::UnknownOperation,
        LayerFault::MisdirectedRequest => Refusal::NotAuthorized("This service does not answer for that host.".into()),
        LayerFault::Forbidden => Refusal::NotAuthorized("Passwords are taken over TLS alone.".into()),
        LayerFault::Malformed | LayerFault::UnsupportedMediaType | LayerFault::Unprocessable => {
            BodyFault::Malformed.into()
        }
    };
    let mut response = refusal.into_response();
    *response.status_mut() = fault.status();
    response
}
