//! `/livez` and `/readyz`, as load balancers use them.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Answer, Browser, Database, Program, Serving, TestApp, logs, on_both_databases};

/// Asks as a load balancer does: with an address for a host.
async fn probe(app: &TestApp, path: &str) -> Answer {
    app.browser().with_header("host", "10.0.0.7:3000").get(path).await
}

async fn assert_not_ready(app: &TestApp, body: &str) {
    let answer = probe(app, "/readyz").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, body));
    assert_eq!((answer.header("retry-after"), answer.header("cache-control")), (Some("5"), Some("no-store")));
    assert_eq!(probe(app, "/livez").await.status, StatusCode::OK);
}

/// What the database said holds for a second.
async fn the_second_passes() {
    tokio::time::sleep(Duration::from_millis(1100)).await;
}

async fn connect(serving: &Serving) -> TcpStream {
    TcpStream::connect(serving.base.trim_start_matches("http://")).await.unwrap()
}

#[on_both_databases]
async fn a_service_that_can_work_says_so_to_whoever_asks(database: Database) {
    let app = TestApp::start(database).await;
    for (path, body) in [("/livez", "ok\n"), ("/readyz", "ready\n")] {
        let answer = probe(&app, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, body));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("set-cookie"), None);
        let mut browser = app.browser();
        assert_eq!(browser.send(Method::HEAD, path, &[], None).await.status, StatusCode::OK);
        assert_eq!(browser.send(Method::POST, path, &[], None).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    // The host check is for everything else.
    assert_eq!(probe(&app, "/forgot-password").await.status, StatusCode::MISDIRECTED_REQUEST);
    app.finish().await;
}

// SECURITY.md, requirement 77: which of the two, and nothing of why
#[on_both_databases]
async fn without_its_database_it_is_alive_and_not_ready(database: Database) {
    let app = TestApp::start(database).await;
    app.application.store.close().await;
    assert_not_ready(&app, "not ready: database\n").await;
    app.database.remove().await;
}

#[on_both_databases]
async fn a_database_that_does_not_answer_is_found_out_in_time_however_many_ask(database: Database) {
    let app = TestApp::start_with(database, &[("DATABASE__MAX_CONNECTIONS", "1")]).await;
    let every_connection = app.application.store.begin().await.unwrap();
    let begun = Instant::now();
    let ask_at_once = || {
        let mut asking = JoinSet::new();
        for mut browser in vec![app.browser(); 100] {
            asking.spawn(async move { browser.get("/readyz").await.status });
        }
        asking.join_all()
    };
    assert_eq!(ask_at_once().await, [StatusCode::SERVICE_UNAVAILABLE; 100]);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());

    every_connection.rollback().await.unwrap();
    the_second_passes().await;
    let asked_before = logs::lines_with(&["\"SELECT 1\"".into()]).len();
    assert_eq!(ask_at_once().await, [StatusCode::OK; 100]);
    let asked = logs::lines_with(&["\"SELECT 1\"".into()]).len() - asked_before;
    assert!((1..=20).contains(&asked), "the database was asked {asked} times");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_no_longer_goes_round_is_told() {
    let app = TestApp::start(Database::sqlite()).await;
    app.clock.advance(Duration::from_secs(90));
    assert_eq!(probe(&app, "/readyz").await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(1));
    assert_not_ready(&app, "not ready: worker\n").await;
    app.deliver().await;
    assert_eq!(probe(&app, "/readyz").await.status, StatusCode::OK);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_is_not_ready_as_long_as_it_answers_at_all() {
    let database = Database::sqlite();
    let program = Program::new(&database, "smtp://localhost:1?tls=none").with("SERVER__METRICS_LISTEN", "127.0.0.1:0");
    let mut serving = program.serve().await;
    let metrics = serving.printed.iter().find_map(|line| line.strip_prefix("Metrics at ")).expect("where they are");
    let operators = metrics.strip_suffix("/metrics").unwrap().to_owned();
    for (base, path) in
        [(&serving.base, "/livez"), (&serving.base, "/readyz"), (&operators, "/livez"), (&operators, "/readyz")]
    {
        assert_eq!(reqwest::get(format!("{base}{path}")).await.unwrap().status(), StatusCode::OK);
    }
    // One connection asks later; another keeps the server from ending before that.
    let (mut later, mut slow) = (connect(&serving).await, connect(&serving).await);
    later.write_all(b"GET /readyz HTTP/1.1\r\n").await.unwrap();
    slow.write_all(b"POST /actions/ask HTTP/1.1\r\n").await.unwrap();
    assert_eq!(serving.browser().get("/forgot-password").await.status, StatusCode::OK);
    serving.tell_to_stop().await;
    while TcpStream::connect(serving.base.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }

    later.write_all(b"Host: 10.0.0.7\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    later.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("not ready: stopping\n"), "{answer}");
    let told = Browser::new(&operators, &operators).get("/readyz").await;
    assert_eq!((told.status, told.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not ready: stopping\n"));

    drop(slow);
    assert!(serving.ended().await.success());
    let log = serving.log();
    assert!(log.contains("/forgot-password") && !log.contains("/readyz") && !log.contains("/livez"), "{log}");
}
