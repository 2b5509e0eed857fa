//! `ForgotPassword`: sends a code and returns where it was sent.

use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;

use super::answer::{Refusal, ok};
use super::request::Given;
use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::model::{Caller, Channel, Door, KeyKind, Scope};
use crate::reset::{RequestError, ResetRequest, Reveal, RevealedAccount, RevealedDelivery};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    code_delivery_details: CodeDeliveryDetails,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CodeDeliveryDetails {
    attribute_name: &'static str,
    delivery_medium: &'static str,
    destination: String,
}

pub(super) async fn forgot_password(
    state: &ApiState,
    caller: Caller,
    headers: &HeaderMap,
    mut given: Given,
) -> Result<Response, Refusal> {
    let (key, identifier) = given.subject()?.admit(state, headers, Scope::ResetsRequest).await?;
    let request = ResetRequest {
        wanted_channel: state.reset.asking().preferred_channel(identifier.kind()),
        identifier,
        redirect_url: None,
        locale: state.default_locale,
        caller: caller.of_client(key.client()),
        door: Door::Cognito,
        max_open: None,
        pass: None,
    };
    let revealed = state.reset.request_and_reveal(request, revealed_to(&key)).await.map_err(refusal)?;
    match revealed.account {
        RevealedAccount::Reached { delivery, .. } => Ok(ok(&Sent { code_delivery_details: details(delivery) })),
        RevealedAccount::Unknown => Err(Refusal::UserNotFound),
        RevealedAccount::Disabled => Err(Refusal::UserDisabled),
        RevealedAccount::NotVerified => Err(Refusal::NoVerifiedContact),
        RevealedAccount::OutOfReach => Err(Refusal::CodeDeliveryFailure),
    }
}

/// What the holder of a key may learn about an account.
pub(super) const fn revealed_to(key: &KeySummary) -> Reveal {
    match key.kind {
        // The typed contact, masked, reveals nothing that the person doesn't know.
        KeyKind::Publishable => Reveal::Typed,
        KeyKind::Secret => Reveal::Configured,
    }
}

fn details(delivery: RevealedDelivery) -> CodeDeliveryDetails {
    let (attribute_name, delivery_medium) = match delivery.channel {
        Channel::Email => ("email", "EMAIL"),
        Channel::Sms => ("phone_number", "SMS"),
    };
    CodeDeliveryDetails { attribute_name, delivery_medium, destination: delivery.destination }
}

fn refusal(error: RequestError) -> Refusal {
    match error {
        RequestError::LimitReached(reached) if reached.is_of_identifier() => Refusal::LimitExceeded,
        RequestError::LimitReached(reached) => Refusal::TooManyRequests(reached.retry_after),
        RequestError::WayForbidden => Refusal::invalid("Resets with a Username of that kind are switched off here."),
        RequestError::RedirectRefused => Refusal::invalid("The redirect URL of the client is not registered."),
        RequestError::Fault(fault) => Refusal::fault(&fault),
    }
}
