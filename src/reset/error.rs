//! Errors, one enum per step, with only those outcomes that callers handle differently. Each door maps them in a `match`
//! without `_`, so that a new outcome is answered everywhere.

use std::time::Duration;

use crate::accounts::{HashError, LockError, NotJudged, PolicyViolation};
use crate::limits::LimitReached;
use crate::store::StoreError;

/// When to come back after a temporary fault.
pub const UNAVAILABLE_RETRY_AFTER: Duration = Duration::from_secs(5);

/// A fault of ours. The details go to the log, where the door writes them once.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database does not answer, or not as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A newer Keyback wrote a message of a kind that this one does not know.
    #[error("a message of an unknown kind")]
    UnknownMessage,
    /// The app that keeps the accounts does not want the new password.
    #[error("the app refused the new password")]
    RefusedByApp,
    /// An app has been asked to set the password and has not answered yet.
    #[error("the app may still set the password")]
    BeingWritten,
    /// Too many passwords are being hashed.
    #[error("too many passwords are being hashed")]
    Busy,
    /// A password could not be hashed, or a thread died.
    #[error("hashing failed")]
    Hashing,
}

impl From<LockError> for Fault {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Store(error) => Self::Store(error),
            LockError::Hash(HashError::Busy) => Self::Busy,
            LockError::Hash(HashError::Failed) => Self::Hashing,
        }
    }
}

impl Fault {
    /// Whether it is temporary: the same call may succeed in a few seconds.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_unavailable(),
            Self::Busy | Self::BeingWritten => true,
            Self::RefusedByApp | Self::Randomness(_) | Self::UnknownMessage | Self::Hashing => false,
        }
    }
}

/// Step 1. Whether there is an account is not among the outcomes.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The redirect target is not registered.
    #[error("the redirect target is not registered")]
    RedirectRefused,
    /// Nobody may ask with an identifier of that kind here, or for a message on that channel.
    #[error("that way to ask is switched off")]
    WayForbidden,
    /// Too many requests.
    #[error("too many requests: {}", .0.rule.as_str())]
    LimitReached(LimitReached),
    /// Our own fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Step 3, by link: unknown, expired, used and cancelled are one outcome.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It opens nothing. Where the challenge is known and named a registered target of its own, the
    /// person can be sent back there.
    #[error("the link is dead")]
    Dead {
        /// The target that was stored with the request.
        redirect_url: Option<crate::model::RedirectUrl>,
    },
    /// It is alive and was opened very often within a few minutes.
    #[error("opened too often: {}", .0.rule.as_str())]
    LimitReached(LimitReached),
    /// Our own fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Step 3, by code. Which of the refusals it is tells nothing about whether there is an account.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// It is not the code of that challenge, or the challenge is nobody's.
    #[error("the code is wrong")]
    Wrong,
    /// It was the right code until it expired, was used or its challenge ended; or no code was asked for with
    /// that identifier.
    #[error("the code has ended")]
    Ended,
    /// Too many wrong ones were given: for this challenge, or for all of the identifier's or account's.
    #[error("too many wrong codes")]
    TooManyTries,
    /// Our own fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Steps 3 and 4 in one call, for protocols that send the code together with the new password.
#[derive(Debug, thiserror::Error)]
pub enum CompleteByCodeError {
    /// The code is refused.
    #[error(transparent)]
    Code(CodeError),
    /// The code is right, and the password is not set; where the password was rejected or we are busy, the
    /// code stays good.
    #[error(transparent)]
    Complete(CompleteError),
}

/// Step 4.
#[derive(Debug, thiserror::Error)]
pub enum CompleteError {
    /// The token is unknown, expired, used or cancelled, or the account has changed since.
    #[error("the token is dead")]
    TokenDead,
    /// The password breaks the policy; the token stays good.
    #[error("the password breaks the policy")]
    PasswordRejected(Vec<PolicyViolation>),
    /// Too many passwords are being judged or hashed; the token stays good. Come back in a few seconds.
    #[error("busy")]
    Busy,
    /// Our own fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<NotJudged> for CompleteError {
    fn from(error: NotJudged) -> Self {
        match error {
            NotJudged::Busy => Self::Busy,
            NotJudged::Failed => Self::Fault(Fault::Hashing),
        }
    }
}

impl From<StoreError> for RequestError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<StoreError> for LinkError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<StoreError> for CodeError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<StoreError> for CompleteError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}
