//! A request for a reset, and what the holders of its secrets have proven.

use std::net::IpAddr;

use super::words::words;
use super::{
    AccountId, ChallengeId, Channel, Contact, Door, Identifier, Locale, PasswordFingerprint, SecretHash, Timestamp,
};

words! {
    /// How a person proves that they own the account.
    pub enum Proof {
        /// With the link in the email.
        Link = "link",
        /// With the code in the message.
        Code = "code",
    }
}

words! {
    /// Why a request was cancelled, in the table, in timelines and for the operator's app.
    pub enum CancelReason {
        /// Newer requests with the same identifier replaced it.
        Superseded = "superseded",
        /// The receiver of the message said "this wasn't me".
        NotMe = "not_me",
        /// The program that requested it cancelled it.
        ByClient = "by_client",
        /// The password was set with another request.
        ResetElsewhere = "reset_elsewhere",
        /// The account has changed.
        AccountChanged = "account_changed",
    }
}

words! {
    /// What a key may do. Look-ups compare it with the row: a key of one purpose never serves another.
    pub enum KeyPurpose {
        /// Open a reset.
        Reset = "reset",
        /// Cancel a reset.
        Cancel = "cancel",
        /// Open a reset; a request id that a program has received.
        Activation = "activation",
    }
}

/// The progress of a grant's holder. If there are too many grants, those with the least progress go first: scanners
/// open links, people use forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// The link was opened.
    Minted,
    /// A browser has arrived with the token.
    Taken,
    /// The browser was shown the form.
    Shown,
    /// The code was entered, something was typed into the form, or it is the browser that requested the reset.
    InUse,
}

impl Hold {
    /// The number in the database; a higher one is further.
    pub const fn rank(self) -> i64 {
        match self {
            Self::Minted => 0,
            Self::Taken => 1,
            Self::Shown => 2,
            Self::InUse => 3,
        }
    }

    /// The progress with that number.
    pub fn from_rank(rank: i64) -> Option<Self> {
        [Self::Minted, Self::Taken, Self::Shown, Self::InUse].into_iter().find(|hold| hold.rank() == rank)
    }
}

/// A request for a reset.
#[derive(Clone)]
pub struct Challenge {
    /// Its id.
    pub id: ChallengeId,
    /// What was typed to name the account.
    pub identifier: Identifier,
    /// The channel to use instead of the usual one.
    pub wanted_channel: Option<Channel>,
    /// The target of the link. `None` for the configured default.
    pub redirect_url: Option<String>,
    /// The language of its messages.
    pub locale: Locale,
    /// Where it was requested from.
    pub caller_address: IpAddr,
    /// The public id of the API key that it was requested with.
    pub client: Option<String>,
    /// How it was requested. `None` if an earlier version wrote it.
    pub door: Option<Door>,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Its account. `None` if there is none, or if it is not found yet.
    pub account_id: Option<AccountId>,
    /// Where its message goes. `None` while undecided.
    pub channel: Option<Channel>,
    /// When the password was set with it.
    pub completed_at: Option<Timestamp>,
    /// Where it was set from.
    pub completed_from: Option<IpAddr>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub cancelled_because: Option<CancelReason>,
    /// What an app stored as the password that was set with it.
    pub new_fingerprint: Option<PasswordFingerprint>,
    /// Whether a password is being written into an app's table for it.
    pub is_being_written: bool,
}

impl Challenge {
    /// Neither completed nor cancelled nor expired.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.completed_at.is_none() && self.cancelled_at.is_none() && self.expires_at > now
    }
}

/// A request to store.
pub struct NewChallenge<'a> {
    /// Its id.
    pub id: &'a ChallengeId,
    /// What was typed to name the account.
    pub identifier: &'a Identifier,
    /// The channel to use instead of the usual one.
    pub wanted_channel: Option<Channel>,
    /// The target of the link. `None` for the configured default.
    pub redirect_url: Option<&'a str>,
    /// The language of its messages.
    pub locale: Locale,
    /// Where it is requested from.
    pub caller_address: IpAddr,
    /// The public id of the API key that it is requested with.
    pub client: Option<&'a str>,
    /// How it is requested.
    pub door: Door,
    /// When it is requested.
    pub requested_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// What a challenge is bound to when its message is sent.
pub struct Binding<'a> {
    /// The challenge.
    pub id: &'a ChallengeId,
    /// The account that was found.
    pub account_id: &'a AccountId,
    /// What an app stores as the password that it may replace.
    pub fingerprint: Option<&'a PasswordFingerprint>,
    /// Where the message goes.
    pub sent_to: &'a Contact,
    /// `None` if the message has no code.
    pub code_hash: Option<&'a SecretHash>,
    /// When the code expires.
    pub code_expires_at: Timestamp,
    /// When the challenge expires.
    pub expires_at: Timestamp,
}

/// A challenge that was cancelled together with others.
#[derive(Clone, Debug)]
pub struct CancelledChallenge {
    /// Its id.
    pub id: ChallengeId,
    /// Its account, if it is known.
    pub account_id: Option<AccountId>,
}

/// What a counted try at a code is compared with.
pub struct CodeAttempt {
    /// What was typed to name the account.
    pub identifier: Identifier,
    /// The account, if it is known.
    pub account_id: Option<AccountId>,
    /// The code that was sent.
    pub code_hash: Option<SecretHash>,
    /// When that code expires.
    pub code_expires_at: Option<Timestamp>,
    /// The code that was valid before it was used or its challenge ended.
    pub ended_code_hash: Option<SecretHash>,
    /// Whether the challenge was completed or cancelled.
    pub is_over: bool,
}

/// The challenge of a key, and when the key expires.
pub struct KeyTarget {
    /// The challenge.
    pub challenge_id: ChallengeId,
    /// When the key expires.
    pub expires_at: Timestamp,
}

/// A valid grant with its challenge.
pub struct Grant {
    /// The challenge.
    pub challenge_id: ChallengeId,
    /// The account.
    pub account_id: AccountId,
    /// What was typed to name the account.
    pub identifier: Identifier,
    /// What an app stored as the password that it may replace.
    pub fingerprint: Option<PasswordFingerprint>,
    /// Where the message went.
    pub sent_to: Contact,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How far its holder has come.
    pub hold: Hold,
}

/// A grant to store.
pub struct NewGrant<'a> {
    /// The hash of its token.
    pub token: &'a SecretHash,
    /// The challenge.
    pub challenge_id: &'a ChallengeId,
    /// What was proven.
    pub proof: Proof,
    /// How far its holder has come.
    pub hold: Hold,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// How many open requests an identifier has, and when the oldest of them was made.
#[derive(Clone, Copy, Debug)]
pub struct OpenRequests {
    /// How many.
    pub count: i64,
    /// When the oldest was made. `None` if there is none.
    pub oldest: Option<Timestamp>,
}
