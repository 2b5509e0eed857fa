//! Where the accounts are: in Keyback's own table, in the users table of an app, or behind an endpoint in front of one.
//! The layers above do not know which.

mod app;
mod change;
mod http;
mod own;
mod prepared;
mod rehearse;

pub use app::AppAccounts;
pub use change::{AppPasswordChange, LockError, Outcome, PasswordChange, Settled};
pub use http::{AppHttp, CallOutcome, HttpPasswordChange, NotSet};
pub use own::OwnAccounts;
pub use prepared::PreparedPassword;
pub use rehearse::Rehearsal;

use crate::accounts::{HashError, Hasher};
use crate::model::{Account, AccountId, Challenge, ChallengeId, Identifier, NewPassword, PasswordWrite, Timestamp};
use crate::store::{AccountPage, StoreError, Tx};

/// The result of a look-up: the requested account, or a stand-in that is read in its place so that both cases take the
/// same time (SECURITY.md, requirement 2). Nothing about the stand-in gets outside.
pub struct LookedUp {
    account: Option<Account>,
    is_the_one: bool,
}

impl LookedUp {
    /// Applies `read` to the requested account. On a stand-in it runs too, and the result is discarded.
    pub fn read<T>(&self, read: impl FnOnce(&Account) -> Option<T>) -> Option<T> {
        let result = self.account.as_ref().and_then(read);
        result.filter(|_| self.is_the_one)
    }

    /// The requested account, or `None` for a stand-in.
    pub fn found(self) -> Option<Account> {
        self.account.filter(|_| self.is_the_one)
    }
}

/// The directory of accounts.
#[derive(Clone)]
pub enum Directory {
    /// Keyback keeps them.
    Own(OwnAccounts),
    /// An app keeps them in its database (`directory.url`).
    App(AppAccounts),
    /// An app keeps them behind HTTP (`directory.kind = "http"`).
    Http(AppHttp),
}

impl Directory {
    /// The accounts that may be added and changed here. `None` if an app keeps them.
    pub fn own(&self) -> Option<&OwnAccounts> {
        match self {
            Self::Own(accounts) => Some(accounts),
            Self::App(_) | Self::Http(_) => None,
        }
    }

    /// The accounts in an app's table, if they are in one.
    pub fn app(&self) -> Option<&AppAccounts> {
        match self {
            Self::App(accounts) => Some(accounts),
            Self::Own(_) | Self::Http(_) => None,
        }
    }

    /// The accounts behind an app's endpoint, if they are behind one.
    pub fn http(&self) -> Option<&AppHttp> {
        match self {
            Self::Http(accounts) => Some(accounts),
            Self::Own(_) | Self::App(_) => None,
        }
    }

    /// Whether the app answers that keeps the accounts, if one does.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        match self {
            Self::Own(_) => Ok(()),
            Self::App(accounts) => accounts.answers().await,
            Self::Http(accounts) => accounts.answers().await,
        }
    }

    /// The account with that identifier, whatever its state. In an app's table, several accounts with one identifier
    /// are none: nobody knows which one is meant.
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Own(accounts) => Ok(accounts.look_up(identifier).await?.found()),
            Self::App(accounts) => Ok(accounts.find(identifier).await?.map(|(account, _)| account)),
            Self::Http(accounts) => accounts.find(identifier).await,
        }
    }

    /// Like [`Directory::find`], for callers whose work must be the same whether the account exists or not. An app's
    /// table has no stand-ins, so nobody is found there.
    pub async fn look_up(&self, identifier: &Identifier) -> Result<LookedUp, StoreError> {
        match self {
            Self::Own(accounts) => accounts.look_up(identifier).await,
            Self::App(_) | Self::Http(_) => Ok(LookedUp { account: None, is_the_one: false }),
        }
    }

    /// The account with that id, whatever its state.
    pub async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Own(accounts) => accounts.get(id).await,
            Self::App(accounts) => accounts.get(id).await,
            Self::Http(accounts) => accounts.get(id).await,
        }
    }

    /// The account with that identifier and its stored hash, to verify a password. An app behind HTTP verifies it
    /// itself.
    pub async fn find_with_hash(
        &self,
        identifier: &Identifier,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        match self {
            Self::Own(accounts) => accounts.find_with_hash(identifier).await,
            Self::App(accounts) => accounts.find(identifier).await,
            Self::Http(_) => Ok(None),
        }
    }

    /// Up to `limit` accounts, ordered by id, after the one with id `after`. An app behind HTTP cannot be asked for that.
    pub async fn page(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        match self {
            Self::Own(accounts) => accounts.page(after, limit).await,
            Self::App(accounts) => accounts.page(after, limit).await,
            Self::Http(_) => {
                let reason = "an app behind HTTP cannot be asked for all accounts: ask for one of them";
                Err(StoreError::of_endpoint(reason, false))
            }
        }
    }

    /// Orders what happens to an account for the rest of the transaction, for a challenge. `None` if the account is
    /// disabled, gone, or has had a new password since `asked_at`.
    pub async fn hold(
        &self,
        tx: &mut Tx,
        account: &Account,
        challenge_id: &ChallengeId,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Own(_) => tx.hold_account(&account.id, asked_at).await,
            Self::App(_) | Self::Http(_) => {
                // Deletes nothing: `hold_nobody` has as many statements.
                tx.delete_anchor(&AccountId::of_nobody(challenge_id)).await?;
                let is_held = !account.disabled && tx.hold_anchor(&account.id, asked_at, now).await?;
                Ok(is_held.then(|| account.clone()))
            }
        }
    }

    /// Does the same work as [`Directory::hold`] where there is no account.
    pub async fn hold_nobody(&self, tx: &mut Tx, challenge: &Challenge, now: Timestamp) -> Result<(), StoreError> {
        let nobody = AccountId::of_nobody(&challenge.id);
        match self {
            Self::Own(_) => {
                tx.hold_account(&nobody, challenge.requested_at).await?;
            }
            Self::App(_) | Self::Http(_) => {
                tx.hold_anchor(&nobody, challenge.requested_at, now).await?;
                tx.delete_anchor(&nobody).await?;
            }
        }
        Ok(())
    }

    /// Brings a new password into the form in which it goes to the accounts.
    ///
    /// # Errors
    /// See [`HashError`].
    pub async fn prepare(&self, password: NewPassword, hasher: &Hasher) -> Result<PreparedPassword<'_>, HashError> {
        Ok(match self {
            Self::Own(_) => PreparedPassword::Own(hasher.hash(password).await?),
            Self::App(accounts) => PreparedPassword::App(accounts, hasher.hash(password).await?),
            Self::Http(accounts) => PreparedPassword::Http(accounts, password),
        })
    }

    /// Begins to lock an account after a reset that its owner disowns: it has no password afterwards, or, in an app, one
    /// that nobody knows. `None` if there is no account, or nothing was set with the challenge.
    ///
    /// # Errors
    /// See [`LockError`].
    pub async fn begin_lock(&self, challenge: &Challenge) -> Result<Option<PasswordChange>, LockError> {
        match self {
            Self::Own(_) => Ok(Some(PasswordChange::Own(None))),
            Self::App(accounts) => Ok(accounts.begin_lock(challenge).await?.map(PasswordChange::App)),
            Self::Http(accounts) => Ok(accounts.begin_lock(challenge).await?.map(PasswordChange::Http)),
        }
    }

    /// What became of a write. `None` if it cannot be known: no app's table is configured any more.
    pub async fn outcome_of(&self, write: &PasswordWrite) -> Result<Option<Settled>, StoreError> {
        match self {
            Self::Own(_) => Ok(None),
            Self::App(accounts) => accounts.outcome_of(write).await.map(Some),
            Self::Http(accounts) => accounts.outcome_of(write).await.map(Some),
        }
    }
}
