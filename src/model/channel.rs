//! The channels by which a message reaches a person, and the contacts that it goes to.

use super::{EmailAddress, PhoneNumber};

/// A channel for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Email, with a link and a code of 8 digits.
    Email,
    /// A text message: a code of 6 digits.
    Sms,
}

impl Channel {
    /// The word in the database, in settings and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// The channel with this name, in the database, in settings or from a caller.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Email, Self::Sms].into_iter().find(|channel| channel.as_str() == word)
    }

    /// The number of digits in its code (NIST SP 800-63B-4 §3.1.3.2 requires at least 6).
    pub const fn code_length(self) -> usize {
        match self {
            Self::Email => 8,
            Self::Sms => 6,
        }
    }
}

/// Where a message goes: stored and verified with the account, never what somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// An email address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
}

impl Contact {
    /// The channel that leads to it.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Sms,
        }
    }

    /// The canonical form, to which a challenge is bound.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Email(address) => address.canonical(),
            Self::Phone(number) => number.as_str(),
        }
    }
}
