//! Errors of the database, and whether they are temporary; and rows that cannot be read.

use sqlx::Error;
use sqlx::migrate::MigrateError;
use sqlx::mysql::MySqlDatabaseError;

use super::app::AppFault;

/// An error of the database. Its details are only for the log.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreError(#[from] Fault);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("database: {0}")]
    Database(#[from] Error),
    #[error("directory: {0}")]
    Directory(Error),
    #[error(
        "directory: what is stored is not what was written: a trigger changes it, or the column is too short. Set \
         directory.hash = \"plain\" if the database hashes passwords itself"
    )]
    NotAsWritten,
    #[error("directory: {reason}")]
    Endpoint { reason: String, passes: bool },
    #[error("migration: {0}")]
    Migration(MigrateError),
    #[error(
        "its schema has version {database} and is newer than this Keyback, which knows {known}: start the newer Keyback \
         again, or restore the backup that was made before it"
    )]
    DatabaseIsNewer { database: i64, known: i64 },
    #[error("a row of table {table} cannot be read: its {column} is not valid")]
    Corrupt { table: &'static str, column: &'static str },
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(error: getrandom::Error) -> Self {
        Self(error.into())
    }
}

/// The row that is being read. An error names its place, never its contents.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    table: &'static str,
    id: &'a str,
}

impl<'a> Place<'a> {
    /// `id` is no secret: it is logged.
    pub(super) const fn new(table: &'static str, id: &'a str) -> Self {
        Self { table, id }
    }

    /// The value of a column. `None` means that it cannot be read: a bug, a change by hand, or a newer version.
    pub(super) fn value<T>(self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        let Self { table, id } = self;
        value.ok_or_else(|| {
            tracing::error!(table, column, id, "a row of the database cannot be read");
            StoreError(Fault::Corrupt { table, column })
        })
    }

    /// The same for a column that may be empty.
    pub(super) fn optional<T>(
        self,
        column: &'static str,
        stored: Option<&str>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        stored.map(|stored| self.value(column, read(stored))).transpose()
    }
}

impl StoreError {
    /// An error of the database that belongs to an app.
    pub(super) fn of_app(error: Error) -> Self {
        Self(Fault::Directory(error))
    }

    /// An app that keeps the accounts behind HTTP did not do what it was asked for.
    pub(crate) fn of_endpoint(reason: impl Into<String>, passes: bool) -> Self {
        Self(Fault::Endpoint { reason: reason.into(), passes })
    }

    /// What an error of the app's database means for its operator. `None` for every other error.
    pub fn app_fault(&self) -> Option<AppFault> {
        match &self.0 {
            Fault::Directory(error) => Some(AppFault::of(error)),
            Fault::Database(_)
            | Fault::NotAsWritten
            | Fault::Endpoint { .. }
            | Fault::Migration(_)
            | Fault::DatabaseIsNewer { .. }
            | Fault::Corrupt { .. }
            | Fault::Randomness(_) => None,
        }
    }

    pub(super) const fn not_as_written() -> Self {
        Self(Fault::NotAsWritten)
    }

    pub(super) fn migration(error: MigrateError, known: i64) -> Self {
        Self(match error {
            MigrateError::VersionMissing(database) if database > known => Fault::DatabaseIsNewer { database, known },
            error => Fault::Migration(error),
        })
    }

    /// Whether a row with that identifier exists already.
    pub fn is_duplicate(&self) -> bool {
        match &self.0 {
            Fault::Database(Error::Database(error)) => error.is_unique_violation(),
            Fault::Database(_)
            | Fault::Directory(_)
            | Fault::NotAsWritten
            | Fault::Endpoint { .. }
            | Fault::Migration(_)
            | Fault::DatabaseIsNewer { .. }
            | Fault::Corrupt { .. }
            | Fault::Randomness(_) => false,
        }
    }

    /// Whether a row cannot be read. The log names its place.
    pub fn is_corrupt(&self) -> bool {
        matches!(self.0, Fault::Corrupt { .. })
    }

    /// Whether the error is temporary: the database, or the app that keeps the accounts, is unreachable, restarting, read-only, full, or has no free
    /// connection. The same call may succeed a few seconds later.
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            Fault::Database(Error::Database(error)) | Fault::Directory(Error::Database(error)) => {
                match error.try_downcast_ref::<MySqlDatabaseError>() {
                    Some(error) => MYSQL.contains(&error.number()),
                    None => error.code().is_some_and(|code| passes(&code)),
                }
            }
            Fault::Database(error) | Fault::Directory(error) => matches!(
                error,
                Error::Io(_)
                    | Error::Tls(_)
                    | Error::Protocol(_)
                    | Error::PoolTimedOut
                    | Error::PoolClosed
                    | Error::WorkerCrashed
                    | Error::BeginFailed
            ),
            Fault::Endpoint { passes, .. } => *passes,
            Fault::NotAsWritten
            | Fault::Migration(_)
            | Fault::DatabaseIsNewer { .. }
            | Fault::Corrupt { .. }
            | Fault::Randomness(_) => false,
        }
    }
}

/// Numbers of MySQL and MariaDB (<https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>): too many
/// connections, shutdown, disk or table full, too many connections of the user, lock wait, deadlock, a limit of the
/// user, read-only, killed.
const MYSQL: [u16; 13] = [1021, 1040, 1053, 1114, 1158, 1159, 1203, 1205, 1213, 1226, 1290, 1792, 1836];

/// Classes of SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>): connection, rollback
/// (deadlock), resources (disk full), object in use, intervention (shutdown), system error; and the code of a server
/// that accepts no writes, as after a failover.
const POSTGRES: [&str; 7] = ["08", "25006", "40", "53", "55", "57", "58"];

/// SQLite's primary result codes (<https://sqlite.org/rescode.html>): busy, locked, no memory, read-only, I/O error,
/// full, cannot open, locking protocol.
const SQLITE: [u32; 8] = [5, 6, 7, 8, 10, 13, 14, 15];

/// A SQLSTATE has five characters. SQLite's codes are numbers of up to four digits, with the primary code in the low
/// octet.
fn passes(code: &str) -> bool {
    if code.len() == 5 {
        return POSTGRES.iter().any(|class| code.starts_with(class));
    }
    code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_told_from_mistakes() {
        // Shut down, too many connections, deadlock, disk full, read-only after a failover.
        for code in ["57P01", "53300", "40P01", "53100", "25006", "08006"] {
            assert!(passes(code), "{code}");
        }
        // Busy, full, I/O error at a write, read-only.
        for code in ["5", "13", "778", "8"] {
            assert!(passes(code), "{code}");
        }
        // A value too long, a duplicate, no such table; SQLite's constraint (unique) and general error.
        for code in ["22001", "23505", "42P01", "2067", "1"] {
            assert!(!passes(code), "{code}");
        }
    }
}
