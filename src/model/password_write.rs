//! Passwords in the table of an app: a link is bound to the stored password that it may replace, and what is being
//! written is noted until it is settled.

use std::net::IpAddr;

use super::words::words;
use super::{AccountId, ChallengeId, ServerKey, Timestamp};

/// The keyed hash of what an app stores as a password. It says whether that has changed, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordFingerprint(String);

impl PasswordFingerprint {
    /// The fingerprint of a stored password. Having none has one, too.
    pub fn of(key: &ServerKey, account: &AccountId, stored: Option<&str>) -> Self {
        let stored = stored.map_or_else(|| "none".to_owned(), |stored| format!("stored {stored}"));
        Self(key.keyed_hash("password fingerprint", &[account.as_str(), &stored]))
    }

    /// Stands for what an app will store once a call to it is done: nobody knows that before.
    pub fn of_call(id: &str) -> Self {
        Self(format!("call {id}"))
    }

    /// Reads one from a row.
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text for a row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

words! {
    /// Why a password is written into an app's table.
    pub enum WritePurpose {
        /// A person has chosen it.
        Complete = "complete",
        /// It is random and locks the account: "this wasn't me".
        Lock = "lock",
    }
}

/// A password that is being written into an app's table. Whether that was committed is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordWrite {
    /// The challenge that it is about.
    pub challenge_id: ChallengeId,
    /// The account.
    pub account_id: AccountId,
    /// Why it is written.
    pub purpose: WritePurpose,
    /// What was stored before.
    pub old: PasswordFingerprint,
    /// What is stored once it is committed. Where the app is called over HTTP, the name of the call until it is done.
    pub new: PasswordFingerprint,
    /// Where the caller is.
    pub from: IpAddr,
    /// When it began.
    pub started_at: Timestamp,
}
