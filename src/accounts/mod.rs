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

pub use breach::BreachList;
pub use directory::Directory;
pub use formats::{FormatError, StoredHash, describe};
pub use hasher::{Hasher, Verdict};
pub use import::{ImportFormat, ImportRow, RowError, read_rows};
pub use password_hash::{HashError, PasswordHash};
pub use password_policy::{Assessment, NotJudged, PasswordPolicy, PolicyViolation, first_reason};
pub use recipe::{LengthUnit, Recipe, Unfit};
