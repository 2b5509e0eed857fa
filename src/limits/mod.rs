//! Rate limits: who may try again, and when. They are counted in the database, so they survive restarts and hold over
//! many instances. This file has the limits on requests and attempts, `everybody` the one that all share, `guesses` the
//! one on wrong codes, `texts` those on text messages.
//!
//! A window begins with its first hit, so the worst case is two full windows back to back. Subjects are stored as keyed
//! hashes: the table reveals nobody's address.

mod everybody;
mod guesses;
mod texts;

use std::time::Duration;

use crate::model::{AccountId, Caller, ChallengeId, Identifier, LimitName, Pass, ServerKey, Subject, Timestamp};
use crate::store::{Hit, LimitRule, StoreError, Tx};
use crate::telemetry::Metrics;

pub use guesses::{Guess, Guesser};
pub use texts::Withheld;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often programs may try a password for one identifier.
const SIGN_IN: LimitRule = LimitRule { name: LimitName::SignIn, max: 10, window: Duration::from_secs(15 * 60) };

/// How many messages one account gets, whichever of its identifiers was used.
const PER_ACCOUNT: [LimitRule; 2] = [
    LimitRule { name: LimitName::Account15Minutes, max: 3, window: Duration::from_secs(15 * 60) },
    LimitRule { name: LimitName::AccountDay, max: 10, window: DAY },
];

/// How often a password that is being typed is judged for one reset: once every two and a half seconds for ten minutes.
/// Judging costs processor time.
const PREVIEWS: LimitRule =
    LimitRule { name: LimitName::PasswordPreviews, max: 240, window: Duration::from_secs(10 * 60) };

/// How often the link of one reset may be opened. A mail scanner opens it a few times. Each opening replaces the oldest
/// token, so a program could make the database write without end.
const OPENINGS: LimitRule = LimitRule { name: LimitName::LinkOpenings, max: 120, window: Duration::from_secs(15 * 60) };

/// How many browsers may begin a session with the links of one reset, or with one "this wasn't me" link. A person has
/// few; a program that keeps opening a link has many.
const HOLDERS: LimitRule =
    LimitRule { name: LimitName::Holders15Minutes, max: 100, window: Duration::from_secs(15 * 60) };

/// A limit is reached. Known and unknown identifiers get the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    /// Which rule, for the audit and the log.
    pub rule: LimitName,
    /// How long to wait, rounded up to whole seconds, at least one.
    pub retry_after: Duration,
    /// It is the limit on everybody, and the network has not asked within the last hour.
    pub(crate) is_unseen: bool,
}

impl LimitReached {
    /// A rule that is full until then.
    fn until(rule: LimitName, until: Timestamp, now: Timestamp) -> Self {
        let seconds = until.since(now).as_millis().div_ceil(1000).max(1);
        let retry_after = Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX));
        Self { rule, retry_after, is_unseen: false }
    }

    /// Whether it is about one identifier, and not about a caller or everybody.
    pub fn is_of_identifier(&self) -> bool {
        self.rule.subject() == Subject::Identifier
    }

    /// Whether it is the limit on everybody on the pages: a ticket may pass.
    pub fn is_of_pages(&self) -> bool {
        self.rule.subject() == Subject::Pages
    }

    /// Whether it is only that a message to the same identifier was asked for a moment ago.
    pub fn is_cooldown(&self) -> bool {
        self.rule == LimitName::IdentifierCooldown
    }
}

/// The operator's numbers.
#[derive(Clone, Copy, Debug)]
pub struct LimitNumbers {
    /// Between two messages to one identifier.
    pub resend_cooldown: Duration,
    /// Requests by the narrowest network of a caller.
    pub caller_per_15_minutes: u32,
    /// Requests by everybody.
    pub overall_per_minute: u32,
    /// Text messages in a day.
    pub texts_per_day: u32,
    /// Text messages to one block of a thousand numbers in an hour.
    pub texts_per_block: u32,
    /// Text messages that one caller brings about in an hour.
    pub texts_per_caller: u32,
}

/// The rules in force.
#[derive(Clone)]
pub struct Limits {
    key: ServerKey,
    metrics: Metrics,
    per_identifier: [LimitRule; 3],
    per_destination: LimitRule,
    per_caller: [LimitRule; 2],
    visitors: LimitRule,
    everybody: everybody::Rules,
    texts: texts::Rules,
}

impl Limits {
    /// The rules with the operator's numbers.
    pub fn new(key: ServerKey, numbers: &LimitNumbers, metrics: Metrics) -> Self {
        let LimitNumbers { resend_cooldown, caller_per_15_minutes, overall_per_minute, .. } = *numbers;
        Self {
            key,
            metrics,
            texts: texts::Rules::new(numbers),
            per_identifier: [
                LimitRule { name: LimitName::IdentifierCooldown, max: 1, window: resend_cooldown },
                LimitRule { name: LimitName::Identifier15Minutes, max: 3, window: 15 * MINUTE },
                LimitRule { name: LimitName::IdentifierDay, max: 10, window: DAY },
            ],
            per_destination: LimitRule { name: LimitName::DestinationCooldown, max: 1, window: resend_cooldown },
            per_caller: [
                LimitRule { name: LimitName::Caller15Minutes, max: caller_per_15_minutes, window: 15 * MINUTE },
                LimitRule {
                    name: LimitName::CallerDay,
                    max: caller_per_15_minutes.saturating_mul(5),
                    window: 24 * HOUR,
                },
            ],
            visitors: LimitRule {
                name: LimitName::Visitors15Minutes,
                max: caller_per_15_minutes.saturating_mul(4),
                window: 15 * MINUTE,
            },
            everybody: everybody::Rules::new(overall_per_minute),
        }
    }

    /// Counts one request to reset. If a limit is reached, the caller of this function rolls the transaction back, so that
    /// a refused request uses nothing up. The rules on callers do not apply to programs with a secret key, which ask for
    /// many people from one address.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_request(
        &self,
        tx: &mut Tx,
        identifier: &Identifier,
        caller: &Caller,
        pass: Option<&Pass>,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        let identifier = self.identifier(identifier);
        for rule in &self.per_identifier {
            if let Some(reached) = self.count(tx, rule, &identifier, now).await? {
                return Ok(Some(reached));
            }
        }
        if !caller.is_server()
            && let Some(reached) = self.count_networks(tx, &self.per_caller, caller, now).await?
        {
            return Ok(Some(reached));
        }
        self.count_in_share(tx, caller, pass, now).await
    }

    /// More requests for one identifier are open than their caller wants, until then.
    pub fn too_many_open(&self, until: Timestamp, now: Timestamp) -> LimitReached {
        self.metrics.limit_hit(LimitName::IdentifierOpenRequests);
        LimitReached::until(LimitName::IdentifierOpenRequests, until, now)
    }

    /// Counts one message to an account, or to nobody. `Some`: that rule is full, and the caller of this rolls back.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_message(
        &self,
        tx: &mut Tx,
        receiver: Guesser<'_>,
        now: Timestamp,
    ) -> Result<Option<LimitName>, StoreError> {
        let subject = self.guesser(receiver);
        for rule in &PER_ACCOUNT {
            if let Hit::Full { .. } = self.hit(tx, rule, &subject, now).await? {
                return Ok(Some(rule.name));
            }
        }
        Ok(None)
    }

    /// Counts one message to one address or number in its canonical form, whichever identifier was asked with. `Some`: one went
    /// a moment ago, the next may go from then on, and the caller of this rolls back.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_destination(
        &self,
        tx: &mut Tx,
        canonical: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let subject = self.key.keyed_hash("limit", &["destination", canonical]);
        Ok(match self.hit(tx, &self.per_destination, &subject, now).await? {
            Hit::Counted { .. } => None,
            Hit::Full { until } => Some(until),
        })
    }

    /// Counts one try to sign in, before the password is compared.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_sign_in(
        &self,
        tx: &mut Tx,
        identifier: &Identifier,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        let subject = self.identifier(identifier);
        self.count(tx, &SIGN_IN, &subject, now).await
    }

    /// Counts one browser that begins a session without any right. `false`: its networks or everybody have begun
    /// enough of them, and the caller of this rolls back.
    ///
    /// # Errors
    /// The database's.
    pub async fn admit_visitor(&self, tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.count_networks(tx, &[self.visitors], caller, now).await?.is_none()
            && self.count_visitor(tx, caller, now).await?.is_none())
    }

    /// Counts one browser that begins a session with a right over the account of one reset. `false`: enough browsers
    /// have done so, and the caller of this rolls back. Neither callers nor everybody are counted: who has such a link
    /// is not held up by others.
    ///
    /// # Errors
    /// The database's.
    pub async fn admit_holder(&self, tx: &mut Tx, right: &str, now: Timestamp) -> Result<bool, StoreError> {
        let subject = self.key.keyed_hash("limit", &["right", right]);
        Ok(self.count(tx, &HOLDERS, &subject, now).await?.is_none())
    }

    /// Counts one opening of the link of one reset. `Some`: it was opened often enough, and the caller of this rolls back.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_opening(
        &self,
        tx: &mut Tx,
        challenge_id: &ChallengeId,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        self.count(tx, &OPENINGS, &self.challenge(challenge_id), now).await
    }

    /// Counts one look at how strong a password is that somebody types. `false`: that reset has had enough of them.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_preview(
        &self,
        tx: &mut Tx,
        challenge_id: &ChallengeId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.count(tx, &PREVIEWS, &self.challenge(challenge_id), now).await?.is_none())
    }

    /// Forgets the tries to sign in with one identifier: the password was right.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_sign_ins(&self, tx: &mut Tx, identifier: &Identifier) -> Result<(), StoreError> {
        tx.forget_hits(&SIGN_IN, &self.identifier(identifier)).await
    }

    /// Counts one hit, and that a rule is full for the metrics.
    async fn hit(&self, tx: &mut Tx, rule: &LimitRule, subject: &str, now: Timestamp) -> Result<Hit, StoreError> {
        let hit = tx.count_hit(rule, subject, now).await?;
        if let Hit::Full { .. } = hit {
            self.metrics.limit_hit(rule.name);
        }
        Ok(hit)
    }

    async fn count(
        &self,
        tx: &mut Tx,
        rule: &LimitRule,
        subject: &str,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        let Hit::Full { until } = self.hit(tx, rule, subject, now).await? else { return Ok(None) };
        Ok(Some(LimitReached::until(rule.name, until, now)))
    }

    fn identifier(&self, identifier: &Identifier) -> String {
        self.key.keyed_hash("limit", &[identifier.kind().as_str(), identifier.canonical()])
    }

    fn challenge(&self, id: &ChallengeId) -> String {
        self.key.keyed_hash("limit", &["challenge", id.as_str()])
    }

    fn account(&self, id: &AccountId) -> String {
        self.key.keyed_hash("limit", &["account", id.as_str()])
    }

    /// Counts a hit in every network of a caller, the narrowest first; a wide one may have a multiple.
    async fn count_networks(
        &self,
        tx: &mut Tx,
        rules: &[LimitRule],
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<LimitReached>, StoreError> {
        for network in caller.networks() {
            let subject = self.network(&network.name);
            for rule in rules {
                let rule = LimitRule { max: rule.max.saturating_mul(network.multiple), ..*rule };
                if let Some(reached) = self.count(tx, &rule, &subject, now).await? {
                    return Ok(Some(reached));
                }
            }
        }
        Ok(None)
    }

    fn network(&self, network: &str) -> String {
        self.key.keyed_hash("limit", &["caller", network])
    }
}
