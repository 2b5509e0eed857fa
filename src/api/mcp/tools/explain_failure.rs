//! `explain_failure`: explains in plain words why no message has arrived or why a reset ended.

use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::explanation::explain;
use super::reset_status::revealed;
use super::{Answer, Hints, Named, told};
use crate::api::ApiState;
use crate::api::mcp::asker::Asker;

pub(super) const WHAT: &str = "Explains in plain words why no message has arrived or why a reset ended, and what to do, \
for resets that were requested with this key or on the hosted pages.";

pub(super) const HINTS: Hints = Hints {
    title: "Explain why a reset does not work",
    read_only: true,
    destructive: false,
    idempotent: true,
    open_world: false,
};

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Explained {
    id: String,
    /// open, completed, cancelled or expired.
    status: &'static str,
    /// What is known, one sentence per item.
    findings: Vec<String>,
    /// What to do, one sentence per item.
    advice: Vec<String>,
}

pub(super) async fn call(state: &ApiState, asker: &Asker, named: Named) -> Answer {
    let id = named.id()?;
    let revealed = revealed(state, asker, &id).await?;
    let explanation = explain(&revealed);
    let explained = Explained {
        id: id.as_str().to_owned(),
        status: revealed.status.as_str(),
        findings: explanation.findings,
        advice: explanation.advice,
    };
    let head = [format!("Status: {}", explained.status)];
    let lines: Vec<String> = head.iter().chain(&explained.findings).chain(&explained.advice).cloned().collect();
    Ok(told(lines, &explained))
}
