//! The channels by which a message reaches a person, and the contacts that it goes to.

use super::words::words;
use super::{EmailAddress, PhoneNumber};

words! {
    /// A channel for messages, by its name in the database, in settings and in the API.
    pub enum Channel {
        /// Email, with a link and a code of 8 digits.
        Email = "email",
        /// A text message: a code of 6 digits.
        Sms = "sms",
    }
}

impl Channel {
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
    /// Reads the canonical form from a row. `None` if it is neither an address nor a number.
    pub fn from_stored(canonical: &str) -> Option<Self> {
        match EmailAddress::from_stored(canonical, canonical) {
            Some(address) => Some(Self::Email(address)),
            None => PhoneNumber::from_stored(canonical).map(Self::Phone),
        }
    }

    /// The contact as a page may show it.
    pub fn masked(&self) -> String {
        match self {
            Self::Email(address) => address.masked(),
            Self::Phone(number) => number.masked(),
        }
    }

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
