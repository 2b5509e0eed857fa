//! Email addresses, and the only rule by which two of them are equal. Databases compare the canonical text byte by
//! byte.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use lettre::Address;
use unicode_normalization::UnicodeNormalization;

use super::IdentifierError;
use super::local_part::{LocalPart, folded, unfolded};
use super::pasted::{cleaned, named_by_uri, narrow, unwrapped, without_remarks};

/// The maximum number of octets (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_LENGTH: usize = 254;

/// A well-formed address (RFC 5321 mailbox without comments or address literals).
///
/// Canonical form: NFC; letters in lower case, outside ASCII only those that have exactly one upper-case form; the
/// domain as IDNA A-labels (UTS 46). Look-alikes stay distinct, and rules of single providers (dots, plus) are not
/// applied: two addresses that a provider might deliver separately never count as one.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    address: String,
    canonical: String,
    spelling: String,
}

impl EmailAddress {
    /// Reads an address as people paste it: with invisible marks, in full width, as a `mailto:` link, with a name and
    /// angle brackets, or at the end of a sentence.
    ///
    /// # Errors
    /// [`IdentifierError`] if it is empty, longer than 254 octets or not one address of the form `local@domain`.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let visible = cleaned(text)?;
        if visible.chars().any(char::is_control) {
            return Err(IdentifierError::Malformed);
        }
        let pasted = narrow(&visible);
        let mut address = Self::parse_mailbox(&one_mailbox(&pasted)?)?;
        // Older versions did not read full-width letters as ASCII and stored such addresses as they were.
        if let Some((local, _)) = visible.rsplit_once('@').filter(|_| pasted != visible)
            && let Some(local) = LocalPart::parse(local)
        {
            address.spelling = format!("{}@{}", local.written(), address.domain()).to_ascii_lowercase();
        }
        Ok(address)
    }

    fn parse_mailbox(text: &str) -> Result<Self, IdentifierError> {
        let (local, domain) = text.rsplit_once('@').ok_or(IdentifierError::Malformed)?;
        if text.len() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        let local = LocalPart::parse(local).ok_or(IdentifierError::Malformed)?;
        let domain = host(domain).ok_or(IdentifierError::Malformed)?;
        if local.for_envelopes().len() + 1 + domain.len() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        if Address::new(local.for_envelopes(), &domain).is_err() {
            return Err(IdentifierError::Malformed);
        }
        let written = local.written();
        let address = format!("{written}@{domain}");
        Ok(Self {
            canonical: format!("{}@{domain}", folded(&written)),
            spelling: address.to_ascii_lowercase(),
            address,
        })
    }

    /// Reads an address from a row, with the canonical form stored next to it, without normalising it: a message goes
    /// to what is stored. `None` if it is invalid.
    pub fn from_stored(address: &str, canonical: &str) -> Option<Self> {
        let (local, domain) = address.rsplit_once('@')?;
        LocalPart::parse(local).filter(|_| !domain.is_empty())?;
        Some(Self {
            address: address.to_owned(),
            canonical: canonical.to_owned(),
            spelling: address.to_ascii_lowercase(),
        })
    }

    /// The address as it was given, with the domain in A-labels.
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The address for an envelope and a header.
    ///
    /// # Errors
    /// If no mail can be sent to it.
    pub fn for_envelopes(&self) -> Result<Address, lettre::address::AddressError> {
        let (local, domain) = self.address.rsplit_once('@').unwrap_or_default();
        let local = LocalPart::parse(local).map(|local| local.for_envelopes()).unwrap_or_default();
        Address::new(local, domain)
    }

    /// The form in which all spellings of an address are equal.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The canonical form, but with the case of letters outside ASCII. It decides between two stored addresses that
    /// differ only in that.
    pub fn spelling(&self) -> &str {
        &self.spelling
    }

    /// Whether it is the same address, whatever canonical form a row holds.
    pub fn is_same_as(&self, other: &Self) -> bool {
        folded(&self.address) == folded(&other.address)
    }

    /// The canonical forms under which it may be stored, the most likely first.
    pub(super) fn stored_forms(&self) -> [String; 4] {
        let (local, domain) = self.canonical.rsplit_once('@').unwrap_or_default();
        let [all, first] = unfolded(local).map(|local| format!("{local}@{domain}"));
        [self.spelling.clone(), self.canonical.clone(), all, first]
    }

    /// The part before the `@`, without quotes. A password must not consist of it.
    pub fn local_part(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(local, _)| local.trim_matches('"'))
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address as a page may show it: `j•••@e•••.org`. There are always three dots, so that the mask does not
    /// reveal the length.
    pub fn masked(&self) -> String {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let domain = self.domain();
        let ending = domain.rsplit_once('.').map(|(_, ending)| format!(".{ending}")).unwrap_or_default();
        format!("{}•••@{}•••{ending}", first(self.local_part()), first(domain))
    }
}

impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EmailAddress(…)")
    }
}

/// The only address in what was pasted. A name next to it may repeat the address, as mail programs write it for people
/// without a name, but may contain no other one.
fn one_mailbox(pasted: &str) -> Result<String, IdentifierError> {
    let inner = without_uri(unwrapped(without_remarks(pasted, &["mailto"])));
    let in_mail = inner.strip_suffix('>').and_then(|rest| rest.split_once('<'));
    let in_markdown = || inner.strip_prefix('[')?.strip_suffix(')')?.split_once("](");
    let Some((name, address)) = in_mail.or_else(in_markdown) else { return Ok(inner) };
    let address = without_uri(address.trim());
    let (name, is_plain) = (unwrapped(name), !name.contains('>') && !address.contains('<'));
    let names_the_same = || {
        let (name, address) = (EmailAddress::parse_mailbox(name), EmailAddress::parse_mailbox(&address));
        name.is_ok_and(|name| address.is_ok_and(|address| name.canonical == address.canonical))
    };
    if is_plain && (!name.contains('@') || names_the_same()) { Ok(address) } else { Err(IdentifierError::Malformed) }
}

fn without_uri(text: &str) -> String {
    named_by_uri(text, &["mailto"]).unwrap_or_else(|| text.to_owned())
}

/// A domain in A-labels. Underscores, and hyphens in the third and fourth place, are in use and accepted. IP addresses
/// are rejected, with or without brackets.
fn host(text: &str) -> Option<String> {
    let text: String = text.nfc().collect();
    let ascii = Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Verify).ok()?;
    let is_label = |label: &str| label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    (ascii.split('.').all(is_label) && !ascii.rsplit('.').next().is_some_and(is_number)).then(|| ascii.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        EmailAddress::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).canonical().to_owned()
    }

    #[test]
    fn spellings_of_one_address_are_equal() {
        assert_eq!(canonical(" Jane.Doe@EXAMPLE.org "), "jane.doe@example.org");
        assert_eq!(canonical("a@bücher.example"), canonical("a@xn--bcher-kva.example"));
        assert_eq!(canonical("e\u{301}@example.org"), canonical("é@example.org"));
        assert_eq!(canonical("a@ｅｘａｍｐｌｅ.org"), "a@example.org");
        assert_eq!(canonical("SØREN@example.org"), canonical("søren@example.org"));
        assert_eq!(canonical("\"jane\"@example.org"), "jane@example.org");
    }

    #[test]
    fn what_is_pasted_with_an_address_is_dropped() {
        for text in [
            "\u{202a}jane@example.org\u{202c}",
            "\u{feff}jane@exam\u{ad}ple.org\u{200b}",
            "\u{a0}jane\u{2060}@example.org\u{3000}",
            "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｏｒｇ",
            "jane﹫example。org",
            "mailto:jane@example.org?subject=Hello",
            "MAILTO:jane%40example.org",
            "<jane@example.org>",
            "<mailto:jane@example.org>",
            "Jane Doe <jane@example.org>",
            "\"Doe, Jane\" <jane@example.org>;",
            "jane@example.org <jane@example.org>",
            "jane@example.org<mailto:jane@example.org>",
            "'jane@example.org'",
            "“jane@example.org”",
            "(jane@example.org)",
            "jane@example.org.",
            "jane@example.org,",
            "jane@example.org ;",
        ] {
            assert_eq!(canonical(text), "jane@example.org", "{text:?}");
        }
    }

    #[test]
    fn look_alikes_stay_apart() {
        assert_ne!(canonical("mıke@example.org"), "mike@example.org");
        assert_ne!(canonical("ſam@example.org"), "sam@example.org");
        assert_ne!(canonical("mİke@example.org"), "mike@example.org");
        assert_ne!(canonical("straẞe@example.org"), canonical("straße@example.org"));
        assert_ne!(canonical("οδος@example.org"), canonical("οδοσ@example.org"));
        assert_ne!(canonical("ﬁona@example.org"), "fiona@example.org");
        assert_ne!(canonical("mіke@example.org"), "mike@example.org");
        assert_ne!(canonical("jane۱@example.org"), "jane1@example.org");
        assert_ne!(canonical("julian@cüre53.de"), "julian@cure53.de");
        assert_ne!(canonical("a.b@example.org"), canonical("ab@example.org"));
        assert_ne!(canonical("a..b@example.org"), canonical("a.b@example.org"));
        assert_ne!(canonical("a+b@example.org"), canonical("a@example.org"));
        assert_ne!(canonical("نامه\u{200c}ای@example.org"), canonical("نامهای@example.org"));
    }

    #[test]
    fn addresses_that_exist_in_the_wild_can_be_written_to() {
        for (text, envelope) in [
            ("नमस्ते@example.org", "नमस्ते@example.org"),
            ("สมศรี@example.org", "สมศรี@example.org"),
            ("nguye\u{302}\u{303}n@example.org", "nguyễn@example.org"),
            ("مُحَمَّد@example.org", "مُحَمَّد@example.org"),
            ("q\u{303}@example.org", "q\u{303}@example.org"),
            ("a..b@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"),
            ("\"a..b\"@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"),
            (".a@docomo.ne.jp", "\".a\"@docomo.ne.jp"),
            ("a.@ezweb.ne.jp", "\"a.\"@ezweb.ne.jp"),
            ("\"john doe\"@example.org", "\"john doe\"@example.org"),
            ("\"a@b\"@example.org", "\"a@b\"@example.org"),
            ("a@my_host.example.org", "a@my_host.example.org"),
            ("a@r3--abc.example.org", "a@r3--abc.example.org"),
            ("a@163.com", "a@163.com"),
            ("a@localhost", "a@localhost"),
        ] {
            let address = EmailAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(address.for_envelopes().unwrap().to_string(), envelope, "{text}");
            let stored = EmailAddress::from_stored(address.as_str(), address.canonical()).unwrap();
            assert!(stored == address && canonical(address.as_str()) == address.canonical(), "{text}");
        }
    }

    // SECURITY.md, requirements 5 and 65
    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "..@b.org",
            "a@b@c",
            "a b@c.org",
            "a@b..c",
            "a@.b.org",
            "a@-b.org",
            "a@_b.org",
            "a@xn--abc.org",
            "a@b,c@d",
            "a@b\r\nBcc: c@d",
            "a@b\0.org",
            "\"a\r\nRCPT TO:<c@d>\"@b.org",
            "\"a> <c\"@b.org",
            "\"a\\\"b\"@c.org",
            "\"a,b\"@c.org",
            "\" \"@c.org",
            "\"@b.org",
            "a\"b\"@c.org",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@127.0.0.1",
            "a@b.1234",
            "a@b.org,c@d.org",
            "a@b.org <c@d.org>",
            "\"a@b.org\" <c@d.org>",
            "Jane <a@b.org> <c@d.org>",
            "<a@b.org><c@d.org>",
            "<a@b.org>, c@d.org",
            "mailto:a@b.org,c@d.org",
            "mailto:a@b.org%0d%0abcc:c@d.org",
            "Jane\r\n <a@b.org>",
            "\u{301}a@b.org",
            "a.\u{301}@b.org",
            "a\u{20dd}@b.org",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(EmailAddress::parse(&format!("{}@example.org", "a".repeat(250))), Err(IdentifierError::TooLong));
        assert_eq!(EmailAddress::parse(&"a".repeat(1_000_000)), Err(IdentifierError::TooLong));
    }

    #[test]
    fn a_stored_address_is_read_as_it_is() {
        let wide = EmailAddress::from_stored("ｍike@example.org", "ｍike@example.org").unwrap();
        assert_eq!(wide.for_envelopes().unwrap().to_string(), "ｍike@example.org");
        let typed = EmailAddress::parse("ｍike@example.org").unwrap();
        assert_eq!((typed.spelling(), typed.canonical()), ("ｍike@example.org", "mike@example.org"));
        let kept = EmailAddress::from_stored("Ørsted@example.org", "Ørsted@example.org").unwrap();
        assert!(EmailAddress::parse("ørsted@example.org").unwrap().stored_forms().contains(&kept.canonical));
        assert!(kept.is_same_as(&EmailAddress::parse("ØRSTED@EXAMPLE.ORG").unwrap()));
    }

    #[test]
    fn the_mask_tells_neither_length_nor_name() {
        let short = EmailAddress::parse("jo@example.org").unwrap().masked();
        let long = EmailAddress::parse("jonathan.of.somewhere@elsewhere.co.org").unwrap().masked();
        assert_eq!(short, "j•••@e•••.org");
        assert_eq!(short, long);
        assert_eq!(EmailAddress::parse("\"jo@work\"@example.org").unwrap().masked(), short);
    }
}
