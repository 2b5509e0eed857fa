//! An empty database for one test: a SQLite file in a new folder, or a new PostgreSQL schema. It is removed when the
//! test is over.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keyback::store::TABLES;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Connection, FromRow, PgConnection, Row};
use tempfile::TempDir;

/// A row of the audit.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Audited {
    pub(crate) event: String,
    pub(crate) result: String,
    pub(crate) actor: String,
    pub(crate) challenge_id: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) caller_address: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) hits: i64,
}

pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres { server: String, schema: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "where PostgreSQL is, only the environment knows")]
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL");
        let schema = format!("keyback_test_{:016x}", getrandom::u64().unwrap());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&mut connection).await.unwrap();
        Self::Postgres { server, schema }
    }

    /// The value of `database.url`.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("keyback.db").display()),
            Self::Postgres { server, schema } => {
                let separator = if server.contains('?') { '&' } else { '?' };
                format!("{server}{separator}options[search_path]={schema}")
            }
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Every value of every row of every table, as text: what a thief of the database would have.
    pub(crate) async fn dump(&self) -> String {
        let mut dump = String::new();
        for table in TABLES {
            dump.push_str(&self.table(table).await.concat());
        }
        dump
    }

    /// Every row of a table, its values as text, a line each; in an order that is the same on both databases.
    pub(crate) async fn table(&self, table: &str) -> Vec<String> {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url()).await.unwrap();
        let statement = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")));
        let mut rows: Vec<String> = Vec::new();
        for row in statement.fetch_all(&mut connection).await.unwrap() {
            let text = |column| row.try_get::<Option<String>, _>(column).ok().flatten();
            let number = |column| row.try_get::<Option<i64>, _>(column).ok().flatten().map(|number| number.to_string());
            rows.push(
                (0..row.len())
                    .map(|column| text(column).or_else(|| number(column)).unwrap_or_default() + "\n")
                    .collect(),
            );
        }
        rows.sort();
        rows
    }

    /// How many rows each table has.
    pub(crate) async fn sizes(&self) -> BTreeMap<&'static str, i64> {
        let mut sizes = BTreeMap::new();
        for table in TABLES {
            sizes.insert(table, self.number(&format!("SELECT COUNT(*) FROM {table}")).await);
        }
        sizes
    }

    /// How many rows of the outbox are neither sent nor given up.
    pub(crate) async fn pending(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM outbox WHERE finished_at IS NULL").await
    }

    /// One number that a statement gives.
    pub(crate) async fn number(&self, statement: &str) -> i64 {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url()).await.unwrap();
        let row = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_one(&mut connection).await.unwrap();
        row.get(0)
    }

    /// Comes back as soon as a statement gives that number.
    pub(crate) async fn wait_until(&self, statement: &str, number: i64) {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url()).await.unwrap();
        let begun = Instant::now();
        loop {
            let row = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_one(&mut connection).await.unwrap();
            let found: i64 = row.get(0);
            if found == number {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(90), "{statement} gives {found}, not {number}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The first column of what a statement gives, as text.
    pub(crate) async fn texts(&self, statement: &str) -> Vec<String> {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url()).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Changes rows behind the back of the service.
    pub(crate) async fn change(&self, statement: &str) {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url()).await.unwrap();
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    }

    /// The rows that a statement gives.
    pub(crate) async fn rows<R: for<'r> FromRow<'r, AnyRow> + Send + Unpin>(&self, statement: &str) -> Vec<R> {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.url()).await.unwrap();
        sqlx::query_as(AssertSqlSafe(statement.to_owned())).fetch_all(&mut connection).await.unwrap()
    }

    /// The whole audit.
    pub(crate) async fn audit(&self) -> Vec<Audited> {
        self.rows("SELECT * FROM audit ORDER BY happened_at, id").await
    }

    pub(crate) async fn remove(self) {
        if let Self::Postgres { server, schema } = self {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let statement = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
    }
}
