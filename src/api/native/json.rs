//! A JSON body, strictly: the right content type, UTF-8, no member twice, no unknown member. Used by
//! every handler of the native API that takes a body.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::api::Problem;

/// A body that was read into `T`.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json")) {
            return Err(Problem::UnsupportedMediaType);
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| {
            let status = rejection.into_response().status();
            if status == axum::http::StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge } else { Problem::Malformed }
        })?;
        // serde refuses a member that is there twice as it fills the struct, so nothing ever picks one.
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            if error.is_data() && !error.to_string().starts_with("duplicate field") {
                Problem::Unprocessable("A member is missing, unknown or of the wrong type.")
            } else {
                Problem::Malformed
            }
        })
    }
}
