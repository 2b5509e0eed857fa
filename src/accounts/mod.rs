//! Accounts and their passwords: the directory, password hashing, and import from a file.

mod directory;
mod formats;
mod hasher;
mod import;
mod lines;

pub use directory::{Account, AddError, Directory, NewAccount};
pub use formats::{FormatError, HashFormat};
pub use hasher::{HashError, Hasher, PasswordHash, Verdict};
pub use import::{ImportFormat, ImportRow, RowError, read_rows};
