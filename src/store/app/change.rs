//! Replaces a password in an app's table: one transaction, which compares what is stored with what is to be replaced and
//! reads back what it wrote.

use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::statement::Values;
use super::{AppRow, AppTable, in_time};
use crate::config::SqlDialect;
use crate::model::AccountId;
use crate::store::StoreError;

/// A transaction that holds the row of one account. It is rolled back unless it is committed.
pub struct AppChange {
    table: AppTable,
    transaction: Transaction<'static, Any>,
    id: AccountId,
    id_type: Option<String>,
    followed: Vec<u64>,
}

/// What came of writing a password.
pub enum Written {
    /// It is stored like this; it is valid once the transaction is committed.
    As(String),
    /// The stored password is another one by now.
    Missed,
}

impl AppTable {
    /// Locks the row of an account. `None` if there is none. An open transaction of another caller that has written
    /// the row is waited for, so that what is read afterwards is settled.
    pub async fn hold(&self, id: &AccountId) -> Result<Option<AppChange>, StoreError> {
        let id_type = self.id_type().await?;
        let transaction = in_time(async {
            match self.dialect {
                SqlDialect::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await,
                SqlDialect::Postgres | SqlDialect::MySql => self.pool.begin().await,
            }
        });
        let transaction = transaction.await?;
        let id_type = id_type.map(str::to_owned);
        let mut change = AppChange { table: self.clone(), transaction, id: id.clone(), id_type, followed: Vec::new() };
        Ok(change.lock().await?.then_some(change))
    }
}

impl AppChange {
    async fn lock(&mut self) -> Result<bool, StoreError> {
        if self.table.dialect == SqlDialect::Postgres {
            // For this transaction only: the connection may belong to a pooler.
            for setting in ["SET LOCAL lock_timeout = '3s'", "SET LOCAL TIME ZONE 'UTC'"] {
                let connection: &mut AnyConnection = &mut self.transaction;
                in_time(async { sqlx::query(setting).execute(connection).await }).await?;
            }
        }
        let mut statement = self.table.statement(self.id_type.as_deref());
        statement.add("SELECT 1 FROM ").add_sql(&self.table.mapping.table);
        self.table.add_row(&mut statement, &self.id)?;
        if self.table.dialect != SqlDialect::Sqlite {
            statement.add(" FOR UPDATE");
        }
        let connection: &mut AnyConnection = &mut self.transaction;
        let rows: Vec<AnyRow> = in_time(async { statement.query().fetch_all(connection).await }).await?;
        Ok(rows.len() == 1)
    }

    /// The account as it is now.
    pub async fn read(&mut self) -> Result<Option<AppRow>, StoreError> {
        self.table.get_in(&mut self.transaction, &self.id, self.id_type.as_deref()).await
    }

    /// Stores a new password where `row` is what is stored, with everything that the mapping sets beside it and does
    /// afterwards. `is_stored_as_it_is`: what is read back must be what was written.
    ///
    /// # Errors
    /// The database's, and if something else was stored than what was written.
    pub async fn replace(&mut self, row: &AppRow, new: &str, is_stored_as_it_is: bool) -> Result<Written, StoreError> {
        let table = self.table.clone();
        let mapping = &table.mapping;
        let values = Values {
            id: Some(self.id.as_str()),
            email: row.email.as_deref(),
            username: row.username.as_deref(),
            password: Some(new),
            old_password: row.password.as_deref(),
        };
        let mut statement = table.statement(self.id_type.as_deref());
        statement.add("UPDATE ").add_sql(&mapping.table).add(" SET ");
        for (number, assignment) in mapping.assignments.iter().enumerate() {
            statement.add(if number == 0 { "" } else { ", " }).add_with(assignment, &values)?;
        }
        table.add_row(&mut statement, &self.id)?;
        statement.add(" AND ").add_stored_is(&mapping.password, row.password.as_deref());
        let connection: &mut AnyConnection = &mut self.transaction;
        let done = in_time(async { statement.query().execute(connection).await }).await?;
        if done.rows_affected() != 1 {
            return Ok(Written::Missed);
        }
        for further in &mapping.then {
            let mut statement = table.statement(self.id_type.as_deref());
            statement.add_with(further, &values)?;
            let connection: &mut AnyConnection = &mut self.transaction;
            let done = in_time(async { statement.query().execute(connection).await }).await?;
            self.followed.push(done.rows_affected());
        }
        let stored = self.stored().await?;
        if stored.is_empty() || (is_stored_as_it_is && stored != new) {
            return Err(StoreError::not_as_written());
        }
        Ok(Written::As(stored))
    }

    async fn stored(&mut self) -> Result<String, StoreError> {
        let mut statement = self.table.statement(self.id_type.as_deref());
        statement.add("SELECT ").add_as_text(&self.table.mapping.password).add(" FROM ");
        statement.add_sql(&self.table.mapping.table);
        self.table.add_row(&mut statement, &self.id)?;
        let connection: &mut AnyConnection = &mut self.transaction;
        let row: AnyRow = in_time(async { statement.query().fetch_one(connection).await }).await?;
        let stored: Option<String> = row.try_get(0).map_err(StoreError::of_app)?;
        Ok(stored.unwrap_or_default())
    }

    /// How many rows each of the further statements has changed.
    pub fn followed(&self) -> &[u64] {
        &self.followed
    }

    /// Commits: from here on, the new password is the account's.
    pub async fn commit(self) -> Result<(), StoreError> {
        in_time(self.transaction.commit()).await
    }

    /// Rolls back now, and lets the row go.
    pub async fn rollback(self) -> Result<(), StoreError> {
        in_time(self.transaction.rollback()).await
    }
}
