//! Opens the database and its transactions. SQLite writes through a single connection with `BEGIN IMMEDIATE`, so that
//! writers queue instead of failing; PostgreSQL has one pool for reading and writing.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction};

use super::StoreError;
use crate::config::DatabaseUrl;
use crate::private_file::private_file;

/// How long a caller waits for a connection before the database counts as down.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may leave a trivial query unanswered before it counts as lost.
const SILENCE: Duration = Duration::from_secs(2);

/// A field in the header of a SQLite file; 0 is its initial value. 1 means that no deleted data is left in free space.
const MARK_AS_OVERWRITTEN: &str = "PRAGMA user_version = 1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    readers: AnyPool,
    writers: AnyPool,
    dialect: Dialect,
}

impl Store {
    /// Opens the database. Creates the SQLite file if there is none.
    pub async fn connect(url: &DatabaseUrl, max_connections: u32) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let options = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        if let Some(file) = url.sqlite_file() {
            let options = options.after_connect(|connection, _| Box::pin(prepare_sqlite(connection)));
            let opening = open_alone(&file).await.map_err(sqlx::Error::Io)?;
            let url = format!("sqlite:{}?mode=rwc", file.display());
            let writers = options.clone().before_acquire(|connection, _| Box::pin(has_no_transaction(connection)));
            let writers = writers.max_connections(1).connect(&url).await?;
            drop(opening);
            let readers = options.max_connections(max_connections).connect(&url).await?;
            Ok(Self { readers, writers, dialect: Dialect::Sqlite })
        } else {
            let options = options
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(takes_writes(connection)))
                .after_release(|connection, _| Box::pin(answers(connection)));
            let pool = options.max_connections(max_connections).connect(url.expose()).await?;
            Ok(Self { readers: pool.clone(), writers: pool, dialect: Dialect::Postgres })
        }
    }

    /// Brings the schema up to date. Instances that start together wait for each other: on PostgreSQL with the
    /// migrator's own lock, on SQLite, where it has none, with the lock of the surrounding transaction.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrations = sqlx::migrate!();
        let known = migrations.iter().map(|migration| migration.version).max().unwrap_or_default();
        let failed = |error| StoreError::migration(error, known);
        match self.dialect {
            Dialect::Postgres => migrations.run(&self.writers).await.map_err(failed),
            Dialect::Sqlite => {
                let mut tx = self.begin().await?;
                let (tables,): (i64,) =
                    sqlx::query_as("SELECT count(*) FROM sqlite_master").fetch_one(tx.connection()).await?;
                if tables == 0 {
                    sqlx::query(MARK_AS_OVERWRITTEN).execute(tx.connection()).await?;
                }
                migrations.run_direct(None, tx.connection(), false).await.map_err(failed)?;
                tx.commit().await?;
                self.overwrite_what_was_deleted().await
            }
        }
    }

    /// Rewrites, once, a SQLite file from a version that did not use `secure_delete`, because its free space still
    /// holds what was deleted. If another process has the file open, the next start does it.
    async fn overwrite_what_was_deleted(&self) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let (overwritten,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(&mut *writer).await?;
        if overwritten > 0 {
            return Ok(());
        }
        tracing::info!("rewriting the database file once, to remove deleted data from its free space");
        if let Err(error) = sqlx::query("VACUUM").execute(&mut *writer).await {
            tracing::warn!(%error, "could not rewrite the database file; retrying at the next start");
            return Ok(());
        }
        sqlx::query(MARK_AS_OVERWRITTEN).execute(&mut *writer).await?;
        drop(writer);
        self.empty_the_log().await
    }

    /// On SQLite, deleted or changed data remains in the write-ahead log until that is emptied. If somebody reads for
    /// longer than the busy timeout, the next call does it.
    pub async fn empty_the_log(&self) -> Result<(), StoreError> {
        match self.dialect {
            Dialect::Sqlite => {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *self.writer().await?).await?;
                Ok(())
            }
            Dialect::Postgres => Ok(()),
        }
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let transaction = match self.dialect {
            Dialect::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.writers.begin().await?,
        };
        Ok(Tx { transaction })
    }

    /// Closes every connection; waits for those in use.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }

    /// The end of a `SELECT` that locks rows to change them and skips rows that are locked. SQLite has only one writer,
    /// so no rows are locked there.
    pub(super) const fn skip_locked(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Whether a new connection accepts writes. On SQLite every connection of the writing pool does.
    pub(super) async fn takes_writes(&self) -> Result<bool, StoreError> {
        match self.dialect {
            Dialect::Sqlite => Ok(true),
            Dialect::Postgres => Ok(takes_writes(&mut *self.writer().await?).await?),
        }
    }

    /// The pools, with their names.
    pub(super) fn pools(&self) -> Vec<(&'static str, &AnyPool)> {
        match self.dialect {
            Dialect::Sqlite => vec![("read", &self.readers), ("write", &self.writers)],
            Dialect::Postgres => vec![("all", &self.writers)],
        }
    }

    pub(super) fn readers(&self) -> &AnyPool {
        &self.readers
    }

    /// A connection for a single statement that writes and is its own transaction.
    pub(super) async fn writer(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.writers.acquire().await?)
    }
}

/// A transaction. It is rolled back unless it is committed.
pub struct Tx {
    transaction: Transaction<'static, Any>,
}

impl Tx {
    /// Commits. On SQLite the data is on disk when this returns.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }

    /// Rolls back now, rather than when the connection is next used.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// Creates the file before SQLite would create it readable for everybody; its other files get the same mode. While the
/// returned file is held, no other process opens a database in that folder: of two processes that switch a new file to
/// WAL, one would get "locked" at once, without waiting. The folder is locked rather than the file, because closing a
/// file releases SQLite's own locks on it (<https://sqlite.org/howtocorrupt.html>, §2.2).
async fn open_alone(file: &Path) -> Result<File, std::io::Error> {
    private_file().append(true).create(true).open(file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    let locked = tokio::task::spawn_blocking(move || folder.lock().map(|()| folder)).await;
    locked.map_err(std::io::Error::other)?
}

/// After a disk error, SQLite rolls back by itself, but the library keeps believing that a transaction is open. Such a
/// connection is replaced.
pub(super) async fn has_no_transaction(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    Ok(!connection.is_in_transaction())
}

/// Replaces the pool's ping and is as fast. After a failover, a connection to the demoted server is alive, but every
/// write on it fails. Such a connection is replaced.
pub(super) async fn takes_writes(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query_as("SELECT current_setting('transaction_read_only')").fetch_one(connection);
    let (read_only,): (String,) = in_time(asked).await?;
    Ok(read_only == "off")
}

/// Checks a returned connection. Its caller may have stopped waiting because the server vanished without a sign; the
/// library would then keep waiting for the server, and the pool would be short of a connection.
pub(super) async fn answers(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    in_time(connection.ping()).await.map(|()| true)
}

async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(SILENCE, asked).await.map_err(|_| sqlx::Error::PoolTimedOut)?
}

/// `synchronous = FULL`: a commit survives a power loss, not only the death of the process. `secure_delete`: deleted or
/// changed data is overwritten and not merely forgotten.
async fn prepare_sqlite(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for pragma in [
        "PRAGMA busy_timeout = 5000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",
    ] {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    Ok(())
}
