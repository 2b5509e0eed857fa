//! Finds the code in what somebody typed or pasted: digits of any script, grouped, with words around them, or a whole
//! message with its last line for phones (`@host #123456`).

use zeroize::Zeroizing;

use super::pasted::{digit, is_dash, without_marks};

/// The maximum number of octets: a long text message in any script.
const LONGEST: usize = 2048;

/// Adjacent digits, and their position in the text.
struct Group<'a> {
    digits: &'a [char],
    /// The index of its first digit.
    start: usize,
    /// The index after its last digit.
    end: usize,
}

/// The only code in `text` whose length is one of `lengths`, in ASCII digits. `None` if there is none, or if there are
/// two different ones.
pub(super) fn code_in(text: &str, lengths: &[usize]) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let visible = Zeroizing::new(without_marks(text));
    let characters: Vec<char> = visible.chars().map(|character| digit(character).unwrap_or(character)).collect();
    let characters = Zeroizing::new(characters);
    if let Some(code) = typed_alone(&characters, lengths) {
        return Some(code);
    }
    let mut found: Option<String> = None;
    for code in codes_among_words(&characters, lengths) {
        match &found {
            Some(other) if *other != code => return None,
            Some(_) | None => found = Some(code),
        }
    }
    found
}

/// Digits with nothing but spaces and dashes between them, in any grouping, perhaps followed by a full stop.
fn typed_alone(characters: &[char], lengths: &[usize]) -> Option<String> {
    let end = characters.iter().rposition(|character| !character.is_whitespace())?;
    let characters = if characters[end] == '.' { &characters[..end] } else { characters };
    let is_between = |character: &char| character.is_whitespace() || is_dash(*character);
    let is_plain = characters.iter().all(|character| character.is_ascii_digit() || is_between(character));
    let digits: String = characters.iter().filter(|character| character.is_ascii_digit()).collect();
    (is_plain && lengths.contains(&digits.len())).then_some(digits)
}

/// The codes in a text: adjacent digits, or groups of equal length with one space or dash between them. Digits that are
/// part of a number with a `+`, of a word, a host name or a decimal do not count.
fn codes_among_words(characters: &[char], lengths: &[usize]) -> Vec<String> {
    let is_between = |place: usize| characters[place].is_whitespace() || is_dash(characters[place]);
    let mut codes = Vec::new();
    let mut rest = groups(characters).into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut chain = vec![first];
        while let Some(next) =
            rest.next_if(|next| chain.last().is_some_and(|last| last.end + 1 == next.start && is_between(last.end)))
        {
            chain.push(next);
        }
        let start = chain[0].start;
        if start > 0 && characters[start - 1] == '+' {
            continue;
        }
        let length = chain[0].digits.len();
        let whole: String = chain.iter().flat_map(|group| group.digits).collect();
        let is_even = length <= 4 && chain.iter().all(|group| group.digits.len() == length);
        if is_even && lengths.contains(&whole.len()) {
            let ends = chain.len() - 1;
            if stands_alone(characters, chain[0].start, chain[ends].end) {
                codes.push(whole);
            }
            continue;
        }
        codes.extend(
            chain
                .iter()
                .filter(|group| lengths.contains(&group.digits.len()))
                .filter(|group| stands_alone(characters, group.start, group.end))
                .map(|group| group.digits.iter().collect::<String>()),
        );
    }
    codes
}

fn groups(characters: &[char]) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    let mut start = 0;
    while start < characters.len() {
        let length = characters[start..].iter().take_while(|character| character.is_ascii_digit()).count();
        if length > 0 {
            groups.push(Group { digits: &characters[start..start + length], start, end: start + length });
        }
        start += length + 1;
    }
    groups
}

/// Whether the digits from `start` to `end` are not part of a word, a host name or a decimal.
fn stands_alone(characters: &[char], start: usize, end: usize) -> bool {
    let is_of_a_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let joins = |character: char| matches!(character, '.' | ',' | '/' | '@');
    let (before, after) = (&characters[..start], &characters[end..]);
    let begins = match before {
        [] => true,
        [.., word, joint] if joins(*joint) && is_of_a_word(*word) => false,
        [.., last] => !is_of_a_word(*last) && *last != '@',
    };
    let ends = match after {
        [] => true,
        [joint, word, ..] if joins(*joint) && is_of_a_word(*word) => false,
        [first, ..] => !is_of_a_word(*first),
    };
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        code_in(text, &[8, 6])
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for text in [
            "12345678",
            " 1234 5678 ",
            "1234-5678",
            "1234\u{2011}5678",
            "1234 – 5678",
            "12 34 56 78",
            "1 2 3 4 5 6 7 8",
            "123 45678",
            "12345678.",
            "\u{202a}12345678\u{202c}",
            "1234\u{a0}5678",
            "１２３４５６７８",
            "١٢٣٤٥٦٧٨",
            "۱۲۳۴ ۵۶۷۸",
            "१२३४५६७८",
            "๑๒๓๔๕๖๗๘",
        ] {
            assert_eq!(read(text).as_deref(), Some("12345678"), "{text:?}");
        }
    }

    #[test]
    fn the_one_code_in_a_text_is_found() {
        for text in [
            "Code: 123456",
            "Code:123456",
            "code 123 456",
            "Your code is 123456.",
            "#123456",
            "\"123456\"",
            "(123-456)",
            "**123456**",
            "G-123456",
            "您的验证码是123456，请勿告诉他人",
            "Ihr Code: ١٢٣٤٥٦!",
            "Your Example code: 123456. It works for 10 minutes.\n\n@reset.example.org #123456",
            "123456\n@reset24.example.org #123456",
            "123456 10 minutes",
            "Call +49 151 23456789 if it was not you. Code 123456",
            "At 12:30, 26.11.2026: 123456",
            "123456 123456",
        ] {
            assert_eq!(read(text).as_deref(), Some("123456"), "{text:?}");
        }
        assert_eq!(read("Code: 1234 5678\nValid for 30 minutes").as_deref(), Some("12345678"));
    }

    #[test]
    fn what_holds_no_code_or_two_of_them_is_none() {
        for text in [
            "",
            "12345",
            "1234567",
            "123456789",
            "123456 654321",
            "Code 123456 or 12345678",
            "Code: 1234 5678 9012",
            "abc123456",
            "123456abc",
            "host @123456.example.org",
            "192.168.100.100123",
            "1.123456",
            "+123456",
            "tk-123456_x",
            "1234 5678 9012 3456",
            "' OR 1=1 --",
            "12345６７８９",
            "²²²²²²",
            &"123456 ".repeat(400),
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
