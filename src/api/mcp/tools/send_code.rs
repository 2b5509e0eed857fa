//! `reset_password_send_code`: for agents that were built for Amazon Cognito, with the texts of the original and the
//! destination in Cognito's form.

use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Hints, told};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;
use crate::model::{Channel, Door, Identifier};
use crate::reset::{ResetRequest, RevealedAccount, RevealedDelivery};

pub(super) const WHAT: &str = "Sends one person a message with which they choose a new password, for agents that know the \
tools of Amazon Cognito; otherwise use request_reset. Ask the human you work for first. username is a username, an \
email address or a phone number.";

pub(super) const HINTS: Hints = Hints {
    title: "Send a password reset code",
    read_only: false,
    destructive: false,
    idempotent: false,
    open_world: true,
};

/// What the original prints for missing values.
const UNKNOWN: &str = "Unknown";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Asked {
    /// The account: a username, an email address or a phone number.
    #[schemars(length(min = 1, max = 254))]
    username: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Sent {
    /// The ID of the request, for the other tools. It is not a secret.
    id: String,
    /// EMAIL or SMS.
    delivery_method: Option<&'static str>,
    /// The masked contact.
    destination: Option<String>,
    /// email or phone_number.
    attribute_name: Option<&'static str>,
}

pub(super) async fn call(state: &ApiState, asker: &Asker, asked: Asked) -> Answer {
    let identifier = identifier(state, &asked.username)?;
    let wanted_channel = state.reset.preferred_channel(identifier.kind());
    let request = ResetRequest {
        identifier: identifier.clone(),
        wanted_channel,
        redirect_url: None,
        locale: state.default_locale,
        caller: asker.caller.clone(),
        door: Door::Mcp,
        max_open: None,
        pass: None,
    };
    // Look up the delivery before the request, so that a fault here can't hide that a message was sent. Any other
    // outcome is returned only after the request has passed the rate limits.
    let delivery = delivery(state, &identifier, wanted_channel).await;
    if let Err(fault @ Failure::Ours(_)) = delivery {
        return Err(fault);
    }
    let requested = state.reset.request(request).await?;
    let delivery = delivery?;
    let (delivery_method, attribute_name) = match delivery.as_ref().map(|delivery| delivery.channel) {
        Some(Channel::Email) => (Some("EMAIL"), Some("email")),
        Some(Channel::Sms) => (Some("SMS"), Some("phone_number")),
        None => (None, None),
    };
    let sent = Sent {
        id: requested.challenge_id.as_str().to_owned(),
        delivery_method,
        destination: delivery.map(|delivery| delivery.destination),
        attribute_name,
    };
    let lines = [
        "Code sent successfully".to_owned(),
        format!("Delivery method: {}", sent.delivery_method.unwrap_or(UNKNOWN)),
        format!("Destination: {}", sent.destination.as_deref().unwrap_or(UNKNOWN)),
        format!("Attribute name: {}", sent.attribute_name.unwrap_or(UNKNOWN)),
    ];
    Ok(told(lines, &sent))
}

/// Parses a Cognito username, which may be any kind of identifier.
pub(super) fn identifier(state: &ApiState, username: &str) -> Result<Identifier, Failure> {
    let malformed = "username must be a username, an email address or a phone number.";
    state.reset.identify(username).map_err(|_| Failure::WrongArguments(malformed.into()))
}

/// The delivery target. If accounts are concealed, accounts that don't exist have one, too.
async fn delivery(
    state: &ApiState,
    identifier: &Identifier,
    wanted: Option<Channel>,
) -> Result<Option<RevealedDelivery>, Failure> {
    if state.reset.conceals_accounts() {
        return Ok(state.reset.reveal_delivery(identifier, wanted).await?);
    }
    match state.reset.reveal_account(identifier, wanted).await? {
        RevealedAccount::Reached { delivery, signs_in_elsewhere: _ } => Ok(Some(delivery)),
        RevealedAccount::Unknown => Err(Failure::UnknownAccount),
        RevealedAccount::Disabled => Err(Failure::AccountDisabled),
        RevealedAccount::NotVerified => Err(Failure::NoVerifiedContact),
        RevealedAccount::OutOfReach => Err(Failure::OutOfReach),
    }
}
