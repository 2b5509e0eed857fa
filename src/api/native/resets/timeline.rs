//! `GET /api/v1/resets/{id}`: the status and history of a reset, for support staff who are asked "where is my email?"
//! and for programs that need its outcome.

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::native::Problem;
use crate::api::native::caller_key::MayRead;
use crate::api::native::our_fault;
use crate::model::{CancelReason, ChallengeId, Channel, Door, MessageOutcome, MessageStatus, Timestamp};
use crate::reset::{ResetStatus, RevealedStep, RevealedTimeline};

/// The status and history of a reset.
#[derive(Serialize, ToSchema)]
#[schema(as = Reset)]
pub(in crate::api::native) struct Timeline {
    id: String,
    status: Status,
    /// `superseded`, `not_me`, `by_client`, `reset_elsewhere` or `account_changed`; null if it was not cancelled.
    #[schema(required)]
    cancelled_because: Option<&'static str>,
    /// How it was requested: `pages`, `native`, `agnost`, `cognito`, `productflame` or `mcp`.
    #[schema(required)]
    door: Option<&'static str>,
    requested_at: i64,
    /// Null while accounts are concealed.
    #[schema(required)]
    account_id: Option<String>,
    /// At most 200 steps, oldest first.
    timeline: Vec<Step>,
    /// Null while accounts are concealed.
    #[schema(required)]
    messages: Option<Vec<Message>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ResetStatus)]
#[serde(rename_all = "lowercase")]
enum Status {
    Open,
    Completed,
    Cancelled,
    Expired,
}

/// A step in the history of a reset.
#[derive(Serialize, ToSchema)]
struct Step {
    at: i64,
    #[schema(examples("reset.requested"))]
    event: &'static str,
    /// `ok`, or the reason why the step failed.
    #[schema(examples("ok"))]
    result: &'static str,
    /// `person`, `worker` or `key:…`.
    #[schema(examples("person"))]
    actor: String,
    #[schema(required)]
    caller_address: Option<String>,
    #[schema(required)]
    user_agent: Option<String>,
    #[schema(required)]
    request_id: Option<String>,
    /// How often it happened. Repetitions beyond 20 are counted in one step without a caller.
    hits: i64,
    /// When it last happened; null if it happened once.
    #[schema(required)]
    last_at: Option<i64>,
    /// Whether the link was probably opened by a mail system rather than a person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    likely_scanner: bool,
}

/// A message of the reset and its state.
#[derive(Serialize, ToSchema)]
struct Message {
    kind: &'static str,
    #[schema(required)]
    channel: Option<&'static str>,
    /// `pending`, or the outcome.
    state: &'static str,
    attempts: i64,
    #[schema(required)]
    next_try_at: Option<i64>,
    /// The reason of the last failure.
    #[schema(required)]
    reason: Option<String>,
}

/// Read a reset.
///
/// Returns a reset that was requested with this key or by a person on the hosted pages.
#[utoipa::path(
    get,
    path = "/resets/{id}",
    operation_id = "readReset",
    tag = "resets",
    security(("key" = ["resets:read"])),
    params(("id" = String, Path, description = "The ID of the reset.", example = "jX0q9yTnB2vRk4mLwZ8sPdHc")),
    responses((status = 200, description = "The status and history of the reset.", body = Timeline))
)]
pub(in crate::api::native) async fn timeline(
    State(state): State<ApiState>,
    MayRead(key): MayRead,
    Path(id): Path<String>,
) -> Result<Answer<Timeline>, Problem> {
    let Some(id) = ChallengeId::parse(&id) else { return Err(Problem::NotFound) };
    match state.reset.reveal_timeline(&id, &key.id).await {
        Ok(Some(revealed)) => Ok(Answer(body(&id, revealed))),
        Ok(None) => Err(Problem::NotFound),
        Err(fault) => Err(our_fault(&fault)),
    }
}

fn body(id: &ChallengeId, revealed: RevealedTimeline) -> Timeline {
    let messages = revealed.messages.map(|messages| messages.into_iter().map(message).collect());
    Timeline {
        id: id.as_str().to_owned(),
        status: match revealed.status {
            ResetStatus::Open => Status::Open,
            ResetStatus::Completed => Status::Completed,
            ResetStatus::Cancelled => Status::Cancelled,
            ResetStatus::Expired => Status::Expired,
        },
        cancelled_because: revealed.cancelled_because.map(CancelReason::as_str),
        door: revealed.door.map(Door::as_str),
        requested_at: revealed.requested_at.millis(),
        account_id: revealed.account_id.map(|id| id.to_string()),
        timeline: revealed.steps.into_iter().map(step).collect(),
        messages,
    }
}

fn step(RevealedStep { audit, is_likely_a_scanner }: RevealedStep) -> Step {
    Step {
        at: audit.happened_at.millis(),
        event: audit.event.as_str(),
        result: audit.result.as_str(),
        actor: audit.actor.to_string(),
        caller_address: audit.caller_address.map(|address| address.to_string()),
        user_agent: audit.user_agent,
        request_id: audit.correlation_id.map(|id| id.as_str().to_owned()),
        hits: audit.hits,
        last_at: audit.last_at.map(Timestamp::millis),
        likely_scanner: is_likely_a_scanner,
    }
}

fn message(status: MessageStatus) -> Message {
    Message {
        kind: status.kind.as_str(),
        channel: status.channel.map(Channel::as_str),
        next_try_at: status.outcome.is_none().then_some(status.due_at.millis()),
        state: status.outcome.map_or("pending", MessageOutcome::as_str),
        attempts: status.attempts,
        reason: status.reason,
    }
}
