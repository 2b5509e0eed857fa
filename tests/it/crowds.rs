//! Whoever opens connections without end keeps nobody else out. The real program runs with a low limit on open files.
//! The callers have loopback addresses, which have 16 extra places; no crowd here comes near the total.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::{Database, Program, Serving};

/// How long a page may take while a crowd is there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Room for 120 connections, 30 from one address, 60 from its network.
const FEW_FILES: u64 = 320;
/// More than there are files.
const CROWD: usize = 400;

async fn few_places() -> (Database, Serving) {
    let database = Database::sqlite();
    let serving = Program::new(&database, "file:unused").with_descriptor_limit(FEW_FILES).serve().await;
    (database, serving)
}

fn address_of(serving: &Serving) -> SocketAddr {
    serving.base.trim_start_matches("http://").parse().unwrap()
}

/// With a small buffer, so that little fits in that the caller does not read.
async fn connect_from(source: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.bind(format!("{source}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// One connection after the other, each of which sends this and then nothing.
async fn crowd(to: SocketAddr, words: &[u8]) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..CROWD {
        let mut stream = connect_from("127.0.0.2", to).await;
        // It may be closed already, or take no more.
        let _closed = timeout(Duration::from_millis(20), stream.write_all(words)).await;
        streams.push(stream);
    }
    streams
}

/// The status of an answer that comes in time; `refused`: the connection was closed.
async fn status(source: &str, to: SocketAddr, path: &str) -> String {
    let answer = async {
        let mut stream = connect_from(source, to).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: reset.example.org\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let asked = stream.write_all(request.as_bytes()).await.is_ok() && stream.read_to_end(&mut answer).await.is_ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        answer.lines().next().filter(|_| asked).unwrap_or("refused").to_owned()
    };
    timeout(PATIENCE, answer).await.unwrap_or_else(|_| format!("{path}: no answer in {PATIENCE:?}"))
}

async fn everybody_else_is_answered(to: SocketAddr) {
    // A neighbour, somebody far away, and a probe on the same machine.
    for source in ["127.0.0.3", "127.9.9.9", "127.0.0.1"] {
        for path in ["/livez", "/forgot-password"] {
            assert_eq!(status(source, to, path).await, "HTTP/1.1 200 OK", "{path} for {source}");
        }
    }
}

async fn ended(mut stream: TcpStream) -> bool {
    let mut buffer = [0; 4_096];
    let end = async { while let Ok(1..) = stream.read(&mut buffer).await {} };
    timeout(Duration::from_millis(200), end).await.is_ok()
}

#[tokio::test]
async fn idle_connections_of_one_caller_keep_neither_people_nor_probes_out() {
    let (_database, serving) = few_places().await;
    let mut idle = crowd(address_of(&serving), b"").await;
    everybody_else_is_answered(address_of(&serving)).await;
    assert!(ended(idle.swap_remove(0)).await, "the oldest had to go");
    assert!(!ended(idle.pop().unwrap()).await, "the newest may stay");
    serving.stop().await;
}

#[tokio::test]
async fn half_a_header_on_many_connections_keeps_neither_people_nor_probes_out() {
    let (_database, serving) = few_places().await;
    let half = format!("GET / HTTP/1.1\r\nHost: reset.example.org\r\nx-half: {}", "x".repeat(16 * 1024));
    let halves = crowd(address_of(&serving), half.as_bytes()).await;
    everybody_else_is_answered(address_of(&serving)).await;
    drop(halves);
    serving.stop().await;
}

#[tokio::test]
async fn callers_who_do_not_read_their_answers_keep_neither_people_nor_probes_out() {
    let (_database, serving) = few_places().await;
    let to = address_of(&serving);
    let many = "GET /forgot-password HTTP/1.1\r\nHost: reset.example.org\r\n\r\n".repeat(400);
    let deaf = crowd(to, many.as_bytes()).await;
    everybody_else_is_answered(to).await;
    drop(deaf);
    serving.stop().await;
}

#[tokio::test]
async fn a_low_limit_on_open_files_is_in_the_log_with_what_to_do() {
    let (_database, serving) = few_places().await;
    for part in ["WARN", "descriptors=320", "connections=120", "LimitNOFILE"] {
        // It was written before the server said that it listens, and may still be on its way here.
        let told = async {
            while !serving.log().contains(part) {
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(PATIENCE, told).await.is_ok(), "{part}: {}", serving.log());
    }
    serving.stop().await;
}

#[tokio::test]
async fn a_limit_on_open_files_that_leaves_no_room_for_people_stops_the_start() {
    let database = Database::sqlite();
    let finished = Program::new(&database, "file:unused").with_descriptor_limit(150).run(&["serve"]).await;
    assert_eq!(finished.code, 2, "{finished:?}");
    for part in ["150", "232", "LimitNOFILE", "ulimit -n"] {
        assert!(finished.stderr.contains(part), "{part}: {}", finished.stderr);
    }
}
