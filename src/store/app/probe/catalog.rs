//! What tables and columns there are, and what else happens when one is written.

use super::AppTable;
use crate::config::SqlDialect;
use crate::model::SqlName;
use crate::store::StoreError;

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    /// The most characters that it holds, where the database sets a limit.
    pub length: Option<usize>,
}

impl AppTable {
    /// The tables and views that this user can see.
    pub async fn table_names(&self) -> Result<Vec<String>, StoreError> {
        let question = match self.dialect {
            SqlDialect::Postgres => {
                "SELECT CAST(relname AS text) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') \
                 AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname = ANY(current_schemas(false))) \
                 ORDER BY relname"
            }
            SqlDialect::MySql => {
                "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() \
                 ORDER BY table_name"
            }
            SqlDialect::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite@_%' ESCAPE '@' \
                 ORDER BY name"
            }
        };
        let mut statement = self.statement(None);
        statement.add(question);
        Ok(self.texts(statement).await?.into_iter().flatten().flatten().collect())
    }

    /// The columns of a table. None if there is no such table, or none that this user can see.
    pub async fn columns(&self, table: &SqlName) -> Result<Vec<Column>, StoreError> {
        let mut statement = self.statement(None);
        match self.dialect {
            SqlDialect::Postgres => {
                statement.add(
                    "SELECT CAST(attname AS text), CASE WHEN atttypid IN (1042, 1043) AND atttypmod > 4 \
                     THEN CAST(atttypmod - 4 AS text) END FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped \
                     AND attrelid = to_regclass(",
                );
                statement.bind(&table.written()).add(") ORDER BY attnum");
            }
            SqlDialect::MySql => {
                statement.add(
                    "SELECT CAST(column_name AS CHAR), CAST(character_maximum_length AS CHAR) \
                     FROM information_schema.columns WHERE ",
                );
                add_mysql_table(&mut statement, table);
                statement.add(" ORDER BY ordinal_position");
            }
            SqlDialect::Sqlite => {
                statement.add("SELECT name, NULL FROM pragma_table_info(").bind(table.plain()).add(")");
            }
        }
        let column = |row: Vec<Option<String>>| {
            let [name, length] = <[Option<String>; 2]>::try_from(row).ok()?;
            Some(Column { name: name?, length: length.and_then(|length| length.parse().ok()) })
        };
        Ok(self.texts(statement).await?.into_iter().filter_map(column).collect())
    }

    /// The triggers of a table, as far as this user may see them.
    pub async fn triggers(&self, table: &SqlName) -> Result<Vec<String>, StoreError> {
        let mut statement = self.statement(None);
        match self.dialect {
            SqlDialect::Postgres => {
                statement.add("SELECT CAST(tgname AS text) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ");
                statement.add("to_regclass(").bind(&table.written()).add(") ORDER BY tgname");
            }
            SqlDialect::MySql => {
                statement.add("SELECT CAST(trigger_name AS CHAR) FROM information_schema.triggers WHERE ");
                statement.add("event_object_schema = DATABASE() AND event_object_table = ").bind(table.plain());
            }
            SqlDialect::Sqlite => {
                statement.add("SELECT name FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(");
                statement.bind(table.plain()).add(")");
            }
        }
        Ok(self.texts(statement).await?.into_iter().flatten().flatten().collect())
    }

    /// The storage engine of a table, if it cannot roll back.
    pub async fn engine_without_rollback(&self, table: &SqlName) -> Result<Option<String>, StoreError> {
        if self.dialect != SqlDialect::MySql {
            return Ok(None);
        }
        let mut statement = self.statement(None);
        statement.add("SELECT CAST(engine AS CHAR) FROM information_schema.tables WHERE ");
        add_mysql_table(&mut statement, table);
        let engine = self.text(statement).await?;
        Ok(engine.filter(|engine| ["MyISAM", "Aria", "MEMORY", "CSV", "ARCHIVE"].contains(&engine.as_str())))
    }

    /// Whether row-level security decides what this user sees of a table.
    pub async fn has_row_security(&self, table: &SqlName) -> Result<bool, StoreError> {
        if self.dialect != SqlDialect::Postgres {
            return Ok(false);
        }
        let mut statement = self.statement(None);
        statement.add("SELECT CAST(row_security_active(to_regclass(").bind(&table.written()).add(")) AS text)");
        Ok(self.text(statement).await?.as_deref() == Some("true"))
    }
}

fn add_mysql_table(statement: &mut super::Statement<'_>, table: &SqlName) {
    statement.add("table_schema = ");
    match table.qualifier() {
        Some(schema) => statement.bind(schema.plain()),
        None => statement.add("DATABASE()"),
    };
    statement.add(" AND table_name = ").bind(table.plain());
}
