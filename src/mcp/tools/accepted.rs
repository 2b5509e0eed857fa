//! What is told of a request that was accepted: the same whether there is an account or not. Used by `request_reset`
//! and `resend`.

use rmcp::model::CallToolResult;
use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::told;
use crate::model::Channel;
use crate::reset::Requested;

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Accepted {
    /// Names the request for the other tools. It opens nothing.
    id: String,
    /// The ways by which a message may come, the likeliest first: email, sms.
    channels: Vec<&'static str>,
    /// The request is good at least until then (RFC 3339).
    expires_at: String,
    /// From when a further message may be asked for (RFC 3339).
    again_at: String,
}

pub(super) fn accepted(requested: &Requested) -> CallToolResult {
    let accepted = Accepted {
        id: requested.challenge_id.as_str().to_owned(),
        channels: requested.channels.iter().map(|channel| channel.as_str()).collect(),
        expires_at: requested.expires_at.for_programs(),
        again_at: requested.again_at.for_programs(),
    };
    let ways: Vec<&str> = requested.channels.iter().map(|channel| in_words(*channel)).collect();
    let lines = [
        format!("The request is accepted. If there is an account, its owner gets a message by {}.", ways.join(" or ")),
        format!("Request id: {}", accepted.id),
        format!("Good until: {}", accepted.expires_at),
        format!("Ask again not before: {}", accepted.again_at),
    ];
    told(lines, &accepted)
}

const fn in_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "e-mail",
        Channel::Sms => "text message",
    }
}
