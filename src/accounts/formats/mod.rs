//! The forms in which apps and libraries store password hashes: recognised, described and verified. Keyback's own form,
//! argon2id, is one of them.

pub mod argon2;
pub mod bcrypt;
pub mod crypt;
mod digests;
pub mod encoding;
pub mod pbkdf2;
mod phpass;
pub mod scrypt;
mod stored;

pub use stored::{Scheme, StoredHash, describe};

/// Which system writes hashes in this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// More than one.
    Common,
    AspNet,
    BetterAuth,
    Discourse,
    Django,
    Nextcloud,
    Passlib,
    Werkzeug,
    WordPress,
    /// Spring, LDAP or a mail system: the scheme stands before the hash, in braces.
    Braces(&'static str),
}

/// Why a text is not a hash that can be verified. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// None of the forms that Keyback knows.
    #[error("not a password hash of a form that Keyback knows")]
    Unknown,
    /// One of them, but broken.
    #[error("the hash is damaged")]
    Damaged,
    /// Verifying it would cost more than the limits of its form.
    #[error("the hash needs more memory or time than Keyback allows for one password")]
    TooCostly,
}

#[cfg(test)]
mod vectors;
