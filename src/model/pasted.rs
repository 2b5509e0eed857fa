//! Cleans up pasted identifiers and codes: invisible marks, full-width forms, digits of other scripts, surrounding
//! quotes and brackets.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, JoiningType, NumericType};
use icu_properties::{CodePointMapData, CodePointSetData};
use percent_encoding::percent_decode_str;
use unicode_normalization::char::canonical_combining_class;

use super::IdentifierError;

/// The maximum number of characters that anybody types or pastes to name an account, including what is removed. The
/// pages keep as many.
pub const MAX_TYPED: usize = 320;

/// The combining class of a virama. A joiner may follow one.
const VIRAMA: u8 = 9;

/// Pairs that people put around an address or a number.
const AROUND: [(char, char); 10] = [
    ('<', '>'),
    ('"', '"'),
    ('\'', '\''),
    ('(', ')'),
    ('[', ']'),
    ('“', '”'),
    ('„', '“'),
    ('‘', '’'),
    ('«', '»'),
    ('‹', '›'),
];

/// The maximum number of characters of a label.
const LONGEST_LABEL: usize = 24;

/// `text` without invisible marks and surrounding spaces.
///
/// # Errors
/// [`IdentifierError`] if nothing is left, or if `text` is longer than [`MAX_TYPED`].
pub(super) fn cleaned(text: &str) -> Result<String, IdentifierError> {
    let text = text.trim();
    if text.chars().nth(MAX_TYPED).is_some() {
        return Err(IdentifierError::TooLong);
    }
    let visible = without_marks(text);
    let visible = visible.trim();
    if visible.is_empty() { Err(IdentifierError::Empty) } else { Ok(visible.to_owned()) }
}

/// Removes invisible characters (Unicode's `Default_Ignorable_Code_Point`: directional marks, zero-width spaces, soft
/// hyphens, byte order marks, variation selectors). A joiner stays if it shapes the letters next to it, as in Persian
/// or Hindi (RFC 5892, appendices A.1 and A.2): there it is part of the word.
pub(super) fn without_marks(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let characters: Vec<char> = text.chars().collect();
    let stays = |(place, character): (usize, &char)| !ignorable.contains(*character) || shapes(&characters, place);
    characters.iter().enumerate().filter(|(place, character)| stays((*place, character))).map(|(_, c)| *c).collect()
}

/// Whether the character at `place` is a joiner that shapes the characters next to it.
fn shapes(characters: &[char], place: usize) -> bool {
    let joiner = characters[place];
    if !matches!(joiner, '\u{200c}' | '\u{200d}') {
        return false;
    }
    let (before, after) = (&characters[..place], &characters[place + 1..]);
    if before.last().is_some_and(|character| canonical_combining_class(*character) == VIRAMA) {
        return after.first().is_some_and(|character| character.is_alphabetic());
    }
    let joining = CodePointMapData::<JoiningType>::new();
    let kind = |character: &char| joining.get(*character);
    let left = before.iter().rev().map(kind).find(|kind| *kind != JoiningType::Transparent);
    let right = after.iter().map(kind).find(|kind| *kind != JoiningType::Transparent);
    joiner == '\u{200c}'
        && matches!(left, Some(JoiningType::LeftJoining | JoiningType::DualJoining))
        && matches!(right, Some(JoiningType::RightJoining | JoiningType::DualJoining))
}

/// `text` with full-width ASCII, other forms of `@` and ideographic full stops replaced with ASCII. Without an `@`, one
/// that is encoded for a URL or for HTML counts.
pub(super) fn narrow(text: &str) -> String {
    let ascii = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '。' | '｡' => '.',
        '﹫' => '@',
        '﹢' => '+',
        other => other,
    };
    let text: String = text.chars().map(ascii).collect();
    if text.contains('@') { text } else { text.replace("%40", "@").replace("&#64;", "@") }
}

/// The value of a decimal digit of any script (`Nd`).
///
/// Every script's ten digits follow each other in their order, beginning with zero (The Unicode Standard, 4.6).
pub(super) fn digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    let types = CodePointMapData::<NumericType>::new();
    let is_digit = |point: u32| types.get32(point) == NumericType::Decimal;
    let point = u32::from(character);
    if !is_digit(point) {
        return None;
    }
    let before = (0..point).rev().take_while(|before| is_digit(*before)).count();
    char::from_digit(before as u32 % 10, 10)
}

/// Whether it is any kind of dash.
pub(super) fn is_dash(character: char) -> bool {
    character == '\u{2212}' || category(character) == GeneralCategory::DashPunctuation
}

/// Whether it is a mark that belongs to the preceding letter.
pub(super) fn is_combining(character: char) -> bool {
    matches!(category(character), GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark)
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

/// `text` without what contact lists write beside an address or a number: a label (`E-mail: `) and a remark in
/// parentheses (` (work)`). A scheme is not a label, and neither is what stands directly before other text, as in the
/// username `team:12345`.
pub(super) fn without_remarks<'a>(text: &'a str, schemes: &[&str]) -> &'a str {
    let text = match text.split_once(':') {
        Some((label, rest))
            if is_label(label)
                && !schemes.iter().any(|known| known.eq_ignore_ascii_case(label))
                && (rest.starts_with(|next: char| next.is_whitespace() || next == '+') || rest.contains('@')) =>
        {
            rest.trim_start()
        }
        _ => text,
    };
    let is_remark = |remark: &str| {
        let has = |what: fn(char) -> bool| remark.chars().any(what);
        has(char::is_alphabetic) && !has(char::is_numeric) && !remark.contains('@')
    };
    match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((before, remark)) if is_remark(remark) && !before.trim().is_empty() => before.trim_end(),
        _ => text,
    }
}

fn is_label(text: &str) -> bool {
    text.chars().nth(LONGEST_LABEL).is_none()
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(|character| character.is_alphabetic() || " -.".contains(character))
}

/// `text` without one pair of surrounding quotes or brackets, or a bracket that has lost its other half, and without
/// punctuation that ended a sentence.
pub(super) fn unwrapped(text: &str) -> &str {
    let text = text.trim_end_matches(|character: char| character.is_whitespace() || ".,;:!?".contains(character));
    let inside = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    let half = |(open, close): &(char, char)| match (text.strip_prefix(*open), text.strip_suffix(*close)) {
        (Some(rest), None) if !rest.contains(*close) => Some(rest),
        (None, Some(rest)) if !rest.contains(*open) => Some(rest),
        _ => None,
    };
    AROUND.iter().find_map(inside).or_else(|| AROUND.iter().find_map(half)).unwrap_or(text).trim()
}

/// What a URI of one of `schemes` names, without its query. `None` if `text` is not such a URI.
pub(super) fn named_by_uri(text: &str, schemes: &[&str]) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    schemes.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    let rest = rest.trim_start().trim_start_matches("//");
    let name = rest.split_once('?').map_or(rest, |(name, _query)| name);
    Some(percent_decode_str(name).decode_utf8().ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_of_any_script_has_its_value() {
        for zero in ['0', '０', '٠', '۰', '०', '๐', '߀', '၀', '\u{1d7ce}', '\u{1d7f6}', '\u{1e950}'] {
            for value in 0..10 {
                let written = char::from_u32(u32::from(zero) + value).unwrap();
                assert_eq!(digit(written), char::from_digit(value, 10), "{written}");
            }
        }
        for no_digit in ['a', '²', '½', '五', 'Ⅷ', '①', '🄋'] {
            assert_eq!(digit(no_digit), None, "{no_digit}");
        }
    }

    #[test]
    fn invisible_marks_are_dropped_and_joiners_stay_where_they_shape_letters() {
        let marks = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200b}\u{200c}\u{200d}\
                     \u{200e}\u{200f}\u{feff}\u{ad}\u{2060}\u{61c}\u{180e}\u{34f}\u{fe0f}\u{e0101}";
        for mark in marks.chars() {
            assert_eq!(cleaned(&format!("{mark} ja{mark}ne{mark}\u{a0}")).as_deref(), Ok("jane"), "{mark:?}");
            assert_eq!(cleaned(&mark.to_string()), Err(IdentifierError::Empty), "{mark:?}");
        }
        for word in ["نامه\u{200c}ای", "क्\u{200d}ष", "क्\u{200c}ष"] {
            assert_eq!(cleaned(word).as_deref(), Ok(word));
        }
        assert_eq!(cleaned("\u{200c}نامه\u{200d}").as_deref(), Ok("نامه"), "nothing to shape");
    }
}
