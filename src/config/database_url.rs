//! Where the database is. The URL may hold a password, so it is a secret.

use std::path::PathBuf;

use zeroize::Zeroizing;

/// The URL of a database: `sqlite:FILE` or `postgres://user:password@host/database`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Zeroizing<String>);

impl DatabaseUrl {
    /// # Errors
    /// How to write one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let no_file =
            text.starts_with("sqlite:") && (text.contains(":memory:") || text.contains('?') || text == "sqlite:");
        if known && !no_file {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err("must be sqlite:FILE or postgres://user:password@host/database".into())
        }
    }

    /// The URL, to open a connection.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The file, where it is an SQLite database.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        self.0.strip_prefix("sqlite:").map(|path| PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DatabaseUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_not_printed() {
        let url = DatabaseUrl::parse("postgres://keyback:hunter2@db.example.org/keyback").unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }

    #[test]
    fn a_file_is_named_with_and_without_slashes() {
        for (url, file) in [
            ("sqlite:keyback.db", Some("keyback.db")),
            ("sqlite:/var/lib/keyback.db", Some("/var/lib/keyback.db")),
            ("sqlite:///var/lib/keyback.db", Some("/var/lib/keyback.db")),
            ("postgres://db.example.org/keyback", None),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap().sqlite_file(), file.map(PathBuf::from), "{url}");
        }
    }

    #[test]
    fn what_keeps_no_data_or_is_another_database_is_refused() {
        for url in ["sqlite:", "sqlite::memory:", "sqlite:a.db?mode=ro", "mysql://db.example.org/keyback", "keyback.db"]
        {
            assert!(DatabaseUrl::parse(url).is_err(), "{url}");
        }
    }
}
