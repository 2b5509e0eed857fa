//! Reads the one identifier that a body or a query names.

use crate::api::{ApiState, Problem};
use crate::model::{Identifier, IdentifierError, IdentifierKind};

/// The identifiers of a request. Exactly one of them must be present.
pub(super) struct Named {
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) username: Option<String>,
}

pub(super) fn named_identifier(state: &ApiState, named: &Named) -> Result<Identifier, Problem> {
    let named = [
        (IdentifierKind::Email, &named.email),
        (IdentifierKind::Phone, &named.phone),
        (IdentifierKind::Username, &named.username),
    ];
    let mut named = named.into_iter().filter_map(|(kind, text)| text.as_deref().map(|text| (kind, text)));
    let (Some((kind, text)), None) = (named.next(), named.next()) else {
        return Err(Problem::Unprocessable("Name exactly one of email, phone and username."));
    };
    state.reset.identify_as(kind, text).map_err(|error| match error {
        IdentifierError::Extension => Problem::Unprocessable("Text messages cannot reach an extension. Leave it out."),
        IdentifierError::Empty | IdentifierError::TooLong | IdentifierError::Malformed => {
            Problem::Unprocessable("The identifier is malformed.")
        }
    })
}
