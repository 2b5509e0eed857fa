//! A copy made while the server is running can be restored to a complete service. docs/deployment.md says how to make
//! one and what it contains.

use keyback::model::ServerKey;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::process::Command;

use crate::support::{Answer, Database, Program, Serving, SmtpBehaviour, SmtpServer, on_both_databases};

const OLD_PASSWORD: &str = "walnut-river-lantern";
const NEW_PASSWORD: &str = "meadow-copper-violin";

async fn ask(serving: &Serving, email: &str) {
    let answer = serving.browser().post("/actions/ask", &[("identifier", email)]).await;
    assert_eq!(answer.location(), "/check-inbox");
}

async fn call(serving: &Serving, key: &str, path: &str, body: Value) -> Answer {
    let headers = [("authorization", key), ("content-type", "application/json")];
    serving.browser().send(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await
}

async fn sign_in(serving: &Serving, key: &str, password: &str) -> StatusCode {
    let body = json!({ "email": "jane@example.org", "password": password });
    call(serving, key, "/api/v1/accounts/authenticate", body).await.status
}

/// Runs a command that asks for a password.
async fn with_password(program: &Program, arguments: &[&str], password: &str) {
    let finished = program.run_with_input(arguments, password.as_bytes()).await;
    assert_eq!(finished.code, 0, "{}", finished.stderr);
}

/// Runs one of PostgreSQL's programs, which come with its client.
async fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().await;
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

#[on_both_databases]
async fn a_copy_of_a_database_at_work_is_a_whole_service_again(database: Database) {
    let smtp = SmtpServer::start().await;
    let secret_key = ServerKey::random().unwrap().to_base64();
    let mut program = Program::new(&database, &smtp.url());
    if !database.is_sqlite() {
        program = program.with("SERVER__SECRET_KEY", &secret_key);
    }
    for email in ["jane@example.org", "amir@example.org"] {
        with_password(&program, &["accounts", "add", "--email", email, "--email-verified"], OLD_PASSWORD).await;
    }
    let key = format!("Bearer {}", program.succeed(&["keys", "create", "app"]).await.trim());

    // One code has gone, one message is pending.
    let serving = program.serve().await;
    ask(&serving, "jane@example.org").await;
    smtp.wait_until("the mail", |state| !state.mails.is_empty()).await;
    let code = smtp.mails()[0].code();
    smtp.behave(SmtpBehaviour::Unavailable);
    ask(&serving, "amir@example.org").await;

    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("keyback.dump").display().to_string();
    match &database {
        Database::Sqlite(_) => {
            database.change(&format!("VACUUM INTO '{}'", folder.path().join("keyback.db").display())).await;
        }
        Database::Postgres { server, schema } => run("pg_dump", &["-Fc", "-n", schema, "-f", &dump, server]).await,
    }
    // What comes after the copy is not in it.
    with_password(&program, &["accounts", "set-password", "jane@example.org"], NEW_PASSWORD).await;
    assert_eq!(sign_in(&serving, &key, NEW_PASSWORD).await, StatusCode::OK);
    serving.kill().await;

    let restored = match database {
        Database::Sqlite(lost) => {
            std::fs::copy(lost.path().join("keyback.db.key"), folder.path().join("keyback.db.key")).unwrap();
            Database::Sqlite(folder)
        }
        Database::Postgres { server, schema } => {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let drop = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
            sqlx::raw_sql(drop).execute(&mut connection).await.unwrap();
            run("pg_restore", &["--exit-on-error", "-d", &server, &dump]).await;
            Database::Postgres { server, schema }
        }
    };
    // The copy may have been made in the moment of a try, whose claim holds for a minute.
    restored.change("UPDATE outbox SET lease_until = 0 WHERE finished_at IS NULL").await;
    smtp.behave(SmtpBehaviour::Accept);
    let serving = program.with("DATABASE__URL", &restored.url()).serve().await;
    smtp.wait_until("the pending mail", |state| state.mails.len() > 1).await;
    assert_eq!(smtp.mails()[1].recipients, ["amir@example.org"]);
    assert_eq!(sign_in(&serving, &key, OLD_PASSWORD).await, StatusCode::OK);
    assert_eq!(sign_in(&serving, &key, NEW_PASSWORD).await, StatusCode::UNAUTHORIZED);
    // The hash of a code is keyed: it is good because the key came back, too.
    let typed =
        call(&serving, &key, "/api/v1/resets/verify", json!({ "email": "jane@example.org", "code": code })).await;
    assert_eq!(typed.status, StatusCode::OK, "{}", typed.body);
    serving.stop().await;
    restored.remove().await;
}
