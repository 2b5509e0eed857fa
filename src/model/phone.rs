//! Phone numbers as accounts keep them. Parsed by `accounts::import`, the command line and the API.

use super::IdentifierError;

/// A number in E.164: `+`, a country code that does not begin with zero, 7 to 15 digits in all.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number that is already in E.164; space around it is dropped.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is empty or not in E.164 (ITU-T E.164 §6).
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        let digits = text.strip_prefix('+').ok_or(IdentifierError::Malformed)?;
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        well_formed.then(|| Self(text.to_owned())).ok_or(IdentifierError::Malformed)
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PhoneNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_is_taken() {
        assert_eq!(PhoneNumber::parse(" +15555550100 ").unwrap().as_str(), "+15555550100");
        for text in ["", "5555550100", "+05555550100", "+1", "+1555555010x", "+1234567890123456", "++15555550100"] {
            assert!(PhoneNumber::parse(text).is_err(), "{text:?}");
        }
    }
}
