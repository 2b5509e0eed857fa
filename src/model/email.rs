//! E-mail addresses and the one rule by which two of them are the same. Parsed by the doors and by
//! `accounts`; databases compare the canonical text byte by byte and have no say in it.

use unicode_normalization::UnicodeNormalization;

use super::IdentifierError;

/// Octets at most (RFC 5321 §4.5.3.1.3, less the angle brackets).
const MAX_LENGTH: usize = 254;

/// A well-formed address (RFC 5321 mailbox without quoting, comments or address literals).
///
/// Canonical form: NFC; ASCII letters in lower case; the domain as IDNA A-labels (UTS 46). Letters
/// outside ASCII keep their case in the local part, and no provider's own rules (dots, plus) are
/// applied: two addresses that a provider might deliver apart are never taken for one.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    address: String,
    canonical: String,
}

impl EmailAddress {
    /// Reads an address; space around it is dropped.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is empty, longer than 254 octets or not of the form `local@domain`.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        let text: String = text.nfc().collect();
        let (local, domain) = text.split_once('@').ok_or(IdentifierError::Malformed)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| IdentifierError::Malformed)?;
        let address = format!("{local}@{domain}");
        if address.len() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        if !is_plain_local_part(local) || address.parse::<lettre::Address>().is_err() {
            return Err(IdentifierError::Malformed);
        }
        let canonical = address.to_ascii_lowercase();
        Ok(Self { address, canonical })
    }

    /// The address to send to: the local part as it was given, the domain in A-labels.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The form in which two spellings of one address are equal.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The part before the `@`: one of the words that a password must not be.
    pub fn local_part(&self) -> &str {
        self.address.split_once('@').map_or("", |(local, _)| local)
    }

    /// The address as a page may show it: `j•••@e•••.org`. The number of dots is always three,
    /// so that the mask does not tell the length.
    pub fn masked(&self) -> String {
        let (local, domain) = self.address.split_once('@').unwrap_or_default();
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let ending = domain.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
        format!("{}•••@{}•••{ending}", first(local), first(domain))
    }
}

impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EmailAddress(…)")
    }
}

/// No quoting, no separators, no control or space: the characters of a dot-atom, in any script.
fn is_plain_local_part(local: &str) -> bool {
    let allowed = |character: char| {
        if character.is_ascii() {
            character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
        } else {
            character.is_alphanumeric()
        }
    };
    !local.is_empty() && local.len() <= 64 && local.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        EmailAddress::parse(text).unwrap().canonical().to_owned()
    }

    #[test]
    fn spellings_of_one_address_are_equal() {
        assert_eq!(canonical(" Jane.Doe@EXAMPLE.org "), "jane.doe@example.org");
        assert_eq!(canonical("a@bücher.example"), canonical("a@xn--bcher-kva.example"));
        assert_eq!(canonical("e\u{301}@example.org"), canonical("é@example.org"));
        assert_eq!(canonical("a@ｅｘａｍｐｌｅ.org"), "a@example.org");
    }

    #[test]
    fn look_alikes_stay_apart() {
        assert_ne!(canonical("mıke@example.org"), "mike@example.org");
        assert_ne!(canonical("ſam@example.org"), "sam@example.org");
        assert_ne!(canonical("julian@cüre53.de"), "julian@cure53.de");
        assert_ne!(canonical("a.b@example.org"), canonical("ab@example.org"));
        assert_ne!(canonical("a+b@example.org"), canonical("a@example.org"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c.org",
            "a@b..c",
            "a@-b.org",
            "a@b,c@d",
            "a@b\r\nBcc: c@d",
            "a@b\0.org",
            "\"a b\"@c.org",
            "a@[127.0.0.1]",
            "<a@b.org>",
            "a@b.org,c@d.org",
            ".a@b.org",
            "a\u{200b}@b.org",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@example.org", "a".repeat(250))), Err(IdentifierError::TooLong));
    }

    #[test]
    fn the_mask_tells_neither_length_nor_name() {
        let short = EmailAddress::parse("jo@example.org").unwrap().masked();
        let long = EmailAddress::parse("jonathan.of.somewhere@elsewhere.co.org").unwrap().masked();
        assert_eq!(short, "j•••@e•••.org");
        assert_eq!(short, long);
    }
}
