//! Which server it is, and how it is connected to.

use super::AppTable;
use crate::config::SqlDialect;
use crate::store::StoreError;

/// Where a connection leads.
#[derive(Debug)]
pub struct ServerFacts {
    /// `PostgreSQL 15.14`.
    pub product: String,
    /// `TLS 1.3`. `None` if the connection is not encrypted.
    pub tls: Option<String>,
    /// `keyback@10.0.0.7`. `None` for SQLite.
    pub user: Option<String>,
    /// The schema (PostgreSQL) or database (MySQL) of tables without one.
    pub schema: Option<String>,
    /// A copy of another server, on which nothing can be written.
    pub is_replica: bool,
}

impl AppTable {
    /// Asks the server about itself.
    pub async fn server(&self) -> Result<ServerFacts, StoreError> {
        match self.dialect {
            SqlDialect::Postgres => self.postgres().await,
            SqlDialect::MySql => self.mysql().await,
            SqlDialect::Sqlite => Ok(ServerFacts {
                product: format!("SQLite {}", self.ask("SELECT sqlite_version()").await?.unwrap_or_default()),
                tls: None,
                user: None,
                schema: None,
                is_replica: false,
            }),
        }
    }

    async fn postgres(&self) -> Result<ServerFacts, StoreError> {
        let version = self.ask("SELECT current_setting('server_version')").await?.unwrap_or_default();
        let tls = "SELECT CAST(version AS text) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let user = "SELECT CAST(current_user AS text) || COALESCE('@' || host(inet_client_addr()), '')";
        Ok(ServerFacts {
            // Packagers add their own words.
            product: format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default()),
            tls: self.ask(tls).await?.map(|version| readable(&version)),
            user: self.ask(user).await?,
            schema: self.ask(SCHEMA_OF_POSTGRES).await?,
            is_replica: self.ask("SELECT CAST(pg_is_in_recovery() AS text)").await?.as_deref() == Some("true"),
        })
    }

    async fn mysql(&self) -> Result<ServerFacts, StoreError> {
        let version = self.ask("SELECT CAST(VERSION() AS CHAR)").await?.unwrap_or_default();
        let product = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        let mut statement = self.statement(None);
        statement.add("SHOW SESSION STATUS LIKE 'Ssl_version'");
        let tls = self.texts(statement).await?.into_iter().flatten().nth(1).flatten();
        Ok(ServerFacts {
            product: format!("{product} {}", version.split('-').next().unwrap_or_default()),
            tls: tls.filter(|version| !version.is_empty()).map(|version| readable(&version)),
            user: self.ask("SELECT CAST(USER() AS CHAR)").await?,
            schema: self.ask("SELECT CAST(DATABASE() AS CHAR)").await?,
            // A replica is known by what it refuses, because to ask takes a privilege.
            is_replica: false,
        })
    }

    /// The answer to a question of ours.
    pub(super) async fn ask(&self, question: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.statement(None);
        statement.add(question);
        self.text(statement).await
    }
}

/// The first schema of the search path, even if this user may not use it yet.
const SCHEMA_OF_POSTGRES: &str = "SELECT COALESCE(CAST(current_schema() AS text), \
     NULLIF(btrim(split_part(current_setting('search_path'), ',', 1)), '\"$user\"'))";

/// `TLSv1.3` as people write it.
fn readable(version: &str) -> String {
    version.replace("TLSv", "TLS ")
}
