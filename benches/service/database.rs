//! An empty database for one pass: a SQLite file in the pass's folder, or a new PostgreSQL schema.

use std::path::Path;
use std::time::{Duration, Instant};

use keyback::model::ServerKey;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, PgConnection, Row};

use crate::Result;
use crate::population::{Population, TABLES};

pub enum Database {
    Sqlite,
    Postgres { server: String, schema: String, version: String },
}

/// The URL of PostgreSQL, from the environment.
#[expect(clippy::disallowed_methods, reason = "the server under test gets its settings from us, not from here")]
pub fn postgres_server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

impl Database {
    pub async fn postgres(server: &str) -> Result<Self> {
        let schema = format!("keyback_bench_{:016x}", getrandom::u64()?);
        let mut connection = PgConnection::connect(server).await?;
        let version = sqlx::query("SHOW server_version").fetch_one(&mut connection).await?.get(0);
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&mut connection).await?;
        Ok(Self::Postgres { server: server.to_owned(), schema, version })
    }

    pub fn name(&self) -> String {
        match self {
            Self::Sqlite => "SQLite".to_owned(),
            Self::Postgres { version, .. } => format!("PostgreSQL {version}"),
        }
    }

    /// The settings that select it.
    pub fn settings(&self, folder: &Path) -> Result<Vec<(&'static str, String)>> {
        match self {
            Self::Sqlite => {
                Ok(vec![("KEYBACK_DATABASE__URL", format!("sqlite:{}", folder.join("keyback.db").display()))])
            }
            Self::Postgres { server, schema, .. } => {
                let separator = if server.contains('?') { '&' } else { '?' };
                let url = format!("{server}{separator}options[search_path]={schema}");
                let key = ServerKey::random()?.to_base64().to_string();
                Ok(vec![("KEYBACK_DATABASE__URL", url), ("KEYBACK_SERVER__SECRET_KEY", key)])
            }
        }
    }

    /// Fills the migrated schema with rows that the database generates itself.
    pub async fn populate(&self, folder: &Path, population: Population) -> Result<Duration> {
        sqlx::any::install_default_drivers();
        let (_, url) = self.settings(folder)?.swap_remove(0);
        let start = Instant::now();
        let mut connection = AnyConnection::connect(&url).await?;
        let mut transaction = connection.begin().await?;
        for statement in population.statements() {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        // PostgreSQL does this by itself after a while, SQLite never.
        for table in TABLES.iter().filter(|_| matches!(self, Self::Postgres { .. })) {
            sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE {table}"))).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(start.elapsed())
    }

    /// Waits until no message is left to be sent.
    pub async fn wait_until_sent(&self, folder: &Path) -> Result<()> {
        sqlx::any::install_default_drivers();
        let (_, url) = self.settings(folder)?.swap_remove(0);
        let mut connection = AnyConnection::connect(&url).await?;
        loop {
            let pending = sqlx::query("SELECT COUNT(*) FROM outbox WHERE finished_at IS NULL");
            if pending.fetch_one(&mut connection).await?.get::<i64, _>(0) == 0 {
                return Ok(connection.close().await?);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Drops the schema. A SQLite file is deleted with its folder.
    pub async fn remove(self) -> Result<()> {
        if let Self::Postgres { server, schema, .. } = self {
            let mut connection = PgConnection::connect(&server).await?;
            sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).execute(&mut connection).await?;
        }
        Ok(())
    }
}
