//! `cancel_reset`: cancels a request.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Hints, Named, told};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;

pub(super) const WHAT: &str = "Cancels a reset that was requested with this key: its link and its code stop working. A \
password that was already set stays.";

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

pub(super) async fn call(state: &ApiState, asker: &Asker, named: Named) -> Answer {
    let id = named.id()?;
    if !state.reset.cancel_request(&id, &asker.caller).await? {
        return Err(Failure::NotFound);
    }
    let lines = [
        "The request has ended: its link and its code no longer work. A password that was set before stays.".to_owned(),
        format!("Request ID: {id}"),
    ];
    Ok(told(lines, &Over { id: id.as_str().to_owned(), over: true }))
}
