//! HTTP errors for requests that reach no tool: a status, and a JSON-RPC error without a request ID.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::model::{ErrorCode, ErrorData, JsonRpcError};

use super::asker::AskerRefusal;
use crate::api::body::BodyFault;
use crate::api::key::KeyRefusal;

/// An error code that JSON-RPC reserves for servers to define (JSON-RPC 2.0 §5.1).
const REFUSED: ErrorCode = ErrorCode(-32000);

/// Why a request is refused before it reaches a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Asker(AskerRefusal),
    UnsupportedMediaType,
    TooLarge,
    /// The body was cut off.
    Broken,
    NoJson,
    NoMessage,
}

impl Refusal {
    fn parts(self) -> (StatusCode, ErrorCode, Cow<'static, str>) {
        let (status, code, message) = match self {
            Self::Asker(refusal) => return (status_of(refusal), REFUSED, refusal.words()),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, REFUSED, "Send Content-Type: application/json, in UTF-8.")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, REFUSED, "A request may be at most 16 KiB long."),
            Self::Broken => (StatusCode::BAD_REQUEST, REFUSED, "The request is incomplete."),
            Self::NoJson => (StatusCode::BAD_REQUEST, ErrorCode::PARSE_ERROR, "The request is not JSON."),
            Self::NoMessage => {
                (StatusCode::BAD_REQUEST, ErrorCode::INVALID_REQUEST, "Send one JSON-RPC 2.0 message, not a batch.")
            }
        };
        (status, code, message.into())
    }
}

const fn status_of(refusal: AskerRefusal) -> StatusCode {
    match refusal {
        AskerRefusal::Key(KeyRefusal::Missing | KeyRefusal::Invalid) => StatusCode::UNAUTHORIZED,
        AskerRefusal::Key(KeyRefusal::ForeignOrigin | KeyRefusal::MissingScope(_)) | AskerRefusal::Publishable => {
            StatusCode::FORBIDDEN
        }
        AskerRefusal::Key(KeyRefusal::Fault(true)) => StatusCode::SERVICE_UNAVAILABLE,
        AskerRefusal::Key(KeyRefusal::Fault(false)) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<AskerRefusal> for Refusal {
    fn from(refusal: AskerRefusal) -> Self {
        Self::Asker(refusal)
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::UnsupportedMediaType => Self::UnsupportedMediaType,
            BodyFault::TooLarge => Self::TooLarge,
            BodyFault::Malformed => Self::Broken,
            BodyFault::WrongMembers => Self::NoMessage,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let mut response = (status, Json(JsonRpcError::new(None, ErrorData::new(code, message, None)))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Self::Asker(refusal) = self
            && let Some(seconds) = refusal.retry_after()
        {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
