//! `POST /api/v1/resets`: requests a reset. Keyback sends the message to the person; the app gets the link only if its
//! key has the scope `resets:return_link`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json as Answer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::named::Named;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayRequest;
use crate::api::native::idempotent::{self, IdempotencyKey};
use crate::api::native::identifier::named_identifier;
use crate::api::native::json::Json;
use crate::api::native::our_fault;
use crate::model::{Caller, Channel, Door, KeyKind, Locale, Scope};
use crate::reset::{RequestError, Requested, ResetRequest, Reveal, RevealedDelivery};

/// A reset to request. Exactly one of `email`, `phone` and `username` is required; everything else is optional.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api::native) struct NewReset {
    #[schema(format = Email, max_length = 254, examples("jane@example.org"))]
    email: Option<String>,
    /// In E.164, or in the national format of `sms.default_country`.
    #[schema(max_length = 40, examples("+1 202 555 0123"))]
    phone: Option<String>,
    #[schema(max_length = 128, examples("jane"))]
    username: Option<String>,
    /// The channel of the message, if it should differ from the usual one.
    #[schema(value_type = Option<ChannelName>)]
    channel: Option<String>,
    /// Where the link leads: one of the key's redirect targets or, if it has none, of `redirects.allowed`.
    #[schema(format = "uri", examples("https://app.example.org/auth"))]
    redirect_url: Option<String>,
    /// The language of the message.
    #[schema(value_type = Option<LocaleTag>)]
    locale: Option<String>,
    /// `false` returns the link instead of sending a message, for apps that send their own. Needs the scope
    /// `resets:return_link`.
    deliver: Option<bool>,
}

/// How a message is sent.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "exists only for the OpenAPI document")]
enum ChannelName {
    Email,
    Sms,
}

/// A language tag.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "exists only for the OpenAPI document")]
enum LocaleTag {
    En,
    De,
}

/// A reset that was accepted and stored.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(as = AcceptedReset)]
pub(in crate::api::native) struct Accepted {
    /// The ID of the reset. A code is valid only together with this ID or with the identifier that was used.
    id: String,
    /// The earliest time at which the reset expires.
    expires_at: i64,
    /// Where the message goes. Null for a publishable key, or if no message is sent.
    #[schema(required)]
    delivery: Option<Delivery>,
    /// With `"deliver": false`, the link that opens the reset; null if no account matches.
    #[schema(required)]
    link: Option<String>,
}

/// The masked contact to which a message goes.
#[derive(Deserialize, Serialize, ToSchema)]
struct Delivery {
    medium: Medium,
    #[schema(examples("+*******0123"))]
    destination: String,
    attribute: Attribute,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Medium {
    Email,
    Sms,
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Attribute {
    Email,
    PhoneNumber,
}

/// Request a reset.
///
/// Keyback sends the message to the person. The answer is the same whether or not an account matches.
#[utoipa::path(
    post,
    path = "/resets",
    operation_id = "requestReset",
    tag = "resets",
    security(("key" = ["resets:request"])),
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 257, description = idempotent::TOLD)),
    request_body = NewReset,
    responses((status = 202, description = "Accepted, whether or not an account matches.", body = Accepted))
)]
pub(in crate::api::native) async fn request(
    State(state): State<ApiState>,
    MayRequest(key): MayRequest,
    Extension(caller): Extension<Caller>,
    idempotency: IdempotencyKey,
    Json(body): Json<NewReset>,
) -> Result<(StatusCode, Answer<Accepted>), Problem> {
    let told = serde_json::to_string(&body).map_err(|_| Problem::Internal)?;
    let delivers = body.deliver.unwrap_or(true);
    if !delivers && !key.may(Scope::ResetsReturnLink) {
        return Err(Problem::MissingScope(Scope::ResetsReturnLink));
    }
    if !delivers && idempotency.0.is_some() {
        return Err(Problem::Unprocessable(
            "Answers with a link are not stored. Leave out deliver or the Idempotency-Key.",
        ));
    }
    let idempotency = idempotency.of(&key, &caller);
    let request = wanted(&state, body, caller.of_client(key.client()))?;
    let accepted = if delivers {
        let sent = send(state.clone(), key.kind, request);
        idempotent::once(&state, &key.id, idempotency, &["POST", "/resets", &told], sent).await?
    } else {
        hand_out(&state, request).await?
    };
    Ok((StatusCode::ACCEPTED, Answer(accepted)))
}

fn wanted(state: &ApiState, body: NewReset, caller: Caller) -> Result<ResetRequest, Problem> {
    let named = Named { email: body.email, phone: body.phone, username: body.username };
    Ok(ResetRequest {
        identifier: named_identifier(state, &named)?,
        wanted_channel: body.channel.as_deref().map(channel).transpose()?,
        redirect_url: body.redirect_url,
        locale: body.locale.as_deref().map(locale).transpose()?.unwrap_or(state.default_locale),
        caller,
        door: Door::Native,
        max_open: None,
        pass: None,
    })
}

/// Requests a reset whose message Keyback sends.
async fn send(state: ApiState, kind: KeyKind, request: ResetRequest) -> Result<Accepted, Problem> {
    match kind {
        KeyKind::Secret => {
            let revealed = state.reset.request_and_reveal(request, Reveal::Configured).await.map_err(refused)?;
            Ok(accepted(&revealed.requested, revealed.account.delivery().map(delivery), None))
        }
        // Anybody can read a publishable key, so its holders learn nothing.
        KeyKind::Publishable => Ok(accepted(&state.reset.request(request).await.map_err(refused)?, None, None)),
    }
}

/// Requests a reset without a message and returns the link: the app sends its own message.
async fn hand_out(state: &ApiState, request: ResetRequest) -> Result<Accepted, Problem> {
    let handed_out = state.reset.hand_out_link(request).await.map_err(refused)?;
    let path = Door::Native.link_path();
    let link = handed_out.secret.map(|key| format!("{}{path}?key={}&action=reset-pwd", state.own_origin, key.expose()));
    Ok(accepted(&handed_out.requested, None, link))
}

fn accepted(requested: &Requested, delivery: Option<Delivery>, link: Option<String>) -> Accepted {
    let id = requested.challenge_id.as_str().to_owned();
    Accepted { id, expires_at: requested.expires_at.millis(), delivery, link }
}

fn refused(error: RequestError) -> Problem {
    match error {
        RequestError::RedirectRefused => Problem::Unprocessable(
            "redirect_url is not one of the key's redirect targets or, if it has none, of redirects.allowed.",
        ),
        RequestError::WayForbidden => {
            Problem::Unprocessable("This kind of identifier or this channel is switched off.")
        }
        RequestError::LimitReached(reached) => Problem::TooManyRequests { retry_after: reached.retry_after.as_secs() },
        RequestError::Fault(fault) => our_fault(&fault),
    }
}

fn delivery(revealed: RevealedDelivery) -> Delivery {
    let (medium, attribute) = match revealed.channel {
        Channel::Email => (Medium::Email, Attribute::Email),
        Channel::Sms => (Medium::Sms, Attribute::PhoneNumber),
    };
    Delivery { medium, destination: revealed.destination, attribute }
}

fn channel(word: &str) -> Result<Channel, Problem> {
    Channel::from_word(word).ok_or(Problem::Unprocessable("channel must be email or sms."))
}

fn locale(tag: &str) -> Result<Locale, Problem> {
    Locale::from_word(tag).ok_or(Problem::Unprocessable("locale must be en or de."))
}
