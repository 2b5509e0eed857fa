//! What apps can be told about as it happens. Chosen in `config`, recorded by `reset`, sent by the
//! worker; `docs/webhooks.md` says what each one holds.

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookEvent {
    /// Somebody asked for a reset.
    ResetRequested,
    /// A new password was set.
    ResetCompleted,
    /// A reset was ended, or the password that it set was taken away.
    ResetCancelled,
    /// The message of a reset was given up.
    ResetDeliveryFailed,
    /// Too many wrong codes: codes are switched off for an account.
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

    /// The event of a word that Keyback wrote or somebody typed.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}
