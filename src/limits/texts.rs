//! What text messages may cost (security.md row 35): a budget for the day, and limits on blocks of
//! adjacent numbers and on callers, by which pumped messages show. What is counted is what a provider
//! took, or may have taken. Called by `reset::dispatch`.

use super::{DAY, HOUR, LimitNumbers, Limits};
use crate::model::{PhoneNumber, Timestamp};
use crate::store::{Hit, LimitRule, Store, StoreError, Tx};

const EVERYBODY: &str = "everybody";

#[derive(Clone)]
pub(super) struct Rules {
    budget: LimitRule,
    per_block: LimitRule,
    per_caller: LimitRule,
}

impl Rules {
    pub(super) fn new(numbers: &LimitNumbers) -> Self {
        Self {
            budget: LimitRule { name: "texts_day", max: numbers.texts_per_day, window: DAY },
            per_block: LimitRule { name: "texts_block_hour", max: numbers.texts_per_block, window: HOUR },
            per_caller: LimitRule { name: "texts_caller_hour", max: numbers.texts_per_caller, window: HOUR },
        }
    }
}

/// A text message is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The rule that is full.
    pub rule: &'static str,
    /// Whether it is the budget of the day: nobody gets any more.
    pub is_budget: bool,
    /// When the rule begins anew.
    pub until: Timestamp,
}

impl Limits {
    /// Counts one text message; `network` is the caller's whose request it answers, where that is a
    /// person's browser. `Some`: it must not go, and nothing was counted.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_text(
        &self,
        tx: &mut Tx,
        number: &PhoneNumber,
        network: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Withheld>, StoreError> {
        let mut counted = Vec::new();
        for (rule, subject) in self.text_rules(number, network) {
            match self.hit(tx, rule, &subject, now).await? {
                Hit::Counted { .. } => counted.push((rule, subject)),
                Hit::Full { until } => {
                    for (rule, subject) in counted {
                        tx.take_back_hit(rule, &subject).await?;
                    }
                    let is_budget = rule.name == self.texts.budget.name;
                    return Ok(Some(Withheld { rule: rule.name, is_budget, until }));
                }
            }
        }
        Ok(None)
    }

    /// Takes a text message back that no provider took.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_back_text(
        &self,
        tx: &mut Tx,
        number: &PhoneNumber,
        network: Option<&str>,
    ) -> Result<(), StoreError> {
        for (rule, subject) in self.text_rules(number, network) {
            tx.take_back_hit(rule, &subject).await?;
        }
        Ok(())
    }

    /// Text messages of the day that is running, and how many it may have.
    ///
    /// # Errors
    /// The database's.
    pub async fn text_budget(&self, store: &Store, now: Timestamp) -> Result<(i64, u32), StoreError> {
        let used = store.hits(&self.texts.budget, EVERYBODY, now).await?;
        Ok((used, self.texts.budget.max))
    }

    /// In an order that keeps the rows which everybody counts in held for the shortest time.
    fn text_rules(&self, number: &PhoneNumber, network: Option<&str>) -> Vec<(&LimitRule, String)> {
        let block = self.key.keyed_hash("limit", &["block", number.block()]);
        let caller = network.map(|network| (&self.texts.per_caller, self.network(network)));
        let others = [(&self.texts.per_block, block), (&self.texts.budget, EVERYBODY.to_owned())];
        caller.into_iter().chain(others).collect()
    }
}
