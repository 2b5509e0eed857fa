//! Characters as an attacker sees them: without case and accents, with the letters that digits and signs stand for, and
//! how many alternatives each has.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The lower-case letters of a character, without marks: `Ä` is `a`, `ß` is `ss`, `Ｑ` is `q`.
pub(super) fn plain(character: char) -> impl Iterator<Item = char> {
    let mut letters = String::new();
    decompose_compatible(character, |part| {
        if !is_combining_mark(part) {
            letters.extend(part.to_lowercase().filter(|lower| !is_combining_mark(*lower)));
        }
    });
    let letters: Vec<char> =
        letters.chars().flat_map(|letter| spelled_out(letter).chars().chain(kept(letter))).collect();
    letters.into_iter()
}

/// How letters that cannot be decomposed are written in ASCII.
const fn spelled_out(letter: char) -> &'static str {
    match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => "",
    }
}

fn kept(letter: char) -> Option<char> {
    spelled_out(letter).is_empty().then(|| decimal_digit(letter).unwrap_or(letter))
}

/// Whether people write `sign` instead of that lower-case letter.
pub(super) const fn stands_for(sign: char, letter: char) -> bool {
    matches!(
        (sign, letter),
        ('4' | '@', 'a')
            | ('8', 'b')
            | ('(' | '{' | '[' | '<', 'c')
            | ('3' | '€', 'e')
            | ('6' | '9', 'g')
            | ('#', 'h')
            | ('1' | '!' | '|', 'i' | 'l')
            | ('0', 'o')
            | ('5' | '$', 's')
            | ('7' | '+', 't')
            | ('%', 'x')
            | ('2', 'z')
    )
}

/// The zeros of the scripts that have their own digits; the other nine follow each.
const ZEROS: [char; 26] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}',
    '\u{1946}', '\u{19d0}', '\u{1a80}', '\u{1b50}', '\u{1bb0}', '\u{1c50}',
];

fn decimal_digit(character: char) -> Option<char> {
    let value = |zero: &char| u32::from(character).checked_sub(u32::from(*zero)).filter(|value| *value < 10);
    ZEROS.iter().find_map(value).and_then(|value| char::from_digit(value, 10))
}

/// The keys of the Russian keyboard layout, in the order of the English keys in the same places.
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";
const ENGLISH_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";

/// A character as the estimator sees it, which knows only ASCII.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// What represents it: the letter without its accent, the digit, or the character.
    pub(super) shown: char,
    /// Unless it is ASCII: the number of characters that an attacker must try in its place.
    pub(super) inventory: Option<f64>,
    /// The English key in the same place.
    pub(super) key: Option<char>,
    /// Whether it is a letter with an accent. Beyond the letter, only the accent has to be guessed.
    pub(super) accented: bool,
}

/// A text as the estimator sees it, character by character. Full-width forms are converted.
pub(super) fn seen(text: &str) -> Vec<Seen> {
    text.chars().map(|character| seen_as(of_usual_form(character))).collect()
}

fn of_usual_form(character: char) -> char {
    let mut usual = std::iter::once(character).nfkc();
    usual.next().filter(|_| usual.next().is_none()).unwrap_or(character)
}

fn seen_as(character: char) -> Seen {
    let as_is = |shown| Seen { shown, inventory: None, key: None, accented: false };
    if character.is_ascii() {
        return as_is(character);
    }
    if let Some(digit) = decimal_digit(character) {
        return as_is(digit);
    }
    let mut letters = plain(character);
    if let Some(letter) = letters.next().filter(char::is_ascii_alphabetic) {
        let shown = if character.is_uppercase() { letter.to_ascii_uppercase() } else { letter };
        return Seen { shown, inventory: None, key: None, accented: true };
    }
    let lower = character.to_lowercase().next().unwrap_or(character);
    let key = RUSSIAN_KEYS.chars().zip(ENGLISH_KEYS.chars()).find(|(letter, _)| *letter == lower).map(|(_, key)| key);
    Seen { shown: character, inventory: Some(inventory_of(character)), key, accented: false }
}

/// How many characters of a script are in common use, rounded down. For ideographs: the hundreds at the top of a
/// frequency list, not the thousands in a dictionary.
fn inventory_of(character: char) -> f64 {
    match u32::from(character) {
        0x0370..=0x03ff => 24.0,                      // Greek
        0x0400..=0x052f => 33.0,                      // Cyrillic
        0x0590..=0x05ff => 22.0,                      // Hebrew
        0x0600..=0x077f => 28.0,                      // Arabic
        0x0900..=0x0dff => 45.0,                      // Devanagari and its neighbours
        0x0e00..=0x0eff => 45.0,                      // Thai, Lao
        0x3040..=0x30ff => 46.0,                      // kana
        0x3400..=0x4dbf | 0x4e00..=0x9fff => 500.0,   // ideographs
        0xac00..=0xd7a3 => 300.0,                     // hangul
        0x2190..=0x2bff | 0x1f000..=0x1faff => 100.0, // symbols, emoji
        0x20000..=0x3ffff => 500.0,                   // rare ideographs
        _ => 20.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(text: &str) -> String {
        text.chars().flat_map(plain).collect()
    }

    #[test]
    fn case_accents_and_widths_make_no_other_letter() {
        assert_eq!(plainly("MÜLLER"), "muller");
        assert_eq!(plainly("Ｊａｎｅ straße ØRSTED Łódź"), "jane strasse orsted lodz");
        assert_eq!(plainly("٢٠٢٦"), "2026");
        assert_eq!(plainly("密码"), "密码");
    }

    #[test]
    fn the_estimator_sees_digits_keys_and_letters_without_accents() {
        let shown = |text: &str| seen(text).iter().map(|seen| seen.shown).collect::<String>();
        let keys = |text: &str| seen(text).iter().filter_map(|seen| seen.key).collect::<String>();
        assert_eq!(shown("Pässwört ٢٠٢٦ 密码"), "Passwort 2026 密码");
        assert_eq!(keys("Йцукен"), "qwerty");
        assert_eq!(RUSSIAN_KEYS.chars().count(), ENGLISH_KEYS.chars().count());
    }
}
