//! `request_reset`: asks for a reset for one person, as the hosted page does.

use rmcp::schemars::JsonSchema;
use serde::Deserialize;

use super::accepted::accepted;
use super::{Answer, Hints};
use crate::i18n::Locale;
use crate::mcp::McpState;
use crate::mcp::authorize::Asker;
use crate::mcp::failure::Failure;
use crate::model::{Door, Identifier, IdentifierKind};
use crate::reset::ResetRequest;

pub(super) const WHAT: &str = "Sends one person the message with which they choose a new password on a hosted page. Ask \
the human you work for first. Name exactly one of email, phone and username. Whether there is such an account is not told.";

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
    /// Whose password, by e-mail address.
    #[schemars(length(min = 1, max = 254))]
    email: Option<String>,
    /// Whose password, by phone number: +12025550123.
    #[schemars(length(min = 1, max = 40))]
    phone: Option<String>,
    /// Whose password, by username.
    #[schemars(length(min = 1, max = 128))]
    username: Option<String>,
    /// Where the link leads: one of the registered URLs. Without: the default.
    #[schemars(length(max = 2048))]
    redirect_url: Option<String>,
    /// The language of the message: en, de.
    #[schemars(length(max = 35))]
    locale: Option<String>,
}

pub(super) async fn call(state: &McpState, asker: &Asker, asked: Asked) -> Answer {
    let locale = match asked.locale.as_deref() {
        Some(tag) => Locale::from_tag(tag).ok_or(Failure::WrongArguments("locale is en or de.".into()))?,
        None => state.default_locale,
    };
    let request = ResetRequest {
        identifier: identifier(state, &asked)?,
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

fn identifier(state: &McpState, asked: &Asked) -> Result<Identifier, Failure> {
    let named = [
        (IdentifierKind::Email, &asked.email),
        (IdentifierKind::Phone, &asked.phone),
        (IdentifierKind::Username, &asked.username),
    ];
    let mut named = named.into_iter().filter_map(|(kind, text)| text.as_deref().map(|text| (kind, text)));
    let (Some((kind, text)), None) = (named.next(), named.next()) else {
        return Err(Failure::WrongArguments("Name exactly one of email, phone and username.".into()));
    };
    let malformed = || Failure::WrongArguments("The identifier does not have the right form.".into());
    state.reset.identify_as(kind, text).map_err(|_| malformed())
}
