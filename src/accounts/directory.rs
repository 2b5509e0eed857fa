//! The directory of accounts as the layers above see it: typed, and without the password hash.

use crate::accounts::PasswordHash;
use crate::model::{Account, AccountId, Added, Identifier, NewAccount, Timestamp};
use crate::store::{AccountPage, Store, StoreError, Tx};

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
pub struct Directory {
    store: Store,
}

impl Directory {
    /// Creates a directory over a database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// The account with that identifier, whatever its state.
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<Account>, StoreError> {
        Ok(self.look_up(identifier).await?.found())
    }

    /// Like [`Directory::find`], for callers whose work must be the same whether the account exists or not.
    pub async fn look_up(&self, identifier: &Identifier) -> Result<LookedUp, StoreError> {
        let (kind, forms) = (identifier.kind(), identifier.stored_forms());
        let nearest = self.store.account_or_next(kind, &forms).await?;
        let is_the_one = nearest.as_ref().is_some_and(|nearest| nearest.is_the_one);
        Ok(LookedUp { account: nearest.map(|nearest| nearest.account), is_the_one })
    }

    /// The account with that id, whatever its state.
    pub async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        self.store.account(id).await
    }

    /// The account with that identifier and its stored hash, to verify a password.
    pub async fn find_with_hash(
        &self,
        identifier: &Identifier,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let (kind, forms) = (identifier.kind(), identifier.stored_forms());
        let nearest = self.store.account_or_next(kind, &forms).await?;
        Ok(nearest.filter(|nearest| nearest.is_the_one).map(|nearest| (nearest.account, nearest.password_hash)))
    }

    /// Up to `limit` accounts, ordered by id, after the one with id `after`.
    pub async fn page(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        self.store.accounts_after(after, limit).await
    }

    /// Locks an account for the rest of the transaction. `None` if it is disabled, gone, or has had a new password
    /// since `asked_at`.
    pub async fn hold(&self, tx: &mut Tx, id: &AccountId, asked_at: Timestamp) -> Result<Option<Account>, StoreError> {
        tx.hold_account(id, asked_at).await
    }

    /// Locks an account for the rest of the transaction, whatever its state.
    pub async fn hold_as_it_is(&self, tx: &mut Tx, id: &AccountId) -> Result<Option<Account>, StoreError> {
        tx.hold_account_as_it_is(id).await
    }

    /// Replaces the hash of a verified password with a stronger one.
    pub async fn upgrade_hash(&self, id: &AccountId, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.store.upgrade_password_hash(id, old, new.as_str()).await
    }

    /// Adds an account, unless one of its identifiers is taken.
    pub async fn add(&self, tx: &mut Tx, account: &NewAccount, now: Timestamp) -> Result<Added, StoreError> {
        if let Some(kind) = tx.taken_identifier(account).await? {
            return Ok(Added::Taken(kind));
        }
        let id = AccountId::random()?;
        tx.insert_account(&id, account, now).await?;
        Ok(Added::New(id))
    }
}
