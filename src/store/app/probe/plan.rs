//! Whether a look-up by address uses an index.

use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::super::read::is_one_of;
use super::{AppTable, Statement, in_time};
use crate::config::SqlDialect;
use crate::store::StoreError;

/// An address that nobody has, in no form that could be in a plan by chance.
const NOBODY: &str = "keyback-looks-for-nobody@example.invalid";

/// How the database finds an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// With an index, whose name is not always told.
    Index(Option<String>),
    /// By reading every row.
    WholeTable,
}

impl AppTable {
    /// How the database would find an account by its address. `None` if accounts have none.
    pub async fn plan(&self) -> Result<Option<Plan>, StoreError> {
        let Some(email) = &self.mapping.email else { return Ok(None) };
        let mut statement = self.statement(None);
        statement.add(self.explain()).add("SELECT 1 FROM ").add_sql(&self.mapping.from).add(" WHERE ");
        statement.add_condition(&self.mapping.filter).add(" AND ");
        is_one_of(&mut statement, email, &[NOBODY.to_owned()]);
        let lines = self.lines(statement).await?;
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        Ok(Some(match self.dialect {
            SqlDialect::Postgres => of_postgres(&lines),
            SqlDialect::MySql => of_mysql(&lines.concat()),
            SqlDialect::Sqlite => of_sqlite(&lines),
        }))
    }

    /// The lines of a plan: the last column of each row; the others are numbers.
    async fn lines(&self, statement: Statement<'_>) -> Result<Vec<String>, StoreError> {
        let mut transaction = in_time(self.pool.begin()).await?;
        let connection: &mut AnyConnection = &mut transaction;
        if self.dialect == SqlDialect::Postgres {
            // A small table is read as a whole even if it has an index, so that way is made to look expensive.
            let off = sqlx::query("SET LOCAL enable_seqscan = off");
            in_time(async { off.execute(&mut *connection).await }).await?;
        }
        let rows: Vec<AnyRow> = in_time(async { statement.query().fetch_all(&mut *connection).await }).await?;
        in_time(transaction.rollback()).await?;
        let line = |row: &AnyRow| {
            let line: Option<String> = row.try_get(row.len().saturating_sub(1)).map_err(StoreError::of_app)?;
            Ok(line.unwrap_or_default())
        };
        rows.iter().map(line).collect()
    }
}

/// The condition of an index has the address in it: `Index Cond: (email = '…'::text)` below `Index Scan using x on y`
/// or `Bitmap Index Scan on x`.
fn of_postgres(lines: &[&str]) -> Plan {
    let mut index = None;
    for line in lines {
        let line = line.trim().trim_start_matches("->").trim();
        if let Some((_, after)) = line.split_once("Scan using ") {
            index = after.split(' ').next();
        } else if let Some(after) = line.strip_prefix("Bitmap Index Scan on ") {
            index = after.split(' ').next();
        } else if line.starts_with("Index Cond: ") && line.contains(NOBODY) {
            return Plan::Index(index.map(str::to_owned));
        }
    }
    Plan::WholeTable
}

/// An access of the type `ALL` or `index` that no key could shorten reads every row. Where the search ended while it
/// was planned, an index has found nobody.
fn of_mysql(json: &str) -> Plan {
    let plan: Value = serde_json::from_str(json).unwrap_or_default();
    let mut accesses = Vec::new();
    collect(&plan, &mut accesses);
    let is_whole = |access: &&Value| {
        let kind = access["access_type"].as_str().unwrap_or_default().to_lowercase();
        ["all", "index"].contains(&kind.as_str()) && access.get("possible_keys").is_none_or(Value::is_null)
    };
    if accesses.iter().any(is_whole) {
        return Plan::WholeTable;
    }
    let key = accesses.iter().find_map(|access| access["key"].as_str());
    let possible = || accesses.iter().find_map(|access| access["possible_keys"][0].as_str());
    Plan::Index(key.or_else(possible).map(str::to_owned))
}

fn collect<'a>(plan: &'a Value, accesses: &mut Vec<&'a Value>) {
    match plan {
        Value::Object(fields) => {
            if fields.contains_key("access_type") {
                accesses.push(plan);
            }
            fields.values().for_each(|value| collect(value, accesses));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, accesses)),
        _ => {}
    }
}

/// `SEARCH users USING INDEX x (email=?)`, `SCAN users`.
fn of_sqlite(lines: &[&str]) -> Plan {
    if lines.iter().any(|line| line.starts_with("SCAN")) {
        return Plan::WholeTable;
    }
    let name = lines.iter().find_map(|line| line.split_once("INDEX ").map(|(_, after)| after));
    Plan::Index(name.and_then(|name| name.split(' ').next()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(name: &str) -> Plan {
        Plan::Index(Some(name.to_owned()))
    }

    #[test]
    fn the_index_of_a_join_is_the_one_that_has_the_address() {
        let condition = format!("  Index Cond: (lower((email)::text) = '{NOBODY}'::text)");
        let lines = [
            "Nested Loop  (cost=0.30..16.35 rows=1 width=4)",
            "  ->  Index Scan using boxes_address on boxes m  (cost=0.15..8.17 rows=1 width=8)",
            condition.as_str(),
            "  ->  Index Scan using customers_pkey on customers  (cost=0.15..8.17 rows=1 width=8)",
            "        Index Cond: (id = m.owner)",
        ];
        assert_eq!(of_postgres(&lines), index("boxes_address"));
        let filter = format!("  Filter: (email = '{NOBODY}'::text)");
        assert_eq!(of_postgres(&["Seq Scan on users  (cost=1..2)", filter.as_str()]), Plan::WholeTable);
        let bitmap = ["Bitmap Heap Scan on users", "  ->  Bitmap Index Scan on users_email", condition.as_str()];
        assert_eq!(of_postgres(&bitmap), index("users_email"));
    }

    #[test]
    fn mysql_reads_every_row_where_no_key_is_possible() {
        let whole = r#"{"query_block": {"table": {"table_name": "users", "access_type": "ALL", "rows": 2}}}"#;
        assert_eq!(of_mysql(whole), Plan::WholeTable);
        let used = r#"{"query_block": {"table": {"access_type": "const", "possible_keys": ["a"], "key": "a"}}}"#;
        assert_eq!(of_mysql(used), index("a"));
        let nobody =
            r#"{"query_block": {"table": {"message": "Impossible WHERE noticed after reading const tables"}}}"#;
        assert_eq!(of_mysql(nobody), Plan::Index(None));
    }

    #[test]
    fn sqlite_scans_or_searches() {
        assert_eq!(of_sqlite(&["SCAN users"]), Plan::WholeTable);
        assert_eq!(of_sqlite(&["SEARCH users USING COVERING INDEX users_email (email=?)"]), index("users_email"));
    }
}
