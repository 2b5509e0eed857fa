//! The protocols by their paths, for layers that must answer before a door does: each protocol has its own
//! form of an error. Asked by `server::middleware`.

use axum::response::{IntoResponse, Response};

use super::{Problem, agnost, cognito, productflame};

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
    /// The protocol that is spoken at a path; `None`: pages.
    pub fn of_path(path: &str) -> Option<Self> {
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

    /// An error in the form of the protocol.
    pub fn draw(self, problem: Problem) -> Response {
        match self {
            Self::Native | Self::Mcp => problem.into_response(),
            Self::Agnost => agnost::draw(problem),
            Self::Cognito => cognito::draw(problem),
            Self::Productflame => productflame::draw(problem),
        }
    }
}
