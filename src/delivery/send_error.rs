//! Why a message was not sent.

use std::time::Duration;

/// A message was not sent. The reason never contains an address, a number, a secret or the text.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Refused for now. It may succeed later, but not before `retry_after`, if the server set one.
    #[error("{reason}")]
    Transient { reason: String, retry_after: Option<Duration> },
    /// The server cannot be reached, so no message would get through now.
    #[error("{0}")]
    Unreached(String),
    /// No answer, or an unreadable one. The message may have been sent; it is retried all the same.
    #[error("{0}")]
    Unanswered(String),
    /// It will never succeed.
    #[error("{0}")]
    Permanent(String),
}

impl SendError {
    /// It may succeed later; the server set no time.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into(), retry_after: None }
    }
}

/// A message was not sent, and what the operator can do about it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    pub error: SendError,
    /// What the operator can do, if the answer was recognised.
    pub hint: Option<&'static str>,
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        Self { error, hint: None }
    }
}
