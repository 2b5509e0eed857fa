//! What a person types to say which account they mean. Parsed by the doors, looked up by dispatch.

use super::{EmailAddress, PhoneNumber, Username};

/// Why a text is no identifier. The text itself is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing was typed.
    #[error("nothing was typed")]
    Empty,
    /// Longer than any mail system takes (RFC 5321 §4.5.3.1: 254 characters), or than a username may be.
    #[error("the text is too long")]
    TooLong,
    /// Not of the form of an address, a number or a name.
    #[error("the text does not have the right form")]
    Malformed,
}

/// The kind of an identifier, as the database names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierKind {
    /// An e-mail address.
    Email,
    /// A phone number in E.164.
    Phone,
    /// A name that the app gave.
    Username,
}

impl IdentifierKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }

    /// The kind that a row names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Email, Self::Phone, Self::Username].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An e-mail address, a phone number or a username, each in canonical form.
#[derive(Clone, PartialEq, Eq)]
pub enum Identifier {
    /// An e-mail address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
    /// A username.
    Username(Username),
}

impl Identifier {
    /// Reads `text` as an identifier of `kind`.
    ///
    /// # Errors
    /// See [`IdentifierError`].
    pub fn parse(kind: IdentifierKind, text: &str) -> Result<Self, IdentifierError> {
        match kind {
            IdentifierKind::Email => EmailAddress::parse(text).map(Self::Email),
            IdentifierKind::Phone => PhoneNumber::parse(text).map(Self::Phone),
            IdentifierKind::Username => Username::parse(text).map(Self::Username),
        }
    }

    /// Its kind.
    pub const fn kind(&self) -> IdentifierKind {
        match self {
            Self::Email(_) => IdentifierKind::Email,
            Self::Phone(_) => IdentifierKind::Phone,
            Self::Username(_) => IdentifierKind::Username,
        }
    }

    /// The one form in which two spellings of the same identifier are equal.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Email(address) => address.canonical(),
            Self::Phone(number) => number.as_str(),
            Self::Username(name) => name.canonical(),
        }
    }
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Identifier({})", self.kind().as_str())
    }
}
