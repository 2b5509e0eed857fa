//! Connections that are never used to the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::stream;
use keyback::server::{Caps, Slots};
use keyback::telemetry::Metrics;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// In time that passes as soon as everybody waits.
async fn connect() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(|| async { "here" }));
    tokio::spawn(keyback::server::serve(listener, router, std::future::pending()));
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_header_that_never_ends_is_hung_up_on_however_it_drips() {
    let mut stream = connect().await;
    let begun = Instant::now();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: reset.example.org\r\n").await.unwrap();
    let drips = async {
        while stream.write_all(b"x-slow: loris\r\n").await.is_ok() {
            sleep(Duration::from_secs(5)).await;
        }
    };
    timeout(Duration::from_secs(1000), drips).await.expect("an end");
    assert!((9..=16).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_request_outlives_a_proxy_that_keeps_it_and_then_ends() {
    let mut stream = connect().await;
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: reset.example.org\r\n\r\n").await.unwrap();
        let mut answer = [0; 512];
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer[..length].ends_with(b"here"));
        sleep(Duration::from_secs(65)).await;
    }
    assert_eq!(timeout(Duration::from_secs(1000), stream.read(&mut [0; 1])).await.expect("an end").unwrap(), 0);
}

/// A listener with few places; `/slow` never answers, `/large` answers with more than anybody's buffers hold.
async fn few_places(caps: Caps) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/in-parts", get(|| async { Body::from_stream(stream::iter(["or ", "here"].map(Ok::<_, Infallible>))) }))
        .route("/slow", get(std::future::pending::<()>))
        .route("/large", get(|| async { vec![b'x'; 32 << 20] }));
    let slots = Slots::new(caps, Metrics::default());
    tokio::spawn(keyback::server::serve_within(listener, router, slots, std::future::pending()));
    address
}

async fn connect_from(source: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{source}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

async fn get_path(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: reset.example.org\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// Whether there is an answer; `false`: the connection was closed.
async fn is_answered(stream: &mut TcpStream) -> bool {
    let mut answer = Vec::new();
    // A body in parts ends with an empty chunk.
    while !answer.ends_with(b"here") && !answer.ends_with(b"here\r\n0\r\n\r\n") {
        if !matches!(stream.read_buf(&mut answer).await, Ok(1..)) {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn idle_connections_from_one_address_keep_nobody_else_out() {
    let address = few_places(Caps { per_address: 20, ..Caps::of(40) }).await;
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(connect_from("127.0.0.2", address).await);
    }
    for source in ["127.0.0.1", "127.0.0.3", "127.0.0.2"] {
        let mut stream = connect_from(source, address).await;
        get_path(&mut stream, "/").await;
        assert!(is_answered(&mut stream).await, "{source}");
    }
    assert_eq!(idle[0].read(&mut [0; 1]).await.unwrap(), 0, "the oldest idle one goes first");
}

#[tokio::test]
async fn idle_connections_from_everywhere_give_their_places_to_new_ones() {
    let address = few_places(Caps::of(10)).await;
    let mut idle = Vec::new();
    for number in 2..60 {
        idle.push(connect_from(&format!("127.0.{number}.1"), address).await);
    }
    let mut stream = connect_from("127.0.0.1", address).await;
    get_path(&mut stream, "/").await;
    assert!(is_answered(&mut stream).await);
}

#[tokio::test]
async fn a_connection_whose_answers_are_read_is_idle_again_and_gives_its_place_to_a_new_one() {
    let address = few_places(Caps { per_address: 1, ..Caps::of(40) }).await;
    for path in ["/", "/in-parts"] {
        let mut first = connect_from("127.0.0.2", address).await;
        for _ in 0..2 {
            get_path(&mut first, path).await;
            assert!(is_answered(&mut first).await, "{path}");
        }
        let mut second = connect_from("127.0.0.2", address).await;
        get_path(&mut second, path).await;
        assert!(is_answered(&mut second).await, "{path}: there was no place");
        assert_eq!(first.read(&mut [0; 1]).await.unwrap(), 0, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_is_never_closed_for_another() {
    let address = few_places(Caps { per_address: 3, ..Caps::of(40) }).await;
    let mut busy = Vec::new();
    for _ in 0..3 {
        let mut stream = connect_from("127.0.0.2", address).await;
        get_path(&mut stream, "/slow").await;
        busy.push(stream);
    }
    // All of them are being answered as soon as everybody waits.
    sleep(Duration::from_millis(1)).await;
    let mut refused = connect_from("127.0.0.2", address).await;
    assert!(!matches!(refused.read(&mut [0; 1]).await, Ok(1..)), "there is no place for a fourth");
    for stream in &mut busy {
        assert!(timeout(Duration::from_secs(5), stream.read(&mut [0; 1])).await.is_err(), "it was closed");
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_an_answer_is_hung_up_on() {
    let address = few_places(Caps::default()).await;
    let mut stream = connect_from("127.0.0.2", address).await;
    get_path(&mut stream, "/large").await;
    sleep(Duration::from_secs(60)).await;
    let mut taken = 0;
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        taken += length;
    }
    assert!(taken < 32 << 20, "it was kept until somebody read");
}

#[tokio::test]
async fn more_than_32_kib_of_headers_are_refused_with_431() {
    let address = few_places(Caps::default()).await;
    let mut stream = connect_from("127.0.0.2", address).await;
    let request = format!("GET / HTTP/1.1\r\nHost: reset.example.org\r\nx-long: {}", "x".repeat(33 * 1024));
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 431"), "{:?}", String::from_utf8_lossy(&answer[..length]));
}
