//! Messages and webhook events in the outbox, from queueing to their outcome.

use super::words::words;
use super::{ChallengeId, Channel, LimitName, MessageId, Timestamp};

words! {
    /// The kind of message to send.
    pub enum MessageKind {
        /// The link and the code of a reset.
        Reset = "reset",
        /// "Your password was changed".
        Notice = "notice",
        /// "Too many wrong codes".
        CodesClosed = "codes_closed",
        /// An event for the operator's app.
        Webhook = "webhook",
    }
}

words! {
    /// The outcome of a message, in the table and in the audit.
    pub enum MessageOutcome {
        /// The mail server, provider or app has accepted the message.
        Sent = "sent",
        /// There is no account to send it to.
        Nobody = "nobody",
        /// The challenge ended before the message was sent.
        Cancelled = "cancelled",
        /// Not sent on purpose: a limit, the budget, or closed codes.
        Withheld = "withheld",
        /// Sending failed, and retries have ended.
        Failed = "failed",
    }
}

/// Lanes are processed separately, so that none delays another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxLane {
    /// Messages to people, on one channel.
    Messages(Channel),
    /// Webhook events.
    Webhooks,
}

/// A message to queue.
#[derive(Debug)]
pub struct NewMessage<'a> {
    /// The reset that it is about.
    pub challenge_id: &'a ChallengeId,
    /// What to send.
    pub content: NewContent<'a>,
    /// When it may be sent.
    pub due_at: Timestamp,
    /// When retries end.
    pub give_up_at: Timestamp,
}

/// What to send.
#[derive(Debug)]
pub enum NewContent<'a> {
    /// The link and the code of a reset. The challenge decides by which channel.
    Reset {
        /// The channel that it will probably use.
        lane: Channel,
        /// The domain of the address that was typed.
        destination: Option<&'a str>,
        /// The limit on text messages that is full.
        text_limit: Option<LimitName>,
    },
    /// "Your password was changed", by one channel.
    Notice(Channel),
    /// "Too many wrong codes", by one channel.
    CodesClosed(Channel),
    /// An event for the operator's app.
    Webhook {
        /// Its body, in JSON.
        payload: &'a str,
        /// `Some`: it is never sent and has already ended with this outcome.
        outcome: Option<MessageOutcome>,
    },
}

/// A claimed message. `lease_until` proves the claim: whoever marks the message must still hold the lease.
#[derive(Clone, Debug)]
pub struct QueuedMessage {
    /// Its id.
    pub id: MessageId,
    /// What it is. `None` if this version cannot read it, because a newer one wrote it.
    pub kind: Option<MessageKind>,
    /// The reset that it is about.
    pub challenge_id: ChallengeId,
    /// The channel that it must use. `None` if the challenge decides.
    pub channel: Option<Channel>,
    /// The channel of its lane.
    pub lane: Channel,
    /// The domain of the address that was typed, if there is one and it is known.
    pub destination: Option<String>,
    /// No limit on text messages was full at the request.
    pub may_go_as_text: bool,
    /// The body of a webhook.
    pub payload: Option<String>,
    /// When retries end.
    pub give_up_at: Timestamp,
    /// How often sending was started.
    pub attempts: i64,
    /// How often it may have been sent without an answer.
    pub unanswered: i64,
    /// When the claim ends.
    pub lease_until: Timestamp,
}

/// The status of a message in the outbox.
#[derive(Clone, Debug)]
pub struct MessageStatus {
    /// What it is.
    pub kind: MessageKind,
    /// The channel. `None` if the challenge decides, or if it is a webhook.
    pub channel: Option<Channel>,
    /// How often sending was started.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// Its outcome. `None` while it is pending.
    pub outcome: Option<MessageOutcome>,
    /// The last failure.
    pub reason: Option<String>,
}
