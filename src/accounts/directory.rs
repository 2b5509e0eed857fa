//! The directory of accounts as the layers above see it: typed, and without the password hash.

use crate::accounts::PasswordHash;
use crate::model::{
    ChallengeId, EmailAddress, Identifier, IdentifierKind, PhoneNumber, STORED_FORMS, Timestamp, Username,
};
use crate::store::{AccountRow, Store, StoreError, Tx};

/// An account.
#[derive(Clone)]
pub struct Account {
    pub id: String,
    pub email: Option<EmailAddress>,
    pub email_verified: bool,
    pub phone: Option<PhoneNumber>,
    pub phone_verified: bool,
    pub username: Option<Username>,
    pub has_password: bool,
    pub password_changed_at: Option<Timestamp>,
    pub mfa_required: bool,
    pub disabled: bool,
    pub created_at: Timestamp,
}

impl Account {
    /// The only address that messages about this account go to: the stored, verified address of an enabled account.
    /// Never what somebody typed.
    pub fn address_for_messages(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.email_verified && !self.disabled)
    }

    /// The only number that text messages about this account go to: the stored, verified number of an enabled account.
    pub fn number_for_messages(&self) -> Option<&PhoneNumber> {
        self.phone.as_ref().filter(|_| self.phone_verified && !self.disabled)
    }

    /// Names that a password of this account must not consist of, as they were written.
    pub fn own_names(&self) -> Vec<String> {
        own_names(self.email.as_ref(), self.phone.as_ref(), self.username.as_ref())
    }
}

fn own_names(email: Option<&EmailAddress>, phone: Option<&PhoneNumber>, username: Option<&Username>) -> Vec<String> {
    let email = email.into_iter().map(|email| email.as_str().to_owned());
    let username = username.into_iter().map(|name| name.as_str().to_owned());
    let phone = phone.into_iter().map(|number| number.digits().to_owned());
    email.chain(username).chain(phone).collect()
}

/// An account to add.
pub struct NewAccount {
    pub email: Option<EmailAddress>,
    pub email_verified: bool,
    pub phone: Option<PhoneNumber>,
    pub phone_verified: bool,
    pub username: Option<Username>,
    /// A hash in one of the recognised forms.
    pub password_hash: Option<String>,
    pub mfa_required: bool,
    pub disabled: bool,
}

impl NewAccount {
    /// See [`Account::own_names`].
    pub fn own_names(&self) -> Vec<String> {
        own_names(self.email.as_ref(), self.phone.as_ref(), self.username.as_ref())
    }
}

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
        let row = self.store.account_or_next(kind, &forms).await?;
        let is_the_one = row.as_ref().is_some_and(|row| keeps_one_of(row, kind, &forms));
        Ok(LookedUp { account: row.map(typed), is_the_one })
    }

    /// The account with that id, whatever its state.
    pub async fn get(&self, id: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.store.account(id).await?.map(typed))
    }

    /// The account with that identifier and its stored hash, to verify a password.
    pub async fn find_with_hash(
        &self,
        identifier: &Identifier,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let (kind, forms) = (identifier.kind(), identifier.stored_forms());
        let Some(mut row) = self.store.account_or_next(kind, &forms).await? else { return Ok(None) };
        let is_the_one = keeps_one_of(&row, kind, &forms);
        let hash = row.password_hash.take();
        let mut account = typed(row);
        account.has_password = hash.is_some();
        Ok(is_the_one.then_some((account, hash)))
    }

    /// Up to `limit` accounts, ordered by id, after the one with id `after`.
    pub async fn page(&self, after: &str, limit: u32) -> Result<Vec<Account>, StoreError> {
        Ok(self.store.accounts_after(after, i64::from(limit)).await?.into_iter().map(typed).collect())
    }

    /// Locks an account for the rest of the transaction. `None` if it is disabled, gone, or has had a new password
    /// since `asked_at`.
    pub async fn hold(&self, tx: &mut Tx, id: &str, asked_at: i64) -> Result<Option<Account>, StoreError> {
        Ok(tx.hold_account(id, asked_at).await?.map(typed))
    }

    /// Locks an account for the rest of the transaction, whatever its state.
    pub async fn hold_as_it_is(&self, tx: &mut Tx, id: &str) -> Result<Option<Account>, StoreError> {
        Ok(tx.hold_account_as_it_is(id).await?.map(typed))
    }

    /// Replaces the hash of a verified password with a stronger one.
    pub async fn upgrade_hash(&self, id: &str, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.store.upgrade_password_hash(id, old, new.as_str()).await
    }

    /// Adds an account. `Err(kind)` in the result means that the identifier of that kind is taken.
    pub async fn add(
        &self,
        tx: &mut Tx,
        account: &NewAccount,
        now: Timestamp,
    ) -> Result<Result<String, &'static str>, AddError> {
        let id = ChallengeId::random()?.as_str().to_owned();
        let row = row(id.clone(), account, now);
        if let Some(kind) = tx.taken_identifier(&row).await? {
            return Ok(Err(kind));
        }
        tx.insert_account(&row).await?;
        Ok(Ok(id))
    }
}

/// The account could not be added, for reasons outside the account.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

/// Whether a row is the requested account rather than a stand-in.
fn keeps_one_of(row: &AccountRow, kind: IdentifierKind, forms: &[String; STORED_FORMS]) -> bool {
    row.identifier(kind).is_some_and(|kept| forms.iter().any(|form| form == kept))
}

fn typed(row: AccountRow) -> Account {
    Account {
        email: row
            .email
            .as_deref()
            .zip(row.email_canonical.as_deref())
            .and_then(|(email, canonical)| EmailAddress::from_stored(email, canonical)),
        email_verified: row.email_verified_at.is_some(),
        phone: row.phone.as_deref().and_then(PhoneNumber::from_stored),
        phone_verified: row.phone_verified_at.is_some(),
        username: row
            .username
            .as_deref()
            .zip(row.username_canonical.as_deref())
            .and_then(|(name, canonical)| Username::from_stored(name, canonical)),
        has_password: row.password_hash.is_some(),
        password_changed_at: row.password_changed_at.map(Timestamp::from_millis),
        mfa_required: row.mfa_required_at.is_some(),
        disabled: row.disabled_at.is_some(),
        created_at: Timestamp::from_millis(row.created_at),
        id: row.id,
    }
}

fn row(id: String, account: &NewAccount, now: Timestamp) -> AccountRow {
    let since = |fact: bool| fact.then_some(now.millis());
    AccountRow {
        id,
        email: account.email.as_ref().map(|email| email.as_str().to_owned()),
        email_canonical: account.email.as_ref().map(|email| email.canonical().to_owned()),
        email_verified_at: since(account.email_verified && account.email.is_some()),
        phone: account.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        phone_verified_at: since(account.phone_verified && account.phone.is_some()),
        username: account.username.as_ref().map(|name| name.as_str().to_owned()),
        username_canonical: account.username.as_ref().map(|name| name.canonical().to_owned()),
        password_hash: account.password_hash.clone(),
        password_changed_at: None,
        mfa_required_at: since(account.mfa_required),
        disabled_at: since(account.disabled),
        created_at: now.millis(),
    }
}
