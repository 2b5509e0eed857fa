//! Phone numbers: normalised to E.164, and judged whether a text message to them may cost money.

use rlibphonenumber::enums::Region;
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

use super::IdentifierError;
use super::phone_forms::{predecessor, successor};
use super::phone_text::WrittenNumber;

/// The number of final digits that are ignored for a block: a thousand adjacent numbers share one prefix.
const DIGITS_OF_A_BLOCK: usize = 3;

/// A country with its own numbering plan, by its two letters (ISO 3166-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// Reads two letters in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.trim().to_ascii_uppercase();
        let region: Region = letters.parse().ok()?;
        // Numbers without a country (satellite phones, international premium services) have the region "001".
        let is_country = letters.len() == 2 && PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some();
        is_country.then_some(Self(region))
    }
}

/// A number in E.164: `+`, a country code that does not begin with zero, 7 to 15 digits in total.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    number: String,
    canonical: String,
}

impl PhoneNumber {
    /// Reads a number as people write it: international with `+` or `00`, or national if `country` is given. Digits may
    /// be of any script. Spaces, dashes, dots, slashes, brackets and the `tel:` of a link are removed.
    ///
    /// # Errors
    /// [`IdentifierError`] if it is empty, too long, or not a number (ITU-T E.164 §6). Letters and extensions are
    /// rejected.
    pub fn parse(text: &str, country: Option<Country>) -> Result<Self, IdentifierError> {
        let written = WrittenNumber::parse(text)?.ok_or(IdentifierError::Malformed)?;
        if written.has_extension {
            return Err(IdentifierError::Extension);
        }
        // No country code begins with zero.
        let dialled = written.digits.strip_prefix("+00").or_else(|| written.digits.strip_prefix("00"));
        let international = dialled.map(|rest| format!("+{rest}"));
        let number = PHONE_NUMBER_UTIL
            .parse(international.as_deref().unwrap_or(&written.digits), country.map(|country| country.0))
            .map_err(|_| IdentifierError::Malformed)?;
        let number = number.format_as(PhoneNumberFormat::E164).into_owned();
        let successor = successor(&number);
        let canonical = successor.unwrap_or_else(|| number.clone());
        let number = if is_possible(&number) { number } else { canonical.clone() };
        if is_possible(&number) { Ok(Self { number, canonical }) } else { Err(IdentifierError::Malformed) }
    }

    /// Reads a number in E.164 from a row, without normalising it: a message goes to what is stored. `None` if it is
    /// invalid.
    pub fn from_stored(number: &str) -> Option<Self> {
        let digits = number.strip_prefix('+')?;
        let well_formed = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = successor(number).unwrap_or_else(|| number.to_owned());
        well_formed.then(|| Self { number: number.to_owned(), canonical })
    }

    /// Whether a text looks like a phone number: digits with the usual separators and nothing else.
    pub fn looks_like_one(text: &str) -> bool {
        matches!(WrittenNumber::parse(text), Ok(Some(_)))
    }

    /// The number in E.164, as it was given.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The number in use today. It differs if the country has renumbered the given one.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The forms under which it may be stored, the most likely first.
    pub(super) fn stored_forms(&self) -> [String; 4] {
        let before = predecessor(&self.canonical).unwrap_or_else(|| self.canonical.clone());
        [self.number.clone(), self.canonical.clone(), before.clone(), before]
    }

    /// The digits without `+`, as some providers expect them.
    pub fn digits(&self) -> &str {
        self.number.trim_start_matches('+')
    }

    /// Whether a text message to it costs as much as a message to a person in one of `countries`: the number belongs to
    /// one of them and is of a kind that people carry. Fraud earns its money with premium, shared-cost, personal-number
    /// and satellite ranges.
    pub fn may_be_texted(&self, countries: &[Country]) -> bool {
        let Ok(number) = PHONE_NUMBER_UTIL.parse(&self.number, None) else { return false };
        let is_carried = matches!(
            number.get_type(),
            PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile | PhoneNumberType::VoIP
        );
        is_carried && number.get_region_code().is_some_and(|region| countries.contains(&Country(region)))
    }

    /// Its block of a thousand adjacent numbers. SMS pumping uses such blocks.
    pub fn block(&self) -> &str {
        &self.number[..self.number.len() - DIGITS_OF_A_BLOCK]
    }

    /// The number as a page may show it: `+••••••••10`. The number of dots does not reveal the length.
    pub fn masked(&self) -> String {
        format!("+••••••••{}", &self.number[self.number.len() - 2..])
    }
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PhoneNumber(…)")
    }
}

/// Whether it has a valid length for its country. An old list of ranges may not know whether it is assigned.
fn is_possible(number: &str) -> bool {
    let parsed = PHONE_NUMBER_UTIL.parse(number, None);
    let is_possible = parsed.is_ok_and(|number| number.is_possible_with_reason() == Ok(NumberLengthType::IsPossible));
    is_possible && (7..=15).contains(&number.trim_start_matches('+').len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(letters: &str) -> Country {
        Country::parse(letters).unwrap()
    }

    fn read(text: &str, letters: &str) -> Option<String> {
        PhoneNumber::parse(text, Country::parse(letters)).ok().map(|number| number.number)
    }

    #[test]
    fn every_way_to_write_a_number_gives_the_same_number() {
        for text in [
            "+4915123456789",
            " +49 151 23456789 ",
            "0049 151 23456789",
            "0151 23456789",
            "0151/234 567-89",
            "+49 (0)151 23456789",
            "+49\u{a0}151\u{2011}23456789",
            "(0151) 23.45.67.89",
            "(+49) 151 23456789",
            "+0049 151 23456789",
            "tel:+49-151-23456789",
            "TEL:0151-23456789;phone-context=+49",
            "tel:+49%20151%2023456789",
            "sms:+4915123456789?body=Hello",
            "<tel:+4915123456789>",
            "\u{202a}+49 151 23456789\u{202c}",
            "\u{feff}+49\u{200b}15123456789\u{a0}",
            "＋４９（０）１５１ー２３４５６７８９",
            "+٤٩ ١٥١ ٢٣٤٥٦٧٨٩",
            "+۴۹ ۱۵۱ ۲۳۴۵۶۷۸۹",
            "+४९ १५१ २३४५६७८९",
            "+49 151 23456789.",
            "+49 151 23456789,",
            "+49·151·23456789",
        ] {
            assert_eq!(read(text, "DE").as_deref(), Some("+4915123456789"), "{text:?}");
        }
        assert_eq!(read("(202) 555-0123", "us").as_deref(), Some("+12025550123"));
        assert_eq!(read("011 49 151 23456789", "US").as_deref(), Some("+4915123456789"));
        assert_eq!(read("001 202 555 0123", "US").as_deref(), Some("+12025550123"));
        assert_eq!(read("+39 06 12345678", "US").as_deref(), Some("+390612345678"));
    }

    #[test]
    fn a_national_number_needs_a_country() {
        assert_eq!(read("0151 23456789", ""), None);
        assert_eq!(read("0049 151 23456789", "").as_deref(), Some("+4915123456789"));
        assert_eq!(PhoneNumber::parse(" +15555550100 ", None).unwrap().as_str(), "+15555550100");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "+",
            "+1",
            "12",
            "0",
            "0000000000",
            "+999999999999999",
            "+1234567890123456",
            "++15555550100",
            "555-01234",
            "555 0123",
            "+1555555010x",
            "1-800-FLOWERS",
            "+12025550123\0",
            "tel:",
            "tel:jane",
            "http://+12025550123",
            "+12025550123;x",
            "+1202555012²",
            "+12025550123,+12025550124",
            "jane1234567",
            &"1".repeat(1000),
        ] {
            assert_eq!(read(text, "US"), None, "{text:?}");
        }
    }

    #[test]
    fn an_extension_is_refused_with_its_own_reason() {
        for text in [
            "+12025550123 ext 5",
            "+12025550123;ext=5",
            "tel:+12025550123;ext=5",
            "202 555 0123 ext. 12",
            "202-555-0123x12",
            "(202) 555-0123 Extension 1234",
            "+1 202 555 0123, ext. 7",
            "202 555 0123 #9",
            "２０２ ５５５ ０１２３ ｘ１",
        ] {
            let refused = PhoneNumber::parse(text, Country::parse("US"));
            assert_eq!(refused, Err(IdentifierError::Extension), "{text:?}");
            assert!(PhoneNumber::looks_like_one(text), "{text:?}");
        }
        for text in ["12345x1", "jane x12", "202 555 0123 ext", "202 555 0123 ext. 12345678"] {
            assert_eq!(PhoneNumber::parse(text, Country::parse("US")), Err(IdentifierError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_number_that_was_replaced_means_the_one_of_today() {
        for (text, letters, means) in [
            ("+54 9 11 2345 6789", "", "+5491123456789"),
            ("+54 11 15 2345 6789", "", "+5491123456789"),
            ("+54 9 11 15 2345 6789", "", "+5491123456789"),
            ("011 15 2345 6789", "AR", "+5491123456789"),
            ("+52 1 55 1234 5678", "", "+525512345678"),
            ("044 55 1234 5678", "MX", "+525512345678"),
            ("+55 11 8765 4321", "", "+5511987654321"),
            ("(11) 98765-4321", "BR", "+5511987654321"),
            ("+39 0333 1234567", "", "+393331234567"),
            ("0333 1234567", "IT", "+393331234567"),
            ("+229 97 12 34 56", "", "+2290197123456"),
            ("+44 (0)7911 123456", "", "+447911123456"),
            ("+7 8 912 345 67 89", "", "+79123456789"),
        ] {
            let number =
                PhoneNumber::parse(text, Country::parse(letters)).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(number.canonical(), means, "{text}");
            let stored = PhoneNumber::from_stored(number.as_str()).unwrap();
            assert!(stored == number && number.stored_forms().contains(&means.to_owned()), "{text}");
        }
        for (text, why) in [
            ("+54 11 2345 6789", "a fixed line"),
            ("+55 11 3765 4321", "a fixed line"),
            ("+55 11 7865 4321", "a trunked radio, whose number stayed"),
            ("+39 0331 123456", "a fixed line of Busto Arsizio"),
            ("+39 06 12345678", "a fixed line of Rome"),
            ("+12025550123", "no such country"),
        ] {
            let number = PhoneNumber::parse(text, None).unwrap();
            assert_eq!(number.canonical(), number.as_str(), "{text}: {why}");
        }
        assert!(
            PhoneNumber::parse("+5511987654321", None).unwrap().stored_forms().contains(&"+551187654321".to_owned())
        );
        assert!(
            !PhoneNumber::parse("+5511978654321", None).unwrap().stored_forms().contains(&"+551178654321".to_owned())
        );
    }

    // SECURITY.md, requirement 35
    #[test]
    fn money_is_spent_only_on_people_in_the_allowed_countries() {
        let number = |text: &str| PhoneNumber::parse(text, None).unwrap();
        let allowed = [country("DE"), country("US"), country("GB")];
        assert!(number("+4915123456789").may_be_texted(&allowed));
        assert!(number("+12025550123").may_be_texted(&allowed));
        for (text, why) in [
            ("+33612345678", "another country"),
            ("+18765551234", "Jamaica, behind the same +1"),
            ("+499001234567", "premium rate"),
            ("+18003569377", "toll free"),
            ("+447012345678", "personal number, dearly redirected"),
            ("+493012345678", "a fixed line"),
            ("+882161234567", "a satellite phone"),
            ("+15555550100", "not assigned"),
        ] {
            assert!(!number(text).may_be_texted(&allowed), "{text}: {why}");
        }
    }

    #[test]
    fn countries_are_two_letters() {
        assert_eq!(Country::parse(" de "), Country::parse("DE"));
        for text in ["", "D", "DEU", "XX", "ZZ", "001", "49", "D\u{e9}"] {
            assert_eq!(Country::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn adjacent_numbers_share_a_block_and_the_mask_tells_no_length() {
        let number = |text: &str| PhoneNumber::parse(text, None).unwrap();
        assert_eq!(number("+12025550123").block(), number("+12025550999").block());
        assert_ne!(number("+12025550123").block(), number("+12025551123").block());
        assert_eq!(number("+12025550123").masked(), "+••••••••23");
        assert_eq!(number("+4915123456723").masked(), "+••••••••23");
    }
}
