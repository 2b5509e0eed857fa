//! Opening the database, and transactions. SQLite writes through a single connection
//! with `BEGIN IMMEDIATE`, so that writers queue instead of failing; PostgreSQL has one pool for both.

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

/// How long a connection may say nothing to the simplest question before it counts as lost.
const SILENCE: Duration = Duration::from_secs(2);

/// In the header of a SQLite file, where 0 stands for nothing: its free space holds nothing that was deleted.
const MARK_AS_OVERWRITTEN: &str = "PRAGMA user_version = 1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    readers: AnyPool,
    writers: AnyPool,
    dialect: Dialect,
}

impl Store {
    /// Opens `url` (`sqlite:FILE` or `postgres://…`); makes the SQLite file where there is none.
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

    /// Brings the schema up to date. Instances that start together wait for one another: on PostgreSQL by
    /// the migrator's own lock, on SQLite, where it has none, by that of the transaction around it all.
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

    /// Rewrites, once, a SQLite file that a Keyback without `secure_delete` has written: its free space still holds
    /// what was deleted. Where another process has the file open it is left to the next start.
    async fn overwrite_what_was_deleted(&self) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let (overwritten,): (i64,) = sqlx::query_as("PRAGMA user_version").fetch_one(&mut *writer).await?;
        if overwritten > 0 {
            return Ok(());
        }
        tracing::info!("rewriting the database file once, to remove what was deleted from its free space");
        if let Err(error) = sqlx::query("VACUUM").execute(&mut *writer).await {
            tracing::warn!(%error, "the database file cannot be rewritten; the next start tries again");
            return Ok(());
        }
        sqlx::query(MARK_AS_OVERWRITTEN).execute(&mut *writer).await?;
        drop(writer);
        self.empty_the_log().await
    }

    /// On SQLite what was deleted or changed is still in the write-ahead log, until that is emptied. Where somebody
    /// reads for longer than the busy time-out, it is left to the next call.
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

    /// The end of a `SELECT` that takes rows to change them and leaves those that somebody else holds.
    /// SQLite has one writer at a time: nobody holds any.
    pub(super) const fn skip_locked(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Whether a connection that nobody has used yet would take writes; on SQLite whoever opens it may write.
    pub(super) async fn takes_writes(&self) -> Result<bool, StoreError> {
        match self.dialect {
            Dialect::Sqlite => Ok(true),
            Dialect::Postgres => Ok(takes_writes(&mut *self.writer().await?).await?),
        }
    }

    /// Every pool, by what it is for.
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

/// A transaction: what it did is undone unless it is committed.
pub struct Tx {
    transaction: Transaction<'static, Any>,
}

impl Tx {
    /// Makes it last. On SQLite the data is on the disk when this returns.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }

    /// Undoes it now, rather than when the connection is used next.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// Makes the file before SQLite makes it for everybody to read; its other files get the same rights. While the
/// answer is held no other process opens a database in that folder: of two that turn a new file to WAL one is
/// told that it is locked, without a wait. The folder is locked and not the file, for whoever closes a file
/// loses SQLite's own locks on it (<https://sqlite.org/howtocorrupt.html>, §2.2).
async fn open_alone(file: &Path) -> Result<File, std::io::Error> {
    private_file().append(true).create(true).open(file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    let locked = tokio::task::spawn_blocking(move || folder.lock().map(|()| folder)).await;
    locked.map_err(std::io::Error::other)?
}

/// After an error of the disk SQLite rolls back by itself, and the library, which cannot, believes for ever
/// that a transaction is open. Such a connection is given up for a new one.
async fn has_no_transaction(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    Ok(!connection.is_in_transaction())
}

/// In place of the pool's ping, and as fast: a connection to a server that has been demoted by a failover is
/// alive, and every write on it fails. It is given up for a new one.
async fn takes_writes(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query_as("SELECT current_setting('transaction_read_only')").fetch_one(connection);
    let (read_only,): (String,) = in_time(asked).await?;
    Ok(read_only == "off")
}

/// A connection that is given back by somebody who would not wait any longer. Nothing tells of a server that
/// is gone without a word; the library itself would wait for it, and the pool be short of a connection.
async fn answers(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    in_time(connection.ping()).await.map(|()| true)
}

async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(SILENCE, asked).await.map_err(|_| sqlx::Error::PoolTimedOut)?
}

/// `synchronous = FULL`: a commit survives the loss of power, not only the death of the process. `secure_delete`:
/// what is deleted or changed is overwritten, and not only forgotten.
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
