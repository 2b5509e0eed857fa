//! Finds out what is wrong with a mapping, without a write: each part of it is tried on its own, so that the part that
//! fails has a name.

mod catalog;
mod numbers;
mod plan;
mod server;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::fault::AppFault;
use super::statement::{Statement, Values};
use super::{AppTable, in_time};
use crate::config::{Condition, Lookup, SqlDialect};
use crate::model::{SqlText, SqlVerb};
use crate::store::StoreError;

pub use catalog::Column;
pub use plan::Plan;
pub use server::ServerFacts;

/// A row whose values are all texts.
type Texts = Vec<Option<String>>;

/// A part of the mapping that does not work.
#[derive(Debug)]
pub struct Failed {
    /// Its key without the section: `email`.
    pub key: &'static str,
    pub part: SqlText,
    pub attempt: Attempt,
    pub fault: AppFault,
}

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A table.
    Open,
    Read,
    /// An assignment of a new password.
    Write,
    /// A further statement.
    Follow,
}

impl AppTable {
    /// The parts of the mapping that do not work. If a table cannot be opened, nothing else is tried.
    pub async fn failures(&self) -> Result<Vec<Failed>, StoreError> {
        let mapping = &self.mapping;
        let mut tables = vec![("table", &mapping.table)];
        if mapping.from != mapping.table {
            tables.push(("from", &mapping.from));
        }
        let mut failed = Vec::new();
        for (key, part) in tables {
            let mut statement = self.statement(None);
            statement.add("SELECT 1 FROM ").add_sql(part).add(" WHERE 1 = 0");
            self.attempt(key, part, Attempt::Open, statement, &mut failed).await?;
        }
        // Without any right to a table there may still be one to some columns.
        failed.retain(|failed| failed.fault != AppFault::Forbidden);
        if failed.is_empty() {
            self.failed_reads(&mut failed).await?;
        }
        if failed.is_empty() {
            self.failed_writes(&mut failed).await?;
        }
        Ok(failed)
    }

    async fn failed_reads(&self, failed: &mut Vec<Failed>) -> Result<(), StoreError> {
        let mapping = &self.mapping;
        let mut values = vec![("id", &mapping.id), ("password", &mapping.password)];
        let lookups = [
            (["email", "email_key"], &mapping.email),
            (["username", "username_key"], &mapping.username),
            (["phone", "phone_key"], &mapping.phone),
        ];
        for ([value_key, key_key], lookup) in lookups {
            if let Some(Lookup { value, key, .. }) = lookup {
                values.push((value_key, value));
                values.extend((key != value).then_some((key_key, key)));
            }
        }
        for (key, part) in values {
            let mut statement = self.statement(None);
            statement.add("SELECT ").add_as_text(part).add(" FROM ").add_sql(&mapping.from).add(" WHERE 1 = 0");
            self.attempt(key, part, Attempt::Read, statement, failed).await?;
        }
        let conditions = [
            ("email_verified", &mapping.email_verified),
            ("phone_verified", &mapping.phone_verified),
            ("active", &mapping.active),
            ("filter", &mapping.filter),
            ("no_password", &mapping.no_password),
        ];
        for (key, condition) in conditions {
            let Condition::Where(part) = condition else { continue };
            let mut statement = self.statement(None);
            statement.add("SELECT 1 FROM ").add_sql(&mapping.from).add(" WHERE 1 = 0 AND ").add_condition(condition);
            self.attempt(key, part, Attempt::Read, statement, failed).await?;
        }
        Ok(())
    }

    /// Each assignment changes no row, in a transaction that is rolled back; further statements are only explained.
    async fn failed_writes(&self, failed: &mut Vec<Failed>) -> Result<(), StoreError> {
        let mapping = &self.mapping;
        let id_type = self.id_type().await?;
        let nothing = Values::default();
        for part in &mapping.assignments {
            let mut statement = self.statement(id_type);
            statement.add("UPDATE ").add_sql(&mapping.table).add(" SET ").add_with(part, &nothing)?;
            statement.add(" WHERE 1 = 0 AND (").add_with(&mapping.row, &nothing)?.add(")");
            self.add_filter(&mut statement);
            let key = if part.has_any(&[crate::model::SqlParameter::Password]) { "set" } else { "also_set" };
            self.attempt(key, part, Attempt::Write, statement, failed).await?;
        }
        for part in &mapping.then {
            if part.verb() == Some(SqlVerb::Select) || part.verb().is_none() {
                continue;
            }
            let mut statement = self.statement(id_type);
            statement.add(self.explain()).add_with(part, &nothing)?;
            self.attempt("then", part, Attempt::Follow, statement, failed).await?;
        }
        Ok(())
    }

    async fn attempt(
        &self,
        key: &'static str,
        part: &SqlText,
        attempt: Attempt,
        statement: Statement<'_>,
        failed: &mut Vec<Failed>,
    ) -> Result<(), StoreError> {
        let mut transaction = in_time(self.pool.begin()).await?;
        let connection: &mut AnyConnection = &mut transaction;
        let outcome = in_time(async { statement.query().fetch_all(connection).await }).await;
        in_time(transaction.rollback()).await?;
        if let Err(error) = outcome {
            let fault = error.app_fault().ok_or(error)?;
            failed.push(Failed { key, part: part.clone(), attempt, fault });
        }
        Ok(())
    }

    /// What asks the database how it would run a statement. One column of text comes back, or several of plain types.
    fn explain(&self) -> &'static str {
        match self.dialect {
            SqlDialect::Postgres => "EXPLAIN ",
            SqlDialect::MySql => "EXPLAIN FORMAT=JSON ",
            SqlDialect::Sqlite => "EXPLAIN QUERY PLAN ",
        }
    }

    async fn texts(&self, statement: Statement<'_>) -> Result<Vec<Texts>, StoreError> {
        let rows: Vec<AnyRow> = in_time(async { statement.query().fetch_all(&self.pool).await }).await?;
        rows.iter()
            .map(|row| (0..row.len()).map(|index| row.try_get(index).map_err(StoreError::of_app)).collect())
            .collect()
    }

    /// The first value of the first row.
    async fn text(&self, statement: Statement<'_>) -> Result<Option<String>, StoreError> {
        Ok(self.texts(statement).await?.into_iter().flatten().next().flatten())
    }
}
