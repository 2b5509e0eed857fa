//! What hashing a password returns.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password hash that may be stored. It is wiped, because a database that hashes by itself receives the password in
/// its place.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// As the table keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

/// Why nothing was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full: come back in a few seconds.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The system has no randomness to give, or the hash function refused its own parameters.
    #[error("the password could not be hashed")]
    Failed,
}
