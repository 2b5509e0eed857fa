//! `cancel_reset`: takes a request back.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Hints, Named, told};
use crate::mcp::McpState;
use crate::mcp::authorize::Asker;
use crate::mcp::failure::Failure;

pub(super) const WHAT: &str = "Takes back a reset that this key has asked for: its link and its code are dead then. A \
password that was set already stays.";

pub(super) const HINTS: Hints = Hints {
    title: "Cancel a password reset",
    read_only: false,
    destructive: true,
    idempotent: true,
    open_world: false,
};

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Over {
    id: String,
    /// Always true: the request can no longer lead to a new password.
    over: bool,
}

pub(super) async fn call(state: &McpState, asker: &Asker, named: Named) -> Answer {
    let id = named.id()?;
    if !state.reset.cancel_request(&id, &asker.caller).await? {
        return Err(Failure::NotFound);
    }
    let lines = [
        "The request is over: its link and its code are dead. A password that was set before stays.".to_owned(),
        format!("Request id: {id}"),
    ];
    Ok(told(lines, &Over { id: id.as_str().to_owned(), over: true }))
}
