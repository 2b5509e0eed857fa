//! Usernames, and the rule by which two of them are equal.

use unicode_normalization::UnicodeNormalization;

use super::IdentifierError;
use super::pasted::cleaned;

/// The maximum number of characters, as in the Cognito contract.
const MAX_LENGTH: usize = 128;

/// A name without spaces, control characters or `@`. Canonical form: NFKC, lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Username {
    name: String,
    canonical: String,
    spelling: String,
}

impl Username {
    /// Reads a name. Invisible marks and surrounding spaces are removed.
    ///
    /// # Errors
    /// [`IdentifierError`] if it is empty, longer than 128 characters or has a character that is not allowed in
    /// usernames.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let name = cleaned(text)?;
        if name.chars().count() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        let canonical = canonical(&name);
        let refused = |character: char| character.is_control() || character.is_whitespace() || character == '@';
        if canonical.chars().any(refused) {
            return Err(IdentifierError::Malformed);
        }
        // Older versions kept invisible marks as a part of names.
        Ok(Self { name, canonical, spelling: self::canonical(text.trim()) })
    }

    /// Reads a name from a row, with the canonical form stored next to it. `None` if it is invalid.
    pub fn from_stored(name: &str, canonical: &str) -> Option<Self> {
        let (name, canonical) = (name.to_owned(), canonical.to_owned());
        (!name.is_empty()).then(|| Self { spelling: self::canonical(&name), name, canonical })
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The form in which all spellings of a name are equal.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The canonical form, with the invisible marks that were typed.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }
}

impl std::fmt::Debug for Username {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Username(…)")
    }
}

fn canonical(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_equal() {
        let canonical = |text| Username::parse(text).unwrap().canonical().to_owned();
        assert_eq!(canonical("Jane"), canonical("ＪＡＮＥ"));
        assert_eq!(canonical("\u{202a}Ja\u{200b}ne\u{202c}\u{a0}"), "jane");
        assert_eq!(canonical("\u{feff}Søren"), canonical("SØREN"));
        assert!(Username::parse("jane doe").is_err());
        assert!(Username::parse("jane@example.org").is_err());
        assert!(Username::parse("jane＠example.org").is_err());
        assert!(Username::parse("\u{200b}").is_err());
        assert!(Username::parse(&"x".repeat(129)).is_err());
    }
}
