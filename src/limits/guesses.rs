//! Limits on wrong codes per account, over all its codes and across restarts (SECURITY.md, requirements 30 and 34). A
//! try is counted before the code is compared, and uncounted if the code was right.

use std::time::Duration;

use super::{DAY, Limits};
use crate::model::{AccountId, ChallengeId, Identifier, LimitName, Timestamp};
use crate::store::{Hit, LimitRule, StoreError, Tx};

/// Wrong codes per day.
const PER_DAY: LimitRule = LimitRule { name: LimitName::WrongCodesDay, max: 20, window: DAY };

/// Wrong codes in total since the last successful reset (NIST SP 800-63B-4 §3.2.2: at most 100). The window is longer
/// than any account exists.
const IN_ALL: LimitRule =
    LimitRule { name: LimitName::WrongCodesInAll, max: 100, window: Duration::from_secs(100 * 365 * 24 * 60 * 60) };

/// The same for identifiers without an account. There is nothing to protect, and strangers must not fill the table
/// forever.
const IN_ALL_FOR_NOBODY: LimitRule = LimitRule { window: DAY, ..IN_ALL };

/// Passwords that may be tried together with the right code of one challenge, until one is accepted.
const WITH_PASSWORD: LimitRule = LimitRule { name: LimitName::CodeWithPassword, max: 20, window: DAY };

/// Whose guesses and messages are counted: the account if the challenge has found it, else the identifier of the
/// request, so that both take the same path.
#[derive(Clone, Copy)]
pub enum Guesser<'a> {
    /// The account with this id.
    Account(&'a AccountId),
    /// No account, or one that has not been looked up yet.
    Identifier(&'a Identifier),
}

/// What to do with a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// Compare it.
    Counted {
        /// Whether a wrong code now closes the codes of the account.
        closes: bool,
    },
    /// Codes are closed: refuse it, right or wrong.
    Closed,
}

impl Limits {
    /// Counts one try at a code.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_guess(&self, tx: &mut Tx, guesser: Guesser<'_>, now: Timestamp) -> Result<Guess, StoreError> {
        let subject = self.guesser(guesser);
        // A try that is refused anyway does not add to the total.
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

    /// Counts one password that comes with a right code. `false` if the limit is reached.
    ///
    /// # Errors
    /// The database's.
    pub async fn may_try_a_password(
        &self,
        tx: &mut Tx,
        challenge_id: &ChallengeId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let subject = self.challenge(challenge_id);
        Ok(matches!(self.hit(tx, &WITH_PASSWORD, &subject, now).await?, Hit::Counted { .. }))
    }

    /// Uncounts a try that was right.
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

    /// Resets the total of wrong codes after a successful reset. The daily count goes on.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_guesses_in_all(&self, tx: &mut Tx, account_id: &AccountId) -> Result<(), StoreError> {
        tx.forget_hits(&IN_ALL, &self.account(account_id)).await
    }

    /// Resets all counts, so that codes are open again, at an operator's request.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_guesses(&self, tx: &mut Tx, account_id: &AccountId) -> Result<(), StoreError> {
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
