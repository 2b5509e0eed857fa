//! Identifiers: what a person types to name an account.

use super::pasted::narrow;
use super::words::words;
use super::{Country, EmailAddress, PhoneNumber, Username};

/// The maximum number of forms under which an identifier may be stored.
pub const STORED_FORMS: usize = 4;

/// Why a text is not an identifier. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing was typed.
    #[error("the value is empty")]
    Empty,
    /// Longer than mail systems accept (RFC 5321 §4.5.3.1: 254 characters), or than a username may be.
    #[error("the value is too long")]
    TooLong,
    /// A phone number with an extension, which no text message can reach.
    #[error("a text message cannot reach an extension: leave it out")]
    Extension,
    /// Not in the form of an address, a number or a name.
    #[error("the value is not valid")]
    Malformed,
}

words! {
    /// The kind of an identifier, as it is called in the database.
    pub enum IdentifierKind {
        /// An email address.
        Email = "email",
        /// A phone number in E.164.
        Phone = "phone",
        /// A username from the app.
        Username = "username",
    }
}

impl IdentifierKind {
    /// The kind that a person means who types `text`, if any of `kinds` is allowed: with an `@` an address; with
    /// nothing but digits of any script, or with `tel:`, a phone number; else a username, or the first of `kinds` if
    /// usernames are not allowed. `None` if `kinds` is empty.
    pub fn meant_by(text: &str, kinds: &[Self]) -> Option<Self> {
        let looks_like = |kind: &Self| match kind {
            Self::Email => narrow(text).contains('@'),
            Self::Phone => PhoneNumber::looks_like_one(text),
            Self::Username => true,
        };
        let in_order = [Self::Email, Self::Phone, Self::Username].into_iter();
        in_order.filter(|kind| kinds.contains(kind)).find(looks_like).or(kinds.first().copied())
    }
}

/// An e-mail address, a phone number or a username, each in canonical form.
#[derive(Clone, PartialEq, Eq)]
pub enum Identifier {
    /// An email address.
    Email(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
    /// A username.
    Username(Username),
}

impl Identifier {
    /// Reads `text` as an identifier of `kind`. A phone number must be international.
    ///
    /// # Errors
    /// See [`IdentifierError`].
    pub fn parse(kind: IdentifierKind, text: &str) -> Result<Self, IdentifierError> {
        Self::parse_in(kind, text, None)
    }

    /// Reads `text` as an identifier of `kind`. A phone number may be a national one of `country`.
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

    /// Reads what a person typed, as whichever of `kinds` it looks like.
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

    /// Reads an identifier from a row: its canonical form, and its spelling if that differs. `None` if it is invalid.
    pub fn from_stored(kind: IdentifierKind, canonical: &str, spelling: Option<&str>) -> Option<Self> {
        let spelling = spelling.unwrap_or(canonical);
        match kind {
            IdentifierKind::Email => EmailAddress::from_stored(spelling, canonical).map(Self::Email),
            IdentifierKind::Phone => PhoneNumber::from_stored(spelling).map(Self::Phone),
            IdentifierKind::Username => Username::from_stored(spelling, canonical).map(Self::Username),
        }
    }

    /// The form in which all spellings of an identifier are equal. Requests are counted, found and replaced by it.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Email(address) => address.canonical(),
            Self::Phone(number) => number.canonical(),
            Self::Username(name) => name.canonical(),
        }
    }

    /// The identifier as it was typed. It decides between two accounts whose identifiers have the same canonical form.
    pub fn spelling(&self) -> &str {
        match self {
            Self::Email(address) => address.spelling(),
            Self::Phone(number) => number.as_str(),
            Self::Username(name) => name.spelling(),
        }
    }

    /// The forms under which an account may store it, in order of precedence. Databases may hold forms that an older
    /// version considered canonical.
    pub fn stored_forms(&self) -> [String; STORED_FORMS] {
        match self {
            Self::Email(address) => address.stored_forms(),
            Self::Phone(number) => number.stored_forms(),
            Self::Username(name) => {
                let canonical = name.canonical().to_owned();
                [name.spelling().to_owned(), canonical.clone(), canonical.clone(), canonical]
            }
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
        assert_eq!(guess("tel:202-555-0123", &all), Ok(Phone));
        assert_eq!(guess("\u{202a}+٤٩ ١٥١ ٢٣٤٥٦٧٨٩", &all), Ok(Phone));
        assert_eq!(guess("۲۰۲۵۵۵۰۱۲۳", &all), Ok(Phone));
        assert_eq!(guess("jane＠example.org", &all), Ok(Email));
        assert_eq!(guess("mailto:jane@example.org", &all), Ok(Email));
        assert_eq!(guess("202 555 0123 ext 5", &all), Err(IdentifierError::Extension));
        assert_eq!(guess("\u{200b}\u{feff}", &all), Err(IdentifierError::Empty));
        assert_eq!(guess("jane", &all), Ok(Username));
        assert_eq!(guess("jane2025550123", &all), Ok(Username));
        assert_eq!(guess("1234", &all), Ok(Username));
        assert_eq!(guess("2025550123", &[Email, Username]), Ok(Username));
        assert_eq!(guess("jane", &[Email]), Err(IdentifierError::Malformed));
        assert_eq!(guess("jane@", &all), Err(IdentifierError::Malformed));
        assert_eq!(guess(" ", &all), Err(IdentifierError::Empty));
    }
}
