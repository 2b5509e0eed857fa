//! What an app makes of the password that a person types into it, before it hashes that.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Why an app could not take a password, or people could not sign in with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The app refuses longer passwords, or ignores what is beyond.
    #[error("the app takes at most {max} {unit}")]
    TooLong {
        /// The most that the app takes.
        max: usize,
        /// Of what.
        unit: LengthUnit,
    },
    /// It has a character that the app cannot take, or only characters that the app removes.
    #[error("the app cannot take a character of it")]
    Character,
}

/// What an app counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthUnit {
    /// Octets of UTF-8, in the form that is hashed.
    Octets,
    /// Units of UTF-16, as typed: the length of a string in JavaScript.
    Utf16,
}

impl std::fmt::Display for LengthUnit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Octets => "octets of UTF-8",
            Self::Utf16 => "units of UTF-16",
        })
    }
}

/// The Unicode form of what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    Raw,
    Nfc,
    Nfkc,
    Nfkd,
}

/// What an app does to characters that mean something in its SQL or its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    None,
    /// Backslashes, and no white space around it.
    WordPress,
    /// Entities of HTML.
    Phpbb,
}

/// From what was typed to what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub normalise: Normalise,
    pub escape: Escape,
}

impl Form {
    pub fn of(self, typed: &str) -> Zeroizing<String> {
        match self.escape {
            Escape::None => self.normalise.apply(typed),
            Escape::WordPress => add_slashes(&self.normalise.apply(typed)),
            Escape::Phpbb => self.normalise.apply(&escape_html(typed)),
        }
    }
}

impl Normalise {
    fn apply(self, text: &str) -> Zeroizing<String> {
        match self {
            Self::Raw => Zeroizing::new(text.to_owned()),
            Self::Nfc => collect(|| text.nfc()),
            Self::Nfkc => collect(|| text.nfkc()),
            Self::Nfkd => collect(|| text.nfkd()),
        }
    }
}

/// PHP's `addslashes` and then its `trim`: a backslash at the end protects no space, because the space comes after it.
fn add_slashes(text: &str) -> Zeroizing<String> {
    let slashed = collect(|| {
        text.chars().flat_map(|character| {
            let slash = matches!(character, '\'' | '"' | '\\' | '\0').then_some('\\');
            slash.into_iter().chain([if character == '\0' { '0' } else { character }])
        })
    });
    let is_space = |character| matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{b}');
    Zeroizing::new(slashed.trim_matches(is_space).to_owned())
}

/// phpBB's `set_var` with `htmlspecialchars(…, ENT_COMPAT)`.
fn escape_html(text: &str) -> Zeroizing<String> {
    let text = Zeroizing::new(text.replace("\r\n", "\n"));
    let mut escaped = Zeroizing::new(String::with_capacity("&quot;".len() * text.len()));
    for character in text.chars() {
        match character {
            '\0' | '\u{feff}' => {}
            '\r' => escaped.push('\n'),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The length is counted first, so that the buffer never grows and no copy is left in memory.
fn collect<I: Iterator<Item = char>>(characters: impl Fn() -> I) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(characters().map(char::len_utf8).sum()));
    text.extend(characters());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(normalise: Normalise, escape: Escape, typed: &str) -> String {
        Form { normalise, escape }.of(typed).to_string()
    }

    #[test]
    fn wordpress_adds_slashes_and_trims() {
        let of = |typed| of(Normalise::Raw, Escape::WordPress, typed);
        assert_eq!(of("it's \"9\\x\" walnut"), "it\\'s \\\"9\\\\x\\\" walnut");
        assert_eq!(of(" \t walnut\u{b}\n"), "walnut");
        assert_eq!(of("\0walnut\0"), "\\0walnut\\0");
        assert_eq!(of("\u{a0}cafe\u{301}\u{a0}"), "\u{a0}cafe\u{301}\u{a0}", "only white space of ASCII goes");
    }

    #[test]
    fn phpbb_escapes_then_composes() {
        let of = |typed| of(Normalise::Nfc, Escape::Phpbb, typed);
        assert_eq!(of("it's \"9\\x\" & <walnut>"), "it's &quot;9\\x&quot; &amp; &lt;walnut&gt;");
        assert_eq!(of(" a\r\nb\rc\0\u{feff} "), " a\nb\nc ");
        assert_eq!(of("cafe\u{301}"), "caf\u{e9}");
        assert_eq!(of("<\u{338}"), "&lt;\u{338}", "composed first, it would be one character that is not escaped");
    }

    #[test]
    fn normalising_changes_what_it_names() {
        let (composed, decomposed) = ("caf\u{e9}-\u{fb01}sh-lantern", "cafe\u{301}-\u{fb01}sh-lantern");
        for (normalise, expected) in [
            (Normalise::Raw, [composed, decomposed]),
            (Normalise::Nfc, [composed, composed]),
            (Normalise::Nfkc, ["caf\u{e9}-fish-lantern"; 2]),
            (Normalise::Nfkd, ["cafe\u{301}-fish-lantern"; 2]),
        ] {
            assert_eq!([composed, decomposed].map(|typed| of(normalise, Escape::None, typed)), expected);
        }
        assert_eq!(of(Normalise::Raw, Escape::None, " \u{1f511} "), " \u{1f511} ");
    }
}
