//! `POST …/auth/reset-pwd?key=at-…`: sets a new password with an access token.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{Refusal, done};
use super::given::{PasswordBody, parameter};
use crate::api::ApiState;
use crate::api::key::Scheme;
use crate::model::{AccessToken, ApiKey, Caller, CancelKey, LinkKey, Scope};

pub(super) async fn reset_pwd(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let key = state.key_of(&headers, Scheme::BareOrClientKey, Scope::ResetsComplete).await?;
    let given = PasswordBody::read(&headers, body).await?;
    let token = token(&parameter(query.as_deref(), "key")?.ok_or(Refusal::MissingAccessToken)?)?;
    let password = given.password()?;
    state.reset.complete(&token.hash(), password, &caller.of_client(key.client())).await?;
    Ok(done())
}

fn token(text: &str) -> Result<AccessToken, Refusal> {
    if [LinkKey::PREFIX, CancelKey::PREFIX, ApiKey::PREFIX].iter().any(|other| text.starts_with(other)) {
        return Err(Refusal::InvalidTokenType);
    }
    AccessToken::parse(text).map_err(|_| Refusal::InvalidAccessToken)
}
