//! Replaces a password in an app's table and takes it back: what a mapping really does, without leaving a trace.

use super::app::AppAccounts;
use super::change::LockError;
use crate::accounts::{HashError, Verdict};
use crate::model::{AccountId, NewPassword};
use crate::store::Written;

/// What would happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// One row is written and read back as written. How many rows each further statement changes.
    AsWritten { followed: Vec<u64> },
    /// The stored password is another one than the one that was written.
    Changed {
        /// Characters that were written.
        written: usize,
        /// Characters that were stored.
        stored: usize,
        /// Whether the rest was cut off.
        is_cut: bool,
    },
    /// No row matches: it is gone, or another password was stored meanwhile.
    Missed,
}

impl AppAccounts {
    /// Compares a password with a stored hash, as the app does. Nothing is written.
    ///
    /// # Errors
    /// See [`HashError`].
    pub async fn verify(&self, password: NewPassword, stored: Option<String>) -> Result<Verdict, HashError> {
        self.hasher.verify(password, stored).await
    }

    /// Stores the hash of a random password, reads it back and rolls back. The row is locked for that moment.
    ///
    /// # Errors
    /// See [`LockError`].
    pub async fn rehearse(&self, id: &AccountId) -> Result<Rehearsal, LockError> {
        let hash = self.hasher.lock_hash().await?;
        let Some(mut change) = self.table.hold(id).await? else { return Ok(Rehearsal::Missed) };
        let Some(row) = change.read().await? else {
            change.rollback().await?;
            return Ok(Rehearsal::Missed);
        };
        let written = change.replace(&row, hash.as_str(), false).await;
        let followed = change.followed().to_vec();
        change.rollback().await?;
        Ok(match written? {
            Written::Missed => Rehearsal::Missed,
            Written::As(stored) if stored == hash.as_str() || self.hashes_itself => Rehearsal::AsWritten { followed },
            Written::As(stored) => Rehearsal::Changed {
                written: hash.as_str().chars().count(),
                stored: stored.chars().count(),
                is_cut: hash.as_str().starts_with(&stored),
            },
        })
    }
}
