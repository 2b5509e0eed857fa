//! Reads accounts from an app's table.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::statement::{Statement, Values};
use super::{AppTable, in_time};
use crate::config::{Condition, Lookup, MatchRule, WithoutPassword};
use crate::model::{AccountId, IdentifierKind, SqlText};
use crate::store::StoreError;

/// One row, as the app has it. Several may have one address.
pub struct AppRow {
    pub id: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub username: Option<String>,
    pub phone: Option<String>,
    pub phone_verified: bool,
    pub is_active: bool,
    /// What is stored as the password. `None` only where that is NULL.
    pub password: Option<String>,
    /// Whether that is a password, and not a sign that there is none.
    pub has_password: bool,
    /// It has no password and must not get one.
    pub signs_in_elsewhere: bool,
}

/// More rows than an honest table has for one address.
const MOST_MATCHES: u32 = 10;

impl AppTable {
    /// The rows that may have one of these forms of an identifier. The caller compares them: a collation may find more
    /// than what was asked for.
    pub async fn find(&self, kind: IdentifierKind, forms: &[String]) -> Result<Vec<AppRow>, StoreError> {
        let lookup = match kind {
            IdentifierKind::Email => &self.mapping.email,
            IdentifierKind::Phone => &self.mapping.phone,
            IdentifierKind::Username => &self.mapping.username,
        };
        let Some(lookup) = lookup else { return Ok(Vec::new()) };
        let mut statement = self.statement(None);
        self.select(&mut statement);
        statement.add(" AND ");
        is_one_of(&mut statement, lookup, forms);
        statement.add(&format!(" LIMIT {MOST_MATCHES}"));
        let rows = in_time(async { statement.query().fetch_all(&self.pool).await }).await?;
        self.read_all(&rows)
    }

    /// The row with that id. `None` if there is none, or several.
    pub async fn get(&self, id: &AccountId) -> Result<Option<AppRow>, StoreError> {
        let id_type = self.id_type().await?;
        let statement = self.by_id(id, id_type);
        let rows = in_time(async { statement.query().fetch_all(&self.pool).await }).await?;
        self.read_one(&rows)
    }

    /// The row with that id, as a transaction sees it.
    pub(super) async fn get_in(
        &self,
        connection: &mut AnyConnection,
        id: &AccountId,
        id_type: Option<&str>,
    ) -> Result<Option<AppRow>, StoreError> {
        let statement = self.by_id(id, id_type);
        let rows = in_time(async { statement.query().fetch_all(connection).await }).await?;
        self.read_one(&rows)
    }

    /// Up to `limit` rows, ordered by id, after the one with id `after`.
    pub async fn page(&self, after: &str, limit: u32) -> Result<Vec<AppRow>, StoreError> {
        let id_type = self.id_type().await?;
        let mut statement = self.statement(id_type);
        self.select(&mut statement);
        if !after.is_empty() {
            statement.add(" AND ").add_sql(&self.mapping.id).add(" > ").bind_id(after);
        }
        statement.add(" ORDER BY ").add_sql(&self.mapping.id).add(&format!(" LIMIT {limit}"));
        let rows = in_time(async { statement.query().fetch_all(&self.pool).await }).await?;
        self.read_all(&rows)
    }

    fn by_id<'a>(&self, id: &AccountId, id_type: Option<&'a str>) -> Statement<'a> {
        let mut statement = self.statement(id_type);
        self.select(&mut statement);
        statement.add(" AND ").add_sql(&self.mapping.id).add(" = ").bind_id(id.as_str()).add(" LIMIT 2");
        statement
    }

    fn select(&self, statement: &mut Statement<'_>) {
        let mapping = &self.mapping;
        let value = |statement: &mut Statement<'_>, text: Option<&SqlText>| {
            match text {
                Some(text) => statement.add_as_text(text),
                None => statement.add("''"),
            };
            statement.add(", ");
        };
        statement.add("SELECT ");
        value(statement, Some(&mapping.id));
        value(statement, mapping.email.as_ref().map(|lookup| &lookup.value));
        statement.add_fact(&mapping.email_verified).add(", ");
        value(statement, mapping.username.as_ref().map(|lookup| &lookup.value));
        value(statement, mapping.phone.as_ref().map(|lookup| &lookup.value));
        statement.add_fact(&mapping.phone_verified).add(", ");
        statement.add_fact(&mapping.active).add(", ");
        statement.add_fact(&mapping.no_password).add(", ");
        statement.add_as_text(&mapping.password).add(" FROM ").add_sql(&mapping.from).add(" WHERE ");
        statement.add_condition(&mapping.filter);
    }

    fn read_one(&self, rows: &[AnyRow]) -> Result<Option<AppRow>, StoreError> {
        match rows {
            [row] => self.read(row).map(Some),
            _ => Ok(None),
        }
    }

    fn read_all(&self, rows: &[AnyRow]) -> Result<Vec<AppRow>, StoreError> {
        rows.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &AnyRow) -> Result<AppRow, StoreError> {
        let text = |index: usize| -> Result<Option<String>, StoreError> {
            let text: Option<String> = row.try_get(index).map_err(StoreError::of_app)?;
            Ok(text.filter(|text| !text.trim().is_empty()))
        };
        let fact = |index: usize| -> Result<bool, StoreError> { Ok(text(index)?.as_deref() == Some("y")) };
        let password: Option<String> = row.try_get(8).map_err(StoreError::of_app)?;
        let has_password = password.as_deref().is_some_and(is_password) && !fact(7)?;
        Ok(AppRow {
            id: text(0)?.unwrap_or_default(),
            email: text(1)?,
            email_verified: fact(2)?,
            username: text(3)?,
            phone: text(4)?,
            phone_verified: fact(5)?,
            is_active: fact(6)?,
            signs_in_elsewhere: !has_password && self.mapping.without_password == WithoutPassword::Refuse,
            has_password,
            password,
        })
    }

    /// Adds the condition of the mapping for every statement about a table.
    pub(super) fn add_filter(&self, statement: &mut Statement<'_>) {
        if self.mapping.filter != Condition::Always {
            statement.add(" AND ").add_condition(&self.mapping.filter);
        }
    }

    /// Adds the condition that finds the row to write.
    pub(super) fn add_row(&self, statement: &mut Statement<'_>, id: &AccountId) -> Result<(), StoreError> {
        let values = Values { id: Some(id.as_str()), ..Values::default() };
        statement.add(" WHERE (").add_with(&self.mapping.row, &values)?.add(")");
        self.add_filter(statement);
        Ok(())
    }
}

/// Whether what is stored is a password, and not a sign that there is none.
pub(super) fn is_password(stored: &str) -> bool {
    !stored.is_empty() && !stored.starts_with(['!', '*'])
}

/// Compares as the app does. The forms are in lower case.
pub(super) fn is_one_of(statement: &mut Statement<'_>, lookup: &Lookup, forms: &[String]) {
    match lookup.rule {
        MatchRule::Lower => statement.add("lower(").add_sql(&lookup.key).add(")"),
        MatchRule::Exact | MatchRule::Upper | MatchRule::Collation => statement.add_sql(&lookup.key),
    };
    let mut separator = " IN (";
    for form in forms {
        let form = match lookup.rule {
            MatchRule::Upper => form.to_uppercase(),
            MatchRule::Exact | MatchRule::Lower | MatchRule::Collation => form.clone(),
        };
        statement.add(separator).bind(&form);
        separator = ", ";
    }
    statement.add(")");
}
