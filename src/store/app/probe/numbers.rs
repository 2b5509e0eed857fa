//! How many rows there are, which of them share an address, and what the newest passwords look like.

use zeroize::Zeroizing;

use super::super::statement::Statement;
use super::AppTable;
use crate::config::{Lookup, MatchRule, SqlDialect};
use crate::store::StoreError;

/// More ids than anybody reads.
const MOST_DUPLICATES: u32 = 1000;

impl AppTable {
    /// The number of accounts.
    pub async fn rows(&self) -> Result<u64, StoreError> {
        let mut statement = self.statement(None);
        statement.add("SELECT ").add(self.count()).add(" FROM ").add_sql(&self.mapping.from).add(" WHERE ");
        statement.add_condition(&self.mapping.filter);
        Ok(number(self.text(statement).await?))
    }

    /// The number of addresses that belong to more than one row.
    pub async fn shared_addresses(&self) -> Result<u64, StoreError> {
        let Some(email) = &self.mapping.email else { return Ok(0) };
        let mut statement = self.statement(None);
        statement.add("SELECT ").add(self.count()).add(" FROM (");
        self.add_shared(&mut statement, email);
        statement.add(") AS shared");
        Ok(number(self.text(statement).await?))
    }

    /// The ids of rows that share an address, with the address, in its order.
    pub async fn rows_with_shared_addresses(&self) -> Result<Vec<(String, String)>, StoreError> {
        let Some(email) = &self.mapping.email else { return Ok(Vec::new()) };
        let mut statement = self.statement(None);
        statement.add("SELECT ").add_as_text(&self.mapping.id).add(", ").add_as_text(&email.value).add(" FROM ");
        statement.add_sql(&self.mapping.from).add(" WHERE ").add_condition(&self.mapping.filter).add(" AND ");
        self.add_compared(&mut statement, email);
        statement.add(" IN (");
        self.add_shared(&mut statement, email);
        statement.add(") ORDER BY ");
        self.add_compared(&mut statement, email);
        statement.add(", ").add_sql(&self.mapping.id).add(&format!(" LIMIT {MOST_DUPLICATES}"));
        let rows = self.texts(statement).await?.into_iter();
        Ok(rows.filter_map(|row| Some((row.first()?.clone()?, row.get(1)?.clone()?))).collect())
    }

    /// The stored passwords of the newest accounts that have one.
    pub async fn newest_passwords(&self, limit: u32) -> Result<Vec<Zeroizing<String>>, StoreError> {
        let mapping = &self.mapping;
        let mut statement = self.statement(None);
        statement.add("SELECT ").add_as_text(&mapping.password).add(" FROM ").add_sql(&mapping.from).add(" WHERE ");
        statement.add_condition(&mapping.filter).add(" AND (").add_sql(&mapping.password).add(") IS NOT NULL");
        statement.add(" AND ").add_fact(&mapping.no_password).add(" = 'n'");
        statement.add(" ORDER BY ").add_sql(&mapping.id).add(&format!(" DESC LIMIT {limit}"));
        let stored = self.texts(statement).await?.into_iter().flatten().flatten().map(Zeroizing::new);
        Ok(stored.filter(|stored| super::super::read::is_password(stored)).collect())
    }

    fn count(&self) -> &'static str {
        match self.dialect {
            SqlDialect::MySql => "CAST(COUNT(*) AS CHAR)",
            SqlDialect::Postgres | SqlDialect::Sqlite => "CAST(COUNT(*) AS TEXT)",
        }
    }

    /// Selects the addresses of more than one row.
    fn add_shared(&self, statement: &mut Statement<'_>, email: &Lookup) {
        statement.add("SELECT ");
        self.add_compared(statement, email);
        statement.add(" AS address FROM ").add_sql(&self.mapping.from).add(" WHERE ");
        statement.add_condition(&self.mapping.filter).add(" AND ").add_sql(&email.key).add(" <> '' GROUP BY ");
        self.add_compared(statement, email);
        statement.add(" HAVING COUNT(*) > 1");
    }

    /// The address as the app compares it.
    fn add_compared(&self, statement: &mut Statement<'_>, email: &Lookup) {
        match email.rule {
            MatchRule::Lower | MatchRule::Collation => statement.add("lower(").add_sql(&email.key).add(")"),
            MatchRule::Exact | MatchRule::Upper => statement.add_sql(&email.key),
        };
    }
}

fn number(text: Option<String>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}
