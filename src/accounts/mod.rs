//! Accounts and their passwords: the directory, password hashing, and import from a file.

mod breach;
mod directory;
mod formats;
mod hasher;
mod import;
mod lines;
mod password_hash;
mod password_policy;
mod recipe;

use std::sync::Arc;

pub use breach::BreachList;
pub use directory::{
    AppAccounts, AppHttp, AppPasswordChange, CallOutcome, Directory, HttpPasswordChange, LockError, NotSet, Outcome,
    OwnAccounts, PasswordChange, PreparedPassword, Rehearsal, Settled,
};
pub use formats::{FormatError, StoredHash, describe};
pub use hasher::{Hasher, Verdict};
pub use import::{ImportFormat, ImportRow, RowError, read_rows};
pub use password_hash::{HashError, PasswordHash};
pub use password_policy::{Assessment, NotJudged, PasswordPolicy, PolicyViolation, first_reason};
pub use recipe::{LengthUnit, Recipe, Unfit};

/// What it takes to find accounts and to set their passwords.
#[derive(Clone)]
pub struct AccountTools {
    /// Where the accounts are.
    pub directory: Directory,
    /// Hashes passwords as the directory stores them.
    pub hasher: Hasher,
    /// Judges new passwords.
    pub policy: Arc<PasswordPolicy>,
}
