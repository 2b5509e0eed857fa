//! Finds out which protocol a request uses, so that middleware can answer with an error in that protocol's form.

use axum::http::Request;
use axum::response::Response;

use super::{LayerFault, agnost, cognito, native, productflame};

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Native,
    Agnost,
    Cognito,
    Productflame,
    Mcp,
}

impl Dialect {
    /// The protocol of a request: determined by its path or, at `/`, by its headers. `None` means a page.
    pub fn of<B>(request: &Request<B>) -> Option<Self> {
        let path = request.uri().path();
        Self::of_path(path).or_else(|| (path == "/" && cognito::is_spoken(request)).then_some(Self::Cognito))
    }

    fn of_path(path: &str) -> Option<Self> {
        let is_under =
            |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        [
            ("/api", Self::Native),
            ("/agnost", Self::Agnost),
            ("/_api", Self::Agnost),
            ("/cognito", Self::Cognito),
            ("/v1", Self::Productflame),
            ("/mcp", Self::Mcp),
        ]
        .into_iter()
        .find_map(|(prefix, dialect)| is_under(prefix).then_some(dialect))
    }

    /// The response header in which clients of the protocol expect the request ID, in addition to `x-request-id`.
    pub fn request_id_header(self) -> Option<&'static str> {
        match self {
            Self::Cognito => Some(cognito::REQUEST_ID),
            Self::Native | Self::Agnost | Self::Productflame | Self::Mcp => None,
        }
    }

    /// An error in the form of the protocol.
    pub fn draw(self, fault: LayerFault) -> Response {
        match self {
            // The Model Context Protocol has no form for errors in front of it.
            Self::Native | Self::Mcp => native::draw(fault),
            Self::Agnost => agnost::draw(fault),
            Self::Cognito => cognito::draw(fault),
            Self::Productflame => productflame::draw(fault),
        }
    }
}
