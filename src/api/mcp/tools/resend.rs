//! `resend`: repeats a request.

use super::accepted::accepted;
use super::{Answer, Hints, Named};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;
use crate::model::Door;

pub(super) const WHAT: &str = "Repeats a reset request of this key if its message did not arrive. Ask the human you work \
for first. The result is a new request with its own ID; use the newest message.";

pub(super) const HINTS: Hints = Hints {
    title: "Send the message again",
    read_only: false,
    destructive: false,
    idempotent: false,
    open_world: true,
};

pub(super) async fn call(state: &ApiState, asker: &Asker, named: Named) -> Answer {
    let requested = state.reset.resend(&named.id()?, &asker.caller, Door::Mcp).await?;
    Ok(accepted(&requested.ok_or(Failure::NotFound)?))
}
