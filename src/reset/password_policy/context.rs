//! What is left of a password without what anybody would try first: the person's and the service's own names, years,
//! and the words that most passwords are made of.

use std::collections::HashMap;
use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::letters::{plain, stands_for};

/// Shorter words are part of too many others.
const MIN_WORD: usize = 3;

/// Characters that must be left; each counts twice at most.
const MIN_LEFT: usize = 5;

/// Words that are looked for: those of a name of the longest kind, and no more.
const MAX_WORDS: usize = 256;

/// Parts of names and addresses that name nobody.
const NAME_NOBODY: [&str; 20] = [
    "and", "app", "com", "das", "der", "die", "edu", "for", "gov", "http", "https", "info", "mail", "net", "org",
    "the", "und", "von", "web", "www",
];

/// What most leaked passwords are made of, beside names: the commonest stems of `common_passwords.txt`, and their
/// like in other languages.
const BASE_WORDS: [&str; 100] = [
    "12345",
    "1q2w3e",
    "1qaz2wsx",
    "abc123",
    "abcd",
    "access",
    "admin",
    "administrator",
    "april",
    "asdf",
    "asdfgh",
    "august",
    "autumn",
    "azerty",
    "babygirl",
    "baseball",
    "batman",
    "birthday",
    "changeme",
    "computer",
    "contrasena",
    "december",
    "default",
    "dragon",
    "february",
    "football",
    "freedom",
    "friday",
    "fruhling",
    "fuckyou",
    "geheim",
    "guest",
    "hallo",
    "haslo",
    "hello",
    "herbst",
    "hockey",
    "hunter",
    "iloveyou",
    "january",
    "kennwort",
    "killer",
    "letmein",
    "login",
    "love",
    "lozinka",
    "master",
    "matkhau",
    "monday",
    "monkey",
    "motdepasse",
    "mustang",
    "november",
    "october",
    "parola",
    "pass",
    "passwd",
    "password",
    "passwort",
    "pokemon",
    "princess",
    "qazwsx",
    "qwer",
    "qwerty",
    "qwertyuiop",
    "qwertz",
    "root",
    "salasana",
    "schatz",
    "secret",
    "senha",
    "september",
    "shadow",
    "sifre",
    "soccer",
    "softball",
    "sommer",
    "spring",
    "summer",
    "sunday",
    "sunshine",
    "superman",
    "temp",
    "test",
    "trustno1",
    "user",
    "wachtwoord",
    "welcome",
    "welkom",
    "willkommen",
    "winter",
    "zxcvbn",
    "йцукен",
    "пароль",
    "привет",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "사랑해",
];

/// Words to look for, the longest first, as plain letters.
#[derive(Clone, Default)]
pub(super) struct Words(Vec<Vec<char>>);

impl Words {
    /// The words of names, addresses and numbers: each whole, and its parts between signs and where its case changes.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<Vec<char>> =
            names.into_iter().flat_map(written_forms).flat_map(|name| parts(&name)).collect();
        let backwards: Vec<Vec<char>> = words.iter().map(|word| word.iter().rev().copied().collect()).collect();
        words.extend(backwards.into_iter().filter(|word| word.len() > MIN_WORD));
        Self::in_order(words)
    }

    /// These and those.
    pub(super) fn and(&self, others: &Self) -> Self {
        Self::in_order(self.0.iter().chain(&others.0).cloned().collect())
    }

    fn base() -> &'static Self {
        static WORDS: LazyLock<Words> =
            LazyLock::new(|| Words::in_order(BASE_WORDS.iter().map(|word| plainly(word)).collect()));
        &WORDS
    }

    fn in_order(mut words: Vec<Vec<char>>) -> Self {
        words.retain(|word| word.len() >= MIN_WORD || word.iter().any(|letter| !letter.is_ascii()));
        words.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        words.dedup();
        words.truncate(MAX_WORDS);
        Self(words)
    }
}

/// A name as it is kept, and where its domain is an international one, as people write it.
fn written_forms(name: &str) -> Vec<String> {
    let mut forms = vec![name.to_owned()];
    if name.contains("xn--") {
        let (local, domain) = name.rsplit_once('@').unwrap_or(("", name));
        forms.push(format!("{local}@{}", idna::domain_to_unicode(domain).0));
    }
    forms
}

fn parts(name: &str) -> Vec<Vec<char>> {
    let mut parts = vec![name.to_owned(), name.chars().filter(|character| character.is_alphanumeric()).collect()];
    for piece in name.split('@').chain(name.split(|character: char| !character.is_alphanumeric())) {
        parts.push(piece.chars().filter(|character| character.is_alphanumeric()).collect());
        parts.extend(humps(piece));
    }
    if name.len() >= 8 && name.bytes().all(|octet| octet.is_ascii_digit()) {
        // A number is written with and without the codes of its country and area.
        parts.extend((6..name.len()).filter_map(|digits| name.get(name.len() - digits..)).map(str::to_owned));
    }
    parts.retain(|part| !NAME_NOBODY.contains(&part.to_lowercase().as_str()));
    parts.iter().flat_map(|part| spellings(&plainly(part), part)).collect()
}

/// `JaneDoe1987` is `Jane`, `Doe` and `1987`.
fn humps(piece: &str) -> Vec<String> {
    let mut humps: Vec<String> = Vec::new();
    let mut before = None::<char>;
    for character in piece.chars() {
        let begins = before.is_none_or(|before| {
            (character.is_uppercase() && !before.is_uppercase()) || character.is_numeric() != before.is_numeric()
        });
        match humps.last_mut().filter(|_| !begins) {
            Some(hump) => hump.push(character),
            None => humps.push(character.into()),
        }
        before = Some(character);
    }
    humps
}

/// `Müller` is `muller` and `mueller`, and so is `Mueller`.
fn spellings(plain: &[char], part: &str) -> Vec<Vec<char>> {
    let plain: String = plain.iter().collect();
    let spelled_out: String = part.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    let drawn_together = plain.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    vec![plain.chars().collect(), plainly(&spelled_out), drawn_together.chars().collect()]
}

fn plainly(text: &str) -> Vec<char> {
    text.chars().flat_map(plain).collect()
}

/// One plain letter of a password.
struct Letter {
    plain: char,
    /// The character that it comes from.
    of: usize,
    taken: bool,
}

/// What is left of a password.
pub(super) struct Left {
    /// It without the names, for the estimator.
    pub(super) without_names: Zeroizing<String>,
    /// Its letters without everything: digits around it and repetitions are left out, too.
    pub(super) stem: Zeroizing<String>,
    /// A name was in it.
    pub(super) had_names: bool,
    /// So much was anybody's guess that too little is left to judge.
    pub(super) is_too_little: bool,
}

/// Takes names, base words and years out of a password. Digits and signs may stand for letters.
pub(super) fn what_is_left(password: &str, names: &Words) -> Left {
    let mut letters: Vec<Letter> = password
        .chars()
        .enumerate()
        .flat_map(|(of, character)| plain(character).map(move |plain| Letter { plain, of, taken: false }))
        .collect();
    let everything: Vec<usize> = (0..letters.len()).collect();
    let mut had_names = take(&mut letters, &everything, names);
    let named: Vec<usize> = letters.iter().filter(|letter| letter.taken).map(|letter| letter.of).collect();
    let kept = password.chars().enumerate().filter(|(of, _)| named.binary_search(of).is_err());
    let without_names = Zeroizing::new(kept.map(|(_, character)| character).collect());

    let base = Words::base();
    let mut had_base_words = take(&mut letters, &everything, base);
    // `j-a-n-e`
    let joined: Vec<usize> =
        everything.iter().copied().filter(|place| is_inside_words(letters[*place].plain)).collect();
    had_names |= take(&mut letters, &joined, names);
    had_base_words |= take(&mut letters, &joined, base);
    take_years(&mut letters);
    let is_too_little = (had_names || had_base_words) && weight(&letters) < MIN_LEFT;
    Left { without_names, stem: Zeroizing::new(stem(&letters)), had_names, is_too_little }
}

fn is_inside_words(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '@' || letter == '$'
}

/// Takes the words that are in the letters at `places`. Tells whether there was one.
fn take(letters: &mut [Letter], places: &[usize], words: &Words) -> bool {
    let mut found = false;
    for word in &words.0 {
        let mut from = 0;
        while let Some(window) = places.get(from..from + word.len()) {
            let is_here = window.iter().zip(word).all(|(place, letter)| {
                let there = &letters[*place];
                !there.taken && (there.plain == *letter || stands_for(there.plain, *letter))
            });
            if is_here {
                window.iter().for_each(|place| letters[*place].taken = true);
                found = true;
                from += word.len();
            } else {
                from += 1;
            }
        }
    }
    found
}

/// Four digits from 1900 to 2099, and two at the end.
fn take_years(letters: &mut [Letter]) {
    let last = letters.iter().rposition(|letter| letter.plain.is_alphanumeric());
    let mut from = 0;
    while from < letters.len() {
        let digits = letters[from..].iter().take_while(|letter| letter.plain.is_ascii_digit() && !letter.taken).count();
        let run = &mut letters[from..from + digits];
        let is_year = digits == 4 && matches!((run[0].plain, run[1].plain), ('1', '9') | ('2', '0'));
        if is_year || (digits == 2 && last == Some(from + 1)) {
            run.iter_mut().for_each(|letter| letter.taken = true);
        }
        from += digits.max(1);
    }
}

/// How much is left: a letter or digit counts twice at most, a sign once, what stands between words not at all.
fn weight(letters: &[Letter]) -> usize {
    let mut seen: HashMap<char, usize> = HashMap::new();
    for letter in letters.iter().filter(|letter| !letter.taken) {
        let most = match letter.plain {
            '-' | '_' | '.' => 0,
            plain if plain.is_whitespace() => 0,
            plain if plain.is_alphanumeric() => 2,
            _ => 1,
        };
        let count = seen.entry(letter.plain).or_default();
        *count = most.min(*count + 1);
    }
    seen.values().sum()
}

fn stem(letters: &[Letter]) -> String {
    let left = letters.iter().filter(|letter| !letter.taken && is_inside_words(letter.plain));
    let left: String = left.map(|letter| letter.plain).collect();
    let left = left.trim_matches(|character: char| character.is_ascii_digit() || character == '@' || character == '$');
    let as_letter = |sign: char| match sign {
        _ if sign.is_ascii_alphabetic() => sign,
        _ => ('a'..='z').find(|letter| stands_for(sign, *letter)).unwrap_or(sign),
    };
    let left: Vec<char> = left.chars().map(as_letter).collect();
    let period = (1..=left.len() / 2).find(|period| {
        left.len().is_multiple_of(*period) && left.chunks(*period).all(|chunk| chunk == &left[..*period])
    });
    left[..period.unwrap_or(left.len())].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(password: &str) -> Left {
        let names =
            Words::of(["Acme Portal", "reset.acme.example", "jane.doe@example.org", "jane.doe", "491512345678"]);
        what_is_left(password, &names)
    }

    #[test]
    fn nothing_is_left_of_names_base_words_and_years() {
        for password in [
            "AcmePortal2026",
            "AcmePortalJaneDoe",
            "janedoe-acmeportal",
            "Acme-2026!",
            "ACME_PORTAL_99",
            "Portal4cme!",
            "d0e.jane.1987",
            "acmeacmeacme1",
            "latropemca2026",
            "j-a-n-e-d-o-e-1987",
            "j@ne.d0e!",
            "Jáne Döe 2026",
            "ｊａｎｅｄｏｅ２０２６",
            "jane.doe@example.org",
            "Welcome2AcmePortal",
            "015 1234 5678 jane",
            "4915-1234-5678",
            "eodenaj-1999",
            "reset.acme.example",
            "AcmeExample2030",
        ] {
            let left = left(password);
            assert!(left.is_too_little && left.had_names, "{password}");
        }
        for password in [
            "Password2026!!",
            "P@ssw0rd-P@ssw0rd",
            "Passwort1999",
            "Summer-2026!",
            "qwerty-password-1",
            "Пароль2026",
            "密码密码2026",
            "비밀번호-1234",
            "Pa$$w0rd99",
            "p-a-s-s-w-o-r-d",
            "pässwört2026",
            "LetMeIn!!2026",
            "w3lc0me-welcome",
        ] {
            let left = left(password);
            assert!(left.is_too_little && !left.had_names, "{password}");
        }
    }

    #[test]
    fn a_phrase_that_has_a_name_in_it_is_left_to_the_estimator() {
        let left = left("jane rides purple tractors at noon");
        assert!(left.had_names && !left.is_too_little);
        assert_eq!(left.without_names.as_str(), " rides purple tractors at noon");
        for password in ["meadow-copper-violin", "correct horse battery staple", "xq7zb9vkr2", ""] {
            let left = self::left(password);
            assert!(!left.is_too_little && !left.had_names && *left.without_names == password, "{password}");
        }
    }

    #[test]
    fn a_stem_is_one_word_without_digits_and_repetitions() {
        assert_eq!(left("Sunfl0wer-Sunfl0wer2026!").stem.as_str(), "sunflower");
        assert_eq!(left("12acme-Liverp00l!99").stem.as_str(), "liverpool");
        assert_eq!(left("12345678").stem.as_str(), "");
    }

    #[test]
    fn umlauts_may_be_spelled_out_in_the_name_or_in_the_password() {
        for name in ["Müller", "mueller", "MUELLER@bücher.example", "muller@xn--bcher-kva.example"] {
            let names = Words::of([name]);
            for password in ["Müller2026", "mueller-1999", "Muller!!!!"] {
                assert!(
                    what_is_left(password, &names).is_too_little || name.starts_with("muller"),
                    "{name} {password}"
                );
            }
        }
        assert!(what_is_left("Bücher-2026", &Words::of(["x@xn--bcher-kva.example"])).is_too_little);
    }

    #[test]
    fn names_of_any_length_are_a_bounded_number_of_words() {
        let many = (0..400).map(|number| format!("n{number}x")).collect::<Vec<_>>().join(".");
        assert!(Words::of([many.as_str()]).0.len() <= MAX_WORDS);
    }
}
