//! Copies everything from one database to another: from SQLite to PostgreSQL when one machine is no longer enough, or
//! back.

use futures_util::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Column, Executor, Row, SqlSafeStr, Statement, TypeInfo};

use super::{Store, StoreError};

/// All tables, ordered so that referenced ones come first.
pub const TABLES: [&str; 10] = [
    "accounts",
    "challenges",
    "link_keys",
    "grants",
    "outbox",
    "sessions",
    "limits",
    "audit",
    "api_keys",
    "idempotency",
];

/// Nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rows of two services would be mixed.
    #[error("table {0} of database.url already has rows: use an empty database")]
    NotEmpty(&'static str),
}

/// A column; there are two types.
struct TableColumn {
    name: String,
    is_text: bool,
}

impl Store {
    /// Copies every row of `source`, all or nothing. Both schemas must be up to date. A SQLite source is locked against
    /// writes meanwhile; a PostgreSQL source must not be in use. `progress` receives the number of rows of each table.
    ///
    /// # Errors
    /// See [`TransferError`]. Nothing was written then.
    pub async fn copy_from(
        &self,
        source: &Self,
        mut progress: impl FnMut(&'static str, u64),
    ) -> Result<(), TransferError> {
        let (mut from, mut to) = (source.begin().await?, self.begin().await?);
        for table in TABLES {
            let any = AssertSqlSafe(format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS one"));
            let (rows,): (i64,) = sqlx::query_as(any).fetch_one(to.connection()).await.map_err(StoreError::from)?;
            if rows > 0 {
                return Err(TransferError::NotEmpty(table));
            }
        }
        for table in TABLES {
            let rows = copy_table(from.connection(), to.connection(), table).await.map_err(StoreError::from)?;
            progress(table, rows);
        }
        from.rollback().await?;
        Ok(to.commit().await?)
    }
}

async fn copy_table(from: &mut AnyConnection, to: &mut AnyConnection, table: &str) -> Result<u64, sqlx::Error> {
    let columns = columns(from, table).await?;
    let names = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
    let places = (1..=columns.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    let insert = format!("INSERT INTO {table} ({names}) VALUES ({places})");
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT {names} FROM {table}"))).fetch(from);
    let mut copied = 0;
    while let Some(row) = rows.try_next().await? {
        insert_row(to, &insert, &columns, &row).await?;
        copied += 1;
    }
    Ok(copied)
}

async fn insert_row(
    to: &mut AnyConnection,
    insert: &str,
    columns: &[TableColumn],
    row: &AnyRow,
) -> Result<(), sqlx::Error> {
    let mut statement = sqlx::query(AssertSqlSafe(insert.to_owned()));
    for (place, column) in columns.iter().enumerate() {
        statement = if column.is_text {
            statement.bind(row.try_get::<Option<String>, _>(place)?)
        } else {
            statement.bind(row.try_get::<Option<i64>, _>(place)?)
        };
    }
    statement.execute(to).await?;
    Ok(())
}

async fn columns(connection: &mut AnyConnection, table: &str) -> Result<Vec<TableColumn>, sqlx::Error> {
    let all = AssertSqlSafe(format!("SELECT * FROM {table}")).into_sql_str();
    let statement = connection.prepare(all).await?;
    let columns = statement.columns().iter();
    Ok(columns
        .map(|column| TableColumn { name: column.name().to_owned(), is_text: column.type_info().name() == "TEXT" })
        .collect())
}
