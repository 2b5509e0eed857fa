//! Typed access to a browser's session, which stores what the browser has done so far.

use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use tower_sessions::session::Error;

use crate::model::{ChallengeId, NewPassword, PasswordError, SecretHash};
use crate::reset::{GrantedAccount, PolicyViolation, Requested};

/// A message that the next page shows once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    IdentifierEmpty,
    /// What the person probably meant: `email`, `phone` or `username`; or `extension` for a phone number with one.
    IdentifierMalformed {
        meant: String,
    },
    RedirectRefused,
    TooSoon {
        seconds: u64,
    },
    TooManyRequests {
        seconds: u64,
    },
    CodeRefused,
    CodeSent,
    AnotherAccount,
    AnotherMessage,
    PasswordEmpty,
    PasswordsDiffer,
    PasswordTooShort {
        min: usize,
    },
    PasswordTooLong {
        max: usize,
    },
    /// Too many bytes, but not too many characters.
    PasswordTooManyOctets {
        octets: usize,
    },
    /// Too many bytes and too many characters.
    PasswordTooLongInAll {
        max: usize,
        octets: usize,
    },
    PasswordUnusable,
    PasswordRefusedByApp,
    PasswordCommon,
    PasswordContext,
    PasswordWeak,
    Busy,
}

impl Notice {
    /// The notice for a text that can't be a password. `max` is the policy's limit in characters.
    pub fn of_password(error: PasswordError, max: usize) -> Self {
        let octets = NewPassword::MAX_OCTETS;
        match error {
            PasswordError::Empty => Self::PasswordEmpty,
            PasswordError::TooLong { characters } if characters > max => Self::PasswordTooLongInAll { max, octets },
            PasswordError::TooLong { .. } => Self::PasswordTooManyOctets { octets },
        }
    }
}

impl From<PolicyViolation> for Notice {
    fn from(violation: PolicyViolation) -> Self {
        match violation {
            PolicyViolation::TooShort { min } => Self::PasswordTooShort { min },
            PolicyViolation::TooLong { max } => Self::PasswordTooLong { max },
            PolicyViolation::TooManyOctets { max } => Self::PasswordTooManyOctets { octets: max },
            PolicyViolation::Unusable => Self::PasswordUnusable,
            PolicyViolation::RefusedByApp => Self::PasswordRefusedByApp,
            PolicyViolation::Common => Self::PasswordCommon,
            PolicyViolation::Context => Self::PasswordContext,
            PolicyViolation::Weak => Self::PasswordWeak,
        }
    }
}

/// The key under which the session stores the account for which it has a right; the session store reads it.
pub const ACCOUNT: &str = "account";
const NOTICE: &str = "notice";
const TYPED: &str = "typed";
const REDIRECT_URL: &str = "redirect_url";
const ASKED: &str = "asked";
const GRANT: &str = "grant";
const WAITING: &str = "waiting";
const CANCEL_KEYS: &str = "cancel_keys";
const CANCELLED: &str = "cancelled";

/// How many "this wasn't me" pages may be open in one browser.
const MAX_CANCEL_KEYS: usize = 8;

/// A browser's session.
#[derive(Clone, Debug)]
pub struct Visit(Session);

impl Visit {
    pub fn new(session: Session) -> Self {
        Self(session)
    }

    /// Whether this browser has no valid session, so that storing something would start one. A cookie proves nothing
    /// until it was found in the database.
    pub async fn is_new(&self) -> Result<bool, Error> {
        self.0.get_value(TYPED).await?;
        Ok(self.0.id().is_none())
    }

    pub async fn notify(&self, notice: Notice) -> Result<(), Error> {
        self.0.insert(NOTICE, notice).await
    }

    /// Returns the notice and removes it.
    pub async fn take_notice(&self) -> Result<Option<Notice>, Error> {
        match self.0.get::<Notice>(NOTICE).await? {
            Some(_) => {
                let notice = self.0.remove(NOTICE).await?;
                // tower-sessions doesn't save the session if the status is 5xx, which some notices set (see
                // `server/workarounds/tower_sessions.rs`).
                self.0.save().await?;
                Ok(notice)
            }
            None => Ok(None),
        }
    }

    /// What was typed on the first page, and the redirect target that the app wants.
    pub async fn typed(&self) -> Result<(Option<String>, Option<String>), Error> {
        Ok((self.0.get(TYPED).await?, self.0.get(REDIRECT_URL).await?))
    }

    pub async fn keep_typed(&self, typed: &str, redirect_url: Option<&str>) -> Result<(), Error> {
        self.0.insert(TYPED, typed).await?;
        match redirect_url {
            Some(url) => self.0.insert(REDIRECT_URL, url).await,
            None => self.0.remove::<String>(REDIRECT_URL).await.map(|_| ()),
        }
    }

    /// The last request of this browser.
    pub async fn asked(&self) -> Result<Option<Asked>, Error> {
        self.0.get(ASKED).await
    }

    pub async fn keep_asked(&self, asked: &Asked) -> Result<(), Error> {
        self.0.insert(ASKED, asked).await
    }

    /// The hash of this browser's access token.
    pub async fn grant(&self) -> Result<Option<SecretHash>, Error> {
        let hash: Option<String> = self.0.get(GRANT).await?;
        Ok(hash.map(SecretHash::from_stored))
    }

    /// Stores the right to set an account's password. The session gets a new ID (ASVS 7.2.4).
    pub async fn keep_grant(&self, token: &SecretHash, account: &GrantedAccount) -> Result<(), Error> {
        self.0.cycle_id().await?;
        self.0.remove::<String>(WAITING).await?;
        self.0.insert(ACCOUNT, account.account_id.as_str()).await?;
        self.0.insert(GRANT, token.as_str()).await
    }

    /// The hash of an access token that came with a link but doesn't belong to this browser's request. It grants no
    /// right until the person confirms it.
    pub async fn waiting(&self) -> Result<Option<SecretHash>, Error> {
        let hash: Option<String> = self.0.get(WAITING).await?;
        Ok(hash.map(SecretHash::from_stored))
    }

    pub async fn keep_waiting(&self, token: &SecretHash) -> Result<(), Error> {
        self.0.insert(WAITING, token.as_str()).await
    }

    /// Removes the right to set an account's password. Its token then waits for confirmation.
    pub async fn set_grant_aside(&self) -> Result<(), Error> {
        self.0.remove::<String>(ACCOUNT).await?;
        if let Some(hash) = self.0.remove::<String>(GRANT).await? {
            self.0.insert(WAITING, hash).await?;
        }
        Ok(())
    }

    /// The hashes of the keys of "this wasn't me" links that were opened in this browser, the newest last.
    pub async fn cancel_keys(&self) -> Result<Vec<SecretHash>, Error> {
        let hashes: Option<Vec<String>> = self.0.get(CANCEL_KEYS).await?;
        Ok(hashes.unwrap_or_default().into_iter().map(SecretHash::from_stored).collect())
    }

    /// Stores another key. Earlier keys are kept, so that a link that an attacker makes this browser open doesn't
    /// replace the person's own.
    pub async fn keep_cancel_key(&self, key: &SecretHash) -> Result<(), Error> {
        self.0.cycle_id().await?;
        self.0.remove::<CancelledWhat>(CANCELLED).await?;
        let mut keys = self.cancel_keys().await?;
        keys.retain(|kept| kept != key);
        keys.push(key.clone());
        self.write_cancel_keys(keys).await
    }

    /// What "this wasn't me" has cancelled, for the next page.
    pub async fn cancelled(&self) -> Result<Option<CancelledWhat>, Error> {
        self.0.get(CANCELLED).await
    }

    /// Stores what was cancelled with `key`. Of the rest of the session, only the other cancel keys are kept.
    pub async fn keep_cancelled(&self, what: CancelledWhat, key: &SecretHash) -> Result<(), Error> {
        let mut keys = self.cancel_keys().await?;
        keys.retain(|kept| kept != key);
        self.0.clear().await;
        self.write_cancel_keys(keys).await?;
        self.0.insert(CANCELLED, what).await
    }

    async fn write_cancel_keys(&self, keys: Vec<SecretHash>) -> Result<(), Error> {
        let newest = keys.len().saturating_sub(MAX_CANCEL_KEYS);
        let hashes: Vec<&str> = keys.iter().skip(newest).map(SecretHash::as_str).collect();
        self.0.insert(CANCEL_KEYS, hashes).await
    }

    /// Deletes the session.
    pub async fn end(&self) -> Result<(), Error> {
        self.0.flush().await
    }
}

/// A request of this browser. Nothing in it depends on whether there is an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    challenge: String,
    /// What the person typed.
    pub typed: String,
    /// The redirect target that the app wants.
    pub redirect_url: Option<String>,
    /// The channels by which its message may be sent.
    pub channels: Vec<String>,
    /// The earliest time at which its code expires, in milliseconds since 1970.
    pub code_expires_at: i64,
    /// The time from which another message may be requested.
    pub again_at: i64,
}

impl Asked {
    pub fn new(requested: &Requested, typed: String, redirect_url: Option<String>) -> Self {
        Self {
            challenge: requested.challenge_id.as_str().to_owned(),
            typed,
            redirect_url,
            channels: requested.channels.iter().map(|channel| channel.as_str().to_owned()).collect(),
            code_expires_at: requested.code_expires_at.millis(),
            again_at: requested.again_at.millis(),
        }
    }

    /// The challenge. Its code is valid only together with its ID.
    pub fn challenge(&self) -> Option<ChallengeId> {
        ChallengeId::parse(&self.challenge)
    }
}

/// What "this wasn't me" has cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelledWhat {
    Request,
    Password,
}
