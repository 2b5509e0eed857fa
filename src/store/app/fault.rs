//! What an error of an app's database means for an operator.

use sqlx::Error;
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

/// An error, as far as something can be said about its fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppFault {
    /// Wrong user, password or host. The code is the database's.
    Refused { code: String },
    /// The user may not use that database, or it is not there.
    NoDatabase { code: String },
    /// The password would have to be encrypted, because the connection is not.
    WantsTls,
    /// There is no such table, or none that this user may see.
    NoTable,
    /// There is no column with that name.
    NoColumn(String),
    /// A privilege is missing.
    Forbidden,
    /// Nothing can be written here.
    ReadOnly,
    /// The column is shorter than the value.
    TooLong,
    /// The server cannot be reached, or does not answer.
    Unreachable(String),
    /// Anything else, in the words of the database.
    Other(String),
}

impl AppFault {
    pub(in crate::store) fn of(error: &Error) -> Self {
        match error {
            Error::Database(error) => match error.try_downcast_ref::<MySqlDatabaseError>() {
                Some(mysql) => of_mysql(mysql),
                None => of_code(error.as_ref()),
            },
            // The library's words for a feature that Keyback leaves out.
            Error::Configuration(error) if error.to_string().contains("RSA") => Self::WantsTls,
            Error::PoolTimedOut => Self::Unreachable("no answer within some seconds".to_owned()),
            Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::PoolClosed | Error::WorkerCrashed => {
                Self::Unreachable(error.to_string())
            }
            error => Self::Other(error.to_string()),
        }
    }
}

fn of_mysql(error: &MySqlDatabaseError) -> AppFault {
    let message = error.message();
    match error.number() {
        1045 | 1698 | 1130 => AppFault::Refused { code: error.number().to_string() },
        1044 | 1049 => AppFault::NoDatabase { code: error.number().to_string() },
        1146 | 1051 => AppFault::NoTable,
        1054 => AppFault::NoColumn(in_quotes(message, '\'')),
        1142 | 1143 | 1227 | 1370 => AppFault::Forbidden,
        1290 | 1792 | 1836 => AppFault::ReadOnly,
        1406 => AppFault::TooLong,
        _ => AppFault::Other(message.to_owned()),
    }
}

/// PostgreSQL has codes of five characters, SQLite has numbers.
fn of_code(error: &dyn DatabaseError) -> AppFault {
    let message = error.message();
    let code = error.code().unwrap_or_default();
    match code.as_ref() {
        "28P01" | "28000" => AppFault::Refused { code: code.into_owned() },
        "3D000" => AppFault::NoDatabase { code: code.into_owned() },
        "42P01" if message.contains("FROM-clause") => AppFault::Other(message.to_owned()),
        "42P01" | "3F000" => AppFault::NoTable,
        "42703" => AppFault::NoColumn(column_of_postgres(message)),
        "42501" => AppFault::Forbidden,
        "25006" => AppFault::ReadOnly,
        "22001" => AppFault::TooLong,
        _ => of_sqlite(&code, message),
    }
}

fn of_sqlite(code: &str, message: &str) -> AppFault {
    if let Some(column) = message.strip_prefix("no such column: ") {
        // Behind a dash, newer versions say what else it could be.
        let column = column.split(" - ").next().unwrap_or_default();
        return AppFault::NoColumn(column.replace('"', ""));
    }
    if message.starts_with("no such table: ") {
        return AppFault::NoTable;
    }
    // The primary code is in the low octet: read-only, and a file that cannot be opened.
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(8) => AppFault::ReadOnly,
        Ok(14) => AppFault::Unreachable(message.to_owned()),
        _ => AppFault::Other(message.to_owned()),
    }
}

/// `column "email" does not exist`, `column users.email does not exist`, `column "x" of relation "users" does not
/// exist`.
fn column_of_postgres(message: &str) -> String {
    let word = message.strip_prefix("column ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    word.replace('"', "")
}

fn in_quotes(message: &str, quote: char) -> String {
    message.split(quote).nth(1).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_without_tls_is_told_from_other_errors() {
        let disabled = "RSA auth backend disabled; enable feature `mysql-rsa` (or …) or use TLS.";
        assert_eq!(AppFault::of(&Error::Configuration(disabled.into())), AppFault::WantsTls);
        assert!(matches!(AppFault::of(&Error::Configuration("no host".into())), AppFault::Other(_)));
    }

    #[test]
    fn the_missing_column_is_found_in_the_words_of_postgresql() {
        for (message, column) in [
            (r#"column "email" does not exist"#, "email"),
            ("column users.email does not exist", "users.email"),
            (r#"column "remember_token" of relation "users" does not exist"#, "remember_token"),
        ] {
            assert_eq!(column_of_postgres(message), column);
        }
    }
}
