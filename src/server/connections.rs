//! Accepts connections and serves requests until shutdown. Unlike `axum::serve`, it closes stalled connections and
//! limits how many connections a caller can hold.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::serve::{Listener, ListenerExt};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::caps::Caps;
use super::slots::{Answering, Slots};
use super::watched::Watched;
use crate::telemetry::Metrics;

/// How long a connection may be idle: longer than proxies keep idle connections (60 seconds), so that they don't send
/// a request on a connection that is being closed.
const IDLE: Duration = Duration::from_secs(75);

/// The maximum size of a request's headers in bytes. Larger headers are answered with 431.
const HEADERS: usize = 32 * 1024;

/// Serves until `stop` resolves, with the default connection limits.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_within(listener, router, Slots::new(Caps::default(), Metrics::default()), stop).await;
}

/// Serves until `stop` resolves, then finishes the requests in progress.
pub async fn serve_within(listener: TcpListener, router: Router, slots: Slots, stop: impl Future<Output = ()>) {
    // Without it, every answer waits about 40 ms for a delayed acknowledgement (Nagle's algorithm).
    let mut listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY; answers on this connection may be delayed");
        }
    });
    let router = router.with_state::<()>(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(HEADERS);
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        // No slot is free: close the connection.
        let Some(place) = slots.admit(address.ip()) else { continue };
        let (router, answering) = (router.clone(), Arc::clone(&place));
        let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address));
            let begun = answering.begin().map(|answering| (answering, router.clone().oneshot(request.map(Body::new))));
            async move {
                // An error closes the connection without an answer.
                let (answering, answer) = begun.ok_or(io::ErrorKind::ConnectionAborted)?;
                let Ok(answer) = answer.await;
                Ok::<_, io::Error>(answer.map(|body| Watching { body, _answering: answering }))
            }
        });
        let stream = Watched::new(stream, Arc::clone(&place));
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), answer));
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection failed");
                },
                () = place.evicted() => {}
            }
        });
        // Let evicted connections close first, because each holds a file until then.
        tokio::task::yield_now().await;
    }
    drop(listener);
    connections.shutdown().await;
}

/// A response body that keeps its connection busy until its last frame has been handed over.
struct Watching {
    body: Body,
    _answering: Answering,
}

impl hyper::body::Body for Watching {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
