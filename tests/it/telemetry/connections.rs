//! Connections that are never used to the end.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
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
    assert!((70..=90).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
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
