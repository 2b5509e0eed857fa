//! The users table of an app, in the app's own database: PostgreSQL, MySQL, MariaDB or SQLite.
//!
//! Everything is read as text, because the columns have the app's types, and facts are conditions. Nothing but what the
//! mapping names is ever read or written.

mod change;
mod fault;
mod probe;
mod read;
mod statement;

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Row};
use tokio::sync::OnceCell;

use super::StoreError;
use super::connection::{answers, has_no_transaction, takes_writes};
use crate::config::{Mapping, SqlDialect, SqlDirectory};
use statement::Statement;

pub use change::{AppChange, Written};
pub use fault::AppFault;
pub use probe::{Attempt, Column, Failed, Plan, ServerFacts};
pub use read::AppRow;

/// How long a caller waits for a connection before the app's database counts as down.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the app's database may take for one step.
const PATIENCE: Duration = Duration::from_secs(10);

/// An app's table. Clones share its connections.
#[derive(Clone, Debug)]
pub struct AppTable {
    pool: AnyPool,
    dialect: SqlDialect,
    mapping: Arc<Mapping>,
    /// The type of the id on PostgreSQL, which compares no text with it. It is asked for once.
    id_type: Arc<OnceCell<String>>,
}

impl AppTable {
    /// Connects at the first use, so that Keyback starts while the app's database is down.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(config: &SqlDirectory) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = config.url.dialect();
        let options = AnyPoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_connections(config.max_connections)
            .after_connect(move |connection, _| Box::pin(prepare(connection, dialect)));
        let options = match dialect {
            SqlDialect::Sqlite => options.before_acquire(|connection, _| Box::pin(has_no_transaction(connection))),
            SqlDialect::Postgres => options
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(takes_writes(connection)))
                .after_release(|connection, _| Box::pin(answers(connection))),
            SqlDialect::MySql => options
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(answers(connection)))
                .after_release(|connection, _| Box::pin(answers(connection))),
        };
        let pool = options.connect_lazy(config.url.expose()).map_err(StoreError::of_app)?;
        Ok(Self { pool, dialect, mapping: Arc::new(config.mapping.clone()), id_type: Arc::default() })
    }

    /// Whether the app's database answers.
    pub async fn answers(&self) -> Result<(), StoreError> {
        in_time(async { sqlx::query("SELECT 1").execute(&self.pool).await.map(|_| ()) }).await
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    fn statement<'a>(&self, id_type: Option<&'a str>) -> Statement<'a> {
        Statement::new(self.dialect, id_type)
    }

    /// `None` where text is compared with every type of id.
    async fn id_type(&self) -> Result<Option<&str>, StoreError> {
        if self.dialect != SqlDialect::Postgres {
            return Ok(None);
        }
        if let Some(known) = self.id_type.get() {
            return Ok(Some(known));
        }
        let mut statement = self.statement(None);
        statement.add("SELECT CAST(pg_typeof((SELECT ").add_sql(&self.mapping.id).add(" FROM ");
        statement.add_sql(&self.mapping.from).add(" LIMIT 1)) AS TEXT)");
        let row = in_time(async { statement.query().fetch_one(&self.pool).await }).await?;
        let name: String = row.try_get(0).map_err(StoreError::of_app)?;
        // `character` means one character.
        let name = if name == "character" { "bpchar".to_owned() } else { name };
        Ok(Some(self.id_type.get_or_init(async || name).await))
    }
}

/// Somebody else's database: its own settings stay, except how long this connection waits for a lock.
async fn prepare(connection: &mut AnyConnection, dialect: SqlDialect) -> Result<(), sqlx::Error> {
    let setting = match dialect {
        SqlDialect::Postgres => return Ok(()),
        SqlDialect::MySql => "SET SESSION innodb_lock_wait_timeout = 3",
        SqlDialect::Sqlite => "PRAGMA busy_timeout = 3000",
    };
    sqlx::query(setting).execute(&mut *connection).await.map(|_| ())
}

/// A database that stops answering must not block the caller forever.
async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    let answer = tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    answer.map_err(StoreError::of_app)
}
