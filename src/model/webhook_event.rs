//! The kinds of events that the operator's app can receive; `docs/webhooks.md` has their contents.

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookEvent {
    /// Somebody asked for a reset.
    ResetRequested,
    /// A new password was set.
    ResetCompleted,
    /// A reset was cancelled, or the password that it set was revoked.
    ResetCancelled,
    /// The message of a reset could not be delivered, and retries have ended.
    ResetDeliveryFailed,
    /// Too many wrong codes were entered: the codes of an account are closed.
    AccountLockedOut,
}

impl WebhookEvent {
    /// In the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::ResetRequested,
        Self::ResetCompleted,
        Self::ResetCancelled,
        Self::ResetDeliveryFailed,
        Self::AccountLockedOut,
    ];

    /// The word in `type`, in settings and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetRequested => "reset.requested",
            Self::ResetCompleted => "reset.completed",
            Self::ResetCancelled => "reset.cancelled",
            Self::ResetDeliveryFailed => "reset.delivery_failed",
            Self::AccountLockedOut => "account.locked_out",
        }
    }

    /// The event with this name, in the database or in settings.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}
