//! Responses of the Agnost protocol: an empty body on success, otherwise
//! `{"errors":[{"origin","code","message","details"?}]}`. Errors are always JSON, because the promise of a client
//! never settles on anything else.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::admin::BUSY_RETRY_AFTER;
use crate::api::LayerFault;
use crate::api::body::BodyFault;
use crate::api::key::KeyRefusal;
use crate::reset::{CompleteError, Fault, UNAVAILABLE_RETRY_AFTER, first_reason};

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    MissingApiKey,
    InvalidApiKey,
    /// The request comes from an origin that the key doesn't allow.
    DomainNotAuthorized,
    /// The key lacks the scope.
    EndpointNotAllowed,
    InvalidBodySyntax,
    BodyTooLarge,
    UnsupportedMediaType,
    /// A field is missing or invalid: its name, and the reason.
    Field(&'static str, &'static str),
    InvalidCredentials,
    UserNotFound,
    InvalidProvider,
    EmailNotVerified,
    PhoneNotVerified,
    PhoneVerificationDisabled,
    NotAllowed(&'static str),
    InvalidRedirectUrl,
    MissingAccessToken,
    MissingPhoneNumber,
    MissingSmsCode,
    InvalidAccessToken,
    InvalidTokenType,
    RateLimitExceeded(Duration),
    ResourceNotFound,
    MethodNotAllowed,
    /// The request names another host.
    MisdirectedRequest,
    /// The request did not come over TLS.
    Forbidden,
    /// A temporary fault; the client should retry after this time.
    NotReady(Duration),
    Internal,
}

#[derive(Serialize)]
struct Body {
    errors: [Item; 1],
}

#[derive(Serialize)]
struct Item {
    origin: &'static str,
    code: &'static str,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[Detail; 1]>,
}

#[derive(Serialize)]
struct Detail {
    param: &'static str,
    msg: &'static str,
}

/// The answer of a call that succeeded, or whose outcome the caller may not learn.
pub(super) fn done() -> Response {
    StatusCode::OK.into_response()
}

impl Refusal {
    /// The new password is rejected.
    pub(super) const fn password(why: &'static str) -> Self {
        Self::Field("newPassword", why)
    }

    /// Logs a fault on our side and turns it into an answer.
    pub(super) fn fault(fault: &Fault) -> Self {
        tracing::error!(error = %fault, "an Agnost call failed; the client gets a server error");
        Self::of_fault(fault.is_passing())
    }

    const fn of_fault(is_passing: bool) -> Self {
        if is_passing { Self::NotReady(UNAVAILABLE_RETRY_AFTER) } else { Self::Internal }
    }

    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as Status;
        match self {
            Self::MissingApiKey => (
                Status::UNAUTHORIZED,
                "missing_api_key",
                "Send the API key in the Authorization or the X-Client-Key header.",
            ),
            Self::InvalidApiKey => (Status::UNAUTHORIZED, "invalid_api_key", "The API key is not in force."),
            Self::DomainNotAuthorized => {
                (Status::FORBIDDEN, "domain_not_authorized", "The API key is not for this origin.")
            }
            Self::EndpointNotAllowed => {
                (Status::FORBIDDEN, "endpoint_not_allowed", "The API key does not have the scope for this call.")
            }
            Self::InvalidBodySyntax => {
                (Status::BAD_REQUEST, "invalid_request_body_syntax", "Send one JSON object in UTF-8, each member once.")
            }
            Self::BodyTooLarge => {
                (Status::PAYLOAD_TOO_LARGE, "request_body_size_too_large", "A request may have at most 16 KiB.")
            }
            Self::UnsupportedMediaType => {
                (Status::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Send Content-Type: application/json.")
            }
            Self::Field(..) => (Status::BAD_REQUEST, "validation_errors", "A field is missing or not as it must be."),
            Self::InvalidCredentials => {
                (Status::UNAUTHORIZED, "invalid_credentials", "There is no account with that e-mail address.")
            }
            Self::UserNotFound => (Status::NOT_FOUND, "user_not_found", "There is no account with that phone number."),
            Self::InvalidProvider => {
                (Status::UNAUTHORIZED, "invalid_provider", "The account signs in by another provider.")
            }
            Self::EmailNotVerified => {
                (Status::UNAUTHORIZED, "email_not_verified", "The e-mail address has not been verified yet.")
            }
            Self::PhoneNotVerified => {
                (Status::UNAUTHORIZED, "phone_not_verified", "The phone number has not been verified yet.")
            }
            Self::PhoneVerificationDisabled => {
                (Status::UNAUTHORIZED, "phone_verification_disabled", "No text messages are sent here.")
            }
            Self::NotAllowed(message) => (Status::UNAUTHORIZED, "not_allowed", message),
            Self::InvalidRedirectUrl => {
                (Status::BAD_REQUEST, "invalid_redirect_url", "The redirect URL is not registered.")
            }
            Self::MissingAccessToken => (Status::BAD_REQUEST, "missing_access_token", "The parameter key is missing."),
            Self::MissingPhoneNumber => {
                (Status::BAD_REQUEST, "missing_phone_number", "The parameter phone is missing.")
            }
            Self::MissingSmsCode => (Status::BAD_REQUEST, "missing_sms_code", "The parameter code is missing."),
            Self::InvalidAccessToken => (
                Status::FORBIDDEN,
                "invalid_access_token",
                "The access token or the code is wrong, has expired or has been used. Ask for a new one.",
            ),
            Self::InvalidTokenType => {
                (Status::UNAUTHORIZED, "invalid_token_type", "That token is not one that sets a password.")
            }
            Self::RateLimitExceeded(_) => (
                Status::TOO_MANY_REQUESTS,
                "rate_limit_exceeded",
                "Too many requests. Wait for as long as Retry-After says.",
            ),
            Self::ResourceNotFound => (Status::NOT_FOUND, "resource_not_found", "There is no such call."),
            Self::MethodNotAllowed => (
                Status::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The Allow header names the methods that are taken here.",
            ),
            Self::MisdirectedRequest => {
                (Status::MISDIRECTED_REQUEST, "misdirected_request", "This service does not answer for that host.")
            }
            Self::Forbidden => (Status::FORBIDDEN, "forbidden", "Send the request over TLS."),
            Self::NotReady(_) => (
                Status::SERVICE_UNAVAILABLE,
                "api_server_not_ready",
                "The service cannot answer just now. Wait for as long as Retry-After says.",
            ),
            Self::Internal => (
                Status::INTERNAL_SERVER_ERROR,
                "internal_server_error",
                "Something went wrong on our side. Try again in a moment.",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let origin = if status.is_server_error() { "server_error" } else { "client_error" };
        let details = match self {
            Self::Field(param, msg) => Some([Detail { param, msg }]),
            _ => None,
        };
        let mut response = (status, Json(Body { errors: [Item { origin, code, message, details }] })).into_response();
        if let Self::RateLimitExceeded(wait) | Self::NotReady(wait) = self {
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        response
    }
}

impl From<KeyRefusal> for Refusal {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Missing => Self::MissingApiKey,
            KeyRefusal::Invalid => Self::InvalidApiKey,
            KeyRefusal::ForeignOrigin => Self::DomainNotAuthorized,
            KeyRefusal::MissingScope(_) => Self::EndpointNotAllowed,
            KeyRefusal::Fault(is_passing) => Self::of_fault(is_passing),
        }
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::UnsupportedMediaType => Self::UnsupportedMediaType,
            BodyFault::TooLarge => Self::BodyTooLarge,
            BodyFault::Malformed | BodyFault::WrongMembers => Self::InvalidBodySyntax,
        }
    }
}

impl From<CompleteError> for Refusal {
    fn from(error: CompleteError) -> Self {
        match error {
            CompleteError::TokenDead => Self::InvalidAccessToken,
            CompleteError::PasswordRejected(violations) => Self::password(first_reason(&violations)),
            CompleteError::Busy => Self::NotReady(BUSY_RETRY_AFTER),
            CompleteError::Fault(fault) => Self::fault(&fault),
        }
    }
}

/// Turns an error of the middleware into the form of the protocol.
pub(in crate::api) fn draw(fault: LayerFault) -> Response {
    let refusal = match fault {
        LayerFault::Malformed | LayerFault::Unprocessable => Refusal::InvalidBodySyntax,
        LayerFault::UnsupportedMediaType => Refusal::UnsupportedMediaType,
        LayerFault::TooLarge => Refusal::BodyTooLarge,
        LayerFault::Forbidden => Refusal::Forbidden,
        LayerFault::NotFound => Refusal::ResourceNotFound,
        LayerFault::MethodNotAllowed => Refusal::MethodNotAllowed,
        LayerFault::MisdirectedRequest => Refusal::MisdirectedRequest,
        LayerFault::Unavailable => Refusal::of_fault(true),
        LayerFault::Internal => Refusal::of_fault(false),
    };
    refusal.into_response()
}
