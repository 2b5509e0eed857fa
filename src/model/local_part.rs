//! The part of an address before the `@`: what may stand in it, and which letters are the same but for their case.

use unicode_normalization::UnicodeNormalization;

use super::pasted::is_combining;

/// Octets at most, quotes included (RFC 5321 §4.5.3.1.1).
const MAX_LENGTH: usize = 64;

/// A well-formed local part, without quotes, in NFC.
pub(super) struct LocalPart {
    content: String,
    needs_quotes: bool,
}

impl LocalPart {
    /// Reads one as it stands in an address, in quotes or not. Dots may stand anywhere, as carriers gave such
    /// addresses out. Only quotes admit a space or an `@`, and none admits what ends an address in an
    /// envelope or a header.
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

    /// As people write it.
    pub(super) fn written(&self) -> String {
        if self.needs_quotes { format!("\"{}\"", self.content) } else { self.content.clone() }
    }

    /// As an envelope and a header need it: dots that no dot-atom allows are quoted (RFC 5321 §4.1.2).
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

/// The characters of a dot-atom in any script, with the marks and joiners that belong to its letters.
fn is_plain(content: &str) -> bool {
    let mut follows_a_letter = false;
    content.chars().all(|character| {
        let allowed = match character {
            character if character.is_ascii() => {
                character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
            }
            // Those that shape no letters are dropped before.
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

/// A text in which two spellings are equal that differ only in the case of letters. ASCII letters are folded as
/// ever. Another letter is folded where nothing can be mistaken: its small form has no other capital, and neither
/// is a compatibility form. So `Ø` is `ø`, while `ı`, `İ`, `ſ`, `ς` and `ẞ` stay what they are.
pub(super) fn folded(text: &str) -> String {
    text.nfc().map(small).nfc().collect()
}

/// How those wrote it who kept the case of letters outside ASCII, as stored forms once did: all of them capital, and
/// the first of each word.
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

/// The small form of a letter, where the two are a pair without a third.
fn small(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let pair = only(character.to_lowercase())
        .filter(|small| only(small.to_uppercase()) == Some(character))
        .filter(|small| is_stable(character) && is_stable(*small));
    pair.unwrap_or(character)
}

/// The capital of a letter outside ASCII that [`small`] leads back from.
fn capital(character: char) -> char {
    let capital = only(character.to_uppercase()).filter(|_| !character.is_ascii());
    capital.filter(|capital| small(*capital) == character).unwrap_or(character)
}

fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// Whether it is no compatibility form of something else.
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
