//! The result for an accepted request, which is the same whether or not there is an account.

use rmcp::model::CallToolResult;
use rmcp::schemars::JsonSchema;
use serde::Serialize;

use super::told;
use crate::model::Channel;
use crate::reset::Requested;

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Accepted {
    /// The ID of the request, for the other tools. It is not a secret.
    id: String,
    /// The channels by which a message may be sent, the most likely first: email, sms.
    channels: Vec<&'static str>,
    /// The earliest time at which the request expires (RFC 3339).
    expires_at: String,
    /// The time from which another message may be requested (RFC 3339).
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
        format!("Request ID: {}", accepted.id),
        format!("Valid until: {}", accepted.expires_at),
        format!("Do not request again before: {}", accepted.again_at),
    ];
    told(lines, &accepted)
}

const fn in_words(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "text message",
    }
}
