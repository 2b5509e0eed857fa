//! The grants that `keyback check --grants` prints: with them, and with nothing else, a whole reset works.

use reqwest::StatusCode;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::check::program;
use super::{AppDatabase, NEW_PASSWORD, OLD_HASH, at_the_form};
use crate::support::Database;

/// A user of the database server who may do nothing yet.
struct Stranger {
    name: String,
    url: String,
}

impl Stranger {
    async fn create(app: &AppDatabase) -> Self {
        let name = format!("keyback_{:016x}", getrandom::u64().unwrap());
        let password = format!("{:016x}", getrandom::u64().unwrap());
        match app {
            AppDatabase::MySql { .. } => {
                app.execute_raw(&format!("CREATE USER '{name}'@'%' IDENTIFIED BY '{password}'")).await;
            }
            _ => app.execute_raw(&format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'")).await,
        }
        let mut url = url::Url::parse(&app.url()).unwrap();
        url.set_username(&name).unwrap();
        url.set_password(Some(&password)).unwrap();
        Self { name, url: url.to_string() }
    }

    /// What the database says to a statement of this user.
    async fn refused(&self, statement: &str) -> String {
        let mut connection = AnyConnection::connect(&self.url).await.unwrap();
        let done = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await;
        match done {
            Ok(_) => panic!("{statement} is allowed"),
            Err(error) => error.to_string(),
        }
    }

    async fn remove(self, app: AppDatabase) {
        match &app {
            AppDatabase::MySql { .. } => app.execute_raw(&format!("DROP USER '{}'@'%'", self.name)).await,
            _ => {
                app.execute_raw(&format!("DROP OWNED BY {}", self.name)).await;
                app.execute_raw(&format!("DROP ROLE {}", self.name)).await;
            }
        }
        app.remove().await;
    }
}

async fn printed_grants(app: &AppDatabase, stranger: &Stranger) -> String {
    let ours = Database::sqlite();
    program(app, &ours, &[("DIRECTORY__URL", &stranger.url)]).succeed(&["check", "--grants"]).await
}

async fn grant(app: &AppDatabase, printed: &str) {
    for line in printed.lines().filter(|line| !line.starts_with("--")) {
        app.execute_raw(line).await;
    }
}

async fn the_grants_are_enough_and_no_more(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let stranger = Stranger::create(&app).await;
    let printed = printed_grants(&app, &stranger).await;
    grant(&app, &printed).await;

    let settings = [("DIRECTORY__URL", stranger.url.as_str())];
    let ours = Database::sqlite();
    let told = program(&app, &ours, &settings).succeed(&["check", "--user", "jane@example.org", "--rehearse"]).await;
    assert!(told.contains("directory: ok: "), "{told}");
    assert!(told.contains("1 row, read back as written; 2 rows of web_sessions would go"), "{told}");

    let keyback = app.keyback_with(&settings).await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    assert_eq!(keyback.set_password(&mut browser, NEW_PASSWORD).await.location(), "/done");
    assert_eq!(keyback.authenticate("jane@example.org", NEW_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(app.number("SELECT COUNT(*) FROM web_sessions").await, 0);
    let notice = keyback.deliver().await.remove(0);
    let key = notice.cancel_key_if_any().unwrap();
    let of_thief = app.password(7).await;
    let mut owner = keyback.browser();
    owner.get(&format!("/not-me?key={key}")).await;
    owner.post("/actions/not-me", &[]).await;
    assert_ne!(app.password(7).await, of_thief, "\"this wasn't me\" works, too");

    for statement in [
        "UPDATE members SET note = 'changed' WHERE id = 7",
        "UPDATE members SET email = 'other@example.org' WHERE id = 7",
        "SELECT * FROM members",
        "SELECT note FROM members",
        "SELECT * FROM web_sessions",
        "DELETE FROM members WHERE id = 7",
        "DELETE FROM audit_of_app WHERE id = 7",
        "SELECT id FROM audit_of_app",
        "INSERT INTO web_sessions (id, member_id) VALUES ('x', 7)",
        "UPDATE web_sessions SET member_id = 8 WHERE member_id = 7",
    ] {
        let error = stranger.refused(statement).await;
        assert!(error.contains("denied"), "{statement}: {error}");
    }
    keyback.finish().await;
    stranger.remove(app).await;
}

/// Each privilege that is missing is named, with the line that grants it.
async fn what_is_missing_is_named(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let stranger = Stranger::create(&app).await;
    let ours = Database::sqlite();
    let printed = printed_grants(&app, &stranger).await;
    let on_sessions = printed.lines().find(|line| line.contains("web_sessions")).unwrap();
    let program = program(&app, &ours, &[("DIRECTORY__URL", &stranger.url)]);

    // Without the right to change one of three columns, and to end sessions.
    let without = printed.replace(", remember_token", "").replace(on_sessions, "-- not yet");
    assert!(!without.contains("remember_token") && !without.contains("web_sessions"), "{without}");
    grant(&app, &without).await;
    let finished = program.run(&["check"]).await;
    assert_eq!(finished.code, 2, "{}", finished.stdout);
    let user = &stranger.name;
    let sentence = format!("directory: {user} may not change members.remember_token. Grant it: GRANT UPDATE (pw, ");
    assert!(finished.stderr.contains(&sentence), "{}", finished.stderr);
    let sentence = format!(
        "directory: {user} may not run DELETE FROM web_sessions WHERE member_id = :id. Grant it: {on_sessions}"
    );
    assert!(finished.stderr.contains(&sentence), "{}", finished.stderr);
    grant(&app, &printed).await;
    program.succeed(&["check"]).await;
    stranger.remove(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_role_with_the_printed_grants_can_do_a_reset_and_nothing_else_on_postgres() {
    the_grants_are_enough_and_no_more(AppDatabase::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(mysql), ignore = "TEST_MYSQL_URL is not set")]
async fn a_role_with_the_printed_grants_can_do_a_reset_and_nothing_else_on_mysql() {
    the_grants_are_enough_and_no_more(AppDatabase::mysql().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn missing_privileges_are_named_with_their_grants_on_postgres() {
    what_is_missing_is_named(AppDatabase::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(mysql), ignore = "TEST_MYSQL_URL is not set")]
async fn missing_privileges_are_named_with_their_grants_on_mysql() {
    what_is_missing_is_named(AppDatabase::mysql().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_table_with_row_level_security_is_told() {
    let app = AppDatabase::postgres().await;
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let stranger = Stranger::create(&app).await;
    grant(&app, &printed_grants(&app, &stranger).await).await;
    app.execute("ALTER TABLE members ENABLE ROW LEVEL SECURITY").await;
    let ours = Database::sqlite();
    let program = program(&app, &ours, &[("DIRECTORY__URL", &stranger.url)]);
    let finished = program.run(&["check"]).await;
    assert_eq!(finished.code, 2, "{}", finished.stdout);
    let name = &stranger.name;
    let sentence = format!(
        "directory: members has row-level security, and {name} sees no row of it. ALTER ROLE {name} BYPASSRLS, or a policy \
         FOR ALL TO {name}"
    );
    assert!(finished.stderr.contains(&sentence), "{}", finished.stderr);
    app.execute_raw(&format!("ALTER ROLE {name} BYPASSRLS")).await;
    program.succeed(&["check"]).await;
    stranger.remove(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_has_no_grants_and_the_printed_line_says_what_counts() {
    let app = AppDatabase::sqlite();
    let ours = Database::sqlite();
    let told = program(&app, &ours, &[]).succeed(&["check", "--grants"]).await;
    assert!(told.starts_with("-- SQLite has no grants: "), "{told}");
}
