//! Usernames and the rule by which two are the same. Parsed by `accounts::import`, the command line
//! and the API.

use unicode_normalization::UnicodeNormalization;

use super::IdentifierError;

/// Characters at most, as in the Cognito contract.
const MAX_LENGTH: usize = 128;

/// A name without space, control characters or `@`. Canonical form: NFKC, lower case.
#[derive(Clone, PartialEq, Eq)]
pub struct Username {
    name: String,
    canonical: String,
}

impl Username {
    /// Reads a name; space around it is dropped.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is empty, longer than 128 characters or holds a character that
    /// no username may hold.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(IdentifierError::Empty);
        }
        if name.chars().count() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        let canonical = name.nfkc().collect::<String>().to_lowercase();
        let refused = |character: char| character.is_control() || character.is_whitespace() || character == '@';
        if canonical.chars().any(refused) {
            return Err(IdentifierError::Malformed);
        }
        Ok(Self { name: name.to_owned(), canonical })
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The form in which two spellings of one name are equal.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl std::fmt::Debug for Username {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Username(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_equal() {
        let canonical = |text| Username::parse(text).unwrap().canonical().to_owned();
        assert_eq!(canonical("Jane"), canonical("ＪＡＮＥ"));
        assert!(Username::parse("jane doe").is_err());
        assert!(Username::parse("jane@example.org").is_err());
        assert!(Username::parse("jane＠example.org").is_err());
        assert!(Username::parse(&"x".repeat(129)).is_err());
    }
}
