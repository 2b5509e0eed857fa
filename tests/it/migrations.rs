//! The schema: whoever starts first updates it, once, and a version that is too old for it refuses to start.

use crate::support::{Database, Finished, Program, on_both_databases};

const VERSIONS: &str = "SELECT CAST(version AS TEXT) FROM _sqlx_migrations ORDER BY version";

fn program(database: &Database) -> Program {
    Program::new(database, "smtp://localhost:1?tls=none")
}

/// Refused in one line that says why.
fn assert_too_old(what: &str, finished: &Finished) {
    assert!([1, 2].contains(&finished.code), "{what}: {finished:?}");
    assert!(finished.stderr.contains("newer than this Keyback"), "{what}: {finished:?}");
    assert_eq!((finished.stderr.lines().count(), finished.stdout.as_str()), (1, ""), "{what}: {finished:?}");
}

#[on_both_databases]
async fn an_empty_database_is_brought_up_to_date_and_stays_as_it_is_the_second_time(database: Database) {
    let program = program(&database);
    assert_eq!(program.succeed(&["migrate"]).await, "The database is up to date.\n");
    let versions = database.texts(VERSIONS).await;
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    assert_eq!(versions.len(), files.count());
    assert_eq!(program.succeed(&["migrate"]).await, "The database is up to date.\n");
    assert_eq!(database.texts(VERSIONS).await, versions);
    database.remove().await;
}

#[on_both_databases]
async fn two_processes_that_begin_together_with_an_empty_database_both_succeed(database: Database) {
    let program = program(&database);
    let both = tokio::join!(program.run(&["migrate"]), program.run(&["migrate"]));
    for finished in [both.0, both.1] {
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    }
    let (one, other) = tokio::join!(program.serve(), program.serve());
    one.stop().await;
    other.stop().await;
    database.remove().await;
}

#[on_both_databases]
async fn a_database_that_is_newer_than_the_program_is_refused(database: Database) {
    let program = program(&database);
    program.succeed(&["migrate"]).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT version + 1000, description, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
    database.change(newer).await;
    for verb in [&["migrate"][..], &["serve"], &["accounts", "list"]] {
        assert_too_old(verb[0], &program.run(verb).await);
    }
    database.remove().await;
}

// Rounds, because there is only a moment in which the two can meet
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_that_begin_together_with_a_new_sqlite_file_both_serve() {
    for _ in 0..10 {
        let database = Database::sqlite();
        let program = program(&database);
        let (one, other) = tokio::join!(program.serve(), program.serve());
        for serving in [&one, &other] {
            assert!(!serving.log().contains("ERROR"), "{}", serving.log());
        }
        one.stop().await;
        other.stop().await;
    }
}
