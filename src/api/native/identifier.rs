//! Reads the one identifier that a body or a query names.

use crate::api::ApiState;
use crate::api::named::{NAME_ONE, Named, NamedError};
use crate::api::native::Problem;
use crate::model::{Identifier, IdentifierError};

pub(super) fn named_identifier(state: &ApiState, named: &Named) -> Result<Identifier, Problem> {
    named.identifier(&state.reset).map_err(|error| {
        Problem::Unprocessable(match error {
            NamedError::NotOne => NAME_ONE,
            NamedError::Identifier(IdentifierError::Extension) => {
                "Text messages cannot reach an extension. Leave it out."
            }
            NamedError::Identifier(IdentifierError::Empty | IdentifierError::TooLong | IdentifierError::Malformed) => {
                "The identifier is malformed."
            }
        })
    })
}
