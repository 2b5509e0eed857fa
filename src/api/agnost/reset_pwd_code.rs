//! `POST …/auth/reset-pwd-code?phone=…&code=…`: sets a new password with the code from a text message.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{Refusal, done};
use super::given::{PasswordBody, parameter};
use super::send_reset_code::number;
use crate::api::ApiState;
use crate::api::key::Scheme;
use crate::model::{Caller, Code, Scope};
use crate::reset::{CodeError, CompleteByCodeError};

pub(super) async fn reset_pwd_code(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let key = state.key_of(&headers, Scheme::BareOrClientKey, Scope::ResetsComplete).await?;
    let given = PasswordBody::read(&headers, body).await?;
    let phone = parameter(query.as_deref(), "phone")?.ok_or(Refusal::MissingPhoneNumber)?;
    let code = parameter(query.as_deref(), "code")?.ok_or(Refusal::MissingSmsCode)?;
    let identifier = number(&state, &phone)?;
    let password = given.password()?;
    let code = Code::parse(&code).map_err(|_| Refusal::InvalidAccessToken)?;
    let caller = caller.of_client(key.client());
    match state.reset.complete_by_code(&identifier, &code, password, &caller).await {
        Ok(()) => Ok(done()),
        Err(CompleteByCodeError::Code(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries)) => {
            Err(Refusal::InvalidAccessToken)
        }
        Err(CompleteByCodeError::Code(CodeError::Fault(fault))) => Err(Refusal::fault(&fault)),
        Err(CompleteByCodeError::Complete(error)) => Err(error.into()),
    }
}
