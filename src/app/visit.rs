//! What this browser has done so far, in its session: typed access to the few things that are kept.
//! Read by the views, written by the actions.

use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use tower_sessions::session::Error;

use crate::model::{ChallengeId, NewPassword, PasswordError, SecretHash};
use crate::reset::{GrantedAccount, PolicyViolation, Requested};

/// Something to tell on the next page, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    IdentifierEmpty,
    /// What was meant: `email`, `phone` or `username`; `extension`: a phone number with one.
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
    /// More octets than a password may have, and not too many characters.
    PasswordTooManyOctets {
        octets: usize,
    },
    /// More of both.
    PasswordTooLongInAll {
        max: usize,
        octets: usize,
    },
    PasswordCommon,
    PasswordContext,
    PasswordWeak,
    Busy,
}

impl Notice {
    /// The limit that a text passed which cannot be a password; with one of so many characters the policy's, too.
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
            PolicyViolation::Common => Self::PasswordCommon,
            PolicyViolation::Context => Self::PasswordContext,
            PolicyViolation::Weak => Self::PasswordWeak,
        }
    }
}

/// The key under which the session store looks for the account that a session has a right over.
pub const ACCOUNT: &str = "account";
const NOTICE: &str = "notice";
const TYPED: &str = "typed";
const REDIRECT_URL: &str = "redirect_url";
const ASKED: &str = "asked";
const GRANT: &str = "grant";
const WAITING: &str = "waiting";
const CANCEL_KEYS: &str = "cancel_keys";
const CANCELLED: &str = "cancelled";

/// So many "this wasn't me" pages may be open in one browser.
const MAX_CANCEL_KEYS: usize = 8;

/// One browser's session.
#[derive(Clone, Debug)]
pub struct Visit(Session);

impl Visit {
    pub fn new(session: Session) -> Self {
        Self(session)
    }

    /// Whether this browser has no living session: what is kept would begin one. A cookie says nothing until the
    /// database knows it.
    pub async fn is_new(&self) -> Result<bool, Error> {
        self.0.get_value(TYPED).await?;
        Ok(self.0.id().is_none())
    }

    pub async fn notify(&self, notice: Notice) -> Result<(), Error> {
        self.0.insert(NOTICE, notice).await
    }

    /// The notice, which is then gone.
    pub async fn take_notice(&self) -> Result<Option<Notice>, Error> {
        match self.0.get::<Notice>(NOTICE).await? {
            Some(_) => {
                let notice = self.0.remove(NOTICE).await?;
                // A session is not saved behind an answer of 5xx, which a notice may bring about.
                self.0.save().await?;
                Ok(notice)
            }
            None => Ok(None),
        }
    }

    /// What was typed on the first page, and where the app wants the link to lead.
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

    /// What this browser asked for last.
    pub async fn asked(&self) -> Result<Option<Asked>, Error> {
        self.0.get(ASKED).await
    }

    pub async fn keep_asked(&self, asked: &Asked) -> Result<(), Error> {
        self.0.insert(ASKED, asked).await
    }

    /// The hash of the access token that this browser holds.
    pub async fn grant(&self) -> Result<Option<SecretHash>, Error> {
        let hash: Option<String> = self.0.get(GRANT).await?;
        Ok(hash.map(SecretHash::from_stored))
    }

    /// Takes a right over an account: the session gets a new id (ASVS 7.2.4).
    pub async fn keep_grant(&self, token: &SecretHash, account: &GrantedAccount) -> Result<(), Error> {
        self.0.cycle_id().await?;
        self.0.remove::<String>(WAITING).await?;
        self.0.insert(ACCOUNT, &account.account_id).await?;
        self.0.insert(GRANT, token.as_str()).await
    }

    /// The hash of an access token that this browser was sent with and that is none of its own: it gives no right
    /// until the person says so.
    pub async fn waiting(&self) -> Result<Option<SecretHash>, Error> {
        let hash: Option<String> = self.0.get(WAITING).await?;
        Ok(hash.map(SecretHash::from_stored))
    }

    pub async fn keep_waiting(&self, token: &SecretHash) -> Result<(), Error> {
        self.0.insert(WAITING, token.as_str()).await
    }

    /// Takes the right over an account away again; its token waits.
    pub async fn set_grant_aside(&self) -> Result<(), Error> {
        self.0.remove::<String>(ACCOUNT).await?;
        if let Some(hash) = self.0.remove::<String>(GRANT).await? {
            self.0.insert(WAITING, hash).await?;
        }
        Ok(())
    }

    /// The hashes of the keys of "this wasn't me" links that were opened here, the newest last.
    pub async fn cancel_keys(&self) -> Result<Vec<SecretHash>, Error> {
        let hashes: Option<Vec<String>> = self.0.get(CANCEL_KEYS).await?;
        Ok(hashes.unwrap_or_default().into_iter().map(SecretHash::from_stored).collect())
    }

    /// Keeps one more: a link that somebody else makes this browser open does not push out the person's own.
    pub async fn keep_cancel_key(&self, key: &SecretHash) -> Result<(), Error> {
        self.0.cycle_id().await?;
        self.0.remove::<CancelledWhat>(CANCELLED).await?;
        let mut keys = self.cancel_keys().await?;
        keys.retain(|kept| kept != key);
        keys.push(key.clone());
        self.write_cancel_keys(keys).await
    }

    /// What "this wasn't me" ended, to say so on the next page.
    pub async fn cancelled(&self) -> Result<Option<CancelledWhat>, Error> {
        self.0.get(CANCELLED).await
    }

    /// Keeps what was ended with `key`, and of the rest only the keys of other such pages.
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

    /// Forgets everything and the session itself.
    pub async fn end(&self) -> Result<(), Error> {
        self.0.flush().await
    }
}

/// A request that this browser made. Nothing of it depends on whether there is an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    challenge: String,
    /// What was typed for it.
    pub typed: String,
    /// Where the app wants its link to lead.
    pub redirect_url: Option<String>,
    /// The ways by which its message may come.
    pub channels: Vec<String>,
    /// In milliseconds since 1970: when its code runs out at the earliest.
    pub code_expires_at: i64,
    /// From when a further message may be asked for.
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

    /// The challenge: a code is good only together with it.
    pub fn challenge(&self) -> Option<ChallengeId> {
        ChallengeId::parse(&self.challenge)
    }
}

/// What "this wasn't me" ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelledWhat {
    Request,
    Password,
}
