//! `POST /v1/auth/reset-password`: requests a reset for an email address and returns its ID.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use super::answer::{Refusal, ok};
use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::api::body::{members, octets};
use crate::api::key::Scheme;
use crate::model::{Caller, Door, IdentifierKind, KeyKind, Scope};
use crate::reset::{RequestError, ResetRequest, Reveal, RevealedAccount};

/// How many open requests an address may have, unless the call says otherwise.
const MAX_REQUESTS: u32 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    email: String,
    max_requests: Option<u32>,
    prevent_email_sending: Option<bool>,
}

#[derive(Serialize)]
struct Activation<'a> {
    activation: &'a str,
}

pub(super) async fn reset_password(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let key = secret_key(&state, &headers, Scope::ResetsRequest).await?;
    let asked: Asked = members(&octets(&headers, "application/json", body).await?)?;
    let prevent_email_sending = asked.prevent_email_sending.unwrap_or(false);
    let hands_out = key.may(Scope::ResetsReturnLink);
    if prevent_email_sending && !hands_out {
        return Err(Refusal::Unauthorized("preventEmailSending needs a key with the scope resets:return_link."));
    }
    let max_requests = asked.max_requests.unwrap_or(MAX_REQUESTS);
    if max_requests == 0 {
        return Err(Refusal::BadRequest("maxRequests is a number from 1."));
    }
    let identifier = state
        .reset
        .asking()
        .identify_as(IdentifierKind::Email, &asked.email)
        .map_err(|_| Refusal::BadRequest("email is not an e-mail address."))?;
    let request = ResetRequest {
        identifier,
        wanted_channel: None,
        redirect_url: None,
        locale: state.default_locale,
        caller: caller.of_client(key.client()),
        door: Door::Productflame,
        max_open: Some(max_requests),
        pass: None,
    };
    if hands_out {
        let handed_out = state.reset.hand_out_activation(request, !prevent_email_sending).await.map_err(refusal)?;
        return Ok(answer(handed_out.secret.as_ref().map(crate::model::ActivationId::expose)));
    }
    let revealed = state.reset.request_and_reveal(request, Reveal::Account).await.map_err(refusal)?;
    let is_reached = matches!(revealed.account, RevealedAccount::Reached { .. });
    Ok(answer(is_reached.then(|| revealed.requested.challenge_id.as_str())))
}

/// Finds the key of a call. Only servers may use this protocol, so publishable keys are refused.
pub(super) async fn secret_key(state: &ApiState, headers: &HeaderMap, scope: Scope) -> Result<KeySummary, Refusal> {
    let key = state.key_of(headers, Scheme::BareOrBearer, scope).await?;
    match key.kind {
        KeyKind::Secret => Ok(key),
        KeyKind::Publishable => Err(Refusal::Unauthorized("This call is for servers: send a secret key.")),
    }
}

fn answer(activation: Option<&str>) -> Response {
    activation.map_or_else(ok, |activation| Json(Activation { activation }).into_response())
}

fn refusal(error: RequestError) -> Refusal {
    match error {
        RequestError::LimitReached(reached) => Refusal::TooManyRequests(reached.retry_after),
        RequestError::WayForbidden => Refusal::BadRequest("Resets by e-mail are switched off here."),
        RequestError::RedirectRefused => Refusal::BadRequest("The redirect URL is not registered."),
        RequestError::Fault(fault) => Refusal::fault(&fault),
    }
}
