//! The contents of messages, before they are rendered. They hold the secrets of one message and are never stored.

use super::{CancelKey, Code, EmailAddress, LinkKey, Locale, PhoneNumber, Timestamp};

/// One message to one person. It goes to a stored and verified contact of the account, never to what somebody typed.
#[derive(Debug)]
pub enum Message {
    /// By email.
    Mail(Mail),
    /// By text message.
    Text(TextMessage),
}

/// An email.
#[derive(Debug)]
pub struct Mail {
    /// The stored, verified address of the account.
    pub to: EmailAddress,
    /// The language of the request.
    pub locale: Locale,
    /// The content.
    pub content: MailContent,
}

/// The content of an email.
#[derive(Debug)]
pub enum MailContent {
    /// How to choose a new password.
    Reset {
        /// The secret in the link.
        link_key: LinkKey,
        /// The secret in the "this wasn't me" link.
        cancel_key: CancelKey,
        /// The code to enter on another device. `None` if the codes of this account are closed.
        code: Option<Code>,
        /// When the reset was requested.
        requested_at: Timestamp,
        /// The address it was requested from.
        caller_address: String,
        /// The path of the link on this service.
        link_path: &'static str,
    },
    /// A notice that the password was changed.
    Changed {
        /// The secret in the "this wasn't me" link.
        cancel_key: CancelKey,
        /// When it was changed.
        changed_at: Timestamp,
        /// The address it was changed from.
        caller_address: String,
    },
    /// A notice that codes are closed after too many wrong ones.
    CodesClosed,
}

/// A text message.
#[derive(Debug)]
pub struct TextMessage {
    /// The stored, verified number of the account.
    pub to: PhoneNumber,
    /// The language of the request.
    pub locale: Locale,
    /// The content.
    pub content: TextContent,
}

/// The content of a text message.
#[derive(Debug)]
pub enum TextContent {
    /// The code.
    Code(Code),
    /// A notice that the password was changed.
    Changed {
        /// When it was changed.
        changed_at: Timestamp,
    },
    /// A notice that codes are closed after too many wrong ones.
    CodesClosed,
}
