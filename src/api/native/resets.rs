//! `/api/v1/resets`: a reset in an app's own pages. The app asks, takes the code from the person, and
//! sets the password; the message goes from us to the person and never through the app.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json as Answer};
use serde::{Deserialize, Serialize};

use super::caller_key::{MayComplete, MayRequest};
use super::identifier::{Named, named_identifier};
use super::json::Json;
use crate::admin::BUSY_RETRY_AFTER;
use crate::api::password::rejection;
use crate::api::{ApiState, Problem};
use crate::i18n::Locale;
use crate::model::{AccessToken, Caller, ChallengeId, Channel, Code, Door, KeyKind, NewPassword, SecretError};
use crate::reset::{CodeError, CompleteError, Fault, Granted, RequestError, ResetRequest, RevealedDelivery};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReset {
    email: Option<String>,
    phone: Option<String>,
    username: Option<String>,
    channel: Option<String>,
    redirect_url: Option<String>,
    locale: Option<String>,
    deliver: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct Accepted {
    id: String,
    expires_at: i64,
    delivery: Option<Delivery>,
}

#[derive(Serialize)]
struct Delivery {
    medium: &'static str,
    destination: String,
    attribute: &'static str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenCode {
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenCodeOf {
    email: Option<String>,
    phone: Option<String>,
    username: Option<String>,
    code: String,
}

#[derive(Serialize)]
pub(super) struct Verified {
    access_token: String,
    expires_at: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Completion {
    access_token: String,
    new_password: String,
}

pub(super) async fn request(
    State(state): State<ApiState>,
    MayRequest(key): MayRequest,
    Extension(caller): Extension<Caller>,
    Json(body): Json<NewReset>,
) -> Result<(StatusCode, Answer<Accepted>), Problem> {
    let named = Named { email: body.email, phone: body.phone, username: body.username };
    let identifier = named_identifier(&state, &named)?;
    if body.deliver == Some(false) {
        return Err(Problem::Unprocessable("deliver is true: Keyback sends the message itself and hands out no link."));
    }
    let wanted_channel = body.channel.as_deref().map(channel).transpose()?;
    let locale = body.locale.as_deref().map(locale).transpose()?.unwrap_or(state.default_locale);
    // Looked up whether there is an account or not, before anything is counted. What everybody can read learns
    // nothing.
    let revealed = match key.kind {
        KeyKind::Secret => state.reset.reveal_delivery(&identifier, wanted_channel).await,
        KeyKind::Publishable => Ok(None),
    };
    let revealed = revealed.map_err(|fault| our_fault(&fault))?;
    let caller = caller.of_client(key.client());
    let request = ResetRequest {
        identifier,
        wanted_channel,
        redirect_url: body.redirect_url,
        locale,
        caller,
        door: Door::Native,
        max_open: None,
    };
    match state.reset.request(request).await {
        Ok(requested) => {
            let id = requested.challenge_id.as_str().to_owned();
            let expires_at = requested.expires_at.millis();
            Ok((StatusCode::ACCEPTED, Answer(Accepted { id, expires_at, delivery: revealed.map(delivery) })))
        }
        Err(RequestError::RedirectRefused) => {
            Err(Problem::Unprocessable("redirect_url is none of those in redirects.allowed."))
        }
        Err(RequestError::WayForbidden) => {
            Err(Problem::Unprocessable("That kind of identifier, or that channel, is switched off here."))
        }
        Err(RequestError::LimitReached(reached)) => {
            Err(Problem::TooManyRequests { retry_after: reached.retry_after.as_secs() })
        }
        Err(RequestError::Fault(fault)) => Err(our_fault(&fault)),
    }
}

/// A code with the id of its challenge.
pub(super) async fn verify(
    State(state): State<ApiState>,
    MayComplete(key): MayComplete,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    Json(body): Json<GivenCode>,
) -> Result<Answer<Verified>, Problem> {
    let (Some(id), Ok(code)) = (ChallengeId::parse(&id), Code::parse(&body.code)) else {
        return Err(Problem::InvalidCode);
    };
    verified(state.reset.check_code(&id, &code, &caller.of_client(key.client())).await)
}

/// A code with the identifier that was asked with: for apps that keep no id.
pub(super) async fn verify_newest(
    State(state): State<ApiState>,
    MayComplete(key): MayComplete,
    Extension(caller): Extension<Caller>,
    Json(body): Json<GivenCodeOf>,
) -> Result<Answer<Verified>, Problem> {
    let named = Named { email: body.email, phone: body.phone, username: body.username };
    let identifier = named_identifier(&state, &named)?;
    let code = Code::parse(&body.code).map_err(|SecretError| Problem::InvalidCode)?;
    verified(state.reset.check_code_of(&identifier, &code, &caller.of_client(key.client())).await)
}

pub(super) async fn complete(
    State(state): State<ApiState>,
    MayComplete(key): MayComplete,
    Extension(caller): Extension<Caller>,
    Json(body): Json<Completion>,
) -> Result<StatusCode, Problem> {
    let password = NewPassword::parse(body.new_password);
    let token = AccessToken::parse(&body.access_token).map_err(|SecretError| Problem::InvalidToken)?;
    let password = password.map_err(|_| Problem::Unprocessable("The password must have 1 to 1024 octets."))?;
    match state.reset.complete(&token.hash(), password, &caller.of_client(key.client())).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(CompleteError::TokenDead) => Err(Problem::InvalidToken),
        Err(CompleteError::PasswordRejected(violations)) => Err(Problem::PasswordRejected(rejection(&violations))),
        Err(CompleteError::Busy) => Err(Problem::Busy { retry_after: BUSY_RETRY_AFTER.as_secs() }),
        Err(CompleteError::Fault(fault)) => Err(our_fault(&fault)),
    }
}

fn verified(outcome: Result<Granted, CodeError>) -> Result<Answer<Verified>, Problem> {
    match outcome {
        Ok(granted) => Ok(Answer(Verified {
            access_token: granted.access_token.expose().to_owned(),
            expires_at: granted.expires_at.millis(),
        })),
        Err(CodeError::Wrong | CodeError::Ended | CodeError::TooManyTries) => Err(Problem::InvalidCode),
        Err(CodeError::Fault(fault)) => Err(our_fault(&fault)),
    }
}

fn delivery(revealed: RevealedDelivery) -> Delivery {
    let (medium, attribute) = match revealed.channel {
        Channel::Email => ("EMAIL", "email"),
        Channel::Sms => ("SMS", "phone_number"),
    };
    Delivery { medium, destination: revealed.destination, attribute }
}

fn channel(word: &str) -> Result<Channel, Problem> {
    Channel::from_word(word).ok_or(Problem::Unprocessable("channel is email or sms."))
}

fn locale(tag: &str) -> Result<Locale, Problem> {
    Locale::from_tag(tag).ok_or(Problem::Unprocessable("locale is en or de."))
}

pub(super) fn our_fault(fault: &Fault) -> Problem {
    tracing::error!(error = %fault, "a step failed");
    Problem::fault(fault.is_passing())
}
