//! No statement may read a whole table that grows. The statements are those that the real program logs while people and
//! programs use it, and those in `src/store`. The plans are those of the databases, with tables of realistic size.

use std::collections::BTreeSet;

use keyback::clock::Clock;
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use crate::support::population::{Population, TABLES};
use crate::support::{Browser, Database, OLD_PASSWORD, Program, ReceivedMail, Serving, SmtpServer, on_both_databases};

/// They hold what is still to be done, or the few keys that browsers use, and nothing else.
const INDEXES_OF_A_FEW_ROWS: [&str; 4] =
    ["outbox_lanes_pending", "outbox_messages_pending", "outbox_webhooks_pending", "api_keys_with_origins"];

/// Statements that read a whole table on purpose.
const MAY_SCAN: [(&str, &str); 2] = [
    (
        "SELECT id, key_hash, name, kind, scopes, origins, redirect_urls, created_at, expires_at, revoked_at, previous_key_hash, previous_expires_at FROM api_keys ORDER BY",
        "`keyback keys list` shows every key",
    ),
    (
        "SELECT COUNT(*), COUNT(code_proven_at) FROM challenges WHERE channel = 'sms'",
        "`/metrics` counts the text messages of a day; where they are many, the outbox is read once for all of them",
    ),
];

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// Every statement that a process has logged.
fn logged(log: &str) -> BTreeSet<String> {
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|event| event["target"] == "sqlx::query")
        .map(|event| {
            let whole = event["fields"]["db.statement"].as_str().unwrap_or_default();
            let short = event["fields"]["summary"].as_str().unwrap_or_default();
            on_one_line(if whole.trim().is_empty() { short } else { whole })
        })
        .filter(|statement| is_ours(statement))
        .collect()
}

/// Every statement that stands in `src/store` as it is. Those that are put together are among the
/// logged ones; each of their parts but the last ends with a space.
fn written() -> BTreeSet<String> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store")).unwrap();
    // `app/` reads the tables of apps, whose indexes are not ours.
    let files = folder.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let sources = files.map(|path| std::fs::read_to_string(path).unwrap());
    let literals = sources.flat_map(|source| source.split('"').map(str::to_owned).collect::<Vec<_>>());
    literals
        .filter(|text| !text.ends_with(' '))
        .map(|text| on_one_line(&text.replace("\\\n", "\n")))
        .filter(|text| is_ours(text) && !text.contains('{'))
        .collect()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_ours(statement: &str) -> bool {
    let first = statement.split(' ').next().unwrap_or_default();
    ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&first)
        && statement.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| TABLES.contains(&word))
}

/// What the database would read from end to end.
async fn scans(connection: &mut AnyConnection, statement: &str, is_sqlite: bool) -> Vec<String> {
    let plan =
        if is_sqlite { sqlite_plan(connection, statement).await } else { postgres_plan(connection, statement).await };
    let scan = if is_sqlite { "SCAN " } else { "Seq Scan on " };
    plan.into_iter()
        .filter(|line| {
            let table = line.split(scan).nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            let index = line.split("INDEX ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            TABLES.contains(&table) && !INDEXES_OF_A_FEW_ROWS.contains(&index)
        })
        .collect()
}

/// The statements that read a whole table, but for those that may.
async fn without_an_index(
    connection: &mut AnyConnection,
    statements: &BTreeSet<String>,
    is_sqlite: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements {
        let scans = scans(connection, statement, is_sqlite).await;
        let on_purpose = MAY_SCAN.iter().any(|(beginning, _reason)| statement.starts_with(beginning));
        if !scans.is_empty() && !on_purpose {
            found.push(format!("{scans:?}: {statement}"));
        }
    }
    found
}

async fn sqlite_plan(connection: &mut AnyConnection, statement: &str) -> Vec<String> {
    let explain = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
    let rows = explain.fetch_all(connection).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    rows.iter().map(|row| row.get("detail")).collect()
}

/// The plan that holds for any value of the parameters, which is the one that a busy server settles on.
async fn postgres_plan(connection: &mut AnyConnection, statement: &str) -> Vec<String> {
    let count = |statement: &str| (1..=20).filter(|number| statement.contains(&format!("${number}"))).count();
    let nulls = vec!["NULL"; count(statement)].join(", ");
    let arguments = if nulls.is_empty() { nulls } else { format!(" ({nulls})") };
    let mut lines = Vec::new();
    for text in [
        "SET plan_cache_mode = force_generic_plan".to_owned(),
        format!("PREPARE ours AS {statement}"),
        format!("EXPLAIN EXECUTE ours{arguments}"),
        "DEALLOCATE ours".to_owned(),
    ] {
        let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&mut *connection).await;
        let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error}"));
        lines.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    lines
}

async fn populate(connection: &mut AnyConnection) {
    let population = Population { accounts: 20_000, open_challenges: 100_000, now: Clock::System.now().millis() };
    let mut transaction = connection.begin().await.unwrap();
    for statement in population.statements() {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

/// What an operator does, once with everything; gives what the program logged.
async fn operate(program: &Program) -> String {
    let mut log = String::new();
    for arguments in [
        &["accounts", "add", "--email", "jane@example.org", "--email-verified", "--username", "jane"][..],
        &["accounts", "add", "--email", "john@example.org", "--email-verified", "--username", "john"],
        &["accounts", "set-password", "jane"],
        &["accounts", "show", "jane"],
        &["accounts", "disable", "jane"],
        &["accounts", "enable", "jane"],
        &["accounts", "list"],
        &["keys", "create", "shop"],
        &["keys", "list"],
    ] {
        let all: Vec<_> = arguments.iter().copied().chain(["--log-json"]).collect();
        let finished = program.run_with_input(&all, OLD_PASSWORD.as_bytes()).await;
        assert_eq!(finished.code, 0, "{arguments:?}: {}", finished.stderr);
        log.push_str(&finished.stderr);
    }
    log
}

/// A mail to somebody, with a link or with none.
async fn mail(smtp: &SmtpServer, to: &str, with_link: bool) -> ReceivedMail {
    let is_it = |mail: &&ReceivedMail| mail.recipients == [to] && mail.text().contains("/verify?") == with_link;
    smtp.wait_until("a mail", |state| state.mails.iter().any(|mail| is_it(&mail))).await;
    smtp.mails().iter().find(is_it).unwrap().clone()
}

/// A person resets by link and takes it back, a program resets by code; somebody guesses.
async fn use_it(serving: &Serving, smtp: &SmtpServer, key: &str) {
    let mut browser = serving.browser();
    for path in ["/forgot-password", "/code", "/check-inbox"] {
        browser.get(path).await;
    }
    browser.post("/actions/ask", &[("identifier", "jane@example.org")]).await;
    let first = mail(smtp, "jane@example.org", true).await;
    for path in ["/check-inbox", "/code"] {
        browser.get(path).await;
    }
    for code in ["00000000", &first.code()] {
        browser.post("/actions/check-code", &[("code", code)]).await;
    }
    browser.post("/actions/resend", &[]).await;
    let opened = browser.get(&format!("/verify?key={}", first.link_key())).await;
    browser.follow(&opened).await;
    for password in ["short", NEW_PASSWORD] {
        set_password(&mut browser, password).await;
    }
    browser.get(&format!("/verify?key={}", first.link_key())).await;
    let notice = mail(smtp, "jane@example.org", false).await;
    browser.get(&format!("/not-me?key={}", notice.cancel_key())).await;
    browser.get("/not-me").await;
    browser.post("/actions/not-me", &[]).await;

    let mut program = serving.browser();
    let asked = program.call_api("/api/v1/resets", key, json!({"username": "john"})).await.json();
    let second = mail(smtp, "john@example.org", true).await;
    program.get(&format!("/not-me?key={}", second.cancel_key())).await;
    let verify = format!("/api/v1/resets/{}/verify", asked["id"].as_str().unwrap());
    program.call_api(&verify, key, json!({"code": "00000000"})).await;
    program.call_api("/api/v1/resets/verify", key, json!({"username": "john", "code": second.code()})).await;
    for password in [OLD_PASSWORD, "wrong"] {
        let credentials = json!({"email": "john@example.org", "password": password});
        program.call_api("/api/v1/accounts/authenticate", key, credentials).await;
    }
    program.post("/actions/not-me", &[]).await;
}

async fn set_password(browser: &mut Browser, password: &str) {
    let form = browser.form_name().await;
    let fields = [("form", form.as_str()), ("new_password", password), ("new_password_again", password)];
    browser.post("/actions/set-password", &fields).await;
}

async fn captured(database: &Database) -> BTreeSet<String> {
    let smtp = SmtpServer::start().await;
    let quiet = Program::new(database, &smtp.url()).with("RESET__RESEND_COOLDOWN", "1s");
    let program =
        quiet.clone().with("SERVER__METRICS_LISTEN", "127.0.0.1:0").with_variable("RUST_LOG", "sqlx::query=debug");
    let mut log = operate(&program).await;
    let key = quiet.api_key().await;
    let serving = program.serve_by(&["serve", "--log-json"]).await;
    use_it(&serving, &smtp, &key).await;
    let metrics = serving.printed.iter().find_map(|line| line.strip_prefix("Metrics at ")).unwrap();
    reqwest::get(metrics).await.unwrap();
    log.push_str(&serving.log());
    serving.stop().await;
    logged(&log)
}

#[on_both_databases]
async fn no_statement_reads_a_whole_table_that_grows(database: Database) {
    let captured = captured(&database).await;
    assert!(captured.len() >= 40, "only {} statements were logged: {captured:#?}", captured.len());
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&database.url()).await.unwrap();
    populate(&mut connection).await;
    let statements: BTreeSet<_> = captured.union(&written()).cloned().collect();
    let mut found = BTreeSet::new();
    // SQLite has no statistics of its tables unless an operator asks for them; PostgreSQL always has.
    if database.is_sqlite() {
        found.extend(without_an_index(&mut connection, &statements, true).await);
    }
    for table in TABLES {
        sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE {table}"))).execute(&mut connection).await.unwrap();
    }
    found.extend(without_an_index(&mut connection, &statements, database.is_sqlite()).await);
    assert!(found.is_empty(), "{found:#?}");
    connection.close().await.unwrap();
    database.remove().await;
}
