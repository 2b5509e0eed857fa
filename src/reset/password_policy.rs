//! Which passwords are taken: long enough, not leaked, not the person's own name, hard to guess. No
//! rules of composition (NIST SP 800-63B-4 §3.1.1.2; ASVS 6.2). Called by `complete`.

use std::collections::HashSet;
use std::sync::LazyLock;

use tokio::sync::Semaphore;

use super::breach::BreachList;
use super::complete::Assessment;
use super::error::Fault;
use crate::config::{BreachCheck, PasswordConfig};
use crate::model::NewPassword;

/// Leaked and common passwords of at least 8 characters, in lower case, a line each.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

/// zxcvbn's "safely unguessable: moderate protection from offline slow-hash scenario".
const MIN_SCORE: u8 = 3;

/// What stands against a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyViolation {
    /// Fewer code points than this.
    TooShort {
        /// The least that is taken.
        min: usize,
    },
    /// More code points than this. Nothing is ever cut.
    TooLong {
        /// The most that is taken.
        max: usize,
    },
    /// On a list of leaked or common passwords.
    Common,
    /// Made of the person's own identifiers or the service's name.
    Context,
    /// Guessed too soon.
    Weak,
}

/// Why a password is not taken, in one sentence for programs: the first reason.
pub fn first_reason(violations: &[PolicyViolation]) -> &'static str {
    match violations.first() {
        Some(PolicyViolation::TooShort { .. }) => "It is too short.",
        Some(PolicyViolation::TooLong { .. }) => "It is too long.",
        Some(PolicyViolation::Common) => "It is on a list of leaked or common passwords.",
        Some(PolicyViolation::Context) => "It is made of the person's own identifiers or the name of the service.",
        Some(PolicyViolation::Weak) | None => "It is easy to guess.",
    }
}

/// The rules in force.
pub struct PasswordPolicy {
    min_length: usize,
    max_length: usize,
    breach_check: BreachCheck,
    breach_list: BreachList,
    context: Vec<String>,
    estimates: Semaphore,
}

/// Passwords that are judged at once: the rest wait, for judging costs the processor.
const ESTIMATES: usize = 2;

impl PasswordPolicy {
    /// The operator's numbers, and words that no password here may be made of.
    pub fn new(config: &PasswordConfig, breach_list: BreachList, context: Vec<String>) -> Self {
        Self {
            min_length: config.min_length,
            max_length: config.max_length,
            breach_check: config.breach_check,
            breach_list,
            context,
            estimates: Semaphore::new(ESTIMATES),
        }
    }

    /// Code points at least.
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// Code points at most.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Judges with every list, over the network too where that is configured. Gives the password back.
    pub(super) async fn judge(
        &self,
        password: NewPassword,
        own_words: Vec<String>,
    ) -> Result<(NewPassword, Assessment), Fault> {
        let (password, mut assessment) = self.judge_offline(password, own_words).await?;
        let ask = self.breach_check == BreachCheck::Hibp && assessment.violations.is_empty();
        if ask && self.breach_list.contains(&password).await {
            assessment.violations.push(PolicyViolation::Common);
        }
        Ok((password, assessment))
    }

    /// Judges with what is in the binary. Off the async threads: a long password takes a while.
    pub(super) async fn judge_offline(
        &self,
        password: NewPassword,
        own_words: Vec<String>,
    ) -> Result<(NewPassword, Assessment), Fault> {
        let context: Vec<String> = own_words.into_iter().chain(self.context.iter().cloned()).collect();
        let (min, max, offline_list) = (self.min_length, self.max_length, self.breach_check != BreachCheck::Off);
        let _permit = self.estimates.acquire().await.map_err(|_| Fault::Hashing)?;
        tokio::task::spawn_blocking(move || {
            let assessment = assess(&password, &context, min, max, offline_list);
            (password, assessment)
        })
        .await
        .map_err(|_| Fault::Hashing)
    }
}

fn assess(password: &NewPassword, context: &[String], min: usize, max: usize, offline_list: bool) -> Assessment {
    let text = password.expose();
    let inputs: Vec<&str> = context.iter().map(String::as_str).collect();
    let score = u8::from(zxcvbn::zxcvbn(text, &inputs).score());
    let mut violations = Vec::new();
    if password.length() < min {
        violations.push(PolicyViolation::TooShort { min });
    } else if password.length() > max {
        violations.push(PolicyViolation::TooLong { max });
    } else if offline_list && is_common(text) {
        violations.push(PolicyViolation::Common);
    } else if is_made_of(text, context) {
        violations.push(PolicyViolation::Context);
    } else if score < MIN_SCORE {
        violations.push(PolicyViolation::Weak);
    }
    Assessment { score, violations }
}

fn is_common(password: &str) -> bool {
    static LIST: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON_PASSWORDS.lines().collect());
    LIST.contains(password.to_lowercase().as_str())
}

/// A word of the context, alone, repeated, or with up to three characters beside it.
fn is_made_of(password: &str, context: &[String]) -> bool {
    let plain = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let password = plain(password);
    context
        .iter()
        .map(|word| plain(word))
        .filter(|word| word.chars().count() >= 4)
        .any(|word| password.contains(&word) && password.replace(&word, "").chars().count() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(text: &str) -> Vec<PolicyViolation> {
        let context =
            ["Keyback".to_owned(), "reset.example.org".into(), "jane.doe@example.org".into(), "jane.doe".into()];
        let password = NewPassword::parse(text.to_owned()).unwrap();
        assess(&password, &context, 8, 256, true).violations
    }

    // security.md row 37: code points are counted, not octets
    #[test]
    fn length_is_counted_in_code_points() {
        assert_eq!(violations("xq7zb9v"), [PolicyViolation::TooShort { min: 8 }]);
        assert_eq!(violations("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🦆🦅🦉"), []);
        let nist = NewPassword::parse("correct horse!".into()).unwrap();
        assert_eq!(assess(&nist, &[], 15, 256, true).violations, [PolicyViolation::TooShort { min: 15 }]);
    }

    // security.md row 38
    #[test]
    fn long_passwords_with_any_character_are_taken() {
        assert_eq!(violations(&"correct horse battery staple ".repeat(3)[..64]), []);
        assert_eq!(violations("nul\0inside is just a character"), []);
        assert_eq!(violations(&"x".repeat(257)), [PolicyViolation::TooLong { max: 256 }]);
    }

    // security.md row 40
    #[test]
    fn leaked_common_and_own_words_are_refused() {
        assert_eq!(violations("Password1"), [PolicyViolation::Common]);
        assert_eq!(violations("jane.doe@example.org"), [PolicyViolation::Context]);
        assert_eq!(violations("Jane-Doe-1"), [PolicyViolation::Context]);
        assert_eq!(violations("keybackKeyback"), [PolicyViolation::Context]);
        assert!(!violations("password123456789").is_empty());
        assert_eq!(violations("aaaaaaaaaaaaaaa"), [PolicyViolation::Weak]);
    }

    #[test]
    fn the_list_is_large_sorted_and_holds_nothing_that_the_length_refuses_anyway() {
        let lines: Vec<&str> = COMMON_PASSWORDS.lines().collect();
        assert!(lines.len() > 3000, "ASVS 6.2.4");
        assert!(lines.is_sorted());
        assert!(lines.iter().all(|line| line.chars().count() >= 8 && *line == line.to_lowercase()));
    }
}
