//! The real program as a process that is asked to stop. `crash` tests what killing it does, `instances` several
//! processes together.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::support::{Database, Program, Serving, SmtpBehaviour, SmtpServer, on_both_databases};

/// Sends a request but for the last octet of its body.
async fn unfinished_request(serving: &Serving) -> TcpStream {
    let mut stream = TcpStream::connect(serving.base.trim_start_matches("http://")).await.unwrap();
    let body = "identifier=person0%40example.or";
    let request = format!(
        "POST /actions/ask HTTP/1.1\r\nHost: reset.example.org\r\nOrigin: https://reset.example.org\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len() + 1
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // The next answer on another connection says that the server has had time to read this one.
    assert_eq!(serving.browser().get("/forgot-password").await.status, StatusCode::OK);
    stream
}

/// Comes back when nobody listens any more: the server has heard that it is to stop.
async fn refuses_connections(serving: &Serving) {
    while TcpStream::connect(serving.base.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

/// Asks for some people at once; who got the promise of a message.
fn ask_for(serving: &Serving, people: std::ops::Range<usize>) -> JoinSet<Option<String>> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut asking = JoinSet::new();
    for number in people {
        let client = client.clone();
        let url = format!("{}/actions/ask", serving.base);
        asking.spawn(async move {
            let email = format!("person{number}@example.org");
            let request = client
                .post(url)
                .header("host", "reset.example.org")
                .header("origin", "https://reset.example.org")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("identifier={}", email.replace('@', "%40")));
            // A server that is killed answers nothing, and then it has promised nothing.
            let answer = request.send().await.ok()?;
            (answer.headers().get("location")? == "/check-inbox").then_some(email)
        });
    }
    asking
}

async fn promised(mut asking: JoinSet<Option<String>>) -> Vec<String> {
    let mut people = Vec::new();
    while let Some(person) = asking.join_next().await {
        people.extend(person.unwrap());
    }
    people
}

/// The minute passes for which a dead worker's claim holds.
async fn leases_run_out(database: &Database) {
    database.change("UPDATE outbox SET lease_until = 0 WHERE finished_at IS NULL").await;
}

// DESIGN.md §5: what is under way is finished
#[on_both_databases]
async fn a_server_that_is_told_to_stop_answers_what_is_under_way_and_ends_well(database: Database) {
    let smtp = SmtpServer::start().await;
    let program = Program::new(&database, &smtp.url());
    program.add_people(1).await;
    let mut serving = program.serve().await;
    let mut requests = Vec::new();
    for _ in 0..5 {
        requests.push(unfinished_request(&serving).await);
    }
    let begun = Instant::now();
    serving.tell_to_stop().await;
    refuses_connections(&serving).await;
    for request in &mut requests {
        request.write_all(b"g").await.unwrap();
        let mut answer = String::new();
        request.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 303 See Other\r\n"), "{answer}");
    }
    assert_eq!(serving.ended().await.code(), Some(0), "{}", serving.log());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    // One of the five was accepted, the others came too soon after it. Its mail is not lost.
    let serving = program.serve().await;
    smtp.wait_until("the mail", |state| !state.mails.is_empty()).await;
    serving.stop().await;
    assert_eq!(database.number("SELECT COUNT(*) FROM outbox").await, 1);
    database.remove().await;
}

#[on_both_databases]
async fn metrics_are_served_on_a_listener_of_their_own_until_the_end(database: Database) {
    let program = Program::new(&database, "file:mails").with("SERVER__METRICS_LISTEN", "127.0.0.1:0");
    let folder = tempfile::tempdir().unwrap();
    let mut serving = program.inside(folder.path()).serve().await;
    let line =
        serving.printed.iter().find_map(|line| line.strip_prefix("Metrics at ")).expect("where they are").to_owned();
    let answer = reqwest::get(&line).await.unwrap();
    assert!(answer.text().await.unwrap().contains("keyback_outbox_pending 0\n"));
    assert_eq!(serving.browser().get("/metrics").await.status, StatusCode::NOT_FOUND);
    serving.tell_to_stop().await;
    assert!(serving.ended().await.success());
    assert!(reqwest::get(&line).await.is_err());
    database.remove().await;
}

#[on_both_databases]
async fn a_port_that_is_taken_stops_the_start_with_one_message(database: Database) {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished =
        Program::new(&database, "smtp://localhost:1?tls=none").with("SERVER__LISTEN", &address).run(&["serve"]).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert_eq!(
        finished.stderr,
        format!("keyback: server.listen = \"{address}\": Address already in use (os error 98)\n")
    );
    database.remove().await;
}

// DESIGN.md §5: at most ten seconds, whatever a caller or the mail server does
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_and_a_mail_server_that_never_end_hold_the_process_up_for_ten_seconds_at_most() {
    let (database, smtp) = (Database::sqlite(), SmtpServer::start().await);
    let program = Program::new(&database, &smtp.url());
    program.add_people(2).await;
    let mut serving = program.serve().await;
    smtp.behave(SmtpBehaviour::HoldMessage);
    assert_eq!(promised(ask_for(&serving, 1..2)).await.len(), 1);
    smtp.wait_until("the message is held", |state| state.held == 1).await;
    let _request = unfinished_request(&serving).await;
    let begun = Instant::now();
    serving.tell_to_stop().await;
    assert_eq!(serving.ended().await.code(), Some(0), "{}", serving.log());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    smtp.behave(SmtpBehaviour::Accept);
    leases_run_out(&database).await;
    let serving = program.serve().await;
    smtp.wait_until("the mail", |state| state.mails.len() == 1).await;
    serving.stop().await;
}
