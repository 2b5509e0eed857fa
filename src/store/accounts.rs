//! Table `accounts`.

use sqlx::FromRow;

use super::fault::Place;
use super::{Store, StoreError, Tx};
use crate::model::{
    Account, AccountId, Contact, EmailAddress, IdentifierKind, NewAccount, PhoneNumber, STORED_FORMS, Timestamp,
    Username,
};

/// A row of the table.
#[derive(FromRow)]
struct AccountRow {
    id: String,
    email: Option<String>,
    email_canonical: Option<String>,
    email_verified_at: Option<i64>,
    phone: Option<String>,
    phone_verified_at: Option<i64>,
    username: Option<String>,
    username_canonical: Option<String>,
    password_hash: Option<String>,
    password_changed_at: Option<i64>,
    mfa_required_at: Option<i64>,
    disabled_at: Option<i64>,
    created_at: i64,
}

impl AccountRow {
    /// Its identifier of that kind.
    fn identifier(&self, kind: IdentifierKind) -> Option<&str> {
        match kind {
            IdentifierKind::Email => self.email_canonical.as_deref(),
            IdentifierKind::Phone => self.phone.as_deref(),
            IdentifierKind::Username => self.username_canonical.as_deref(),
        }
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let place = Place::new("accounts", &row.id);
        let email = |address: &str| EmailAddress::from_stored(address, row.email_canonical.as_deref()?);
        let username = |name: &str| Username::from_stored(name, row.username_canonical.as_deref()?);
        Ok(Self {
            id: place.value("id", AccountId::parse(&row.id))?,
            email: place.optional("email", row.email.as_deref(), email)?,
            email_verified: row.email_verified_at.is_some(),
            phone: place.optional("phone", row.phone.as_deref(), PhoneNumber::from_stored)?,
            phone_verified: row.phone_verified_at.is_some(),
            username: place.optional("username", row.username.as_deref(), username)?,
            has_password: row.password_hash.is_some(),
            fingerprint: None,
            signs_in_elsewhere: false,
            password_changed_at: row.password_changed_at.map(Timestamp::from_millis),
            mfa_required: row.mfa_required_at.is_some(),
            disabled: row.disabled_at.is_some(),
            created_at: Some(Timestamp::from_millis(row.created_at)),
        })
    }
}

/// The result of a look-up: the requested account, or the next one, which is read in its place.
pub struct NearestAccount {
    pub account: Account,
    pub password_hash: Option<String>,
    /// It is the requested one.
    pub is_the_one: bool,
}

/// One page of accounts.
pub struct AccountPage {
    /// The accounts that can be read. The log names the others.
    pub accounts: Vec<Account>,
    /// The id after which the next page begins. `None` if this was the last one.
    pub next: Option<String>,
}

/// Columns are named one by one: a statement that selects all of them would fail in running instances when a newer
/// version next to them adds one.
macro_rules! columns {
    () => {
        "id, email, email_canonical, email_verified_at, phone, phone_verified_at, username, username_canonical, \
         password_hash, password_changed_at, mfa_required_at, disabled_at, created_at"
    };
}

macro_rules! select {
    ($condition:expr) => {
        concat!("SELECT ", columns!(), " FROM accounts WHERE ", $condition)
    };
}

/// The row with one of four values of a column, or else the next row in order.
macro_rules! one_of_or_next {
    ($column:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM accounts WHERE ",
            $column,
            " IN ($1, $2, $3, $4, COALESCE((SELECT MIN(",
            $column,
            ") FROM accounts WHERE ",
            $column,
            " >= $1), (SELECT MIN(",
            $column,
            ") FROM accounts)))"
        )
    };
}

impl Store {
    /// The account with one of these forms of an identifier, whatever its state; of several accounts, the one whose
    /// form comes first. If there is none, the next account in the order of the first form, or the first one after the
    /// last: a look-up that finds nobody reads and decodes as much as one that finds somebody. `None` if nobody has an
    /// identifier of that kind.
    pub async fn account_or_next(
        &self,
        kind: IdentifierKind,
        forms: &[String; STORED_FORMS],
    ) -> Result<Option<NearestAccount>, StoreError> {
        let statement = match kind {
            IdentifierKind::Email => one_of_or_next!("email_canonical"),
            IdentifierKind::Phone => one_of_or_next!("phone"),
            IdentifierKind::Username => one_of_or_next!("username_canonical"),
        };
        let [first, second, third, fourth] = forms;
        let query = sqlx::query_as(statement).bind(first).bind(second).bind(third).bind(fourth);
        let found: Vec<AccountRow> = query.fetch_all(self.readers()).await?;
        let place = |row: &AccountRow| {
            let kept = row.identifier(kind);
            forms.iter().position(|form| kept == Some(form)).unwrap_or(STORED_FORMS)
        };
        let Some(mut row) = found.into_iter().min_by_key(place) else { return Ok(None) };
        let is_the_one = place(&row) < STORED_FORMS;
        let password_hash = row.password_hash.take();
        match Account::try_from(row) {
            Ok(account) => {
                let account = Account { has_password: password_hash.is_some(), ..account };
                Ok(Some(NearestAccount { account, password_hash, is_the_one }))
            }
            // Nobody asked for the next account: it must not fail the look-ups beside it.
            Err(_) if !is_the_one => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The account with that id.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> =
            sqlx::query_as(select!("id = $1")).bind(id.as_str()).fetch_optional(self.readers()).await?;
        row.map(Account::try_from).transpose()
    }

    /// Accounts ordered by id, after `after`. Anchors of an app's accounts are none.
    pub async fn accounts_after(&self, after: &str, limit: u32) -> Result<AccountPage, StoreError> {
        let rows: Vec<AccountRow> = sqlx::query_as(select!(
            "id > $1 AND (email IS NOT NULL OR phone IS NOT NULL OR username IS NOT NULL) ORDER BY id LIMIT $2"
        ))
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(self.readers())
        .await?;
        let is_full = rows.len() == limit as usize;
        let next = rows.last().filter(|_| is_full).map(|row| row.id.clone());
        Ok(AccountPage { accounts: rows.into_iter().filter_map(|row| Account::try_from(row).ok()).collect(), next })
    }

    /// Replaces a hash with a stronger one of the same password, unless the hash was changed meanwhile.
    pub async fn upgrade_password_hash(&self, id: &AccountId, old: &str, new: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET password_hash = $1 WHERE id = $2 AND password_hash = $3")
            .bind(new)
            .bind(id.as_str())
            .bind(old)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Tx {
    /// Adds an account.
    pub async fn insert_account(
        &mut self,
        id: &AccountId,
        account: &NewAccount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let since = |fact: bool| fact.then_some(now.millis());
        sqlx::query(
            "INSERT INTO accounts (id, email, email_canonical, email_verified_at, phone, phone_verified_at, username, \
             username_canonical, password_hash, password_changed_at, mfa_required_at, disabled_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(id.as_str())
        .bind(account.email.as_ref().map(EmailAddress::as_str))
        .bind(account.email.as_ref().map(EmailAddress::canonical))
        .bind(since(account.email_verified && account.email.is_some()))
        .bind(account.phone.as_ref().map(PhoneNumber::as_str))
        .bind(since(account.phone_verified && account.phone.is_some()))
        .bind(account.username.as_ref().map(Username::as_str))
        .bind(account.username.as_ref().map(Username::canonical))
        .bind(account.password_hash.as_deref())
        .bind(None::<i64>)
        .bind(since(account.mfa_required))
        .bind(since(account.disabled))
        .bind(now.millis())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The kind of the first identifier of an account that is taken.
    pub async fn taken_identifier(&mut self, account: &NewAccount) -> Result<Option<IdentifierKind>, StoreError> {
        let email = account.email.as_ref().map(EmailAddress::canonical);
        let phone = account.phone.as_ref().map(PhoneNumber::as_str);
        let username = account.username.as_ref().map(Username::canonical);
        for (statement, value, kind) in [
            ("SELECT id FROM accounts WHERE email_canonical = $1", email, IdentifierKind::Email),
            ("SELECT id FROM accounts WHERE phone = $1", phone, IdentifierKind::Phone),
            ("SELECT id FROM accounts WHERE username_canonical = $1", username, IdentifierKind::Username),
        ] {
            let Some(value) = value else { continue };
            let taken: Option<(String,)> =
                sqlx::query_as(statement).bind(value).fetch_optional(self.connection()).await?;
            if taken.is_some() {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    /// Locks an account for the rest of the transaction, if it is enabled and has had no new password since `asked_at`;
    /// else returns `None`. Completions take the same lock first, so that neither overtakes the other.
    pub async fn hold_account(&mut self, id: &AccountId, asked_at: Timestamp) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = sqlx::query_as(concat!(
            "UPDATE accounts SET id = id WHERE id = $1 AND disabled_at IS NULL \
             AND (password_changed_at IS NULL OR password_changed_at < $2) RETURNING ",
            columns!()
        ))
        .bind(id.as_str())
        .bind(asked_at.millis())
        .fetch_optional(self.connection())
        .await?;
        row.map(Account::try_from).transpose()
    }

    /// Locks an account for the rest of the transaction, whatever its state.
    pub async fn hold_account_as_it_is(&mut self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> =
            sqlx::query_as(concat!("UPDATE accounts SET id = id WHERE id = $1 RETURNING ", columns!()))
                .bind(id.as_str())
                .fetch_optional(self.connection())
                .await?;
        row.map(Account::try_from).transpose()
    }

    /// Sets the password of a reset, if the account is enabled and still owns the address or number that the message
    /// was sent to. `false` if not; nothing was written then.
    pub async fn set_password_by_reset(
        &mut self,
        id: &AccountId,
        sent_to: &Contact,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE accounts SET password_hash = $1, password_changed_at = $2 \
             WHERE id = $3 AND disabled_at IS NULL AND ((email_canonical = $4 AND email_verified_at IS NOT NULL) \
             OR (phone = $4 AND phone_verified_at IS NOT NULL))",
        )
        .bind(password_hash)
        .bind(now.millis())
        .bind(id.as_str())
        .bind(sent_to.canonical())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Sets a password that an operator chose.
    pub async fn set_password(
        &mut self,
        id: &AccountId,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET password_hash = $1, password_changed_at = $2 WHERE id = $3")
            .bind(password_hash)
            .bind(now.millis())
            .bind(id.as_str())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes the password that a reset set at `written_at`, unless it was changed since.
    pub async fn revoke_password_written_at(
        &mut self,
        id: &AccountId,
        written_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE accounts SET password_hash = NULL, password_changed_at = $1 WHERE id = $2 AND password_changed_at = $3",
        )
        .bind(now.millis())
        .bind(id.as_str())
        .bind(written_at.millis())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Disables or enables an account.
    pub async fn set_disabled(&mut self, id: &AccountId, disabled_at: Option<Timestamp>) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET disabled_at = $1 WHERE id = $2")
            .bind(disabled_at.map(Timestamp::millis))
            .bind(id.as_str())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes the phone number of an account.
    pub async fn set_phone(
        &mut self,
        id: &AccountId,
        phone: &PhoneNumber,
        verified_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET phone = $1, phone_verified_at = $2 WHERE id = $3")
            .bind(phone.as_str())
            .bind(verified_at.map(Timestamp::millis))
            .bind(id.as_str())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes the email address of an account.
    pub async fn set_email(
        &mut self,
        id: &AccountId,
        email: &EmailAddress,
        verified_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let done =
            sqlx::query("UPDATE accounts SET email = $1, email_canonical = $2, email_verified_at = $3 WHERE id = $4")
                .bind(email.as_str())
                .bind(email.canonical())
                .bind(verified_at.map(Timestamp::millis))
                .bind(id.as_str())
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected() == 1)
    }
}
