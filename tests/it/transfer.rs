//! `keyback migrate --from`: everything moves from one database to another, and the service continues there.

use std::collections::BTreeMap;

use keyback::store::TABLES;

use crate::support::{Database, Program, SmtpServer};

const NEW_PASSWORD: &str = "meadow-copper-violin";

/// Every row of every table, as text in an order of its own.
async fn rows(database: &Database) -> BTreeMap<&'static str, Vec<String>> {
    let mut rows = BTreeMap::new();
    for table in TABLES {
        rows.insert(table, database.table(table).await);
    }
    rows
}

#[tokio::test]
async fn every_table_is_moved() {
    let database = Database::sqlite();
    Program::new(&database, "file:unused").succeed(&["migrate"]).await;
    let mut tables = database.texts("SELECT name FROM sqlite_master WHERE type = 'table'").await;
    tables.retain(|name| !name.starts_with("sqlite_") && !name.starts_with("_sqlx_"));
    tables.sort();
    let mut moved = TABLES.map(str::to_owned).to_vec();
    moved.sort();
    assert_eq!(tables, moved);
}

/// From one kind to the other and back, with a reset that was asked for before and is completed afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_service_moves_to_postgresql_and_back_in_the_middle_of_a_reset() {
    let smtp = SmtpServer::start().await;
    let (first, second, third) = (Database::sqlite(), Database::postgres().await, Database::sqlite());
    let key = keyback::model::ServerKey::random().unwrap().to_base64();
    let at = |database: &Database| Program::new(database, &smtp.url()).with("SERVER__SECRET_KEY", &key);

    at(&first).succeed(&["accounts", "add", "--email", "known@example.org", "--email-verified", "--no-password"]).await;
    let serving = at(&first).serve().await;
    let mut browser = serving.browser();
    assert_eq!(browser.post("/actions/ask", &[("identifier", "known@example.org")]).await.location(), "/check-inbox");
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    serving.stop().await;

    let told = at(&second).succeed(&["migrate", "--from", &first.url()]).await;
    assert!(told.contains("accounts: 1\n") && told.contains("outbox: 1\n"), "{told}");
    assert_eq!(rows(&first).await, rows(&second).await);
    at(&third).succeed(&["migrate", "--from", &second.url()]).await;
    assert_eq!(rows(&second).await, rows(&third).await);

    // The session, the code and its keyed hash have come along.
    let serving = at(&third).serve().await;
    let cookie = browser.cookie;
    let mut browser = serving.browser();
    browser.cookie = cookie;
    let code = smtp.mails()[0].code();
    assert_eq!(browser.post("/actions/check-code", &[("code", &code)]).await.location(), "/reset-password");
    let form = browser.form_name().await;
    let fields = [("form", form.as_str()), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    assert_eq!(browser.post("/actions/set-password", &fields).await.location(), "/done");
    smtp.wait_until("the notice", |state| state.mails.len() == 2).await;
    serving.stop().await;

    let refused = at(&third).run(&["migrate", "--from", &second.url()]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("table accounts of database.url already has rows"), "{}", refused.stderr);
    second.remove().await;
}

#[tokio::test]
async fn a_source_that_makes_no_sense_is_refused_with_the_fix() {
    let database = Database::sqlite();
    let program = Program::new(&database, "file:unused");
    for (from, fix) in [
        (database.url().as_str(), "this is the same database as database.url"),
        ("sqlite:/nowhere/keyback.db", "the file does not exist"),
        ("mysql://localhost/keyback", "must be sqlite:FILE or postgres://user:password@host/database"),
    ] {
        let refused = program.run(&["migrate", "--from", from]).await;
        assert_eq!((refused.code, refused.stderr), (2, format!("keyback: --from: {fix}\n")));
    }
}
