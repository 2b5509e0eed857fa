//! Estimates how hard a password is to guess, with zxcvbn, at a bounded cost. zxcvbn tries every combination of the
//! letters that digits and signs may stand for, on every part of the password. So its input is kept short, and if there
//! are many combinations, signs are replaced with letters before.

use std::collections::HashSet;

use zxcvbn::matching::Match;
use zxcvbn::matching::patterns::MatchPattern;

use super::letters::{Seen, seen, stands_for};

/// How many characters zxcvbn gets at once. With more, its count of keyboard walks overflows.
const WINDOW: usize = 28;

/// How many combinations of substitutions zxcvbn may try. Digits by themselves never exceed this.
const MAX_COMBINATIONS: usize = 32;

/// The numbers of guesses below which a password has the score 0, 1, 2 and 3. They are zxcvbn's own, which adds five
/// guesses to each power of ten.
const SCORES: [u64; 4] = [1_005, 1_000_005, 100_000_005, 10_000_000_005];

/// From 0 (guessed at once) to 4 (very hard to guess). A long password is as hard as its hardest part.
pub(super) fn score(password: &str) -> u8 {
    let characters = seen(password);
    let mut best = 0;
    for window in windows(&characters) {
        best = best.max(score_of(window));
        if best == 4 {
            break;
        }
    }
    best
}

/// The beginning, the end, and the part in between with the most different characters.
fn windows(characters: &[Seen]) -> Vec<&[Seen]> {
    let count = characters.len();
    if count <= WINDOW {
        return vec![characters];
    }
    let mut windows = vec![&characters[..WINDOW], &characters[count - WINDOW..]];
    let between = characters.windows(WINDOW).skip(1).take(count - WINDOW - 1);
    windows.extend(between.max_by_key(|window| different(window)));
    windows
}

fn different(window: &[Seen]) -> usize {
    distinct(window.iter().map(|seen| seen.shown))
}

/// The lower score of the characters and, if that is another text, of the keys that they are typed with.
fn score_of(window: &[Seen]) -> u8 {
    let by_characters = score_as(window, window.iter().map(|seen| seen.shown).collect());
    if window.iter().all(|seen| seen.key.is_none()) {
        return by_characters;
    }
    by_characters.min(score_as(window, window.iter().map(|seen| seen.key.unwrap_or(seen.shown)).collect()))
}

fn score_as(window: &[Seen], text: String) -> u8 {
    let text = if combinations(&text) > MAX_COMBINATIONS { resolved(&text) } else { text };
    let estimate = zxcvbn::zxcvbn(&text, &[]);
    let beyond: f64 = estimate.sequence().iter().map(|part| beyond_ascii(part, window)).sum();
    let accents = window.iter().filter(|seen| seen.accented).map(|seen| seen.shown);
    let accents = distinct(accents) as f64 * 2_f64.log10();
    if beyond == 0.0 && accents == 0.0 {
        return estimate.score().into();
    }
    let guesses = estimate.guesses_log10() + beyond + accents;
    let reached = SCORES.iter().filter(|bound| guesses >= (**bound as f64).log10()).count();
    u8::try_from(reached).unwrap_or_default()
}

/// How much harder a part of the password is than zxcvbn says, as a power of ten. zxcvbn counts ten guesses for each
/// character it knows nothing about. For a repeated character, only the earlier ones have to be tried.
fn beyond_ascii(part: &Match, window: &[Seen]) -> f64 {
    if part.pattern != MatchPattern::BruteForce {
        return 0.0;
    }
    let mut before: Vec<char> = Vec::new();
    let mut beyond = 0.0;
    for seen in window.get(part.i..=part.j).unwrap_or_default() {
        let Some(inventory) = seen.inventory else { continue };
        if before.contains(&seen.shown) {
            beyond += (before.len() as f64).log10() - 1.0;
        } else {
            before.push(seen.shown);
            beyond += inventory.log10() - 1.0;
        }
    }
    beyond
}

fn distinct(characters: impl Iterator<Item = char>) -> usize {
    characters.collect::<HashSet<char>>().len()
}

/// The signs that zxcvbn takes for letters.
const SUBSTITUTED: [(char, &[char]); 12] = [
    ('a', &['4', '@']),
    ('b', &['8']),
    ('c', &['(', '{', '[', '<']),
    ('e', &['3']),
    ('g', &['6', '9']),
    ('i', &['1', '!', '|']),
    ('l', &['1', '|', '7']),
    ('o', &['0']),
    ('s', &['$', '5']),
    ('t', &['+', '7']),
    ('x', &['%']),
    ('z', &['2']),
];

/// The maximum number of combinations that zxcvbn tries for a text: a sign for one letter counts once, for two twice.
fn combinations(text: &str) -> usize {
    let ways = |sign: &char| if matches!(sign, '1' | '|' | '7') { 2 } else { 1 };
    let of_letter = |signs: &[char]| signs.iter().filter(|sign| text.contains(**sign)).map(ways).sum::<usize>().max(1);
    SUBSTITUTED.iter().map(|(_, signs)| of_letter(signs)).product()
}

/// The text with signs replaced by the letters they stand for. Digits stay, because they also form dates and sequences.
fn resolved(text: &str) -> String {
    let letter = |sign: char| match sign {
        '!' => 'i',
        '|' => 'l',
        _ if sign.is_ascii_punctuation() => ('a'..='z').find(|letter| stands_for(sign, *letter)).unwrap_or(sign),
        _ => sign,
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_password_is_short_and_has_few_substitutions_when_it_is_estimated() {
        let signs = "4@8({[<369&#!1/|0$5+7%2";
        assert!(combinations(signs) > MAX_COMBINATIONS);
        assert!(combinations(&resolved(signs)) <= MAX_COMBINATIONS);
        assert!(combinations("0123456789") <= MAX_COMBINATIONS, "digits are never resolved");
        assert_eq!(resolved("P@$$w(r)|!"), "Passwcr)li");
        for length in [1, WINDOW, WINDOW + 1, 2 * WINDOW, 3 * WINDOW, 256] {
            let characters = seen(&signs.repeat(12)[..length]);
            let windows = windows(&characters);
            assert!(windows.len() <= 3 && windows.iter().all(|window| window.len() <= WINDOW), "{length}");
        }
    }

    #[test]
    fn a_good_passphrase_is_found_behind_and_between_what_is_weak() {
        let weak = "a".repeat(60);
        for text in [
            format!("{weak}meadow copper violin"),
            format!("meadow copper violin{weak}"),
            format!("{weak}meadow copper violin{weak}"),
        ] {
            assert_eq!(score(&text), 4, "{text}");
        }
        assert!(score(&weak) < 3);
    }

    #[test]
    fn what_overflows_in_the_estimator_does_not_reach_it() {
        for text in ["1452365896325874".repeat(16), "!QASW@#EDFR$%TGHY^&UJKI*(OL".repeat(9), "aA".repeat(128)] {
            score(&text);
        }
    }

    #[test]
    fn ideographs_are_counted_as_what_somebody_who_guesses_must_try() {
        for strong in [
            "春眠不觉晓处处闻",
            "山高月小水落石出",
            "나는내일바다에간다",
            "さくらがきれいです",
            "çéàèùâêî",
            "🦊🐻🐼🐨🐯🦁🐮🐷",
        ] {
            assert!(score(strong) >= 3, "{strong}: {}", score(strong));
        }
        for weak in [
            "我我我我我我我我",
            "密码密码密码密码",
            "山河山河日月日月",
            "あいうえおかきく",
            "абвгдежз",
            "йцукенгш",
            "ЙЦУКЕНгш",
            "١٢٣٤٥٦٧٨",
            "１２３４５６７８",
            "ｐａｓｓｗｏｒｄ",
            "pässwörd",
            "🦊🦊🦊🦊🦊🦊🦊🦊",
            "ééééééééé",
            "\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}\u{fdfa}",
        ] {
            assert!(score(weak) < 3, "{weak}: {}", score(weak));
        }
    }
}
