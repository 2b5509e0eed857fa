//! The app itself is in the way: it holds the row, deadlocks with us, takes no writes, or has no room. The answer is
//! clear, and nothing is done by half (SECURITY.md, requirement 77).

use std::time::Duration;

use reqwest::StatusCode;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::{AppDatabase, CHEAP_HASH, NEW_PASSWORD, OLD_HASH, at_the_form, on_app_databases, on_app_servers};
use crate::faults::is_put_off;
use crate::support::{Browser, Database, Program, SmtpServer, TestApp, logs};

const OPEN_WRITES: &str = "SELECT COUNT(*) FROM challenges WHERE write_purpose IS NOT NULL";

const SESSIONS: &str = "SELECT COUNT(*) FROM web_sessions WHERE member_id = 7";

async fn run(connection: &mut AnyConnection, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.map(|_| ())
}

/// Comes back as soon as somebody holds the row of the account.
async fn wait_until_held(connection: &mut AnyConnection) {
    let free = "SELECT id FROM members WHERE id = 7 FOR UPDATE SKIP LOCKED";
    while sqlx::query(free).fetch_optional(&mut *connection).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

/// Everything is as before, or everything is done.
async fn assert_never_half(app: &AppDatabase, is_done: bool) {
    assert_eq!(app.password(7).await.as_deref() != Some(OLD_HASH), is_done);
    assert_eq!(app.text("remember_token", 7).await.as_deref() != Some("old"), is_done);
    assert_eq!(app.number(SESSIONS).await, if is_done { 0 } else { 2 });
}

async fn set_after_all(app: &AppDatabase, keyback: &TestApp, browser: &mut Browser) {
    assert_eq!(keyback.set_password(browser, NEW_PASSWORD).await.location(), "/done");
    assert_never_half(app, true).await;
    assert_eq!(keyback.database.number(OPEN_WRITES).await, 0);
    assert_eq!(keyback.deliver().await.len(), 1, "one notice");
}

#[on_app_databases]
async fn a_row_that_the_app_holds_is_waited_for_and_then_put_off(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let mut holder = app.connect().await;
    run(&mut holder, if app.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" }).await.unwrap();
    run(&mut holder, "UPDATE members SET note = 'untouched' WHERE id = 7").await.unwrap();

    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    keyback.wait_for_cooldown();
    assert_eq!(keyback.ask(&mut keyback.browser(), "jane@example.org").await.location(), "/check-inbox");
    assert_eq!(keyback.deliver().await.len(), 1, "what only reads is not held up");
    run(&mut holder, "ROLLBACK").await.unwrap();
    assert_never_half(&app, false).await;

    set_after_all(&app, &keyback, &mut browser).await;
    keyback.finish().await;
    app.remove().await;
}

/// In SQLite's rollback journal, whoever reads keeps others from committing: the new password is written and noted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_a_reader_of_the_app_prevents_changes_nothing() {
    let app = AppDatabase::sqlite();
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let mut reader = app.connect().await;
    run(&mut reader, "BEGIN").await.unwrap();
    run(&mut reader, "SELECT id FROM members").await.unwrap();
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    assert_eq!(keyback.database.number(OPEN_WRITES).await, 1);
    run(&mut reader, "COMMIT").await.unwrap();
    assert_never_half(&app, false).await;
    set_after_all(&app, &keyback, &mut browser).await;
    keyback.finish().await;
    app.remove().await;
}

/// The app deletes sessions first and then changes the row of the account; Keyback does it the other way round.
#[on_app_servers]
async fn a_deadlock_with_the_app_ends_in_success_or_a_later_try(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let keyback = app.keyback().await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let (mut of_app, mut watching) = (app.connect().await, app.connect().await);
    run(&mut of_app, "BEGIN").await.unwrap();
    run(&mut of_app, "UPDATE web_sessions SET member_id = 7 WHERE member_id = 7").await.unwrap();
    let change_of_app = async {
        tokio::time::timeout(Duration::from_secs(30), wait_until_held(&mut watching)).await.expect("Keyback's lock");
        let changed = run(&mut of_app, "UPDATE members SET note = 'untouched' WHERE id = 7").await;
        let ended = run(&mut of_app, if changed.is_ok() { "COMMIT" } else { "ROLLBACK" }).await;
        ended.map(|()| changed.is_ok())
    };
    let (answer, app_succeeded) = tokio::join!(keyback.set_password(&mut browser, NEW_PASSWORD), change_of_app);
    let is_done = answer.status == StatusCode::SEE_OTHER;
    assert!(is_done || is_put_off(&answer), "{} {}", answer.status, answer.body);
    assert!(is_done || app_succeeded.unwrap(), "only one of the two gives way");
    assert_never_half(&app, is_done).await;
    if is_done {
        assert_eq!(answer.location(), "/done");
        assert_eq!(keyback.deliver().await.len(), 1);
    } else {
        set_after_all(&app, &keyback, &mut browser).await;
    }
    keyback.finish().await;
    app.remove().await;
}

/// A replica, or a server after a failover.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_server_that_takes_no_writes_puts_off_until_it_does() {
    let app = AppDatabase::postgres().await;
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let role = format!("keyback_replica_{:016x}", getrandom::u64().unwrap());
    app.execute(&format!("CREATE ROLE {role} SUPERUSER LOGIN")).await;
    app.execute(&format!("ALTER ROLE {role} SET default_transaction_read_only = on")).await;
    let mut url = url::Url::parse(&app.url()).unwrap();
    url.set_username(&role).unwrap();
    let keyback = app.keyback_with(&[("DIRECTORY__URL", url.as_str())]).await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
    assert!(!logs::lines_with(&["read-only transaction".to_owned()]).is_empty(), "the log says why");
    assert_never_half(&app, false).await;
    // The next connections are to a server that takes writes; those from before must not be kept.
    app.execute(&format!("ALTER ROLE {role} RESET default_transaction_read_only")).await;
    set_after_all(&app, &keyback, &mut browser).await;
    keyback.finish().await;
    app.execute(&format!("DROP OWNED BY {role}")).await;
    app.execute(&format!("DROP ROLE {role}")).await;
    app.remove().await;
}

#[on_app_servers]
async fn a_user_who_may_only_read_gets_a_clear_error_and_changes_nothing(app: AppDatabase) {
    app.create().await;
    app.add_member(7, "jane@example.org", Some(OLD_HASH)).await;
    let user = format!("kb_reader_{:08x}", getrandom::u32().unwrap());
    let url = app.add_reader(&user).await;
    let keyback = app.keyback_with(&[("DIRECTORY__URL", url.as_str())]).await;
    let mut browser = at_the_form(&keyback, "jane@example.org").await;
    let answer = keyback.set_password(&mut browser, NEW_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "waiting does not help");
    let why = ["UPDATE command denied to user".to_owned(), "permission denied for table members".to_owned()];
    assert!(!logs::lines_with(&why).is_empty(), "the log says why");
    assert_never_half(&app, false).await;
    assert_eq!(keyback.database.number(OPEN_WRITES).await, 0);
    keyback.finish().await;
    app.remove_reader(&user).await;
    app.remove().await;
}

/// The app's file may grow no further, as on a full disk. Keyback's own is smaller.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_app_puts_off_until_there_is_room() {
    const PADDING: u64 = 16 * 1024 * 1024;
    let (app, ours, smtp) = (AppDatabase::sqlite(), Database::sqlite(), SmtpServer::start().await);
    app.create().await;
    app.add_member(7, "jane@example.org", Some(CHEAP_HASH)).await;
    app.execute(&format!("INSERT INTO audit_of_app (id, what) VALUES (1, zeroblob({PADDING}))")).await;
    let size =
        u64::try_from(app.number("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").await);
    let program = app
        .configured(Program::new(&ours, &smtp.url()))
        .with("DIRECTORY__MAX_CONNECTIONS", "1")
        .with("DIRECTORY__ALSO_SET", "note = hex(zeroblob(20000))\nremember_token = :random");
    let serving = program.with_file_limit(size.unwrap()).serve().await;
    let mut browser = serving.browser();
    browser.post("/actions/ask", &[("identifier", "jane@example.org")]).await;
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    let link = format!("/verify?key={}&action=reset-pwd", smtp.mails()[0].link_key());
    let opened = browser.get(&link).await;
    browser.follow(&opened).await;
    let form = browser.form_name().await;
    let fields = [("form", &*form), ("new_password", NEW_PASSWORD), ("new_password_again", NEW_PASSWORD)];
    for _ in 0..3 {
        let answer = browser.post("/actions/set-password", &fields).await;
        assert!(is_put_off(&answer), "{} {}: {}", answer.status, answer.body, serving.log());
    }
    assert_eq!(app.password(7).await.as_deref(), Some(CHEAP_HASH));
    assert_eq!(app.number(SESSIONS).await, 2);
    serving.lift_file_limit().await;
    let answer = browser.post("/actions/set-password", &fields).await;
    assert_eq!(answer.location(), "/done");
    assert_eq!(app.number(SESSIONS).await, 0);
    smtp.wait_until("the notice", |state| state.mails.len() == 2).await;
    serving.stop().await;
    assert_eq!(ours.number(OPEN_WRITES).await, 0);
    app.remove().await;
}
