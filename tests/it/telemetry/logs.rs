//! Logs of the real program: every line of a request has its id, and an event is one line.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{Answer, Browser, Database, PUBLIC_URL, Program, Serving, TestApp, logs, on_both_databases};

/// It has the form of a link's key and is none.
const NO_LINK: &str = "/verify?key=tk-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The requests that a line of JSON says it belongs to.
fn numbers(line: &Value) -> Vec<&str> {
    let spans = line["spans"].as_array().into_iter().flatten().chain([&line["span"]]);
    spans.filter_map(|span| span["id"].as_str()).collect()
}

/// The log once it holds that text: the program's lines come by a pipe.
async fn log_with(serving: &Serving, text: &str) -> String {
    let waiting = async {
        while !serving.log().contains(text) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let _shown_below = tokio::time::timeout(Duration::from_secs(10), waiting).await;
    serving.log()
}

// SECURITY.md, requirement 76: every fault can be found by the number that the answer names
#[on_both_databases]
async fn every_line_about_a_request_bears_the_number_of_its_answer(database: Database) {
    let program = Program::new(&database, "smtp://localhost:1?tls=none");
    // Even where an operator lets nothing but errors through.
    let serving = program.serve_by(&["serve", "--log-json", "--log", "error,keyback=info"]).await;
    // And where steps are spans that the log does not see; nobody takes the traces.
    let silent = program
        .with("TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:1")
        .serve_by(&["serve", "--log-json", "--log", "error"])
        .await;
    for table in ["sessions", "link_keys", "api_keys"] {
        database.change(&format!("DROP TABLE {table}")).await;
    }
    for serving in [serving, silent] {
        let mut browser = serving.browser();
        let mut answers: Vec<Answer> = Vec::new();
        answers.push(browser.get(NO_LINK).await);
        let key = ("authorization", "Bearer kb-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        answers.push(browser.send(Method::POST, "/api/v1/resets", &[key], Some(b"{}".to_vec())).await);
        answers.push(browser.post("/actions/ask", &[("identifier", "known@example.org")]).await);
        browser.cookie = Some("__Host-keyback=AAAAAAAAAAAAAAAAAAAAAA".into());
        answers.push(browser.post("/actions/check-code", &[("code", "12345678")]).await);
        for page in ["/forgot-password", "/check-inbox", "/code", "/reset-password", "/not-me"] {
            answers.push(browser.get(page).await);
        }

        let last = answers.last().and_then(|answer| answer.header("x-request-id")).unwrap();
        let log = log_with(&serving, last).await;
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let faults: Vec<_> = lines
            .iter()
            .filter(|line| line["level"] == "ERROR" && line["target"] != "keyback::worker::purge")
            .collect();
        for answer in &answers {
            let number = answer.header("x-request-id").unwrap();
            assert!(answer.status.is_server_error(), "{answer:?}");
            assert!(faults.iter().any(|line| numbers(line).contains(&number)), "{number} {answer:?}\n{log}");
        }
        for line in faults {
            assert!(
                answers.iter().any(|answer| numbers(line).contains(&answer.header("x-request-id").unwrap())),
                "{line}"
            );
        }
        serving.stop().await;
    }
    database.remove().await;
}

// SECURITY.md, requirement 76: log injection
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_one_line_whatever_is_in_it() {
    let database = Database::sqlite();
    let program = Program::new(&database, "smtp://localhost:1?tls=none");
    for arguments in [&["serve"][..], &["serve", "--log-json"][..]] {
        let serving = program.serve_by(arguments).await;
        let forged = "2026-01-01T00:00:00.000000Z  INFO keyback: forged";
        database.change("DROP TRIGGER IF EXISTS broken").await;
        let words = format!("broken\n{forged}\r\n{forged}");
        database
            .change(&format!("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, '{words}'); END"))
            .await;
        serving.browser().get(NO_LINK).await;
        let log = log_with(&serving, "forged").await;
        let lines: Vec<&str> = log.lines().filter(|line| line.contains("forged")).collect();
        assert!(lines.len() == 1 && lines[0].contains("could not write refusals to the audit"), "{log}");
        assert!(!log.contains('\r'), "{log}");
        serving.stop().await;
    }
}

// SECURITY.md, requirement 75: what was put together while it ran may hold anything
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_an_event_with_the_number_of_its_request_and_without_what_it_holds() {
    let app = TestApp::start(Database::sqlite()).await;
    let typed = "typed-by-somebody".to_owned();
    let broken = Router::new().route("/dev/broken", get(|| async move { panic!("the index is in {typed}") as String }));
    let router = keyback::server::build(app.application.server_parts(), broken).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(keyback::server::serve(listener, router, std::future::pending()));
    let before = std::panic::take_hook();
    keyback::telemetry::log_panics();
    let answer = Browser::new(&base, PUBLIC_URL).get("/dev/broken").await;
    std::panic::set_hook(before);
    let lines = logs::lines_with(&[answer.header("x-request-id").unwrap().to_owned()]);
    let line = lines.iter().find(|line| line.contains("a task panicked")).expect("a line of the panic");
    assert!(line.contains("tests/it/telemetry/logs.rs:"), "{line}");
    assert!(logs::lines_with(&["typed-by-somebody".to_owned()]).is_empty());
    app.finish().await;
}
