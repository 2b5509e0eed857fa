//! `POST …/auth/send-reset-code?phone=…`: sends the text message with the code.

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{Refusal, done};
use super::ask::ask;
use super::given::parameter;
use crate::api::ApiState;
use crate::api::key::Scheme;
use crate::model::{Caller, Identifier, IdentifierKind, Scope};

pub(super) async fn send_reset_code(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let key = state.key_of(&headers, Scheme::BareOrClientKey, Scope::ResetsRequest).await?;
    let phone = parameter(query.as_deref(), "phone")?.ok_or(Refusal::Field("phone", "It is missing."))?;
    let identifier = number(&state, &phone)?;
    if !state.reset.asking().sends_texts() {
        return Err(Refusal::PhoneVerificationDisabled);
    }
    ask(&state, &key, caller, identifier, None).await?;
    Ok(done())
}

/// Reads the phone number of either call that has one.
pub(super) fn number(state: &ApiState, text: &str) -> Result<Identifier, Refusal> {
    let number = state.reset.asking().identify_as(IdentifierKind::Phone, text);
    number.map_err(|_| Refusal::Field("phone", "It is not a phone number in E.164."))
}
