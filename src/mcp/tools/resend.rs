//! `resend`: the same request once more.

use super::accepted::accepted;
use super::{Answer, Hints, Named};
use crate::mcp::McpState;
use crate::mcp::authorize::Asker;
use crate::mcp::failure::Failure;
use crate::model::Door;

pub(super) const WHAT: &str = "Asks once more for a reset that this key has asked for, where its message did not come. \
Ask the human you work for first. It is a request of its own, with an id of its own; the newest message counts.";

pub(super) const HINTS: Hints = Hints {
    title: "Send the message again",
    read_only: false,
    destructive: false,
    idempotent: false,
    open_world: true,
};

pub(super) async fn call(state: &McpState, asker: &Asker, named: Named) -> Answer {
    let requested = state.reset.resend(&named.id()?, &asker.caller, Door::Mcp).await?;
    Ok(accepted(&requested.ok_or(Failure::NotFound)?))
}
