//! Where the accounts are: in Keyback's own table, or in the users table of an app. The layers above do not know which.

mod app;
mod change;
mod own;

pub use app::AppAccounts;
pub use change::{AppPasswordChange, LockError, Outcome, PasswordChange, Settled};
pub use own::OwnAccounts;

use crate::accounts::PasswordHash;
use crate::model::{Account, AccountId, Challenge, Grant, Identifier, PasswordWrite, Timestamp};
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
    /// An app keeps them (`directory.url`).
    App(AppAccounts),
}

impl Directory {
    /// The accounts that may be added and changed here. `None` if an app keeps them.
    pub fn own(&self) -> Option<&OwnAccounts> {
        match self {
            Self::Own(accounts) => Some(accounts),
            Self::App(_) => None,
        }
    }

    /// The accounts of an app. `None` if Keyback keeps them itself.
    pub fn app(&self) -> Option<&AppAccounts> {
        match self {
            Self::Own(_) => None,
            Self::App(accounts) => Some(accounts),
        }
    }

    /// The account with that identifier, whatever its state. In an app's table, several accounts with one identifier
    /// are none: nobody knows which one is meant.
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Own(accounts) => Ok(accounts.look_up(identifier).await?.found()),
            Self::App(accounts) => Ok(accounts.find(identifier).await?.map(|(account, _)| account)),
        }
    }

    /// Like [`Directory::find`], for callers whose work must be the same whether the account exists or not. An app's
    /// table has no stand-ins, so nobody is found there.
    pub async fn look_up(&self, identifier: &Identifier) -> Result<LookedUp, StoreError> {
        match self {
            Self::Own(accounts) => accounts.look_up(identifier).await,
            Self::App(_) => Ok(LookedUp { account: None, is_the_one: false }),
        }
    }

    /// The account with that id, whatever its state.
    pub async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Own(accounts) => accounts.get(id).await,
            Self::App(accounts) => accounts.get(id).await,
        }
    }

    /// The account with that identifier and its stored hash, to verify a password.
    pub async fn find_with_hash(
        &self,
        identifier: &Identifier,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        match self {
            Self::Own(accounts) => accounts.find_with_hash(identifier).await,
            Self::App(accounts) => accounts.find(identifier).await,
        }
    }

    /// Up to `limit` accounts, ordered by id, after the one with id `after`.
    pub async fn page(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        match self {
            Self::Own(accounts) => accounts.page(after, limit).await,
            Self::App(accounts) => accounts.page(after, limit).await,
        }
    }

    /// Orders what happens to an account for the rest of the transaction. `None` if it is disabled, gone, or has had a
    /// new password since `asked_at`.
    pub async fn hold(
        &self,
        tx: &mut Tx,
        account: &Account,
        asked_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Own(_) => tx.hold_account(&account.id, asked_at).await,
            Self::App(_) => {
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
            Self::App(_) => {
                tx.hold_anchor(&nobody, challenge.requested_at, now).await?;
                tx.delete_anchor(&nobody).await?;
            }
        }
        Ok(())
    }

    /// Whether the password that was set with a challenge at `completed_at` is still the account's.
    pub async fn still_has_password_of(
        &self,
        challenge: &Challenge,
        completed_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(id) = &challenge.account_id else { return Ok(false) };
        let Some(account) = self.get(id).await? else { return Ok(false) };
        Ok(match self {
            Self::Own(_) => account.password_changed_at == Some(completed_at),
            Self::App(_) => account.fingerprint.is_some() && account.fingerprint == challenge.new_fingerprint,
        })
    }

    /// Begins to replace the password of the account that a grant is about. `None` if the grant is dead: the account is
    /// disabled or gone, no longer owns the address or number that the message went to, or has another password by now.
    pub async fn begin_change(&self, grant: &Grant, hash: PasswordHash) -> Result<Option<PasswordChange>, StoreError> {
        match self {
            Self::Own(_) => Ok(Some(PasswordChange::Own(Some(hash)))),
            Self::App(accounts) => Ok(accounts.begin_change(grant, &hash).await?.map(PasswordChange::App)),
        }
    }

    /// Begins to lock the password that was set with a challenge: the account has none afterwards, or, in an app's
    /// table, one that nobody knows. `None` if it has another password by now.
    ///
    /// # Errors
    /// See [`LockError`].
    pub async fn begin_lock(&self, challenge: &Challenge) -> Result<Option<PasswordChange>, LockError> {
        match self {
            Self::Own(_) => Ok(Some(PasswordChange::Own(None))),
            Self::App(accounts) => Ok(accounts.begin_lock(challenge).await?.map(PasswordChange::App)),
        }
    }

    /// What became of a write. `None` if it cannot be known: no app's table is configured any more.
    pub async fn outcome_of(&self, write: &PasswordWrite) -> Result<Option<Settled>, StoreError> {
        match self {
            Self::Own(_) => Ok(None),
            Self::App(accounts) => accounts.outcome_of(write).await.map(Some),
        }
    }
}
