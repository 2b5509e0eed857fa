//! Where the app's database is. The URL may hold a password, so it is a secret.

use percent_encoding::percent_decode_str;
use url::Url;
use zeroize::Zeroizing;

crate::model::words! {
    /// The product, as far as its SQL differs.
    pub enum SqlDialect {
        /// PostgreSQL.
        Postgres = "PostgreSQL",
        /// MySQL and MariaDB.
        MySql = "MySQL",
        /// SQLite.
        Sqlite = "SQLite",
    }
}

/// `postgres://…`, `mysql://…`, `mariadb://…` or `sqlite:FILE`.
#[derive(Clone, PartialEq, Eq)]
pub struct DirectoryUrl {
    url: Zeroizing<String>,
    dialect: SqlDialect,
}

impl DirectoryUrl {
    /// # Errors
    /// How to write one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or_default();
        let dialect = match scheme {
            "postgres" | "postgresql" => SqlDialect::Postgres,
            "mysql" | "mariadb" => SqlDialect::MySql,
            "sqlite" => SqlDialect::Sqlite,
            _ => return Err(EXAMPLES.into()),
        };
        let file = rest.strip_prefix("//").unwrap_or(rest);
        let url = match dialect {
            SqlDialect::Sqlite if file.is_empty() || file.contains([':', '?']) => return Err(EXAMPLES.into()),
            // Somebody else's file is never created.
            SqlDialect::Sqlite => format!("sqlite:{file}?mode=rw"),
            SqlDialect::Postgres | SqlDialect::MySql if !rest.starts_with("//") => return Err(EXAMPLES.into()),
            SqlDialect::Postgres | SqlDialect::MySql => text.to_owned(),
        };
        Ok(Self { url: Zeroizing::new(url), dialect })
    }

    /// The URL, to open a connection.
    pub fn expose(&self) -> &str {
        &self.url
    }

    /// The product.
    pub fn dialect(&self) -> SqlDialect {
        self.dialect
    }

    /// The name of the user that connects, and of the database. Empty for SQLite, and where the URL leaves them out.
    pub fn user_and_database(&self) -> (String, String) {
        let Ok(url) = Url::parse(&self.url) else { return Default::default() };
        if self.dialect == SqlDialect::Sqlite {
            return Default::default();
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        (decoded(url.username()), decoded(url.path().trim_start_matches('/')))
    }

    /// Where it is, without user and password: `db.example.org/shop`, or the file.
    pub fn place(&self) -> String {
        let (_, rest) = self.url.split_once(':').unwrap_or_default();
        let rest = rest.split('?').next().unwrap_or_default();
        match self.dialect {
            SqlDialect::Sqlite => rest.to_owned(),
            SqlDialect::Postgres | SqlDialect::MySql => {
                let rest = rest.trim_start_matches('/');
                rest.rsplit_once('@').map_or(rest, |(_, place)| place).to_owned()
            }
        }
    }
}

const EXAMPLES: &str = "must be postgres://user:password@host/database, mysql://user:password@host/database or \
                        sqlite:FILE; in user and password, write @ as %40 and / as %2F";

impl std::fmt::Debug for DirectoryUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DirectoryUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_has_no_password() {
        for (url, place) in [
            ("mysql://keyback:hunter2@db/shop?ssl-mode=VERIFY_IDENTITY", "db/shop"),
            ("postgres://keyback:a%40b@db.example.org:5433/shop", "db.example.org:5433/shop"),
            ("sqlite:/var/lib/app.db", "/var/lib/app.db"),
        ] {
            let url = DirectoryUrl::parse(url).unwrap();
            assert_eq!(url.place(), place);
            assert!(place.starts_with('/') || url.user_and_database() == ("keyback".to_owned(), "shop".to_owned()));
            assert!(!format!("{url:?}").contains("hunter2"));
        }
    }

    #[test]
    fn what_is_no_database_of_an_app_is_refused() {
        for url in
            ["", "db.example.org", "sqlite:", "sqlite::memory:", "sqlite:a.db?mode=rwc", "mssql://db/x", "mysql:db"]
        {
            assert!(DirectoryUrl::parse(url).is_err(), "{url}");
        }
    }
}
