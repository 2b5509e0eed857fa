//! Limits on the cost of text messages (SECURITY.md, requirement 35): a daily budget, and limits per block of adjacent
//! numbers and per caller, which show SMS pumping.
//!
//! Requests are counted, before any account is looked up, so no count reveals whether an account exists: a caller who
//! asks for a stranger's number and then for their own finds the same limits full either way.

use super::everybody::EVERYBODY;
use super::{DAY, HOUR, LimitNumbers, Limits};
use crate::model::{Caller, Identifier, LimitName, Timestamp};
use crate::store::{Hit, LimitRule, Store, StoreError, Tx};

/// The part of the daily budget that an hour may use: one sixth.
const SLICES: u32 = 6;

/// The least that an hour may use, unless the daily budget is smaller.
const LEAST_SLICE: u32 = 20;

#[derive(Clone)]
pub(super) struct Rules {
    budget: LimitRule,
    /// The part of one hour: whoever uses it up blocks text messages for an hour and not for the day.
    slice: LimitRule,
    per_block: LimitRule,
    per_caller: LimitRule,
}

impl Rules {
    pub(super) fn new(numbers: &LimitNumbers) -> Self {
        Self {
            budget: LimitRule { name: LimitName::TextsDay, max: numbers.texts_per_day, window: DAY },
            slice: LimitRule {
                name: LimitName::TextsHour,
                max: (numbers.texts_per_day / SLICES).max(LEAST_SLICE.min(numbers.texts_per_day)),
                window: HOUR,
            },
            per_block: LimitRule { name: LimitName::TextsBlockHour, max: numbers.texts_per_block, window: HOUR },
            per_caller: LimitRule { name: LimitName::TextsCallerHour, max: numbers.texts_per_caller, window: HOUR },
        }
    }
}

/// No text message may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The rule that is full.
    pub rule: LimitName,
    /// Whether it is the daily budget, so that nobody gets any more.
    pub is_budget: bool,
    /// When the window of the rule ends.
    pub until: Timestamp,
}

impl Limits {
    /// Counts a request that may bring a text message, whether it will or not. `Some`: none may be sent, and nothing
    /// was counted.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_text_request(
        &self,
        tx: &mut Tx,
        identifier: &Identifier,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Option<Withheld>, StoreError> {
        let mut counted = Vec::new();
        for (rule, subject) in self.text_rules(identifier, caller) {
            match self.hit(tx, &rule, &subject, now).await? {
                Hit::Counted { .. } => counted.push((rule, subject)),
                Hit::Full { until } => {
                    for (rule, subject) in counted {
                        tx.take_back_hit(&rule, &subject).await?;
                    }
                    let is_budget = rule.name == self.texts.budget.name;
                    return Ok(Some(Withheld { rule: rule.name, is_budget, until }));
                }
            }
        }
        Ok(None)
    }

    /// Counts a text message that notifies an owner of a changed password. `Some`: the daily budget is used up until
    /// that time.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_text_notice(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(match self.hit(tx, &self.texts.budget, EVERYBODY, now).await? {
            Hit::Counted { .. } => None,
            Hit::Full { until } => Some(until),
        })
    }

    /// The number of text messages requested in the running day, and the daily budget.
    ///
    /// # Errors
    /// The database's.
    pub async fn text_budget(&self, store: &Store, now: Timestamp) -> Result<(i64, u32), StoreError> {
        let used = store.hits(&self.texts.budget, EVERYBODY, now).await?;
        Ok((used, self.texts.budget.max))
    }

    /// The rules, ordered so that rows which all requests share are locked for the shortest time. The block is that of
    /// the number that was entered: for a username, the caller cannot know the number.
    fn text_rules(&self, identifier: &Identifier, caller: &Caller) -> Vec<(LimitRule, String)> {
        // Servers send requests for many people.
        let networks = if caller.is_server() { Vec::new() } else { caller.networks() };
        let of_caller = networks.into_iter().map(|network| {
            let per_caller = self.texts.per_caller;
            let max = per_caller.max.saturating_mul(network.multiple);
            (LimitRule { max, ..per_caller }, self.network(&network.name))
        });
        let of_block = match identifier {
            Identifier::Phone(number) => {
                Some((self.texts.per_block, self.key.keyed_hash("limit", &["block", number.block()])))
            }
            Identifier::Email(_) | Identifier::Username(_) => None,
        };
        let of_everybody = [self.texts.slice, self.texts.budget].map(|rule| (rule, EVERYBODY.to_owned()));
        of_caller.chain(of_block).chain(of_everybody).collect()
    }
}
