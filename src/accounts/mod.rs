//! Accounts and their passwords: the directory, password hashing, and import from a file.

mod breach;
mod directory;
mod formats;
mod hasher;
mod import;
mod lines;
mod password_policy;

pub use breach::BreachList;
pub use directory::Directory;
pub use formats::{FormatError, HashFormat};
pub use hasher::{HashError, Hasher, PasswordHash, Verdict};
pub use import::{ImportFormat, ImportRow, RowError, read_rows};
pub use password_policy::{Assessment, NotJudged, PasswordPolicy, PolicyViolation, first_reason};
