//! What is to be told to a person, before it has words: made by `reset::dispatch`, put into words by
//! `delivery::render`, sent by the worker. Holds the secrets of one message and is never stored.

use super::{CancelKey, Code, EmailAddress, LinkKey, Timestamp};
use crate::i18n::Locale;

/// One message to one person.
#[derive(Debug)]
pub struct Message {
    /// The stored, verified address of the account; never what somebody typed.
    pub to: EmailAddress,
    /// The language of the request.
    pub locale: Locale,
    /// What it says.
    pub content: MessageContent,
}

/// What a message says.
#[derive(Debug)]
pub enum MessageContent {
    /// How to choose a new password.
    Reset {
        /// For the link.
        link_key: LinkKey,
        /// For "this wasn't me".
        cancel_key: CancelKey,
        /// To type on another device.
        code: Code,
        /// When it was asked.
        requested_at: Timestamp,
        /// Who asked.
        caller_address: String,
    },
    /// That the password was changed.
    Notice {
        /// For "this wasn't me".
        cancel_key: CancelKey,
        /// When it was changed.
        changed_at: Timestamp,
        /// Who changed it.
        caller_address: String,
    },
}
