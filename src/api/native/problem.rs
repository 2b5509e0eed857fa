//! Errors of the native API, as RFC 9457 problem details: a stable type, a title and advice.
//! They never contain a stack trace, an SQL statement or a version.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::LayerFault;
use crate::model::Scope;
use crate::reset::UNAVAILABLE_RETRY_AFTER;

/// How long a client waits before it retries a request that is still being processed.
const IN_PROGRESS_RETRY_AFTER: Duration = Duration::from_secs(1);

/// A kind of error. Its type is `/problems/<name>`, relative to the service's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Malformed,
    MalformedIdempotencyKey,
    IdempotencyKeyReused,
    RequestInProgress,
    IdentifierTaken(&'static str),
    KeptByApp,
    Unprocessable(&'static str),
    UnsupportedMediaType,
    TooLarge,
    MissingKey,
    InvalidKey,
    InvalidCredentials,
    InvalidCode,
    InvalidToken,
    PasswordRejected(&'static str),
    Forbidden,
    ForeignOrigin,
    MissingScope(Scope),
    NotFound,
    MethodNotAllowed,
    MisdirectedRequest,
    TooManyRequests { retry_after: u64 },
    Busy { retry_after: u64 },
    Unavailable,
    Internal,
}

/// An error (RFC 9457 problem details).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// The kind of error. Stable: `/problems/<name>`, relative to the service's URL.
    r#type: String,
    /// A short description of the kind of error.
    title: &'static str,
    /// The HTTP status code.
    status: u16,
    /// What to do about it.
    detail: &'static str,
}

impl Problem {
    /// A fault on our side, already logged. `is_passing` means that it may be temporary.
    pub(super) const fn fault(is_passing: bool) -> Self {
        if is_passing { Self::Unavailable } else { Self::Internal }
    }

    pub(super) const fn status(self) -> StatusCode {
        self.parts().0
    }

    pub(super) fn kind(self) -> String {
        format!("/problems/{}", self.name())
    }

    pub(super) const fn name(self) -> &'static str {
        self.parts().1
    }

    pub(super) const fn title(self) -> &'static str {
        self.parts().2
    }

    const fn parts(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed-request",
                "The request cannot be read",
                "Send one JSON object in UTF-8, each member once.",
            ),
            Self::MalformedIdempotencyKey => (
                StatusCode::BAD_REQUEST,
                "malformed-idempotency-key",
                "The Idempotency-Key cannot be read",
                "Send it once, as a string of 1 to 255 visible ASCII characters: Idempotency-Key: \"…\".",
            ),
            Self::IdempotencyKeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The Idempotency-Key was used for another request",
                "Use a new key for each new request. Keys are stored for 24 hours.",
            ),
            Self::RequestInProgress => (
                StatusCode::CONFLICT,
                "request-in-progress",
                "The same request is still being processed",
                "Wait for the number of seconds in Retry-After, then send it again.",
            ),
            Self::IdentifierTaken(detail) => {
                (StatusCode::CONFLICT, "identifier-taken", "The identifier belongs to another account", detail)
            }
            Self::KeptByApp => (
                StatusCode::CONFLICT,
                "accounts-kept-by-app",
                "The accounts are in the table of an app",
                "Add and change accounts in the app. Keyback only sets their passwords.",
            ),
            Self::Unprocessable(detail) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", "The members of the request are invalid", detail)
            }
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The content type is not supported",
                "Send Content-Type: application/json.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The request is too large",
                "A request may be at most 16 KiB long.",
            ),
            Self::MissingKey => (
                StatusCode::UNAUTHORIZED,
                "missing-api-key",
                "The API key is missing",
                "Send Authorization: Bearer <key>. Keys in the URL are not accepted.",
            ),
            Self::InvalidKey => (
                StatusCode::UNAUTHORIZED,
                "invalid-api-key",
                "The API key is not valid",
                "It is unknown, expired or revoked. Create a key with: keyback keys create NAME.",
            ),
            Self::InvalidCredentials => (
                StatusCode::UNAUTHORIZED,
                "invalid-credentials",
                "Wrong identifier or password",
                "Unknown accounts, wrong passwords and disabled accounts get the same answer.",
            ),
            Self::InvalidCode => (
                StatusCode::FORBIDDEN,
                "invalid-code",
                "The code was rejected",
                "Wrong, expired and used codes get the same answer. Request a new code.",
            ),
            Self::InvalidToken => (
                StatusCode::FORBIDDEN,
                "invalid-access-token",
                "The access token was rejected",
                "Unknown, expired and used tokens get the same answer. Request a new reset.",
            ),
            Self::PasswordRejected(reason) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "password-rejected", "The password was rejected", reason)
            }
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "The request was refused",
                "It did not come from a page of this service, or was not sent over TLS.",
            ),
            Self::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "foreign-origin",
                "The key does not allow this origin",
                "Add the origin to api.allowed_origins, or create a key for it (--origin).",
            ),
            Self::MissingScope(scope) => {
                (StatusCode::FORBIDDEN, "missing-scope", "The key lacks a scope", missing_scope(scope))
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found", "Check the path and the ID."),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "The method is not supported here",
                "The Allow header lists the methods that are.",
            ),
            Self::MisdirectedRequest => (
                StatusCode::MISDIRECTED_REQUEST,
                "misdirected-request",
                "This service does not serve this host",
                "Use the host of server.public_url.",
            ),
            Self::TooManyRequests { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "quota-exceeded",
                "Too many requests",
                "Wait for the number of seconds in Retry-After, then try again.",
            ),
            Self::Busy { .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Too many passwords are being hashed",
                "Wait for the number of seconds in Retry-After, then try again. Nothing has changed.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The service is temporarily unavailable",
                "Wait for the number of seconds in Retry-After, then try again.",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong on our side",
                "Try again in a moment.",
            ),
        }
    }

    pub(super) const fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after } | Self::Busy { retry_after } => Some(retry_after),
            Self::RequestInProgress => Some(IN_PROGRESS_RETRY_AFTER.as_secs()),
            Self::Unavailable => Some(UNAVAILABLE_RETRY_AFTER.as_secs()),
            Self::Malformed
            | Self::MalformedIdempotencyKey
            | Self::IdempotencyKeyReused
            | Self::IdentifierTaken(_)
            | Self::KeptByApp
            | Self::Unprocessable(_)
            | Self::UnsupportedMediaType
            | Self::TooLarge
            | Self::MissingKey
            | Self::InvalidKey
            | Self::InvalidCredentials
            | Self::InvalidCode
            | Self::InvalidToken
            | Self::PasswordRejected(_)
            | Self::Forbidden
            | Self::ForeignOrigin
            | Self::MissingScope(_)
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::MisdirectedRequest
            | Self::Internal => None,
        }
    }
}

impl From<LayerFault> for Problem {
    fn from(fault: LayerFault) -> Self {
        match fault {
            LayerFault::Malformed => Self::Malformed,
            LayerFault::Forbidden => Self::Forbidden,
            LayerFault::NotFound => Self::NotFound,
            LayerFault::MethodNotAllowed => Self::MethodNotAllowed,
            LayerFault::TooLarge => Self::TooLarge,
            LayerFault::UnsupportedMediaType => Self::UnsupportedMediaType,
            LayerFault::MisdirectedRequest => Self::MisdirectedRequest,
            LayerFault::Unprocessable => Self::Unprocessable("The request is malformed."),
            LayerFault::Internal => Self::Internal,
            LayerFault::Unavailable => Self::Unavailable,
        }
    }
}

const fn missing_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::ResetsRequest => "It needs the scope resets:request.",
        Scope::ResetsComplete => "It needs the scope resets:complete.",
        Scope::ResetsRead => "It needs the scope resets:read.",
        Scope::ResetsReturnLink => "It needs the scope resets:return_link.",
        Scope::AccountsAuthenticate => "It needs the scope accounts:authenticate.",
        Scope::AccountsRead => "It needs the scope accounts:read.",
        Scope::AccountsWrite => "It needs the scope accounts:write.",
        Scope::AccountsVerify => "It needs the scope accounts:verify.",
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, _, title, detail) = self.parts();
        let body = ProblemBody { r#type: self.kind(), title, status: status.as_u16(), detail };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if matches!(self, Self::MissingKey | Self::InvalidKey) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
