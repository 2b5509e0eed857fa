//! Faults of the database: it is gone, cut off, demoted, full, or has no free connection. The answer is 503 with
//! `Retry-After`, never a wrong one, and the service recovers by itself (SECURITY.md, requirement 77).

use std::time::Duration;

use reqwest::StatusCode;
use tokio::task::JoinSet;

use crate::support::database_proxy::DatabaseProxy;
use crate::support::{Answer, Database, Program, Serving, SmtpServer, TestApp, on_both_databases};

const KNOCK: &str = "/verify?key=tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn is_put_off(answer: &Answer) -> bool {
    answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.header("retry-after") == Some("5")
}

/// Asks for one person on the page, and tells whether that was accepted; the only other answer is to
/// come back later.
async fn ask(serving: &Serving, person: &str) -> bool {
    ask_owned(serving, person.to_owned()).await
}

/// The same, to be done beside others.
fn ask_owned(serving: &Serving, person: String) -> impl Future<Output = bool> + Send + 'static {
    let mut browser = serving.browser();
    async move {
        let answer = browser.post("/actions/ask", &[("identifier", &person)]).await;
        if answer.status == StatusCode::SEE_OTHER {
            assert_eq!(answer.location(), "/check-inbox");
            return true;
        }
        assert!(is_put_off(&answer), "{} {}", answer.status, answer.body);
        false
    }
}

async fn wait_for_a_challenge(database: &Database) {
    while database.number("SELECT COUNT(*) FROM challenges").await == 0 {
        tokio::task::yield_now().await;
    }
}

/// Asks until it is accepted. One request may take 30 seconds.
async fn ask_until_accepted(serving: &Serving, person: &str) {
    let accepted = async { while !ask(serving, person).await {} };
    tokio::time::timeout(Duration::from_secs(90), accepted).await.expect("the service comes back by itself");
}

async fn program_with_one_account(database_url: &str, database: &Database, smtp: &SmtpServer) -> Program {
    let program = Program::new(database, &smtp.url()).with("DATABASE__URL", database_url);
    let arguments = ["accounts", "add", "--email", "known@example.org", "--email-verified", "--no-password"];
    program.succeed(&arguments).await;
    program
}

#[on_both_databases]
async fn a_database_that_is_gone_is_our_fault_and_says_nothing_of_itself(database: Database) {
    let app = TestApp::start(database).await;
    app.add_account("known@example.org").await;
    let mut with_session = app.browser();
    app.ask(&mut with_session, "known@example.org").await;
    app.application.store.close().await;

    let mut answers = vec![app.ask(&mut app.browser(), "known@example.org").await];
    for path in ["/forgot-password", "/check-inbox", "/code", "/reset-password", "/not-me"] {
        answers.push(with_session.get(path).await);
    }
    for action in ["ask", "resend", "check-code", "set-password", "not-me"] {
        answers.push(with_session.post(&format!("/actions/{action}"), &[("identifier", "a@example.org")]).await);
    }
    let token = format!("/auth-redirect?action=reset-pwd&access_token=at-{}", "A".repeat(43));
    answers.push(app.browser().get(&token).await);
    answers.push(app.browser().get(KNOCK).await);
    for answer in &answers {
        assert!(is_put_off(answer), "{} {}", answer.status, answer.body);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    }
    let api = app.authenticate("known@example.org", "x").await;
    assert!(is_put_off(&api), "{} {}", api.status, api.body);
    assert_eq!(api.header("content-type"), Some("application/problem+json"));
    assert_eq!(api.json()["type"], "/problems/unavailable");
    answers.push(api);
    for answer in answers {
        let body = answer.body.to_lowercase();
        for word in ["sql", "pool", "panic", "postgres", "0.1.0", "/src/", "rust"] {
            assert!(!body.contains(word), "{word}: {body}");
        }
    }
    app.database.remove().await;
}

#[on_both_databases]
async fn without_a_free_connection_callers_are_put_off_until_there_is_one(database: Database) {
    let app = TestApp::start_with(database, &[("DATABASE__MAX_CONNECTIONS", "1")]).await;
    let held = app.application.store.begin().await.unwrap();
    let (asked, api, link) = tokio::join!(
        async { app.ask(&mut app.browser(), "one@example.org").await },
        async { app.authenticate("one@example.org", "x").await },
        async { app.browser().get(KNOCK).await },
    );
    assert!(is_put_off(&asked), "{} {}", asked.status, asked.body);
    assert!(is_put_off(&api), "{} {}", api.status, api.body);
    // On SQLite readers have connections of their own.
    assert!(is_put_off(&link) || app.database.is_sqlite() && link.location() == "/link-expired", "{}", link.status);
    held.rollback().await.unwrap();
    assert_eq!(app.ask(&mut app.browser(), "one@example.org").await.location(), "/check-inbox");
    app.deliver().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn connections_that_are_cut_lose_nothing_that_was_accepted() {
    let (database, smtp) = (Database::postgres().await, SmtpServer::start().await);
    let wire = DatabaseProxy::start(&database.url()).await;
    let program = program_with_one_account(&wire.url(&database.url()), &database, &smtp).await;
    let serving = std::sync::Arc::new(program.serve().await);
    let mut accepted = 0;
    for round in 0..10 {
        let mut asking = JoinSet::new();
        for number in 0..20 {
            let serving = std::sync::Arc::clone(&serving);
            asking.spawn(async move { ask(&serving, &format!("person{round}-{number}@example.org")).await });
        }
        // After some of the answers, none to all of them.
        for _ in 0..usize::try_from(getrandom::u32().unwrap()).unwrap() % 20 {
            accepted += usize::from(asking.join_next().await.unwrap().unwrap());
        }
        wire.cut();
        while let Some(answer) = asking.join_next().await {
            accepted += usize::from(answer.unwrap());
        }
    }
    assert!(accepted > 0);
    wire.pull();
    assert!(!ask(&serving, "known@example.org").await);
    assert!(is_put_off(&serving.browser().get(KNOCK).await));
    wire.mend();
    ask_until_accepted(&serving, "known@example.org").await;
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    // A commit whose answer was lost may be there as well: that is more than was promised, never less.
    let written = database.number("SELECT COUNT(*) FROM challenges").await;
    assert!(usize::try_from(written).unwrap() > accepted, "{written} of {accepted} and one more");
    std::sync::Arc::into_inner(serving).unwrap().stop().await;
    database.remove().await;
}

/// The machine of the database is gone without a word, while requests are under way and the worker waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_database_that_says_nothing_more_is_given_up_for_one_that_does() {
    let (database, smtp) = (Database::postgres().await, SmtpServer::start().await);
    let wire = DatabaseProxy::start(&database.url()).await;
    let program = program_with_one_account(&wire.url(&database.url()), &database, &smtp).await;
    let serving = program.with("DATABASE__MAX_CONNECTIONS", "4").serve().await;
    let under_way = async {
        let asking = (0..8).map(|number| ask_owned(&serving, format!("person{number}@example.org")));
        asking.collect::<JoinSet<bool>>().join_all().await
    };
    let silenced = async {
        wait_for_a_challenge(&database).await;
        wire.silence();
    };
    let (answers, ()) = tokio::join!(under_way, silenced);
    assert_eq!(answers.len(), 8);
    ask_until_accepted(&serving, "known@example.org").await;
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    let ready = serving.browser().get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (StatusCode::OK, "ready\n"));
    serving.stop().await;
    database.remove().await;
}

/// After a failover the old server is gone and the new one takes no writes at first; then it is promoted,
/// and connections that were made before that must not be kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
async fn a_failover_is_a_pause_and_no_more() {
    let (database, smtp) = (Database::postgres().await, SmtpServer::start().await);
    let role = format!("keyback_failover_{:016x}", getrandom::u64().unwrap());
    database.change(&format!("CREATE ROLE {role} SUPERUSER LOGIN")).await;
    let mut as_role = url::Url::parse(&database.url()).unwrap();
    as_role.set_username(&role).unwrap();
    let wire = DatabaseProxy::start(as_role.as_str()).await;
    let program = program_with_one_account(&wire.url(as_role.as_str()), &database, &smtp).await;
    let serving = program.serve().await;
    assert!(ask(&serving, "before@example.org").await);

    database.change(&format!("ALTER ROLE {role} SET default_transaction_read_only = on")).await;
    wire.cut();
    for _ in 0..20 {
        assert!(!ask(&serving, "known@example.org").await, "nothing is accepted that cannot be written");
    }
    let ready = serving.browser().get("/readyz").await;
    assert_eq!((ready.status, ready.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not ready: database\n"));
    database.change(&format!("ALTER ROLE {role} RESET default_transaction_read_only")).await;
    ask_until_accepted(&serving, "known@example.org").await;
    for number in 0..20 {
        assert!(ask(&serving, &format!("after{number}@example.org")).await, "no connection is left from before");
    }
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    serving.stop().await;
    let server = format!("DROP OWNED BY {role}");
    database.change(&server).await;
    database.change(&format!("DROP ROLE {role}")).await;
    database.remove().await;
}

/// The file may grow no further: writes fail as on a full disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_puts_callers_off_until_there_is_room() {
    let (database, smtp) = (Database::sqlite(), SmtpServer::start().await);
    let program = program_with_one_account(&database.url(), &database, &smtp).await;
    let serving = program.with_file_limit(512 * 1024).serve().await;
    let mut accepted = 0;
    while ask(&serving, &format!("person{accepted}@example.org")).await {
        accepted += 1;
        assert!(accepted < 5000, "the limit is not felt");
    }
    assert!(!ask(&serving, "known@example.org").await);
    let page = serving.browser().get("/forgot-password").await;
    assert_eq!(page.status, StatusCode::OK, "what needs no writing goes on");
    serving.lift_file_limit().await;
    ask_until_accepted(&serving, "known@example.org").await;
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    serving.stop().await;
    assert_eq!(database.texts("PRAGMA integrity_check").await, ["ok"]);
    let mut there = database.texts("SELECT identifier FROM challenges ORDER BY requested_at").await;
    let expected: Vec<String> = (0..accepted)
        .map(|number| format!("person{number}@example.org"))
        .chain(["known@example.org".to_owned()])
        .collect();
    // A page writes the request, then its session: of the first that was put off, the former may have had room.
    there.retain(|identifier| *identifier != format!("person{accepted}@example.org"));
    assert_eq!(there, expected, "what was accepted is there, and nothing else");
    database.remove().await;
}
