//! `reset_password_send_code`: for agents that were built for Amazon Cognito, with the texts of the original and the
//! destination in Cognito's form.

use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Hints, told};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;
use crate::model::{Channel, Door, Identifier};
use crate::reset::{ResetRequest, Reveal, RevealedAccount};

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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Asked {
    /// The account: a username, an email address or a phone number.
    #[schemars(length(min = 1, max = 254))]
    username: String,
}

// The published schema lets three members be null; they are always set.
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
    let request = ResetRequest {
        wanted_channel: state.reset.asking().preferred_channel(identifier.kind()),
        identifier,
        redirect_url: None,
        locale: state.default_locale,
        caller: asker.caller.clone(),
        door: Door::Mcp,
        max_open: None,
        pass: None,
    };
    let revealed = state.reset.request_and_reveal(request, Reveal::Configured).await?;
    let delivery = match revealed.account {
        RevealedAccount::Reached { delivery, signs_in_elsewhere: _ } => delivery,
        RevealedAccount::Unknown => return Err(Failure::UnknownAccount),
        RevealedAccount::Disabled => return Err(Failure::AccountDisabled),
        RevealedAccount::NotVerified => return Err(Failure::NoVerifiedContact),
        RevealedAccount::OutOfReach => return Err(Failure::OutOfReach),
    };
    let (method, attribute) = match delivery.channel {
        Channel::Email => ("EMAIL", "email"),
        Channel::Sms => ("SMS", "phone_number"),
    };
    let lines = [
        "Code sent successfully".to_owned(),
        format!("Delivery method: {method}"),
        format!("Destination: {}", delivery.destination),
        format!("Attribute name: {attribute}"),
    ];
    let sent = Sent {
        id: revealed.requested.challenge_id.as_str().to_owned(),
        delivery_method: Some(method),
        destination: Some(delivery.destination),
        attribute_name: Some(attribute),
    };
    Ok(told(lines, &sent))
}

/// Parses a Cognito username, which may be any kind of identifier.
pub(super) fn identifier(state: &ApiState, username: &str) -> Result<Identifier, Failure> {
    let malformed = "username must be a username, an email address or a phone number.";
    state.reset.asking().identify(username).map_err(|_| Failure::WrongArguments(malformed.into()))
}
