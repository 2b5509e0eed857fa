//! Accounts in the users table of an app.
//!
//! A link is bound to the stored password that it may replace, by a keyed hash of it. Whoever else changes the password
//! ends the link.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::change::{AppPasswordChange, LockError, Outcome, Settled};
use crate::accounts::{Hasher, PasswordHash};
use crate::model::{
    Account, AccountId, Challenge, EmailAddress, Grant, Identifier, PasswordFingerprint, PasswordWrite, PhoneNumber,
    ServerKey, Username,
};
use crate::store::{AccountPage, AppChange, AppRow, AppTable, StoreError, Written};

/// How many ambiguous identifiers a process remembers having named in the log.
const REMEMBERED: usize = 10_000;

/// The accounts of an app.
#[derive(Clone)]
pub struct AppAccounts {
    pub(super) table: AppTable,
    pub(super) hasher: Hasher,
    key: ServerKey,
    /// Whether the database hashes passwords itself, so that something else is stored than what is written.
    pub(super) hashes_itself: bool,
    named: Arc<Mutex<HashSet<String>>>,
}

impl AppAccounts {
    /// Creates a directory over a table. `hasher` has the app's recipe.
    pub fn new(table: AppTable, hasher: Hasher, key: ServerKey, hashes_itself: bool) -> Self {
        Self { table, hasher, key, hashes_itself, named: Arc::default() }
    }

    /// Whether the app's database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        self.table.answers().await
    }

    /// The table, for checks of it.
    pub fn table(&self) -> &AppTable {
        &self.table
    }

    pub(super) async fn find(&self, identifier: &Identifier) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let mut found = self.everybody_with(identifier).await?.into_iter();
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(Some(one)),
            (Some((one, _)), Some((other, _))) => {
                self.say_once(identifier, &one.id, &other.id);
                Ok(None)
            }
            (None, _) => Ok(None),
        }
    }

    /// The accounts with that identifier and their stored hashes. More than one are ambiguous.
    pub async fn everybody_with(&self, identifier: &Identifier) -> Result<Vec<(Account, Option<String>)>, StoreError> {
        let mut forms = identifier.stored_forms().to_vec();
        forms.dedup();
        let rows = self.table.find(identifier.kind(), &forms).await?;
        let found =
            rows.into_iter().filter_map(|row| Some((self.account(&row)?, row.password.filter(|_| row.has_password))));
        Ok(found.filter(|(account, _)| has(account, identifier)).collect())
    }

    fn say_once(&self, identifier: &Identifier, one: &AccountId, other: &AccountId) {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() < REMEMBERED && named.insert(format!("{one} {other}")) {
            let kind = identifier.kind().as_str();
            tracing::warn!(
                %one, %other,
                "directory: two accounts have the same {kind}: requests with it get no message"
            );
        }
    }

    pub(super) async fn get(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let row = self.table.get(id).await?;
        Ok(row.and_then(|row| self.account(&row)))
    }

    pub(super) async fn page(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        let rows = self.table.page(after, limit).await?;
        let next = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.id.clone());
        Ok(AccountPage { accounts: rows.iter().filter_map(|row| self.account(row)).collect(), next })
    }

    /// Begins to replace the password of the account of a grant.
    pub(super) async fn begin_change(
        &self,
        grant: &Grant,
        hash: &PasswordHash,
    ) -> Result<Option<AppPasswordChange>, StoreError> {
        let Some(bound_to) = &grant.fingerprint else { return Ok(None) };
        let still_owns = |account: &Account| account.owns(&grant.sent_to);
        self.replace(&grant.account_id, Some(bound_to), still_owns, hash).await
    }

    /// Begins to replace what is stored by the hash of a password that nobody knows. It need not be what Keyback wrote:
    /// many apps hash again at the next sign-in, and whoever chose the password may have changed it in the app.
    pub(super) async fn begin_lock(&self, challenge: &Challenge) -> Result<Option<AppPasswordChange>, LockError> {
        let Some(id) = challenge.account_id.as_ref().filter(|_| challenge.new_fingerprint.is_some()) else {
            return Ok(None);
        };
        let hash = self.hasher.lock_hash().await?;
        Ok(self.replace(id, None, |_| true, &hash).await?)
    }

    async fn replace(
        &self,
        id: &AccountId,
        bound_to: Option<&PasswordFingerprint>,
        is_allowed: impl FnOnce(&Account) -> bool,
        hash: &PasswordHash,
    ) -> Result<Option<AppPasswordChange>, StoreError> {
        let Some(mut change) = self.table.hold(id).await? else { return Ok(None) };
        let Some(row) = change.read().await? else { return give_up(change).await };
        let fingerprint = self.fingerprint(id, &row);
        if bound_to.is_some_and(|old| *old != fingerprint)
            || !self.account(&row).is_some_and(|account| is_allowed(&account))
        {
            return give_up(change).await;
        }
        match change.replace(&row, hash.as_str(), !self.hashes_itself).await? {
            Written::As(new) => {
                let new = PasswordFingerprint::of(&self.key, id, Some(&new));
                Ok(Some(AppPasswordChange { change, old: fingerprint, new }))
            }
            Written::Missed => give_up(change).await,
        }
    }

    pub(super) async fn outcome_of(&self, write: &PasswordWrite) -> Result<Settled, StoreError> {
        // Whoever wrote the row has committed or given up once it can be held.
        let Some(mut change) = self.table.hold(&write.account_id).await? else {
            return Ok(Settled { outcome: Outcome::Gone, found: None, held: None });
        };
        let row = change.read().await?;
        let outcome = match row.map(|row| self.fingerprint(&write.account_id, &row)) {
            Some(stored) if stored == write.old => Outcome::Kept,
            Some(_) => Outcome::Replaced,
            None => Outcome::Gone,
        };
        Ok(Settled { outcome, found: None, held: Some(change) })
    }

    fn fingerprint(&self, id: &AccountId, row: &AppRow) -> PasswordFingerprint {
        PasswordFingerprint::of(&self.key, id, row.password.as_deref())
    }

    /// `None` if the row has no id that can be an account's. A contact that cannot be read is none.
    fn account(&self, row: &AppRow) -> Option<Account> {
        let id = AccountId::parse(&row.id)?;
        Some(Account {
            email: row.email.as_deref().and_then(|text| EmailAddress::parse(text).ok()),
            email_verified: row.email_verified,
            phone: row.phone.as_deref().and_then(|text| PhoneNumber::parse(text, None).ok()),
            phone_verified: row.phone_verified,
            username: row.username.as_deref().and_then(|text| Username::parse(text).ok()),
            has_password: row.has_password,
            fingerprint: Some(self.fingerprint(&id, row)),
            signs_in_elsewhere: row.signs_in_elsewhere,
            password_changed_at: None,
            mfa_required: false,
            disabled: !row.is_active,
            created_at: None,
            id,
        })
    }
}

async fn give_up<T>(change: AppChange) -> Result<Option<T>, StoreError> {
    change.rollback().await?;
    Ok(None)
}

/// Whether an account has that identifier. A collation, or an app, may have found another one.
pub(super) fn has(account: &Account, identifier: &Identifier) -> bool {
    match identifier {
        Identifier::Email(asked) => account.email.as_ref().is_some_and(|own| own.is_same_as(asked)),
        Identifier::Phone(asked) => account.phone.as_ref() == Some(asked),
        Identifier::Username(asked) => {
            account.username.as_ref().is_some_and(|own| own.canonical() == asked.canonical())
        }
    }
}
