//! Which passwords are accepted: long enough, not leaked, not made of the person's own names, and hard to guess. There
//! are no composition rules (NIST SP 800-63B-4 §3.1.1.2; ASVS 6.2). Cheap checks come first: `context` removes what an
//! attacker tries first, and only what remains is estimated (`estimate`), by whoever has a turn (`turns`).

mod context;
mod estimate;
mod letters;
mod turns;
mod words;

use std::collections::HashSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::timeout;
use zeroize::Zeroizing;

use super::breach::BreachList;
use super::hasher::Hasher;
use super::recipe::{LengthUnit, Unfit};
use crate::config::{BreachCheck, PasswordConfig};
use crate::model::NewPassword;
use context::what_is_left;
use turns::Turns;
use words::Words;

/// Leaked and common passwords of at least 8 characters, in lower case, one per line.
const COMMON_PASSWORDS: &str = include_str!("common_passwords.txt");

/// zxcvbn's "safely unguessable: moderate protection from offline slow-hash scenario".
const MIN_SCORE: u8 = 3;

/// How many passwords to be set are judged at once, and how many may wait: as many as for a hash.
const JUDGED_AT_ONCE: usize = 2;
const WAIT_FOR_JUDGEMENT: usize = 256;
const JUDGEMENT_PATIENCE: Duration = Duration::from_secs(5);

/// The same for passwords that are being typed. Their answers are useless when they come late.
const PREVIEWED_AT_ONCE: usize = 1;
const WAIT_FOR_PREVIEW: usize = 16;
const PREVIEW_PATIENCE: Duration = Duration::from_secs(1);

/// A reason to reject a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyViolation {
    /// Fewer code points than this.
    TooShort {
        /// The minimum.
        min: usize,
    },
    /// More code points than this. Nothing is ever cut off.
    TooLong {
        /// The maximum.
        max: usize,
    },
    /// More octets of UTF-8 than the app with the users table takes.
    TooManyOctets {
        /// The maximum.
        max: usize,
    },
    /// It has a character that the app cannot take, or nothing but characters that the app removes.
    Unusable,
    /// The app that keeps the accounts does not want it.
    RefusedByApp,
    /// On a list of leaked or common passwords, or made of common parts.
    Common,
    /// Made of the person's own identifiers or the service's name.
    Context,
    /// Too easy to guess.
    Weak,
}

impl From<Unfit> for PolicyViolation {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::TooLong { max, unit: LengthUnit::Octets } => Self::TooManyOctets { max },
            // For nearly all characters, the same as code points.
            Unfit::TooLong { max, unit: LengthUnit::Utf16 } => Self::TooLong { max },
            Unfit::Character => Self::Unusable,
        }
    }
}

/// The first reason to reject a password, as one sentence for programs.
pub fn first_reason(violations: &[PolicyViolation]) -> &'static str {
    match violations.first() {
        Some(PolicyViolation::TooShort { .. }) => "It is too short.",
        Some(PolicyViolation::TooLong { .. } | PolicyViolation::TooManyOctets { .. }) => "It is too long.",
        Some(PolicyViolation::Unusable) => "It has a character that cannot be used in passwords here.",
        Some(PolicyViolation::RefusedByApp) => "The app does not accept it.",
        Some(PolicyViolation::Common) => "It is on a list of leaked or common passwords.",
        Some(PolicyViolation::Context) => "It is made of the person's own identifiers or the name of the service.",
        Some(PolicyViolation::Weak) | None => "It is easy to guess.",
    }
}

/// The policy's judgement of a password.
#[derive(Debug)]
pub struct Assessment {
    /// From 0 (guessed at once) to 4 (very hard to guess). 0 if it was rejected before it was estimated.
    pub score: u8,
    /// The reasons to reject it. Empty if it would be accepted.
    pub violations: Vec<PolicyViolation>,
}

/// Why a password was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// Too many are waiting. The caller should retry in a few seconds.
    #[error("too many passwords are being judged")]
    Busy,
    /// The estimate crashed.
    #[error("the password could not be judged")]
    Failed,
}

/// The password rules in force.
pub struct PasswordPolicy {
    min_length: usize,
    max_length: usize,
    breach_check: BreachCheck,
    breach_list: BreachList,
    /// Knows what the app with the users table can take.
    hasher: Hasher,
    names: Words,
    judgements: Turns,
    previews: Turns,
    estimates: AtomicU64,
}

impl PasswordPolicy {
    /// Creates the policy from the operator's settings and the names of the service, which passwords must not consist
    /// of.
    pub fn new(config: &PasswordConfig, breach_list: BreachList, hasher: Hasher, names: &[String]) -> Self {
        Self {
            min_length: config.min_length,
            max_length: config.max_length,
            breach_check: config.breach_check,
            breach_list,
            hasher,
            names: Words::of(names.iter().map(String::as_str)),
            judgements: Turns::new(JUDGED_AT_ONCE, WAIT_FOR_JUDGEMENT),
            previews: Turns::new(PREVIEWED_AT_ONCE, WAIT_FOR_PREVIEW),
            estimates: AtomicU64::new(0),
        }
    }

    /// The minimum number of code points.
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// The maximum number of code points.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// How many passwords were estimated; all others were rejected before.
    pub fn estimates(&self) -> u64 {
        self.estimates.load(Ordering::Relaxed)
    }

    /// Judges a password to be set, with the configured breach check. `of` is who takes the turn: a reset or a program.
    ///
    /// # Errors
    /// See [`NotJudged`].
    pub async fn judge(&self, of: &str, password: &NewPassword, own_names: &[String]) -> Result<Assessment, NotJudged> {
        let mut assessment = self.assess(of, password, own_names, &self.judgements, JUDGEMENT_PATIENCE).await?;
        let ask = self.breach_check == BreachCheck::Hibp && assessment.violations.is_empty();
        if ask && self.breach_list.contains(password).await {
            assessment.violations.push(PolicyViolation::Common);
        }
        Ok(assessment)
    }

    /// Judges a password while it is being typed, without requests over the network.
    ///
    /// # Errors
    /// See [`NotJudged`].
    pub async fn preview(
        &self,
        of: &str,
        password: &NewPassword,
        own_names: &[String],
    ) -> Result<Assessment, NotJudged> {
        self.assess(of, password, own_names, &self.previews, PREVIEW_PATIENCE).await
    }

    async fn assess(
        &self,
        of: &str,
        password: &NewPassword,
        own_names: &[String],
        turns: &Turns,
        patience: Duration,
    ) -> Result<Assessment, NotJudged> {
        let left = match self.check(password, own_names) {
            Ok(left) => left,
            Err(violation) => return Ok(Assessment { score: 0, violations: vec![violation] }),
        };
        let estimating = async {
            let turn = turns.enter(of).await.map_err(|turns::Full| NotJudged::Busy)?;
            self.estimates.fetch_add(1, Ordering::Relaxed);
            // Not on the async threads. If the caller leaves, the turn is kept until this is done.
            let estimate = tokio::task::spawn_blocking(move || {
                let score = estimate::score(&left);
                drop(turn);
                score
            });
            estimate.await.map_err(|_| NotJudged::Failed)
        };
        let score = timeout(patience, estimating).await.map_err(|_| NotJudged::Busy)??;
        let violations = if score < MIN_SCORE { vec![PolicyViolation::Weak] } else { Vec::new() };
        Ok(Assessment { score, violations })
    }

    /// Runs the cheap checks. Returns what remains for the estimator, or the reason to reject the password.
    fn check(&self, password: &NewPassword, own_names: &[String]) -> Result<Zeroizing<String>, PolicyViolation> {
        let text = password.expose();
        if password.length() < self.min_length {
            return Err(PolicyViolation::TooShort { min: self.min_length });
        }
        if password.length() > self.max_length {
            return Err(PolicyViolation::TooLong { max: self.max_length });
        }
        if let Some(unfit) = self.hasher.unfit(password) {
            return Err(unfit.into());
        }
        let has_list = self.breach_check != BreachCheck::Off;
        if has_list && is_common(&text.to_lowercase()) {
            return Err(PolicyViolation::Common);
        }
        let own_names = Words::of(own_names.iter().map(String::as_str));
        let left = what_is_left(text, &own_names.and(&self.names));
        if left.is_too_little || (has_list && is_common(&left.stem)) {
            return Err(if left.had_names { PolicyViolation::Context } else { PolicyViolation::Common });
        }
        Ok(left.without_names)
    }
}

fn is_common(password: &str) -> bool {
    static LIST: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON_PASSWORDS.lines().collect());
    LIST.contains(password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_client::http_client;
    use crate::telemetry::Metrics;

    fn policy(min_length: usize, breach_check: BreachCheck) -> PasswordPolicy {
        let hibp_url: url::Url = "https://hibp.example.org/".parse().unwrap();
        let config = PasswordConfig { min_length, max_length: 256, breach_check, hibp_url };
        let breach_list = BreachList::new(http_client().unwrap(), config.hibp_url.clone());
        let hasher = Hasher::start(None, Metrics::default()).unwrap();
        PasswordPolicy::new(&config, breach_list, hasher, &["Acme Portal".into(), "reset.example.org".into()])
    }

    fn own_names() -> Vec<String> {
        vec!["jane.doe@example.org".into(), "jane.doe".into(), "Zoë".into(), "491512345678".into()]
    }

    async fn violations(text: &str) -> Vec<PolicyViolation> {
        let password = NewPassword::parse(text.to_owned()).unwrap();
        policy(8, BreachCheck::Offline).judge("reset", &password, &own_names()).await.unwrap().violations
    }

    // SECURITY.md, requirement 37: code points are counted, not octets
    #[tokio::test]
    async fn length_is_counted_in_code_points() {
        assert_eq!(violations("xq7zb9v").await, [PolicyViolation::TooShort { min: 8 }]);
        assert_eq!(violations("🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🦆🦅🦉").await, []);
        let nist = NewPassword::parse("correct horse!".into()).unwrap();
        let assessment = policy(15, BreachCheck::Offline).judge("reset", &nist, &[]).await.unwrap();
        assert_eq!(assessment.violations, [PolicyViolation::TooShort { min: 15 }]);
    }

    // SECURITY.md, requirement 38
    #[tokio::test]
    async fn long_passwords_with_any_character_are_accepted() {
        assert_eq!(violations(&"correct horse battery staple ".repeat(3)[..64]).await, []);
        assert_eq!(violations("nul\0inside is just a character").await, []);
        assert_eq!(violations(&"x".repeat(257)).await, [PolicyViolation::TooLong { max: 256 }]);
    }

    // SECURITY.md, requirement 40
    #[tokio::test]
    async fn leaked_common_and_own_words_are_refused() {
        for common in [
            "Password1",
            "Password2026!!",
            "P@ssw0rd-P@ssw0rd",
            "Sunflower-2026!",
            "basketball!basketball",
            "Liverp00l99",
        ] {
            assert_eq!(violations(common).await, [PolicyViolation::Common], "{common}");
        }
        for own in [
            "jane.doe@example.org",
            "Jane-Doe-1",
            "acmePortalAcme",
            "AcmePortal2026",
            "AcmePortalJaneDoe",
            "janedoe-acmeportal",
            "Acme-2026!",
            "Portal4cme!",
            "d0e.jane.1987",
            "acmeacmeacme1",
            "zoe-zoë-ZOE-2026",
            "AcmePassword2026!",
            "acme-basketball",
        ] {
            assert_eq!(violations(own).await, [PolicyViolation::Context], "{own}");
        }
        for weak in ["password123456789", "acme83719", "aaaaaaaaaaaaaaa", "jane12121212", "我我我我我我我我"] {
            assert!(!violations(weak).await.is_empty(), "{weak}");
        }
        for strong in [
            "jane rides purple tractors at noon",
            "my acme portal needs a walnut lantern",
            "password meadow copper violin",
            "山高月小水落石出",
            "meadow-copper-violin",
            "walnut-river-lantern",
            "xk7-Qm2-vT9-bL4",
        ] {
            assert_eq!(violations(strong).await, [], "{strong}");
        }
    }

    #[tokio::test]
    async fn only_what_passes_every_cheap_check_is_estimated() {
        let policy = policy(8, BreachCheck::Offline);
        let judged = async |text: &str| {
            let password = NewPassword::parse(text.to_owned()).unwrap();
            policy.judge("reset", &password, &own_names()).await.unwrap().violations.first().copied()
        };
        for (text, violation) in [
            ("4@8({[<", PolicyViolation::TooShort { min: 8 }),
            (&"4@8({[<369&#!1/|0$5+7%2".repeat(12), PolicyViolation::TooLong { max: 256 }),
            ("password1", PolicyViolation::Common),
            ("AcmePortal2026", PolicyViolation::Context),
        ] {
            assert_eq!(judged(text).await, Some(violation));
        }
        assert_eq!(policy.estimates(), 0);
        assert_eq!(judged("meadow-copper-violin").await, None);
        assert_eq!(policy.estimates(), 1);
    }

    #[tokio::test]
    async fn the_list_may_be_switched_off_and_names_not() {
        let policy = policy(8, BreachCheck::Off);
        for (text, refused) in [("basketball99x", false), ("AcmePortal2026", true)] {
            let password = NewPassword::parse(text.to_owned()).unwrap();
            let violations = policy.judge("reset", &password, &[]).await.unwrap().violations;
            assert_eq!(violations.contains(&PolicyViolation::Context), refused, "{text}");
            assert!(!violations.contains(&PolicyViolation::Common), "{text}");
        }
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_and_typing_fills_none_but_its_own() {
        let policy = policy(8, BreachCheck::Offline);
        let password = NewPassword::parse("meadow-copper-violin".to_owned()).unwrap();
        let typing = policy.previews.enter("somebody").await.unwrap();
        tokio::time::pause();
        assert!(matches!(policy.preview("reset", &password, &[]).await, Err(NotJudged::Busy)), "its time is over");
        tokio::time::resume();
        assert!(policy.judge("reset", &password, &[]).await.unwrap().violations.is_empty());
        let judging = (policy.judgements.enter("a").await.unwrap(), policy.judgements.enter("b").await.unwrap());
        tokio::time::pause();
        assert!(matches!(policy.judge("reset", &password, &[]).await, Err(NotJudged::Busy)));
        tokio::time::resume();
        drop((typing, judging));
        assert!(policy.preview("reset", &password, &[]).await.unwrap().violations.is_empty());
        assert!(policy.judge("reset", &password, &[]).await.unwrap().violations.is_empty());
    }

    #[test]
    fn the_list_is_large_sorted_and_holds_nothing_that_the_length_refuses_anyway() {
        let lines: Vec<&str> = COMMON_PASSWORDS.lines().collect();
        assert!(lines.len() > 3000, "ASVS 6.2.4");
        assert!(lines.is_sorted());
        assert!(lines.iter().all(|line| line.chars().count() >= 8 && *line == line.to_lowercase()));
    }
}
