//! Accounts in Keyback's own table: typed, and without the password hash.

use super::LookedUp;
use crate::accounts::PasswordHash;
use crate::model::{Account, AccountId, Added, Identifier, NewAccount, Timestamp};
use crate::store::{AccountPage, Store, StoreError, Tx};

/// The accounts that Keyback keeps.
#[derive(Clone)]
pub struct OwnAccounts {
    store: Store,
}

impl OwnAccounts {
    /// Creates a directory over a database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    pub(super) async fn look_up(&self, identifier: &Identifier) -> Result<LookedUp, StoreError> {
        let (kind, forms) = (identifier.kind(), identifier.stored_forms());
        let nearest = self.store.account_or_next(kind, &forms).await?;
        let is_the_one = nearest.as_ref().is_some_and(|nearest| nearest.is_the_one);
        Ok(LookedUp { account: nearest.map(|nearest| nearest.account), is_the_one })
    }

    pub(super) async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        self.store.account(id).await
    }

    pub(super) async fn find_with_hash(
        &self,
        identifier: &Identifier,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let (kind, forms) = (identifier.kind(), identifier.stored_forms());
        let nearest = self.store.account_or_next(kind, &forms).await?;
        Ok(nearest.filter(|nearest| nearest.is_the_one).map(|nearest| (nearest.account, nearest.password_hash)))
    }

    pub(super) async fn page(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        self.store.accounts_after(after, limit).await
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
