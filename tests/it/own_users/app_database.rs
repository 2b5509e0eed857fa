//! The database of an app for one test: a users table with columns that Keyback has never heard of, and its sessions.

use std::str::FromStr;

use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Row};
use tempfile::TempDir;

use crate::support::{Database, TestApp};

pub(crate) enum AppDatabase {
    Sqlite(TempDir),
    Postgres(Database),
    MySql {
        server: String,
        name: String,
    },
    /// A database, and not only a schema: some apps have schemas of their own.
    WholePostgres {
        server: String,
        name: String,
    },
}

/// As a small app would have them: an id of its own, facts as flags and times, a column that is never touched.
const TABLES: [&str; 3] = [
    "CREATE TABLE members (id BIGINT NOT NULL PRIMARY KEY, email VARCHAR(190) NOT NULL, login VARCHAR(60), \
     confirmed_at TIMESTAMP NULL, status VARCHAR(20) NOT NULL DEFAULT 'active', pw VARCHAR(255), \
     remember_token VARCHAR(100), updated_at TIMESTAMP NULL, note VARCHAR(100) NOT NULL DEFAULT 'untouched')",
    "CREATE TABLE web_sessions (id VARCHAR(40) NOT NULL PRIMARY KEY, member_id BIGINT NOT NULL)",
    "CREATE TABLE audit_of_app (id BIGINT NOT NULL PRIMARY KEY, what VARCHAR(100))",
];

impl AppDatabase {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        Self::Postgres(Database::postgres().await)
    }

    #[expect(clippy::disallowed_methods, reason = "where PostgreSQL is, only the environment knows")]
    pub(crate) async fn whole_postgres() -> Self {
        let server = std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL");
        let name = format!("keyback_test_{:016x}", getrandom::u64().unwrap());
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&server).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
        Self::WholePostgres { server, name }
    }

    #[expect(clippy::disallowed_methods, reason = "where MySQL is, only the environment knows")]
    pub(crate) async fn mysql() -> Self {
        let server = std::env::var("TEST_MYSQL_URL").expect("TEST_MYSQL_URL");
        let name = format!("keyback_test_{:016x}", getrandom::u64().unwrap());
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&server).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        Self::MySql { server, name }
    }

    /// The value of `directory.url`.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("app.db").display()),
            Self::Postgres(database) => database.url(),
            Self::MySql { server, name } | Self::WholePostgres { server, name } => {
                let mut url = url::Url::parse(server).unwrap();
                url.set_path(name);
                url.to_string()
            }
        }
    }

    pub(crate) async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let url = match self {
            Self::Sqlite(_) => format!("{}?mode=rwc", self.url()),
            Self::Postgres(_) | Self::MySql { .. } | Self::WholePostgres { .. } => self.url(),
        };
        // The statements of tests name people.
        let options = AnyConnectOptions::from_str(&url).unwrap().disable_statement_logging();
        let mut connection = options.connect().await.unwrap();
        if let Self::Sqlite(_) = self {
            sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut connection).await.unwrap();
        }
        connection
    }

    pub(crate) async fn execute(&self, statement: &str) {
        let mut connection = self.connect().await;
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    }

    /// A statement that cannot be prepared, such as one that makes a trigger.
    pub(crate) async fn execute_raw(&self, statement: &str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    }

    /// One value, as text.
    pub(crate) async fn text(&self, expression: &str, id: i64) -> Option<String> {
        let as_text = if matches!(self, Self::MySql { .. }) { "CHAR" } else { "TEXT" };
        let statement = format!("SELECT CAST({expression} AS {as_text}) FROM members WHERE id = {id}");
        let row: AnyRow = sqlx::query(AssertSqlSafe(statement)).fetch_one(&mut self.connect().await).await.unwrap();
        row.get(0)
    }

    pub(crate) async fn number(&self, statement: &str) -> i64 {
        let statement = AssertSqlSafe(statement.to_owned());
        sqlx::query(statement).fetch_one(&mut self.connect().await).await.unwrap().get(0)
    }

    /// The tables, with one confirmed member of that id and address, and two sessions.
    pub(crate) async fn create(&self) {
        for table in TABLES {
            self.execute(table).await;
        }
    }

    pub(crate) async fn add_member(&self, id: i64, email: &str, password: Option<&str>) {
        let password = password.map_or("NULL".to_owned(), |hash| format!("'{hash}'"));
        self.execute(&format!(
            "INSERT INTO members (id, email, login, confirmed_at, pw, remember_token) \
             VALUES ({id}, '{email}', 'member{id}', CURRENT_TIMESTAMP, {password}, 'old')"
        ))
        .await;
        for number in 0..2 {
            self.execute(&format!("INSERT INTO web_sessions (id, member_id) VALUES ('{id}-{number}', {id})")).await;
        }
    }

    pub(crate) async fn password(&self, id: i64) -> Option<String> {
        self.text("pw", id).await
    }

    /// Keyback, with the accounts of this app.
    pub(crate) async fn keyback(&self) -> TestApp {
        self.keyback_with(&[]).await
    }

    pub(crate) async fn keyback_with(&self, settings: &[(&str, &str)]) -> TestApp {
        let ours = match self {
            Self::Postgres(_) | Self::WholePostgres { .. } => Database::postgres().await,
            Self::Sqlite(_) | Self::MySql { .. } => Database::sqlite(),
        };
        self.keyback_on(ours, settings).await
    }

    pub(crate) async fn keyback_on(&self, ours: Database, settings: &[(&str, &str)]) -> TestApp {
        let url = self.url();
        let settings: Vec<(&str, &str)> =
            [("DIRECTORY__URL", url.as_str())].into_iter().chain(MAPPING).chain(settings.iter().copied()).collect();
        TestApp::start_with(ours, &settings).await
    }

    pub(crate) async fn remove(self) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(database) => database.remove().await,
            Self::WholePostgres { server, name } => {
                let mut connection = AnyConnection::connect(&server).await.unwrap();
                let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
                sqlx::query(drop).execute(&mut connection).await.unwrap();
            }
            Self::MySql { server, name } => {
                let mut connection = AnyConnection::connect(&server).await.unwrap();
                let drop = AssertSqlSafe(format!("DROP DATABASE {name}"));
                sqlx::query(drop).execute(&mut connection).await.unwrap();
            }
        }
    }
}

/// How the app's table is mapped.
pub(crate) const MAPPING: [(&str, &str); 14] = [
    ("DIRECTORY__TABLE", "members"),
    ("DIRECTORY__ID", "id"),
    ("DIRECTORY__EMAIL", "email"),
    ("DIRECTORY__EMAIL_MATCH", "lower"),
    ("DIRECTORY__EMAIL_VERIFIED", "confirmed_at IS NOT NULL"),
    ("DIRECTORY__USERNAME", "login"),
    ("DIRECTORY__USERNAME_MATCH", "lower"),
    ("DIRECTORY__ACTIVE", "status = 'active'"),
    ("DIRECTORY__PASSWORD", "pw"),
    ("DIRECTORY__HASH", "bcrypt"),
    ("DIRECTORY__HASH_OPTIONS", "cost=4\nvariant=2y"),
    ("DIRECTORY__ALSO_SET", "updated_at = CURRENT_TIMESTAMP\nremember_token = :random"),
    ("DIRECTORY__THEN", "DELETE FROM web_sessions WHERE member_id = :id"),
    ("DIRECTORY__MAX_CONNECTIONS", "10"),
];
