//! Reads the secret in a link, tolerating what mail programs do to links: they append a bracket or a full stop, break
//! the line, encode twice. Characters that cannot be part of a secret are skipped; the rest must be exactly one whole
//! secret. Only links are read like this, not the bodies that programs send.

use super::secret::{AccessToken, CancelKey, LinkKey, RANDOM_LENGTH, SecretError};

/// The maximum length that is read; links of Keyback are shorter.
const MAX_QUERY: usize = 4096;

/// The maximum number of layers of percent-encoding that are decoded.
const MAX_LAYERS: usize = 4;

/// What a link contains.
#[derive(Debug)]
pub enum InLink<Secret> {
    /// No parameter of that name.
    Absent,
    /// Not a secret, only a part of one, or two different ones.
    Unreadable,
    /// One secret.
    Read(Secret),
}

impl LinkKey {
    /// The key in the query of a link that opens a reset.
    pub fn in_query(query: &str) -> InLink<Self> {
        in_query(query, "key", Self::PREFIX, Self::parse)
    }
}

impl CancelKey {
    /// The key in the query of a "this wasn't me" link.
    pub fn in_query(query: &str) -> InLink<Self> {
        in_query(query, "key", Self::PREFIX, Self::parse)
    }
}

impl AccessToken {
    /// The token in the query of the page that an opened link leads to.
    pub fn in_query(query: &str) -> InLink<Self> {
        in_query(query, "access_token", Self::PREFIX, Self::parse)
    }
}

/// Whether the link has a parameter with the given value, read with the same tolerance.
pub fn has_value(query: &str, name: &str, value: &str) -> bool {
    if query.len() > MAX_QUERY {
        return false;
    }
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let cleaned = |text: &str| text.trim_matches(|character| !is_word(character)).to_ascii_lowercase();
    values(query, name).iter().any(|found| {
        let found = cleaned(found);
        found == value || found.strip_prefix("3d") == Some(value)
    })
}

fn in_query<Secret>(
    query: &str,
    name: &str,
    prefix: &str,
    parse: impl FnOnce(&str) -> Result<Secret, SecretError>,
) -> InLink<Secret> {
    if query.len() > MAX_QUERY {
        return InLink::Unreadable;
    }
    let values = values(query, name);
    let Some(first) = values.first() else { return InLink::Absent };
    let Some(secret) = whole_secret(first, prefix) else { return InLink::Unreadable };
    // A scanner that rewrites links may repeat a parameter. Between two different secrets nothing is chosen.
    if values.iter().any(|value| whole_secret(value, prefix).as_ref() != Some(&secret)) {
        return InLink::Unreadable;
    }
    parse(&secret).map_or(InLink::Unreadable, InLink::Read)
}

/// Every value of the parameter, percent-decoded.
fn values(query: &str, name: &str) -> Vec<String> {
    let mut values = Vec::new();
    collect_values(query, name, MAX_LAYERS, &mut values);
    values
}

fn collect_values(query: &str, name: &str, layers: usize, values: &mut Vec<String>) {
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some((found, value)) if is_name(found, name) => values.push(decoded(value)),
            Some(_) => {}
            None if is_name(pair, name) => values.push(String::new()),
            // Encoded as a whole, including the equals sign.
            None if layers > 0 => {
                let inner = decoded_once(pair);
                if inner != pair {
                    collect_values(&inner, name, layers - 1, values);
                }
            }
            None => {}
        }
    }
}

/// `KEY`, `amp;key` (from `&amp;key`) and `?key` count as the parameter, too; `key[]` does not.
fn is_name(found: &str, name: &str) -> bool {
    let found = decoded(found).to_ascii_lowercase();
    let noise = |character: char| {
        character.is_whitespace() || character.is_control() || !character.is_ascii() || character == '?'
    };
    let mut found = found.trim_matches(noise);
    while let Some(rest) = found.strip_prefix("amp;") {
        found = rest.trim_matches(noise);
    }
    found == name
}

fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..MAX_LAYERS {
        let inner = decoded_once(&text);
        if inner == text {
            break;
        }
        text = inner;
    }
    text
}

fn decoded_once(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The only secret in the text. What follows a whole secret is ignored, unless it is a different secret: some programs
/// write a link twice (`https://… <https://…>`).
fn whole_secret(text: &str, prefix: &str) -> Option<String> {
    let (secret, rest) = first_secret(text, prefix)?;
    let small = rest.to_ascii_lowercase();
    let mut others = small.match_indices(prefix).filter_map(|(at, _)| first_secret(rest.get(at..)?, prefix));
    others.all(|(other, _)| other == secret).then_some(secret)
}

/// The secret that the text begins with, and the rest.
fn first_secret<'a>(text: &'a str, prefix: &str) -> Option<(String, &'a str)> {
    let mut kept = String::new();
    let mut rest = text.chars();
    while kept.len() < prefix.len() + RANDOM_LENGTH {
        kept.extend(part_of_a_secret(rest.next()?));
        // Quoted-printable encodes the preceding equals sign as `=3D`.
        if kept.eq_ignore_ascii_case("3d") {
            kept.clear();
        }
    }
    let (begin, random) = kept.split_at(prefix.len());
    let rest = rest.as_str().trim_start_matches(['-', '_']);
    let goes_on = rest.chars().next().and_then(part_of_a_secret).is_some();
    (begin.eq_ignore_ascii_case(prefix) && !goes_on).then(|| (format!("{prefix}{random}"), rest))
}

/// `None` if it is never part of a secret. Word processors replace dashes with other kinds of dashes.
fn part_of_a_secret(character: char) -> Option<char> {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => Some(character),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "Aa0-_bcdefghijklmnopqrstuvwxyz0123456789ABA";

    fn read(query: &str) -> Option<String> {
        match LinkKey::in_query(query) {
            InLink::Read(key) => Some(key.expose().to_owned()),
            InLink::Absent | InLink::Unreadable => None,
        }
    }

    #[test]
    fn what_mail_programs_add_is_left_out() {
        let key = format!("tk-{RANDOM}");
        let (begin, end) = key.split_at(20);
        for query in [
            format!("key={key}"),
            format!("key={key})"),
            format!("key={key}..."),
            format!("key={key}%22%3E"),
            format!("key={key}%E2%80%8B&action=reset-pwd"),
            format!("key={key}%20"),
            format!("key={key}+and+more"),
            format!("key={key}_"),
            format!("key={key}*_**"),
            format!("key={key}="),
            format!("key={key}=20"),
            format!("key={key}%"),
            format!("key={key}&gt;"),
            format!("key=%3C{key}%3E"),
            format!("key=\"{key}\""),
            format!("key={begin}%0D%0A%20{end}"),
            format!("key={begin}=%0D%0A{end}"),
            format!("key={begin}={end}"),
            format!("key={begin}%C2%AD{end}"),
            format!("key={begin}%2520{end}"),
            format!("key=3D{key}&action=3Dreset-pwd"),
            format!("key=%3D{key}"),
            format!("key%3D{key}%26action%3Dreset-pwd"),
            format!("key%253D{key}"),
            format!("key=TK-{RANDOM}"),
            format!("KEY=Tk-{RANDOM}"),
            format!("key=tk%2D{RANDOM}"),
            format!("key=tk%252D{RANDOM}"),
            format!("key=tk%E2%80%91{RANDOM}"),
            format!("action=reset-pwd&amp;key={key}"),
            format!("a=b&amp;amp;key={key}"),
            format!("key={key}&key={key}"),
            format!("key={key}&key={key})"),
            format!("key={key}%3Chttps://reset.example.org/verify?key={key}%3E"),
        ] {
            assert_eq!(read(&query).as_deref(), Some(key.as_str()), "{query}");
        }
    }

    #[test]
    fn what_is_cut_off_or_ambiguous_is_not_read() {
        let key = format!("tk-{RANDOM}");
        let other = format!("tk-{}", RANDOM.replace('b', "B"));
        for query in [
            "key=".to_owned(),
            "key=tk-".to_owned(),
            format!("key={}", &key[..45]),
            format!("key={}", &key[1..]),
            format!("key={key}A"),
            format!("key={key}_A"),
            format!("key=x{key}"),
            format!("key=ck-{RANDOM}"),
            format!("key={key}&key={other}"),
            format!("key={key}&key="),
            format!("key={key}&key={}", &key[..40]),
            format!("key={key}%3Chttps://reset.example.org/verify?key={other}%3E"),
            format!("key={}", "%25".repeat(2000)),
        ] {
            assert!(matches!(LinkKey::in_query(&query), InLink::Unreadable | InLink::Absent), "{query}");
        }
        assert!(matches!(LinkKey::in_query("action=x&key"), InLink::Unreadable));
        assert!(matches!(LinkKey::in_query(&format!("key={key}&x={}", "x".repeat(5000))), InLink::Unreadable));
        for query in ["", "action=reset-pwd", "key[$gt]=", &format!("key[]={key}"), &format!("redirect=%26key%3D{key}")]
        {
            assert!(matches!(LinkKey::in_query(query), InLink::Absent), "{query}");
        }
    }

    #[test]
    fn a_word_is_found_however_it_is_wrapped() {
        for query in [
            "action=reset-pwd",
            "a=b&amp;action=reset-pwd).",
            "action=3Dreset-pwd",
            "action=Reset-Pwd%20",
            "action%3Dreset-pwd",
        ] {
            assert!(has_value(query, "action", "reset-pwd"), "{query}");
        }
        for query in ["", "action=", "action=reset", "action=reset-pwd2", "other=reset-pwd"] {
            assert!(!has_value(query, "action", "reset-pwd"), "{query}");
        }
    }
}
