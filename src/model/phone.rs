//! Phone numbers: what a person types becomes E.164, and which number a message may cost money to.
//! Parsed by the doors, `accounts::import` and the command line; judged by `reset::contacts`.

use rlibphonenumber::enums::Region;
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

use super::IdentifierError;

/// Characters at most: 15 digits with room for everything that people put between them.
const MAX_LENGTH: usize = 40;

/// Digits of a block of adjacent numbers that are not counted: a thousand numbers are one prefix.
const DIGITS_OF_A_BLOCK: usize = 3;

/// A country with a numbering plan of its own, by its two letters (ISO 3166-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// Reads two letters in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let letters = text.trim().to_ascii_uppercase();
        let region: Region = letters.parse().ok()?;
        // Numbers of no country (satellite phones, international premium services) are "001".
        let is_country = letters.len() == 2 && PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some();
        is_country.then_some(Self(region))
    }
}

/// A number in E.164: `+`, a country code that does not begin with zero, 7 to 15 digits in all.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number as people write it: international with `+` or `00`, or, where `country` says
    /// whose numbers are meant, national. Spaces, dashes, dots, slashes and brackets are dropped.
    ///
    /// # Errors
    /// [`IdentifierError`] when it is empty, too long, or no number (ITU-T E.164 §6). Letters and
    /// extensions are refused.
    pub fn parse(text: &str, country: Option<Country>) -> Result<Self, IdentifierError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IdentifierError::Empty);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(IdentifierError::TooLong);
        }
        if !Self::looks_like_one(text) {
            return Err(IdentifierError::Malformed);
        }
        let international = text.strip_prefix("00").map(|rest| format!("+{rest}"));
        let number = PHONE_NUMBER_UTIL
            .parse(international.as_deref().unwrap_or(text), country.map(|country| country.0))
            .map_err(|_| IdentifierError::Malformed)?;
        // Long enough for its country. Whether it is assigned, an older list of ranges may not know.
        let is_possible = number.is_possible_with_reason() == Ok(NumberLengthType::IsPossible);
        let number = number.format_as(PhoneNumberFormat::E164).into_owned();
        let digits = number.trim_start_matches('+').len();
        let well_formed = is_possible && (7..=15).contains(&digits);
        well_formed.then_some(Self(number)).ok_or(IdentifierError::Malformed)
    }

    /// Whether somebody who typed this meant a phone number: digits, and what people put between
    /// them, and nothing else.
    pub fn looks_like_one(text: &str) -> bool {
        let between = |character: char| character.is_whitespace() || "-‐‑‒–./()".contains(character);
        let international = text.trim().strip_prefix('+');
        let rest = international.unwrap_or(text.trim());
        let digits = rest.chars().filter(char::is_ascii_digit).count();
        let plain = rest.chars().all(|character| character.is_ascii_digit() || between(character));
        plain && digits >= if international.is_some() { 1 } else { 5 }
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone, as some providers want them.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// Whether a text message to it costs what a message to a person in one of `countries` costs: a
    /// number of one of them, and of a kind that people carry. Premium, shared-cost, personal-number
    /// and satellite ranges are where fraud is paid for.
    pub fn may_be_texted(&self, countries: &[Country]) -> bool {
        let Ok(number) = PHONE_NUMBER_UTIL.parse(&self.0, None) else { return false };
        let is_carried = matches!(
            number.get_type(),
            PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile | PhoneNumberType::VoIP
        );
        is_carried && number.get_region_code().is_some_and(|region| countries.contains(&Country(region)))
    }

    /// The block of a thousand numbers that it is in: who pumps messages owns such a block.
    pub fn block(&self) -> &str {
        &self.0[..self.0.len() - DIGITS_OF_A_BLOCK]
    }

    /// The number as a page may show it: `+••••••••10`. The number of dots does not tell the length.
    pub fn masked(&self) -> String {
        format!("+••••••••{}", &self.0[self.0.len() - 2..])
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

    fn country(letters: &str) -> Country {
        Country::parse(letters).unwrap()
    }

    fn read(text: &str, letters: &str) -> Option<String> {
        PhoneNumber::parse(text, Country::parse(letters)).ok().map(|number| number.0)
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
            "+12025550123 ext 5",
            "+12025550123;ext=5",
            "tel:+12025550123",
            "+12025550123\0",
            "+1202555012\u{ff13}",
            "+12025550123,+12025550124",
            "jane1234567",
            &"1".repeat(1000),
        ] {
            assert_eq!(read(text, "US"), None, "{text:?}");
        }
    }

    // security.md row 35
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
