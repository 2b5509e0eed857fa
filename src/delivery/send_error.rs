//! Why a message did not go. Made by the transports, read by the worker and by `keyback check`.

use std::time::Duration;

/// A message did not go. No reason holds an address, a number, a secret or the text.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Refused for now, or not reached: it may go later, and not before `retry_after`, where they say so.
    #[error("{reason}")]
    Transient { reason: String, retry_after: Option<Duration> },
    /// The server as a whole is not to be had: nobody's message would go now.
    #[error("{0}")]
    Unreached(String),
    /// No answer, or one that cannot be understood: it may have gone; it is tried again all the same.
    #[error("{0}")]
    Unanswered(String),
    /// It will never go.
    #[error("{0}")]
    Permanent(String),
}

impl SendError {
    /// It may go later; nobody said when.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into(), retry_after: None }
    }
}

/// A message did not go, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    pub error: SendError,
    /// What the operator can do, where the answer was recognised.
    pub hint: Option<&'static str>,
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        Self { error, hint: None }
    }
}
