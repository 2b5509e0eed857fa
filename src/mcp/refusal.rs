//! HTTP errors for requests that reach no tool: a status, and a JSON-RPC error without a request ID.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::model::{ErrorCode, ErrorData, JsonRpcError};

use super::authorize::KeyRefusal;

/// An error code that JSON-RPC reserves for servers to define (JSON-RPC 2.0 §5.1).
const REFUSED: ErrorCode = ErrorCode(-32000);

/// Why a request is refused before it reaches a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Key(KeyRefusal),
    UnsupportedMediaType,
    TooLarge,
    /// The body was cut off.
    Broken,
    NoJson,
    NoMessage,
}

impl Refusal {
    const fn parts(self) -> (StatusCode, ErrorCode, &'static str) {
        match self {
            Self::Key(refusal) => (
                match refusal {
                    KeyRefusal::Missing | KeyRefusal::NotInForce => StatusCode::UNAUTHORIZED,
                    KeyRefusal::Publishable | KeyRefusal::ForeignOrigin => StatusCode::FORBIDDEN,
                    KeyRefusal::Fault(true) => StatusCode::SERVICE_UNAVAILABLE,
                    KeyRefusal::Fault(false) => StatusCode::INTERNAL_SERVER_ERROR,
                },
                REFUSED,
                refusal.words(),
            ),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, REFUSED, "Send Content-Type: application/json, in UTF-8.")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, REFUSED, "A request may be at most 16 KiB long."),
            Self::Broken => (StatusCode::BAD_REQUEST, REFUSED, "The request is incomplete."),
            Self::NoJson => (StatusCode::BAD_REQUEST, ErrorCode::PARSE_ERROR, "The request is not JSON."),
            Self::NoMessage => {
                (StatusCode::BAD_REQUEST, ErrorCode::INVALID_REQUEST, "Send one JSON-RPC 2.0 message, not a batch.")
            }
        }
    }
}

impl From<KeyRefusal> for Refusal {
    fn from(refusal: KeyRefusal) -> Self {
        Self::Key(refusal)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let mut response = (status, Json(JsonRpcError::new(None, ErrorData::new(code, message, None)))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Self::Key(refusal) = self
            && let Some(seconds) = refusal.retry_after()
        {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
