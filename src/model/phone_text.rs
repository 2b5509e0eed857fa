//! Reads a phone number from what somebody typed or pasted: digits of any script with the usual separators, `tel:`
//! links, extensions.

use super::IdentifierError;
use super::pasted::{cleaned, digit, is_dash, named_by_uri, narrow, unwrapped, without_remarks};

/// The minimum number of digits of a number without `+`. Fewer may be a username.
const FEWEST_DIGITS: usize = 5;

/// The minimum number of digits before an extension. Fewer may be a username.
const FEWEST_BEFORE_EXTENSION: usize = 7;

/// Schemes of links to a phone number.
const SCHEMES: [&str; 5] = ["tel", "sms", "smsto", "callto", "mmsto"];

/// A number as it was written.
pub(super) struct WrittenNumber {
    /// ASCII digits, after a `+` if the number is international.
    pub(super) digits: String,
    /// Whether it has an extension.
    pub(super) has_extension: bool,
}

impl WrittenNumber {
    /// Reads digits with the usual separators. `None` if the text has anything else, so it is not a number.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, IdentifierError> {
        let visible = cleaned(text)?;
        let ascii: String = narrow(&visible).chars().map(|character| digit(character).unwrap_or(character)).collect();
        let written = without_remarks(&ascii, &SCHEMES);
        let named = named_by_uri(unwrapped(written), &SCHEMES);
        let is_link = named.is_some();
        let number = named.unwrap_or_else(|| written.to_owned());
        Ok(Self::of(&number, is_link))
    }

    fn of(number: &str, is_link: bool) -> Option<Self> {
        let number = number.trim_end_matches(|character: char| ".,;".contains(character) || character.is_whitespace());
        let mut parts = unwrapped(number).split(';');
        let (number, mut has_extension) = without_extension(parts.next()?);
        let mut digits = digits_of(number)?;
        for parameter in parts {
            match parameter.trim().split_once('=') {
                Some((name, _)) if name.eq_ignore_ascii_case("ext") => has_extension = true,
                // The country of a national number (RFC 3966, 5.1.5). A host name says nothing about it.
                Some((name, context)) if name.eq_ignore_ascii_case("phone-context") => {
                    if context.starts_with('+') && !digits.starts_with('+') {
                        digits = format!("{}{digits}", digits_of(context)?);
                    }
                }
                Some(_) if is_link => {}
                Some(_) | None => return None,
            }
        }
        let count = digits.trim_start_matches('+').len();
        let fewest = match (has_extension, digits.starts_with('+') || is_link) {
            (true, _) => FEWEST_BEFORE_EXTENSION,
            (false, true) => 1,
            (false, false) => FEWEST_DIGITS,
        };
        (count >= fewest).then_some(Self { digits, has_extension })
    }
}

/// The number without `ext. 12`, `x12` or `#12`, and whether it had one.
fn without_extension(number: &str) -> (&str, bool) {
    // What a telephone dials after a pause: `,,5#`.
    if let Some((before, after)) = number.split_once(',')
        && after.contains(|character: char| character.is_ascii_digit())
        && after.len() <= 9
        && after.chars().all(|character| character.is_ascii_digit() || ", #*".contains(character))
    {
        return (before.trim_end(), true);
    }
    let Some(place) = number.find(|character: char| character.is_alphabetic() || character == '#') else {
        return (number, false);
    };
    let (before, after) = number.split_at(place);
    let after = after.to_lowercase();
    let line = ["extension", "extn", "ext", "x", "#"].iter().find_map(|word| after.strip_prefix(word));
    let is_line = |line: &str| {
        let line = line.trim_start_matches(|character: char| ".:".contains(character) || character.is_whitespace());
        (1..=7).contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_digit())
    };
    if line.is_some_and(is_line) { (before.trim_end_matches([',', ' ']), true) } else { (number, false) }
}

/// The digits of a number, after a `+` if it begins with one.
fn digits_of(number: &str) -> Option<String> {
    let is_between =
        |character: char| character.is_whitespace() || is_dash(character) || "./()[]~·•⁄∕∼ー".contains(character);
    let is_opening = |character: char| character.is_whitespace() || "([".contains(character);
    let rest = number.trim_start_matches(is_opening);
    let international = rest.strip_prefix('+');
    let rest = international.unwrap_or(number);
    if !rest.chars().all(|character| character.is_ascii_digit() || is_between(character)) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    Some(if international.is_some() { format!("+{digits}") } else { digits })
}
