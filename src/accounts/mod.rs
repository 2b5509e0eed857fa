//! Whose password it is: the directory of accounts, the hashing of passwords, and reading accounts
//! from a file. Called by `reset` and `admin`.

mod directory;
mod formats;
mod hasher;
mod import;
mod lines;

pub use directory::{Account, AddError, Directory, NewAccount};
pub use formats::{FormatError, HashFormat};
pub use hasher::{HashError, Hasher, PasswordHash, Verdict};
pub use import::{ImportFormat, ImportRow, RowError, read_rows};
