//! The one identifier that a request names by its kind: `email`, `phone` or `username`.

use crate::model::{Identifier, IdentifierError, IdentifierKind};
use crate::reset::ResetService;

/// The identifiers of a request. Exactly one of them must be present.
pub(super) struct Named {
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) username: Option<String>,
}

/// Why a request names no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedError {
    /// It names none, or more than one.
    NotOne,
    Identifier(IdentifierError),
}

/// What to do about [`NamedError::NotOne`].
pub(super) const NAME_ONE: &str = "Name exactly one of email, phone and username.";

impl Named {
    pub(super) fn identifier(&self, reset: &ResetService) -> Result<Identifier, NamedError> {
        let named = [
            (IdentifierKind::Email, &self.email),
            (IdentifierKind::Phone, &self.phone),
            (IdentifierKind::Username, &self.username),
        ];
        let mut named = named.into_iter().filter_map(|(kind, text)| text.as_deref().map(|text| (kind, text)));
        let (Some((kind, text)), None) = (named.next(), named.next()) else { return Err(NamedError::NotOne) };
        reset.asking().identify_as(kind, text).map_err(NamedError::Identifier)
    }
}
