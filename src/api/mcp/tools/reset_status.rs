//! `reset_status`: the status of a request and its history. It contains only words of Keyback itself, because values
//! from callers (such as their user agent) could contain instructions to the agent.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::{Answer, Hints, Named, told};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;
use crate::api::mcp::failure::Failure;
use crate::model::{CancelReason, ChallengeId};
use crate::reset::{RevealedStep, RevealedTimeline};

pub(super) const WHAT: &str = "Returns the status and the history of a reset that was requested with this key or on the \
hosted pages.";

pub(super) const HINTS: Hints = Hints {
    title: "Status of a password reset",
    read_only: true,
    destructive: false,
    idempotent: true,
    open_world: false,
};

/// How many of the newest steps to return.
const STEPS: usize = 20;

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Status {
    id: String,
    /// open, completed, cancelled or expired.
    status: &'static str,
    /// If cancelled: superseded, not_me, by_client, reset_elsewhere or account_changed.
    cancelled_because: Option<&'static str>,
    /// RFC 3339.
    requested_at: String,
    /// The newest steps, oldest first.
    steps: Vec<Step>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct Step {
    /// RFC 3339.
    at: String,
    /// reset.requested, reset.dispatched, reset.link_opened and so on.
    event: &'static str,
    /// ok, or the reason why the step failed.
    result: &'static str,
    /// person, worker, or key: followed by the ID of a key.
    actor: String,
    /// How often it happened. Repetitions beyond 20 are counted in one step.
    hits: i64,
    /// Whether the link was probably opened by a mail system rather than a person.
    likely_scanner: bool,
}

pub(super) async fn call(state: &ApiState, asker: &Asker, named: Named) -> Answer {
    let id = named.id()?;
    let revealed = revealed(state, asker, &id).await?;
    let first = revealed.steps.len().saturating_sub(STEPS);
    let status = Status {
        id: id.as_str().to_owned(),
        status: revealed.status.as_str(),
        cancelled_because: revealed.cancelled_because.map(CancelReason::as_str),
        requested_at: revealed.requested_at.for_programs(),
        steps: revealed.steps.into_iter().skip(first).map(step).collect(),
    };
    let because = status.cancelled_because.map(|because| format!(" ({because})")).unwrap_or_default();
    let head = [format!("Status: {}{because}", status.status), format!("Requested at: {}", status.requested_at)];
    let steps = status.steps.iter().map(|step| {
        let scanner = if step.likely_scanner { ", probably a mail system" } else { "" };
        let times = if step.hits > 1 { format!(", {} times", step.hits) } else { String::new() };
        format!("{} {} {} by {}{times}{scanner}", step.at, step.event, step.result, step.actor)
    });
    let lines: Vec<String> = head.into_iter().chain(steps).collect();
    Ok(told(lines, &status))
}

/// The timeline of a request, if this key may read it.
pub(super) async fn revealed(state: &ApiState, asker: &Asker, id: &ChallengeId) -> Result<RevealedTimeline, Failure> {
    state.reset.reveal_timeline(id, asker.key_id()).await?.ok_or(Failure::NotFound)
}

fn step(RevealedStep { audit, is_likely_a_scanner }: RevealedStep) -> Step {
    Step {
        at: audit.happened_at.for_programs(),
        event: audit.event.as_str(),
        result: audit.result.as_str(),
        actor: audit.actor.to_string(),
        hits: audit.hits,
        likely_scanner: is_likely_a_scanner,
    }
}
