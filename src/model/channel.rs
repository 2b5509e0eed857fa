//! The two ways in which a message reaches a person, and the place that it goes to. Chosen by
//! `reset::contacts`, carried by messages, kept in rows.

use super::{EmailAddress, PhoneNumber};

/// A way for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// E-mail: a link, and a code of 8 digits.
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

    /// The channel of a word that Keyback wrote or somebody typed.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Email, Self::Sms].into_iter().find(|channel| channel.as_str() == word)
    }

    /// Digits in its code (NIST SP 800-63B-4 §3.1.3.2 asks for at least 6).
    pub const fn code_length(self) -> usize {
        match self {
            Self::Email => 8,
            Self::Sms => 6,
        }
    }
}

/// Where a message goes: stored with the account and verified, never what somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
}

impl Contact {
    /// The way that leads to it.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Sms,
        }
    }

    /// The form that a challenge is bound to.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Email(address) => address.canonical(),
            Self::Phone(number) => number.as_str(),
        }
    }
}
