//! What a person types to say which account they mean. Parsed by the doors, looked up by dispatch.

use super::{Country, EmailAddress, PhoneNumber, Username};

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

    /// What a person means who types `text` where any of `kinds` may stand: with an `@` an address, with
    /// digits alone a phone number, else a username, or else the first of them. `None`: there are none.
    pub fn meant_by(text: &str, kinds: &[Self]) -> Option<Self> {
        let looks_like = |kind: &Self| match kind {
            Self::Email => text.contains('@'),
            Self::Phone => PhoneNumber::looks_like_one(text),
            Self::Username => true,
        };
        let in_order = [Self::Email, Self::Phone, Self::Username].into_iter();
        in_order.filter(|kind| kinds.contains(kind)).find(looks_like).or(kinds.first().copied())
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
    /// Reads `text` as an identifier of `kind`; a phone number must be international.
    ///
    /// # Errors
    /// See [`IdentifierError`].
    pub fn parse(kind: IdentifierKind, text: &str) -> Result<Self, IdentifierError> {
        Self::parse_in(kind, text, None)
    }

    /// Reads `text` as an identifier of `kind`; a phone number may be a national one of `country`.
    ///
    /// # Errors
    /// See [`IdentifierError`].
    pub fn parse_in(kind: IdentifierKind, text: &str, country: Option<Country>) -> Result<Self, IdentifierError> {
        match kind {
            IdentifierKind::Email => EmailAddress::parse(text).map(Self::Email),
            IdentifierKind::Phone => PhoneNumber::parse(text, country).map(Self::Phone),
            IdentifierKind::Username => Username::parse(text).map(Self::Username),
        }
    }

    /// What a person types where any of `kinds` may stand.
    ///
    /// # Errors
    /// See [`IdentifierError`].
    pub fn guess(text: &str, kinds: &[IdentifierKind], country: Option<Country>) -> Result<Self, IdentifierError> {
        let kind = IdentifierKind::meant_by(text, kinds).ok_or(IdentifierError::Malformed)?;
        Self::parse_in(kind, text, country)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_means_is_told_from_what_they_type() {
        use IdentifierKind::{Email, Phone, Username};
        let guess = |text, kinds: &[IdentifierKind]| {
            Identifier::guess(text, kinds, Country::parse("US")).map(|identifier| identifier.kind())
        };
        let all = [Email, Phone, Username];
        assert_eq!(guess("jane@example.org", &all), Ok(Email));
        assert_eq!(guess("(202) 555-0123", &all), Ok(Phone));
        assert_eq!(guess("+49 151 23456789", &all), Ok(Phone));
        assert_eq!(guess("jane", &all), Ok(Username));
        assert_eq!(guess("jane2025550123", &all), Ok(Username));
        assert_eq!(guess("1234", &all), Ok(Username));
        assert_eq!(guess("2025550123", &[Email, Username]), Ok(Username));
        assert_eq!(guess("jane", &[Email]), Err(IdentifierError::Malformed));
        assert_eq!(guess("jane@", &all), Err(IdentifierError::Malformed));
        assert_eq!(guess(" ", &all), Err(IdentifierError::Empty));
    }
}
