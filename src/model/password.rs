//! A password on its way from a form or an API call to its hash. It is wiped from memory on drop.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Why a text cannot be a password, whatever the policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// More than [`NewPassword::MAX_OCTETS`].
    #[error("the password is longer than {} octets", NewPassword::MAX_OCTETS)]
    TooLong {
        /// The number of characters as policies count them, because it may exceed the limit of a policy, too.
        characters: usize,
    },
}

/// A password that somebody typed, in NFC: `é` typed as one character or as two is the same password (NIST SP 800-63B-4
/// §3.1.1.2). Apart from that it is exactly what was received: nothing is trimmed or cut.
pub struct NewPassword {
    normalised: Zeroizing<String>,
    /// The received text, if it differs from NFC.
    received: Option<Zeroizing<String>>,
}

impl NewPassword {
    /// The maximum number of octets of UTF-8, as received. It is checked before anything else (SECURITY.md, requirement
    /// 43).
    pub const MAX_OCTETS: usize = 1024;

    /// Takes ownership of the text and normalises it.
    ///
    /// # Errors
    /// [`PasswordError`] if it is empty or longer than 1024 octets.
    pub fn parse(text: String) -> Result<Self, PasswordError> {
        let text = Zeroizing::new(text);
        if text.is_empty() {
            return Err(PasswordError::Empty);
        }
        if text.len() > Self::MAX_OCTETS {
            // No policy allows as many characters as there are octets, so counting can stop there.
            return Err(PasswordError::TooLong { characters: text.nfc().take(Self::MAX_OCTETS).count() });
        }
        let normalised = in_form(&text, text.nfc());
        let received = (*normalised != *text).then_some(text);
        Ok(Self { normalised, received })
    }

    /// Unicode code points, as policies count them.
    pub fn length(&self) -> usize {
        self.normalised.chars().count()
    }

    /// The password itself, only for the policy and the hash.
    pub fn expose(&self) -> &str {
        &self.normalised
    }

    /// What was typed, before it was normalised: only for apps that hash another form of it.
    pub fn received(&self) -> &str {
        self.received.as_ref().unwrap_or(&self.normalised)
    }

    /// The different forms in which other systems may have hashed it: composed (ours, which comes first), decomposed,
    /// and as it was received.
    pub fn forms(&self) -> Vec<Zeroizing<String>> {
        let decomposed = in_form(&self.normalised, self.normalised.nfd());
        let mut forms = vec![self.normalised.clone()];
        for form in std::iter::once(decomposed).chain(self.received.clone()) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        forms
    }
}

/// Normalisation makes a text at most three times as long. With that capacity the buffer never grows, so no copy is
/// left in memory.
fn in_form(text: &str, form: impl Iterator<Item = char>) -> Zeroizing<String> {
    let mut normalised = Zeroizing::new(String::with_capacity(4 * text.len()));
    normalised.extend(form);
    normalised
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NewPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // SECURITY.md, requirement 39
    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        let composed = NewPassword::parse("caf\u{e9} au lait".into()).unwrap();
        let decomposed = NewPassword::parse("cafe\u{301} au lait".into()).unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
    }

    // SECURITY.md, requirement 38
    #[test]
    fn nothing_is_trimmed_or_cut() {
        let text = format!(" a\0b {} ", "x".repeat(900));
        assert_eq!(NewPassword::parse(text.clone()).unwrap().expose(), text);
        assert_eq!(NewPassword::parse("x".repeat(1025)).err(), Some(PasswordError::TooLong { characters: 1024 }));
        let composed = NewPassword::parse("\u{1112}\u{1161}\u{11ab}".repeat(114)).err();
        assert_eq!(composed, Some(PasswordError::TooLong { characters: 114 }), "1026 octets of 114 characters");
        assert_eq!(NewPassword::parse(String::new()).err(), Some(PasswordError::Empty));
    }

    #[test]
    fn what_was_typed_is_kept_beside_what_is_hashed() {
        for typed in ["cafe\u{301}", "caf\u{e9}", "plain"] {
            assert_eq!(NewPassword::parse(typed.to_owned()).unwrap().received(), typed);
        }
    }

    #[test]
    fn a_password_has_as_many_forms_as_really_differ() {
        let forms = |text: &str| NewPassword::parse(text.to_owned()).unwrap().forms();
        assert_eq!(forms("plain").len(), 1);
        assert_eq!(
            forms("caf\u{e9}").iter().map(|form| form.as_str()).collect::<Vec<_>>(),
            ["caf\u{e9}", "cafe\u{301}"]
        );
        assert_eq!(forms("cafe\u{301}").len(), 2);
        assert_eq!(forms("caf\u{e9} cafe\u{301}").len(), 3, "a mixture is a third");
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = NewPassword::parse("correct horse".into()).unwrap();
        assert_eq!(format!("{password:?}"), "NewPassword(…)");
    }
}
