//! `request_reset`: requests a reset for one person, like the hosted page does.

use rmcp::schemars::JsonSchema;
use serde::Deserialize;

use super::accepted::accepted;
use super::{Answer, Hints};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;
use crate::api::named::{NAME_ONE, Named, NamedError};
use crate::model::{Door, Locale};
use crate::reset::ResetRequest;

pub(super) const WHAT: &str = "Sends one person a message with which they choose a new password on a hosted page. Ask the \
human you work for first. Name exactly one of email, phone and username. The result does not reveal whether the \
account exists.";

pub(super) const HINTS: Hints = Hints {
    title: "Request a password reset",
    read_only: false,
    destructive: false,
    idempotent: false,
    open_world: true,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Asked {
    /// The email address of the account.
    #[schemars(length(min = 1, max = 254))]
    email: Option<String>,
    /// The phone number of the account: +12025550123.
    #[schemars(length(min = 1, max = 40))]
    phone: Option<String>,
    /// The username of the account.
    #[schemars(length(min = 1, max = 128))]
    username: Option<String>,
    /// Where the link leads: one of the registered URLs. If missing, the default is used.
    #[schemars(length(max = 2048))]
    redirect_url: Option<String>,
    /// The language of the message: en, de.
    #[schemars(length(max = 35))]
    locale: Option<String>,
}

pub(super) async fn call(state: &ApiState, asker: &Asker, asked: Asked) -> Answer {
    let locale = match asked.locale.as_deref() {
        Some(tag) => Locale::from_word(tag).ok_or(Failure::WrongArguments("locale must be en or de.".into()))?,
        None => state.default_locale,
    };
    let named = Named { email: asked.email, phone: asked.phone, username: asked.username };
    let request = ResetRequest {
        identifier: named.identifier(&state.reset).map_err(unnamed)?,
        wanted_channel: None,
        redirect_url: asked.redirect_url,
        locale,
        caller: asker.caller.clone(),
        door: Door::Mcp,
        max_open: None,
        pass: None,
    };
    Ok(accepted(&state.reset.request(request).await?))
}

fn unnamed(error: NamedError) -> Failure {
    let what = match error {
        NamedError::NotOne => NAME_ONE,
        NamedError::Identifier(_) => "The identifier is malformed.",
    };
    Failure::WrongArguments(what.into())
}
