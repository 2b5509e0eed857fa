//! The one identifier that a body names. Used by the handlers that are about somebody.

use crate::api::{ApiState, Problem};
use crate::model::{Identifier, IdentifierError, IdentifierKind};

/// What a body may name; exactly one of them is taken.
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
        IdentifierError::Extension => Problem::Unprocessable("A text message cannot reach an extension: leave it out."),
        IdentifierError::Empty | IdentifierError::TooLong | IdentifierError::Malformed => {
            Problem::Unprocessable("The identifier does not have the right form.")
        }
    })
}
