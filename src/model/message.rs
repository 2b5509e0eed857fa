//! What is to be told to a person, before it has words: made by `reset::dispatch` and `reset::notices`,
//! put into words by `delivery`, sent by the worker. Holds the secrets of one message and is never
//! stored.

use super::{CancelKey, Code, EmailAddress, LinkKey, PhoneNumber, Timestamp};
use crate::i18n::Locale;

/// One message to one person, at a stored and verified contact of the account; never at what somebody
/// typed.
#[derive(Debug)]
pub enum Message {
    /// By e-mail.
    Mail(Mail),
    /// By text message.
    Text(TextMessage),
}

/// An e-mail.
#[derive(Debug)]
pub struct Mail {
    /// The stored, verified address of the account.
    pub to: EmailAddress,
    /// The language of the request.
    pub locale: Locale,
    /// What it says.
    pub content: MailContent,
}

/// What an e-mail says.
#[derive(Debug)]
pub enum MailContent {
    /// How to choose a new password.
    Reset {
        /// For the link.
        link_key: LinkKey,
        /// For "this wasn't me".
        cancel_key: CancelKey,
        /// To type on another device; `None`: codes of this account are closed.
        code: Option<Code>,
        /// When it was asked.
        requested_at: Timestamp,
        /// Who asked.
        caller_address: String,
        /// Where the link leads on this service.
        link_path: &'static str,
    },
    /// That the password was changed.
    Changed {
        /// For "this wasn't me".
        cancel_key: CancelKey,
        /// When it was changed.
        changed_at: Timestamp,
        /// Who changed it.
        caller_address: String,
    },
    /// That codes are closed after too many wrong ones.
    CodesClosed,
}

/// A text message.
#[derive(Debug)]
pub struct TextMessage {
    /// The stored, verified number of the account.
    pub to: PhoneNumber,
    /// The language of the request.
    pub locale: Locale,
    /// What it says.
    pub content: TextContent,
}

/// What a text message says.
#[derive(Debug)]
pub enum TextContent {
    /// The code.
    Code(Code),
    /// That the password was changed.
    Changed {
        /// When it was changed.
        changed_at: Timestamp,
    },
    /// That codes are closed after too many wrong ones.
    CodesClosed,
}
