//! Every preset against the real tables of its framework: a reset through the pages, the hash that its recipe writes and
//! reads, the sessions that end, and the accounts beside it.
//!
//! `preset_rows/` has the accounts of Jane and Joe as each framework stores them, both with `OLD_PASSWORD`, and
//! statements that count what must end (0 afterwards) and what must stay (at least 1).

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::{AppDatabase, NEW_PASSWORD, at_the_form};
use crate::support::{Database, OLD_PASSWORD, TestApp};

/// What SECURITY_PASSWORD_SALT was when the vectors of Flask-Security were made.
const FLASK_SALT: &str = "146585145368132386173505678016728509634";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the presets that have a schema of that database.
fn presets_on(database: &str) -> Vec<String> {
    let ending = format!(".{database}.sql");
    let files = std::fs::read_dir(folder("tests/it/own_users/preset_schemas")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut presets: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(&ending)?.to_owned())).collect();
    presets.sort();
    assert!(!presets.is_empty());
    presets
}

/// What a comment in the file of rows says after `-- word: `.
fn noted<'a>(rows: &'a str, word: &str) -> Vec<&'a str> {
    let prefix = format!("-- {word}: ");
    rows.lines().filter_map(|line| line.strip_prefix(prefix.as_str())).collect()
}

async fn run(connection: &mut AnyConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
}

async fn count(connection: &mut AnyConnection, statement: &str) -> i64 {
    let row = sqlx::query(AssertSqlSafe(statement.to_owned())).fetch_one(connection).await;
    row.unwrap_or_else(|error| panic!("{error}: {statement}")).get(0)
}

/// Options that cost little, for a database on which the preset is not tried with its own ones.
fn cheap(preset: &str) -> Option<&'static str> {
    Some(match preset {
        "django" | "django-allauth" => "rounds=1000",
        "laravel" | "drupal" => "variant=2y\ncost=4",
        "devise" => "variant=2a\ncost=4\nlong=cut",
        "rails" | "mastodon" | "supabase" => "variant=2a\ncost=4",
        "spring" => "variant=2a\ncost=4\nprefix={bcrypt}",
        "symfony" | "wordpress" => "cost=4",
        "flask-security" | "fastapi-users" | "phpbb" => "memory=1024\npasses=1\nlanes=1",
        "moodle" | "discourse" => "rounds=1000",
        _ => return None,
    })
}

/// A preset is tried with its own costs on the first of its databases.
fn is_first(preset: &str, database: &str) -> bool {
    ["postgres", "mysql", "sqlite"].into_iter().find(|one| presets_on(one).iter().any(|name| name == preset))
        == Some(database)
}

async fn try_preset(preset: &str, database: &str, app: &AppDatabase) {
    let schema = read(&folder("tests/it/own_users/preset_schemas").join(format!("{preset}.{database}.sql")));
    let rows = read(&folder("tests/it/own_users/preset_rows").join(format!("{preset}.sql")));
    let mut connection = app.connect().await;
    run(&mut connection, &schema).await;
    if database == "mysql" {
        run(&mut connection, "SET SESSION sql_mode = 'ANSI_QUOTES'").await;
    }
    let statements: Vec<&str> = rows.lines().filter(|line| !line.starts_with("--") && !line.is_empty()).collect();
    for statement in statements {
        run(&mut connection, statement).await;
    }

    let url = app.url();
    let mut settings = vec![("DIRECTORY__URL".to_owned(), url), ("DIRECTORY__PRESET".to_owned(), preset.to_owned())];
    for setting in noted(&rows, "set") {
        let (name, value) = setting.split_once(" = ").unwrap();
        settings.push((name.to_owned(), value.to_owned()));
    }
    if preset == "flask-security" {
        settings.push(("DIRECTORY__PEPPER".to_owned(), FLASK_SALT.to_owned()));
    }
    let in_full = is_first(preset, database);
    if let Some(options) = cheap(preset).filter(|_| !in_full) {
        settings.push(("DIRECTORY__HASH_OPTIONS".to_owned(), options.to_owned()));
    }
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let keyback = TestApp::start_with(Database::sqlite(), &settings).await;

    if in_full {
        let old = keyback.authenticate("jane@example.org", OLD_PASSWORD).await;
        assert_eq!(old.status, StatusCode::OK, "{preset}: the vector verifies: {}", old.body);
    }
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(answer.location(), "/done", "{preset}");
    let mut tries = vec![("jane@example.org", NEW_PASSWORD, StatusCode::OK)];
    if in_full {
        tries.push(("jane@example.org", OLD_PASSWORD, StatusCode::UNAUTHORIZED));
        tries.push(("joe@example.org", OLD_PASSWORD, StatusCode::OK));
    }
    for (email, password, status) in tries {
        assert_eq!(keyback.authenticate(email, password).await.status, status, "{preset}: {email} {password}");
    }
    for statement in noted(&rows, "ends") {
        assert_eq!(count(&mut connection, statement).await, 0, "{preset}: {statement}");
    }
    for statement in noted(&rows, "stays") {
        assert!(count(&mut connection, statement).await > 0, "{preset}: {statement}");
    }
    assert_eq!(keyback.deliver().await.len(), 1, "{preset}: the notice");
    drop(connection);
    keyback.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_preset_on_sqlite() {
    for preset in presets_on("sqlite") {
        let app = AppDatabase::sqlite();
        try_preset(&preset, "sqlite", &app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn every_preset_on_postgres() {
    for preset in presets_on("postgres") {
        let app = AppDatabase::whole_postgres().await;
        try_preset(&preset, "postgres", &app).await;
        app.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(mysql), ignore = "TEST_MYSQL_URL is not set")]
async fn every_preset_on_mysql() {
    for preset in presets_on("mysql") {
        let app = AppDatabase::mysql().await;
        try_preset(&preset, "mysql", &app).await;
        app.remove().await;
    }
}

#[test]
fn every_preset_has_a_schema_and_rows() {
    let schemas: Vec<String> = ["sqlite", "postgres", "mysql"].into_iter().flat_map(presets_on).collect();
    for preset in keyback::config::preset_names().into_iter().filter(|name| name != "custom") {
        assert!(schemas.contains(&preset), "{preset} has no schema");
        assert!(
            folder("tests/it/own_users/preset_rows").join(format!("{preset}.sql")).exists(),
            "{preset} has no rows"
        );
        assert!(folder("docs/own-users").join(format!("{preset}.md")).exists(), "{preset} has no page");
    }
}
