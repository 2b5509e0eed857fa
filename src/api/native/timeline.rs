//! `GET /api/v1/resets/{id}`: what became of a reset. For the people of an app who are asked "where is my
//! mail", and for programs that must know how it ended.

use axum::Json as Answer;
use axum::extract::{Path, State};
use serde::Serialize;

use super::caller_key::MayRead;
use super::resets::our_fault;
use crate::api::{ApiState, Problem};
use crate::model::ChallengeId;
use crate::reset::{ResetStatus, RevealedStep, RevealedTimeline};

#[derive(Serialize)]
pub(super) struct Timeline {
    id: String,
    status: &'static str,
    cancelled_because: Option<String>,
    door: Option<String>,
    requested_at: i64,
    account_id: Option<String>,
    timeline: Vec<Step>,
    messages: Option<Vec<Message>>,
}

#[derive(Serialize)]
struct Step {
    at: i64,
    event: String,
    result: String,
    actor: String,
    caller_address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    likely_scanner: bool,
}

#[derive(Serialize)]
struct Message {
    kind: String,
    channel: Option<String>,
    state: String,
    attempts: i64,
    next_try_at: Option<i64>,
    reason: Option<String>,
}

pub(super) async fn timeline(
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
    let messages = revealed.messages.map(|messages| {
        let message = |row: crate::reset::RevealedMessage| Message {
            kind: row.kind,
            channel: row.channel,
            next_try_at: row.outcome.is_none().then_some(row.due_at),
            state: row.outcome.unwrap_or_else(|| "pending".to_owned()),
            attempts: row.attempts,
            reason: row.reason,
        };
        messages.into_iter().map(message).collect()
    });
    Timeline {
        id: id.as_str().to_owned(),
        status: match revealed.status {
            ResetStatus::Open => "open",
            ResetStatus::Completed => "completed",
            ResetStatus::Cancelled => "cancelled",
            ResetStatus::Expired => "expired",
        },
        cancelled_because: revealed.cancelled_because,
        door: revealed.door,
        requested_at: revealed.requested_at.millis(),
        account_id: revealed.account_id,
        timeline: revealed.steps.into_iter().map(step).collect(),
        messages,
    }
}

fn step(RevealedStep { row, is_likely_a_scanner }: RevealedStep) -> Step {
    Step {
        at: row.happened_at,
        event: row.event,
        result: row.result,
        actor: row.actor,
        caller_address: row.caller_address,
        user_agent: row.user_agent,
        request_id: row.correlation_id,
        likely_scanner: is_likely_a_scanner,
    }
}
