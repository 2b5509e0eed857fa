//! The part of an address before the `@`: which characters it may have, and which letters differ only in case.

use unicode_normalization::UnicodeNormalization;

use super::pasted::is_combining;

/// The maximum number of octets, including quotes (RFC 5321 §4.5.3.1.1).
const MAX_LENGTH: usize = 64;

/// A well-formed local part, unquoted and in NFC.
pub(super) struct LocalPart {
    content: String,
    needs_quotes: bool,
}

impl LocalPart {
    /// Reads a local part, quoted or not. Dots may be anywhere, because carriers issued such addresses. Spaces and `@`
    /// are only allowed in quotes. Characters that would end an address in an envelope or a header are never allowed.
    pub(super) fn parse(written: &str) -> Option<Self> {
        let quoted = written.strip_prefix('"').map(|rest| rest.strip_suffix('"').map(unescaped));
        let content: String = match quoted {
            Some(content) => content?.nfc().collect(),
            None => written.nfc().collect(),
        };
        let is_plain = is_plain(&content);
        let may_be_quoted = quoted_text(&content) && written.starts_with('"');
        let part = Self { needs_quotes: !is_plain, content };
        let has_a_name = part.content.chars().any(|character| !matches!(character, '.' | ' ' | '@'));
        (has_a_name && (is_plain || may_be_quoted) && part.for_envelopes().len() <= MAX_LENGTH).then_some(part)
    }

    /// The local part as people write it.
    pub(super) fn written(&self) -> String {
        if self.needs_quotes { format!("\"{}\"", self.content) } else { self.content.clone() }
    }

    /// The local part as envelopes and headers need it: with quotes if its dots do not form a dot-atom (RFC 5321
    /// §4.1.2).
    pub(super) fn for_envelopes(&self) -> String {
        let is_dot_atom = !self.content.split('.').any(str::is_empty);
        if self.needs_quotes || !is_dot_atom { format!("\"{}\"", self.content) } else { self.content.clone() }
    }
}

fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let next = |characters: &mut std::str::Chars<'_>| match characters.next()? {
        '\\' => characters.next(),
        other => Some(other),
    };
    std::iter::from_fn(|| next(&mut characters)).collect()
}

/// Whether it has only characters of a dot-atom in any script, with the marks and joiners of its letters.
fn is_plain(content: &str) -> bool {
    let mut follows_a_letter = false;
    content.chars().all(|character| {
        let allowed = match character {
            character if character.is_ascii() => {
                character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
            }
            // Joiners that shape no letters were removed before.
            '\u{200c}' | '\u{200d}' => follows_a_letter,
            character if is_combining(character) => follows_a_letter,
            character => character.is_alphanumeric(),
        };
        follows_a_letter = character.is_alphanumeric() || (allowed && !character.is_ascii());
        allowed
    })
}

fn quoted_text(content: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~. @".contains(c);
    content.chars().all(allowed) && content.trim() == content
}

/// Folds case, so that spellings that differ only in it become equal. ASCII letters are always folded. Another letter
/// is folded only if that is unambiguous: its lower-case form has no other upper-case form, and neither of them is a
/// compatibility form. So `Ø` becomes `ø`, while `ı`, `İ`, `ſ`, `ς` and `ẞ` stay what they are.
pub(super) fn folded(text: &str) -> String {
    text.nfc().map(small).nfc().collect()
}

/// Spellings that older versions stored, when they kept the case of letters outside ASCII: all of them in upper case,
/// and only the first of each word.
pub(super) fn unfolded(folded: &str) -> [String; 2] {
    let all = folded.chars().map(capital).nfc().collect();
    let mut begins_a_word = true;
    let first = folded.chars().map(|character| {
        let written = if begins_a_word { capital(character) } else { character };
        begins_a_word = matches!(character, '.' | '-' | '_' | '+' | ' ' | '"');
        written
    });
    [all, first.nfc().collect()]
}

/// The lower-case form of a letter, if the two form a pair without a third.
fn small(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let pair = only(character.to_lowercase())
        .filter(|small| only(small.to_uppercase()) == Some(character))
        .filter(|small| is_stable(character) && is_stable(*small));
    pair.unwrap_or(character)
}

/// The upper-case form of a letter outside ASCII that [`small`] maps back.
fn capital(character: char) -> char {
    let capital = only(character.to_uppercase()).filter(|_| !character.is_ascii());
    capital.filter(|capital| small(*capital) == character).unwrap_or(character)
}

fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// Whether it is not a compatibility form of another character.
fn is_stable(character: char) -> bool {
    std::iter::once(character).nfkc().eq([character])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_letters_are_folded_and_nothing_else() {
        for (capital, small) in
            [("Ø", "ø"), ("É", "é"), ("Ñ", "ñ"), ("Ж", "ж"), ("Ω", "ω"), ("Σ", "σ"), ("Ő", "ő"), ("Ա", "ա")]
        {
            assert_eq!(folded(capital), small);
            assert_eq!(folded(small), small);
        }
        for alone in ["ı", "İ", "ſ", "ß", "ẞ", "ς", "ǅ", "Ⅷ", "ﬀ", "ϴ"] {
            assert_eq!(folded(alone), alone, "{alone}");
        }
        assert_ne!(folded("ς"), folded("σ"));
        assert_ne!(folded("İ"), folded("i"));
        assert_eq!(folded("JANE"), "jane");
    }

    #[test]
    fn a_folded_text_stays_as_it_is() {
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let once = folded(&character.to_string());
            assert_eq!(folded(&once), once, "{character:?}");
        }
    }

    #[test]
    fn capitals_are_found_again() {
        assert_eq!(unfolded("åsgård.øre"), ["ÅsgÅrd.Øre", "Åsgård.Øre"]);
        assert_eq!(unfolded("jane"), ["jane", "jane"]);
    }
}
