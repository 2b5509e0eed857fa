//! The words that a password must not consist of: names of the person and the service with their parts, and the words
//! that most leaked passwords are made of.

use std::sync::LazyLock;

use super::letters::plain;

/// Shorter words occur inside too many others.
const MIN_WORD: usize = 3;

/// The maximum number of words: enough for a name of the maximum length.
pub(super) const MAX_WORDS: usize = 256;

/// Parts of names and addresses that identify nobody.
const NAME_NOBODY: [&str; 20] = [
    "and", "app", "com", "das", "der", "die", "edu", "for", "gov", "http", "https", "info", "mail", "net", "org",
    "the", "und", "von", "web", "www",
];

/// The words that most leaked passwords are made of, besides names: the most common stems in `common_passwords.txt`,
/// and their equivalents in other languages.
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
pub(super) struct Words(pub(super) Vec<Vec<char>>);

impl Words {
    /// The words of names, addresses and numbers: each as a whole, and its parts between signs and where its case
    /// changes.
    pub(super) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<Vec<char>> =
            names.into_iter().flat_map(written_forms).flat_map(|name| parts(&name)).collect();
        let backwards: Vec<Vec<char>> = words.iter().map(|word| word.iter().rev().copied().collect()).collect();
        words.extend(backwards.into_iter().filter(|word| word.len() > MIN_WORD));
        Self::in_order(words)
    }

    /// Both lists of words.
    pub(super) fn and(&self, others: &Self) -> Self {
        Self::in_order(self.0.iter().chain(&others.0).cloned().collect())
    }

    /// The words that most leaked passwords are made of.
    pub(super) fn base() -> &'static Self {
        static WORDS: LazyLock<Words> =
            LazyLock::new(|| Words::in_order(BASE_WORDS.iter().map(|word| plainly(word)).collect()));
        &WORDS
    }

    /// The same with each run of one letter as one.
    pub(super) fn base_without_repeats() -> &'static Self {
        static WORDS: LazyLock<Words> = LazyLock::new(|| Words::base().without_repeats());
        &WORDS
    }

    /// The words with each run of one letter as one: `bil` for Bill.
    pub(super) fn without_repeats(&self) -> Self {
        let short = self.0.iter().map(|word| {
            let mut word = word.clone();
            word.dedup();
            word
        });
        Self::in_order(short.collect())
    }

    fn in_order(mut words: Vec<Vec<char>>) -> Self {
        words.retain(|word| word.len() >= MIN_WORD || word.iter().any(|letter| !letter.is_ascii()));
        words.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        words.dedup();
        words.truncate(MAX_WORDS);
        Self(words)
    }
}

/// A name as it is stored and, if it has an international domain, as people write it.
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
        // Numbers are also written without the codes of their country and area.
        parts.extend((6..name.len()).filter_map(|digits| name.get(name.len() - digits..)).map(str::to_owned));
    }
    parts.retain(|part| !NAME_NOBODY.contains(&part.to_lowercase().as_str()));
    parts.iter().flat_map(|part| spellings(&plainly(part), part)).collect()
}

/// `JaneDoe1987` gives `Jane`, `Doe` and `1987`.
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

/// `Müller` gives `muller` and `mueller`, and so does `Mueller`.
fn spellings(plain: &[char], part: &str) -> Vec<Vec<char>> {
    let plain: String = plain.iter().collect();
    let spelled_out: String = part.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    let drawn_together = plain.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    vec![plain.chars().collect(), plainly(&spelled_out), drawn_together.chars().collect()]
}

fn plainly(text: &str) -> Vec<char> {
    text.chars().flat_map(plain).collect()
}
