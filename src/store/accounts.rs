//! Table `accounts`.

use sqlx::{AssertSqlSafe, FromRow};

use super::{Store, StoreError, Tx};
use crate::model::{IdentifierKind, STORED_FORMS, Timestamp};

/// A row of the table.
#[derive(Clone, FromRow)]
pub struct AccountRow {
    pub id: String,
    pub email: Option<String>,
    pub email_canonical: Option<String>,
    pub email_verified_at: Option<i64>,
    pub phone: Option<String>,
    pub phone_verified_at: Option<i64>,
    pub username: Option<String>,
    pub username_canonical: Option<String>,
    pub password_hash: Option<String>,
    pub password_changed_at: Option<i64>,
    pub mfa_required_at: Option<i64>,
    pub disabled_at: Option<i64>,
    pub created_at: i64,
}

impl AccountRow {
    /// Its identifier of that kind.
    pub fn identifier(&self, kind: IdentifierKind) -> Option<&str> {
        match kind {
            IdentifierKind::Email => self.email_canonical.as_deref(),
            IdentifierKind::Phone => self.phone.as_deref(),
            IdentifierKind::Username => self.username_canonical.as_deref(),
        }
    }
}

/// Columns are named one by one: a statement that selects all of them would fail in running instances when a newer
/// version next to them adds one.
const COLUMNS: &str = "id, email, email_canonical, email_verified_at, phone, phone_verified_at, username, \
                       username_canonical, password_hash, password_changed_at, mfa_required_at, disabled_at, created_at";

/// The row with one of four values of a column, or else the next row in order.
macro_rules! one_of_or_next {
    ($column:literal) => {
        concat!(
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

fn select(condition: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT {COLUMNS} FROM accounts WHERE {condition}"))
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
    ) -> Result<Option<AccountRow>, StoreError> {
        let condition = match kind {
            IdentifierKind::Email => one_of_or_next!("email_canonical"),
            IdentifierKind::Phone => one_of_or_next!("phone"),
            IdentifierKind::Username => one_of_or_next!("username_canonical"),
        };
        let [first, second, third, fourth] = forms;
        let query = sqlx::query_as(select(condition)).bind(first).bind(second).bind(third).bind(fourth);
        let found: Vec<AccountRow> = query.fetch_all(self.readers()).await?;
        let place = |row: &AccountRow| {
            let kept = row.identifier(kind);
            forms.iter().position(|form| kept == Some(form)).unwrap_or(STORED_FORMS)
        };
        Ok(found.into_iter().min_by_key(place))
    }

    /// The account with that id.
    pub async fn account(&self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        Ok(sqlx::query_as(select("id = $1")).bind(id).fetch_optional(self.readers()).await?)
    }

    /// Accounts ordered by id, after `after`.
    pub async fn accounts_after(&self, after: &str, limit: i64) -> Result<Vec<AccountRow>, StoreError> {
        Ok(sqlx::query_as(select("id > $1 ORDER BY id LIMIT $2"))
            .bind(after)
            .bind(limit)
            .fetch_all(self.readers())
            .await?)
    }

    /// Replaces a hash with a stronger one of the same password, unless the hash was changed meanwhile.
    pub async fn upgrade_password_hash(&self, id: &str, old: &str, new: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET password_hash = $1 WHERE id = $2 AND password_hash = $3")
            .bind(new)
            .bind(id)
            .bind(old)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Tx {
    /// Adds an account.
    pub async fn insert_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO accounts (id, email, email_canonical, email_verified_at, phone, phone_verified_at, username, \
             username_canonical, password_hash, password_changed_at, mfa_required_at, disabled_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&row.id)
        .bind(&row.email)
        .bind(&row.email_canonical)
        .bind(row.email_verified_at)
        .bind(&row.phone)
        .bind(row.phone_verified_at)
        .bind(&row.username)
        .bind(&row.username_canonical)
        .bind(&row.password_hash)
        .bind(row.password_changed_at)
        .bind(row.mfa_required_at)
        .bind(row.disabled_at)
        .bind(row.created_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The kind of the first of these identifiers that is taken.
    pub async fn taken_identifier(&mut self, row: &AccountRow) -> Result<Option<&'static str>, StoreError> {
        for (statement, value, kind) in [
            ("SELECT id FROM accounts WHERE email_canonical = $1", &row.email_canonical, "email"),
            ("SELECT id FROM accounts WHERE phone = $1", &row.phone, "phone"),
            ("SELECT id FROM accounts WHERE username_canonical = $1", &row.username_canonical, "username"),
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
    pub async fn hold_account(&mut self, id: &str, asked_at: i64) -> Result<Option<AccountRow>, StoreError> {
        let statement = AssertSqlSafe(format!(
            "UPDATE accounts SET id = id WHERE id = $1 AND disabled_at IS NULL \
             AND (password_changed_at IS NULL OR password_changed_at < $2) RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(statement).bind(id).bind(asked_at).fetch_optional(self.connection()).await?)
    }

    /// Locks an account for the rest of the transaction, whatever its state.
    pub async fn hold_account_as_it_is(&mut self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        let statement = AssertSqlSafe(format!("UPDATE accounts SET id = id WHERE id = $1 RETURNING {COLUMNS}"));
        Ok(sqlx::query_as(statement).bind(id).fetch_optional(self.connection()).await?)
    }

    /// Sets the password of a reset, if the account is enabled and still owns the address or number that the message
    /// was sent to. `false` if not; nothing was written then.
    pub async fn set_password_by_reset(
        &mut self,
        id: &str,
        sent_to: &str,
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
        .bind(id)
        .bind(sent_to)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Sets a password that an operator chose.
    pub async fn set_password(&mut self, id: &str, password_hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET password_hash = $1, password_changed_at = $2 WHERE id = $3")
            .bind(password_hash)
            .bind(now.millis())
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes the password that a reset set at `written_at`, unless it was changed since.
    pub async fn revoke_password_written_at(
        &mut self,
        id: &str,
        written_at: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE accounts SET password_hash = NULL, password_changed_at = $1 WHERE id = $2 AND password_changed_at = $3",
        )
        .bind(now.millis())
        .bind(id)
        .bind(written_at)
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Disables or enables an account.
    pub async fn set_disabled(&mut self, id: &str, disabled_at: Option<Timestamp>) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET disabled_at = $1 WHERE id = $2")
            .bind(disabled_at.map(Timestamp::millis))
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes the phone number of an account.
    pub async fn set_phone(
        &mut self,
        id: &str,
        phone: &str,
        verified_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE accounts SET phone = $1, phone_verified_at = $2 WHERE id = $3")
            .bind(phone)
            .bind(verified_at.map(Timestamp::millis))
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes the email address of an account.
    pub async fn set_email(
        &mut self,
        id: &str,
        email: &str,
        canonical: &str,
        verified_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let done =
            sqlx::query("UPDATE accounts SET email = $1, email_canonical = $2, email_verified_at = $3 WHERE id = $4")
                .bind(email)
                .bind(canonical)
                .bind(verified_at.map(Timestamp::millis))
                .bind(id)
                .execute(self.connection())
                .await?;
        Ok(done.rows_affected() == 1)
    }
}
