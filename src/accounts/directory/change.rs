//! A password on its way into the table of accounts.

use super::http::HttpPasswordChange;
use crate::accounts::{HashError, PasswordHash};
use crate::model::PasswordFingerprint;
use crate::store::{AppChange, StoreError};

/// A new password that nobody can sign in with yet.
pub enum PasswordChange {
    /// It is written in Keyback's own transaction. `None`: the account has no password afterwards.
    Own(Option<PasswordHash>),
    /// It is written in an open transaction of the app's database.
    App(AppPasswordChange),
    /// The app is asked to set it.
    Http(HttpPasswordChange),
}

/// An open transaction of the app's database that replaces the password of one account.
pub struct AppPasswordChange {
    pub(super) change: AppChange,
    /// What is stored until it is committed.
    pub old: PasswordFingerprint,
    /// What is stored once it is committed.
    pub new: PasswordFingerprint,
}

impl AppPasswordChange {
    /// Commits: from here on, the new password is the account's.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.change.commit().await
    }

    /// Leaves everything as it was.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.change.rollback().await
    }
}

/// What became of a password that was being written into an app's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not stored, and never will be.
    Kept,
    /// It is not stored, and may still be.
    Open,
    /// It was stored, or another one was meanwhile: the old password is gone.
    Replaced,
    /// The account is gone.
    Gone,
}

/// An outcome that stays true until it is released: the row is held, or the app can no longer be reached by the call.
pub struct Settled {
    /// What became of it.
    pub outcome: Outcome,
    /// What is stored now, if nobody knew before what it would be.
    pub found: Option<PasswordFingerprint>,
    pub(super) held: Option<AppChange>,
}

impl Settled {
    /// Lets the row go.
    pub async fn release(self) -> Result<(), StoreError> {
        match self.held {
            Some(held) => held.rollback().await,
            None => Ok(()),
        }
    }
}

/// Why a password could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There was no hash of a random password.
    #[error(transparent)]
    Hash(#[from] HashError),
}
