//! The API key of a call: read from the `Authorization` header and nowhere else. Asked for by every
//! handler of the native API before it reads the body.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::admin::KeySummary;
use crate::api::{ApiState, Problem};
use crate::model::ApiKey;

/// The caller has shown a key that is in force.
pub(super) struct CallerKey(pub(super) KeySummary);

impl FromRequestParts<ApiState> for CallerKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (headers.next(), headers.next()) else { return Err(Problem::MissingKey) };
        let value = value.to_str().map_err(|_| Problem::InvalidKey)?;
        let (scheme, key) = value.split_once(' ').ok_or(Problem::InvalidKey)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::InvalidKey);
        }
        let key = ApiKey::parse(key.trim()).map_err(|_| Problem::InvalidKey)?;
        match state.keys.find(&key).await {
            Ok(Some(key)) => Ok(Self(key)),
            Ok(None) => Err(Problem::InvalidKey),
            Err(error) => {
                tracing::error!(%error, "an API key cannot be looked up");
                Err(Problem::fault(error.is_unavailable()))
            }
        }
    }
}
