//! An extractor for JSON bodies that answers with the native API's errors.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::api::body::{BodyFault, members, octets};
use crate::api::native::Problem;

/// A JSON body, read into `T`.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let octets = octets(&parts.headers, "application/json", body).await?;
        Ok(Self(members(&octets)?))
    }
}

impl From<BodyFault> for Problem {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::UnsupportedMediaType => Self::UnsupportedMediaType,
            BodyFault::TooLarge => Self::TooLarge,
            BodyFault::Malformed => Self::Malformed,
            BodyFault::WrongMembers => Self::Unprocessable("A member is missing, unknown or of the wrong type."),
        }
    }
}
