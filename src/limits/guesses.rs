//! Wrong codes of one account, over all its codes and over restarts (security.md rows 30 and 34). A try
//! is counted before it is compared and taken back when it was right. Called by `reset::verify` and
//! `reset::dispatch`.

use std::time::Duration;

use super::{DAY, Limits};
use crate::model::{Identifier, Timestamp};
use crate::store::{Hit, LimitRule, StoreError, Tx};

/// Wrong codes in a day.
const PER_DAY: LimitRule = LimitRule { name: "wrong_codes_day", max: 20, window: DAY };

/// Wrong codes in all since the last reset that succeeded (NIST SP 800-63B-4 §3.2.2: at most 100). Its
/// window is longer than any account lives.
const IN_ALL: LimitRule =
    LimitRule { name: "wrong_codes_in_all", max: 100, window: Duration::from_secs(100 * 365 * 24 * 60 * 60) };

/// The same count for what belongs to nobody: there is nothing to protect, and strangers must not fill the
/// table for ever.
const IN_ALL_FOR_NOBODY: LimitRule = LimitRule { window: DAY, ..IN_ALL };

/// Passwords that come with the right code of one challenge, until one is taken.
const WITH_PASSWORD: LimitRule = LimitRule { name: "code_with_password", max: 20, window: DAY };

/// Whose guesses and messages are counted: the account where the challenge has found it, else what was asked with,
/// so that both take the same path.
#[derive(Clone, Copy)]
pub enum Guesser<'a> {
    /// The account with that id.
    Account(&'a str),
    /// Nobody's account, or one that has not been looked up yet.
    Identifier(&'a Identifier),
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// It may be compared.
    Counted {
        /// If it is wrong, codes are closed from now on.
        closes: bool,
    },
    /// Codes are closed: it is refused, right or wrong.
    Closed,
}

impl Limits {
    /// Counts one try at a code.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_guess(&self, tx: &mut Tx, guesser: Guesser<'_>, now: Timestamp) -> Result<Guess, StoreError> {
        let subject = self.guesser(guesser);
        // What is refused anyway does not add to the hundred.
        let Hit::Counted { was_the_last: day } = self.hit(tx, &PER_DAY, &subject, now).await? else {
            return Ok(Guess::Closed);
        };
        let in_all = match guesser {
            Guesser::Account(_) => IN_ALL,
            Guesser::Identifier(_) => IN_ALL_FOR_NOBODY,
        };
        let in_all = self.hit(tx, &in_all, &subject, now).await?;
        Ok(match in_all {
            Hit::Counted { was_the_last: in_all } => Guess::Counted { closes: day || in_all },
            Hit::Full { .. } => Guess::Closed,
        })
    }

    /// Counts one password that comes together with a right code. `false`: so many were rejected.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_try_a_password(
        &self,
        tx: &mut Tx,
        challenge_id: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let subject = self.key.keyed_hash("limit", &["challenge", challenge_id]);
        Ok(matches!(self.hit(tx, &WITH_PASSWORD, &subject, now).await?, Hit::Counted { .. }))
    }

    /// Takes a try back that was right.
    ///
    /// # Errors
    /// The database's.
    pub async fn forgive_guess(&self, tx: &mut Tx, guesser: Guesser<'_>) -> Result<(), StoreError> {
        let subject = self.guesser(guesser);
        tx.take_back_hit(&PER_DAY, &subject).await?;
        tx.take_back_hit(&IN_ALL, &subject).await
    }

    /// Whether codes are closed.
    ///
    /// # Errors
    /// The database's.
    pub async fn codes_are_closed(
        &self,
        tx: &mut Tx,
        guesser: Guesser<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let subject = self.guesser(guesser);
        Ok(tx.is_full(&PER_DAY, &subject, now).await? || tx.is_full(&IN_ALL, &subject, now).await?)
    }

    /// A reset has succeeded: the count of all wrong codes begins anew. That of the day goes on.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_guesses_in_all(&self, tx: &mut Tx, account_id: &str) -> Result<(), StoreError> {
        tx.forget_hits(&IN_ALL, &self.account(account_id)).await
    }

    /// Opens the codes of an account again: an operator says so.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_guesses(&self, tx: &mut Tx, account_id: &str) -> Result<(), StoreError> {
        tx.forget_hits(&PER_DAY, &self.account(account_id)).await?;
        self.forget_guesses_in_all(tx, account_id).await
    }

    pub(super) fn guesser(&self, guesser: Guesser<'_>) -> String {
        match guesser {
            Guesser::Account(id) => self.account(id),
            Guesser::Identifier(identifier) => self.identifier(identifier),
        }
    }
}
