//! The database of an app beside the real program, and for users who may do less.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use super::{AppDatabase, MAPPING};
use crate::support::{Database, Program};

impl AppDatabase {
    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// A database for Keyback, of the same product where it has that.
    pub(crate) async fn database_of_keyback(&self) -> Database {
        match self {
            Self::Postgres(_) | Self::WholePostgres { .. } => Database::postgres().await,
            Self::Sqlite(_) | Self::MySql { .. } => Database::sqlite(),
        }
    }

    /// The program, with the accounts of this app.
    pub(crate) fn configured(&self, program: Program) -> Program {
        let program = program.with("DIRECTORY__URL", &self.url());
        MAPPING.iter().fold(program, |program, (name, value)| program.with(name, value))
    }

    pub(crate) async fn rows(&self, statement: &str) -> Vec<AnyRow> {
        sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_all(&mut self.connect().await).await.unwrap()
    }

    /// Adds a user who may read everything and write nothing; gives the URL for them.
    pub(crate) async fn add_reader(&self, user: &str) -> String {
        let statements = match self {
            Self::Postgres(Database::Postgres { schema, .. }) => [
                format!("CREATE ROLE {user} LOGIN"),
                format!("GRANT USAGE ON SCHEMA {schema} TO {user}"),
                format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {user}"),
            ]
            .to_vec(),
            Self::MySql { name, .. } => {
                [format!("CREATE USER {user}@'%'"), format!("GRANT SELECT ON {name}.* TO {user}@'%'")].to_vec()
            }
            _ => panic!("no database with users"),
        };
        for statement in statements {
            self.execute(&statement).await;
        }
        let mut url = url::Url::parse(&self.url()).unwrap();
        url.set_username(user).unwrap();
        url.into()
    }

    pub(crate) async fn remove_reader(&self, user: &str) {
        if let Self::MySql { .. } = self {
            return self.execute(&format!("DROP USER {user}@'%'")).await;
        }
        self.execute(&format!("DROP OWNED BY {user}")).await;
        self.execute(&format!("DROP ROLE {user}")).await;
    }
}
