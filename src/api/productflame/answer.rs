//! Responses of the Productflame protocol: `{"message":"ok"}`, or `{"error","message"}` with one of four error names.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::api::LayerFault;
use crate::api::body::BodyFault;
use crate::api::key::KeyRefusal;
use crate::reset::{Fault, UNAVAILABLE_RETRY_AFTER};

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    BadRequest(&'static str),
    Unauthorized(&'static str),
    TooManyRequests(Duration),
    /// A fault on our side. `Some` means that it may be temporary, and the client should retry after this time.
    UnknownError(Option<Duration>),
}

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
struct OkBody {
    message: &'static str,
}

/// The answer of a call that succeeded, or for which no account matches.
pub(super) fn ok() -> Response {
    Json(OkBody { message: "ok" }).into_response()
}

impl Refusal {
    /// Logs a fault on our side and turns it into an answer.
    pub(super) fn fault(fault: &Fault) -> Self {
        tracing::error!(error = %fault, "a Productflame call failed; the client gets a server error");
        Self::UnknownError(fault.is_passing().then_some(UNAVAILABLE_RETRY_AFTER))
    }

    const fn parts(self) -> (StatusCode, &'static str, &'static str, Option<Duration>) {
        match self {
            Self::BadRequest(message) => (StatusCode::BAD_REQUEST, "BAD_REQUEST", message, None),
            Self::Unauthorized(message) => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message, None),
            Self::TooManyRequests(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                "Too many requests. Wait for as long as Retry-After says.",
                Some(wait),
            ),
            Self::UnknownError(Some(wait)) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "UNKNOWN_ERROR",
                "The service cannot answer just now. Wait for as long as Retry-After says.",
                Some(wait),
            ),
            Self::UnknownError(None) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "UNKNOWN_ERROR",
                "Something went wrong on our side. Try again in a moment.",
                None,
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, message, wait) = self.parts();
        let mut response = (status, Json(ErrorBody { error, message })).into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        response
    }
}

impl From<KeyRefusal> for Refusal {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Missing => Self::Unauthorized("Send the secret API key in the Authorization header."),
            KeyRefusal::Invalid => Self::Unauthorized("The API key is not in force."),
            KeyRefusal::ForeignOrigin => Self::Unauthorized("The API key is not for this origin."),
            KeyRefusal::MissingScope(_) => Self::Unauthorized("The API key does not have the scope for this call."),
            KeyRefusal::Fault(true) => Self::UnknownError(Some(UNAVAILABLE_RETRY_AFTER)),
            KeyRefusal::Fault(false) => Self::UnknownError(None),
        }
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        Self::BadRequest(match fault {
            BodyFault::UnsupportedMediaType => "Send Content-Type: application/json.",
            BodyFault::TooLarge => "A request may have at most 16 KiB.",
            BodyFault::Malformed => "Send one JSON object in UTF-8, each member once.",
            BodyFault::WrongMembers => "A parameter is missing or of the wrong type.",
        })
    }
}

/// Turns an error of the middleware into the form of the protocol. Errors that are not faults on our side keep their
/// HTTP status.
pub(in crate::api) fn draw(fault: LayerFault) -> Response {
    let refusal = match fault {
        LayerFault::Unavailable => return Refusal::UnknownError(Some(UNAVAILABLE_RETRY_AFTER)).into_response(),
        LayerFault::Internal => return Refusal::UnknownError(None).into_response(),
        LayerFault::TooLarge => BodyFault::TooLarge.into(),
        LayerFault::NotFound => Refusal::BadRequest("There is no such call."),
        LayerFault::MethodNotAllowed => Refusal::BadRequest("Send a POST."),
        LayerFault::MisdirectedRequest => Refusal::BadRequest("This service does not answer for that host."),
        LayerFault::Forbidden => Refusal::BadRequest("Passwords are taken over TLS alone."),
        LayerFault::Malformed | LayerFault::UnsupportedMediaType | LayerFault::Unprocessable => {
            Refusal::BadRequest("The request cannot be read.")
        }
    };
    let mut response = refusal.into_response();
    *response.status_mut() = fault.status();
    response
}
