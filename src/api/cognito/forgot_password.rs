//! `ForgotPassword`: sends a code and returns where it was sent.

use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;

use super::answer::{Refusal, ok};
use super::request::Given;
use crate::admin::KeySummary;
use crate::api::ApiState;
use crate::model::{Caller, Channel, Door, Identifier, KeyKind, Scope};
use crate::reset::{RequestError, ResetRequest, RevealedAccount, RevealedDelivery};

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
    let wanted = state.reset.preferred_channel(identifier.kind());
    let request = ResetRequest {
        identifier: identifier.clone(),
        wanted_channel: wanted,
        redirect_url: None,
        locale: state.default_locale,
        caller: caller.of_client(key.client()),
        door: Door::Cognito,
        max_open: None,
        pass: None,
    };
    // Look up the delivery before the request, so that a fault here can't hide that a message was sent. Any other
    // outcome is returned only after the request has passed the rate limits.
    let told = delivery(state, &key, &identifier, wanted).await;
    if let Err(fault @ Refusal::InternalError(_)) = told {
        return Err(fault);
    }
    state.reset.request(request).await.map_err(refusal)?;
    Ok(ok(&Sent { code_delivery_details: details(told?) }))
}

/// The delivery target, as far as this caller may see it.
async fn delivery(
    state: &ApiState,
    key: &KeySummary,
    identifier: &Identifier,
    wanted: Option<Channel>,
) -> Result<RevealedDelivery, Refusal> {
    let shown = match key.kind {
        // The typed contact, masked: this reveals nothing that the person doesn't know.
        KeyKind::Publishable => state.reset.shown_delivery(identifier, None),
        KeyKind::Secret if state.reset.conceals_accounts() => {
            state.reset.reveal_delivery(identifier, wanted).await.map_err(|fault| Refusal::fault(&fault))?
        }
        KeyKind::Secret => {
            let account = state.reset.reveal_account(identifier, wanted).await;
            return match account.map_err(|fault| Refusal::fault(&fault))? {
                RevealedAccount::Reached { delivery, .. } => Ok(delivery),
                RevealedAccount::Unknown => Err(Refusal::UserNotFound),
                RevealedAccount::Disabled => Err(Refusal::UserDisabled),
                RevealedAccount::NotVerified => Err(Refusal::NoVerifiedContact),
                RevealedAccount::OutOfReach => Err(Refusal::CodeDeliveryFailure),
            };
        }
    };
    shown.ok_or(Refusal::CodeDeliveryFailure)
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
