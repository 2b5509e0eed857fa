//! Errors that no handler of a dialect answers with: those of the server's middleware and of libraries. They are bare
//! statuses until the outermost layer draws them as a page or in the form of a dialect.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::reset::UNAVAILABLE_RETRY_AFTER;

/// Why a layer or a library refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerFault {
    Malformed,
    /// A form from another site, or a program that doesn't use TLS.
    Forbidden,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    UnsupportedMediaType,
    /// The request names another host.
    MisdirectedRequest,
    Unprocessable,
    Internal,
    /// A fault on our side that may be temporary.
    Unavailable,
}

impl LayerFault {
    pub(super) const ALL: [Self; 10] = [
        Self::Malformed,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::MisdirectedRequest,
        Self::Unprocessable,
        Self::Internal,
        Self::Unavailable,
    ];

    /// A fault on our side, already logged. `is_passing` means that it may be temporary.
    pub const fn ours(is_passing: bool) -> Self {
        if is_passing { Self::Unavailable } else { Self::Internal }
    }

    /// The fault that an answer with this status stands for.
    pub fn of(status: StatusCode) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.status() == status)
    }

    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MisdirectedRequest => StatusCode::MISDIRECTED_REQUEST,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// How long a client waits before its next try.
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Unavailable => Some(UNAVAILABLE_RETRY_AFTER),
            Self::Malformed
            | Self::Forbidden
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::MisdirectedRequest
            | Self::Unprocessable
            | Self::Internal => None,
        }
    }
}

impl IntoResponse for LayerFault {
    fn into_response(self) -> Response {
        self.status().into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;
    use crate::api::Dialect;

    // SECURITY.md, requirement 77
    #[test]
    fn whatever_a_layer_answers_with_is_drawn_in_the_form_of_the_protocol() {
        for fault in LayerFault::ALL {
            let usual = Dialect::Native.draw(fault);
            assert_eq!(usual.status(), fault.status());
            for (dialect, media_type) in [
                (Dialect::Native, "application/problem+json"),
                (Dialect::Mcp, "application/problem+json"),
                (Dialect::Agnost, "application/json"),
                (Dialect::Cognito, "application/x-amz-json-1.1"),
                (Dialect::Productflame, "application/json"),
            ] {
                let drawn = dialect.draw(fault);
                assert_eq!(drawn.headers()[header::CONTENT_TYPE], media_type, "{dialect:?} {fault:?}");
                assert_eq!(drawn.headers().get(header::RETRY_AFTER), usual.headers().get(header::RETRY_AFTER));
                let expected = match (dialect, fault) {
                    // Agnost has one status for every body that it cannot read.
                    (Dialect::Agnost, LayerFault::Unprocessable) => StatusCode::BAD_REQUEST,
                    // These two have one status for every fault on their side.
                    (Dialect::Cognito | Dialect::Productflame, LayerFault::Unavailable) => {
                        StatusCode::INTERNAL_SERVER_ERROR
                    }
                    _ => fault.status(),
                };
                assert_eq!(drawn.status(), expected, "{dialect:?} {fault:?}");
            }
        }
    }
}
