//! A password on its way from a form or an API body to the hash. Parsed by the doors, judged by
//! `reset::password_policy`, hashed by `accounts::hasher`, wiped on drop.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Octets at most, before anything looks at it (security.md row 43).
const MAX_BYTES: usize = 1024;

/// Why a text cannot be a password at all, whatever the policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// More than 1024 octets.
    #[error("the password is longer than 1024 octets")]
    TooLong,
}

/// A password that somebody typed, in NFC: `é` typed as one character or as two is the same
/// password (NIST SP 800-63B-4 §3.1.1.2). Otherwise exactly as received: nothing is trimmed or cut.
pub struct NewPassword(Zeroizing<String>);

impl NewPassword {
    /// Takes the text over and normalises it.
    ///
    /// # Errors
    /// [`PasswordError`] when it is empty or longer than 1024 octets.
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        let text = Zeroizing::new(text);
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        let mut normalised = Zeroizing::new(String::with_capacity(3 * text.len()));
        normalised.extend(text.nfc());
        Ok(Self(normalised))
    }

    /// Unicode code points, as policies count them.
    pub fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// The password itself, for the policy and the hash alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NewPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // security.md row 39
    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        let composed = NewPassword::parse("caf\u{e9} au lait".into()).unwrap();
        let decomposed = NewPassword::parse("cafe\u{301} au lait".into()).unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
    }

    // security.md row 38
    #[test]
    fn nothing_is_trimmed_or_cut() {
        let text = format!(" a\0b {} ", "x".repeat(900));
        assert_eq!(NewPassword::parse(text.clone()).unwrap().expose(), text);
        assert_eq!(NewPassword::parse("x".repeat(1025)).err(), Some(PasswordError::TooLong));
        assert_eq!(NewPassword::parse(String::new()).err(), Some(PasswordError::Empty));
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = NewPassword::parse("correct horse".into()).unwrap();
        assert_eq!(format!("{password:?}"), "NewPassword(…)");
    }
}
