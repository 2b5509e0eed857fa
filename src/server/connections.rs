//! Takes connections and answers what comes over them, until the end. Like `axum::serve`, but a caller
//! who does not get on is hung up on, and nobody takes up all connections.

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

/// How long a connection may be without a request: longer than proxies keep one in hand (60 seconds), so
/// that they do not send on one that is being closed.
const IDLE: Duration = Duration::from_secs(75);

/// Octets of a request's headers; more are answered with 431.
const HEADERS: usize = 32 * 1024;

/// Serves until `stop` resolves, with the usual caps.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    serve_within(listener, router, Slots::new(Caps::default(), Metrics::default()), stop).await;
}

/// Serves until `stop` resolves, then finishes what is under way.
pub async fn serve_within(listener: TcpListener, router: Router, slots: Slots, stop: impl Future<Output = ()>) {
    // Without it every answer waits some 40 ms for an acknowledgement that is not coming.
    let mut listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
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
        // Without a place it is closed at once.
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
        // Connections that were just chosen to be closed go first: each holds a file until then.
        tokio::task::yield_now().await;
    }
    drop(listener);
    connections.shutdown().await;
}

/// An answer that is under way until its last part is handed over.
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
