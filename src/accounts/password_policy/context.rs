//! What remains of a password without the first things that an attacker tries: names of the person and the service,
//! years, and the words that most passwords are made of.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::letters::{plain, stands_for};
use super::words::Words;

/// How many characters must remain; each one counts at most twice.
const MIN_LEFT: usize = 5;

/// One plain letter of a password.
struct Letter {
    plain: char,
    /// The index of the character that it comes from.
    of: usize,
    taken: bool,
}

/// What remains of a password.
pub(super) struct Left {
    /// The password without names, for the estimator.
    pub(super) without_names: Zeroizing<String>,
    /// Its remaining letters, also without surrounding digits and repetitions.
    pub(super) stem: Zeroizing<String>,
    /// Whether it contained a name.
    pub(super) had_names: bool,
    /// Whether too little remains to be judged.
    pub(super) is_too_little: bool,
}

/// Removes names, base words and years from a password. Digits and signs may stand for letters.
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
    // `jjaannee`
    let (once, repeats) = without_repeats(&letters, &joined);
    if !repeats.is_empty() {
        had_names |= take(&mut letters, &once, &names.without_repeats());
        had_base_words |= take(&mut letters, &once, Words::base_without_repeats());
        for (before, place) in repeats {
            letters[place].taken |= letters[before].taken;
        }
    }
    take_years(&mut letters);
    let is_too_little = (had_names || had_base_words) && weight(&letters) < MIN_LEFT;
    Left { without_names, stem: Zeroizing::new(stem(&letters)), had_names, is_too_little }
}

fn is_inside_words(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '@' || letter == '$'
}

/// Removes the words found in the letters at `places`. Returns whether there was one.
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

/// The places whose letter differs from the one before, and the others, each with the place before it.
fn without_repeats(letters: &[Letter], places: &[usize]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let (mut once, mut repeats) = (Vec::new(), Vec::new());
    for (number, place) in places.iter().enumerate() {
        let before = number.checked_sub(1).map(|before| places[before]);
        match before.filter(|before| letters[*before].plain == letters[*place].plain) {
            Some(before) => repeats.push((before, *place)),
            None => once.push(*place),
        }
    }
    (once, repeats)
}

/// Removes four digits from 1900 to 2099, and two at the end.
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

/// How much remains: a letter or digit counts at most twice, a sign once, a separator between words not at all.
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
    use super::super::words::MAX_WORDS;
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
            "aacmmee pportal",
            "jjjaaannneee-dddoooeee",
            "AACCMMEE-2026",
            "4cmeee-p0rrrtal!",
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
            "ppaasswwoorrdd99",
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
