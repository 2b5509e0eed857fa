//! The schema from its tag on: a tagged migration never changes, and a database with the tagged schema is brought up to
//! date with all its rows.

use keyback::clock::Clock;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use crate::support::population::Population;
use crate::support::{Database, Program, on_both_databases};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The tag `schema-1`: the number of each migration and the beginning of its SHA-384. From here on the schema only moves
/// forward: lines are added, and none is changed.
const TAGGED: [(i64, &str); 10] = [
    (1, "98bf0c804dc20b71"),
    (2, "6e5d973770b7ccef"),
    (3, "293d6a414afa092f"),
    (4, "ff0547c9416fed58"),
    (5, "75b97d494a1bb200"),
    (6, "497d96eb4fc54dde"),
    (7, "5ee3bc0eda335534"),
    (8, "f59369580c50b9b2"),
    (9, "9124156a04ac5e0b"),
    (10, "f7075faf2ad01c83"),
];

/// The tables of the tag. Later tables are not added here.
const TABLES: [&str; 10] = [
    "accounts",
    "challenges",
    "link_keys",
    "grants",
    "outbox",
    "sessions",
    "limits",
    "audit",
    "api_keys",
    "idempotency",
];

#[test]
fn a_tagged_migration_is_as_it_was() {
    for (version, beginning) in TAGGED {
        let migration = MIGRATIONS.iter().find(|migration| migration.version == version);
        let migration = migration.unwrap_or_else(|| panic!("migration {version} is gone"));
        let checksum: String = migration.checksum.iter().take(8).map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(checksum, beginning, "migration {version} has changed: add another one instead");
    }
}

/// Makes the schema of the tag, and fills it.
async fn make_tagged(database: &Database) {
    sqlx::any::install_default_drivers();
    if let Some(file) = database.url().strip_prefix("sqlite:") {
        std::fs::File::create(file).unwrap();
    }
    let mut connection = AnyConnection::connect(&database.url()).await.unwrap();
    let is_tagged = |version| TAGGED.iter().any(|(tagged, _)| *tagged == version);
    let tagged = MIGRATIONS.iter().filter(|migration| is_tagged(migration.version)).cloned().collect();
    Migrator::with_migrations(tagged).run(&mut connection).await.unwrap();
    let population = Population { accounts: 100, open_challenges: 200, now: Clock::System.now().millis() };
    for statement in population.statements() {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

async fn rows(database: &Database) -> Vec<(&'static str, i64)> {
    let mut rows = Vec::new();
    for table in TABLES {
        rows.push((table, database.number(&format!("SELECT COUNT(*) FROM {table}")).await));
    }
    rows
}

#[on_both_databases]
async fn a_database_with_the_tagged_schema_is_brought_up_to_date_with_all_its_rows(database: Database) {
    make_tagged(&database).await;
    let before = rows(&database).await;
    assert!(before.iter().all(|(_, rows)| *rows > 0), "{before:?}");
    let program = Program::new(&database, "file:mails");
    assert_eq!(program.succeed(&["migrate"]).await, "The database is up to date.\n");
    assert_eq!(rows(&database).await, before);
    assert!(program.succeed(&["accounts", "list"]).await.contains("account-1@example.org"));
    database.remove().await;
}
