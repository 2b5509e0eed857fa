//! `keyback serve`: the server and the worker until the process is told to stop. SIGTERM and Ctrl-C
//! let what is under way finish, for at most ten seconds.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::descriptors::raise_descriptor_limit;
use super::output::Output;
use super::{Application, Failure};
use crate::config::Config;
use crate::server::{self, Caps, Slots};
use crate::telemetry::Metrics;

/// How long the worker may take to finish its message after it was told to stop, at least as long as requests.
const WORKER_DRAIN: Duration = server::DRAIN.saturating_add(Duration::from_millis(500));

/// The listener of `/metrics` and of probes needs few connections.
const FOR_OPERATORS: Caps = Caps { total: 32, per_address: 16, per_network: 32, trusted_proxies: Vec::new() };

/// Fewer open files than this are worth a warning.
const FEW_DESCRIPTORS: usize = 4_096;

/// How long the database may take to close its connections.
const CLOSE: Duration = Duration::from_millis(500);

/// Serves until `stop` resolves. `extra` is the demo's pages, or nothing; `greet` says what is printed
/// once the service answers.
pub(super) async fn serve(
    application: Application,
    stop: impl Future<Output = ()> + Send + 'static,
    extra: Router,
    greet: impl FnOnce(SocketAddr) -> Vec<String>,
    output: &mut Output,
) -> Result<(), Failure> {
    let router = server::build(application.server_parts(), extra).map_err(Failure::wrong)?;
    let listen = application.config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Failure::wrong(format!("server.listen = \"{listen}\": {error}")))?;
    let caps = caps(&application.config)?;
    let (tell_to_stop, stopping) = watch::channel(false);
    // Dropped when the worker ends, however it ends.
    let (alive, worker_ended) = oneshot::channel::<()>();
    let run = application.worker().run(stopping.clone());
    let mut worker = tokio::spawn(async move {
        let _alive = alive;
        run.await;
    });
    if let Some(listen) = application.config.server.metrics_listen {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| Failure::wrong(format!("server.metrics_listen = \"{listen}\": {error}")))?;
        output.say(&format!("Metrics at http://{}/metrics", listener.local_addr()?))?;
        // To the end of the process: while the server finishes what is under way, this says so.
        let slots = Slots::new(FOR_OPERATORS, Metrics::default());
        let metrics = server::metrics(application.server_parts());
        let serving = server::serve_within(listener, metrics, slots, std::future::pending());
        tokio::spawn(serving);
    }
    let refusals = application.refusals.clone();
    let mut stopped = stopping.clone();
    tokio::spawn(async move { refusals.run(stopped.wait_for(|stop| *stop)).await });
    for line in greet(listener.local_addr()?) {
        output.say(&line)?;
    }

    let deadline = after_stop(stopping.clone(), server::DRAIN);
    let worker_deadline = tokio::spawn(after_stop(stopping.clone(), WORKER_DRAIN));
    let readiness = application.readiness.clone();
    let slots = Slots::new(caps, application.metrics.clone());
    let serving = server::serve_within(listener, router, slots, async move {
        stop.await;
        readiness.stop();
        tell_to_stop.send_replace(true);
    });
    let worker_died = async move {
        let _dropped = worker_ended.await;
        if *stopping.borrow() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = serving => {}
        () = deadline => tracing::warn!("some requests were cut off"),
        () = worker_died => return Err(Failure { message: "the worker came to a bad end, see the log".into(), code: 1 }),
    }
    tokio::select! {
        _ = &mut worker => {}
        _ = worker_deadline => {
            tracing::warn!("a message was being sent; it is sent again after the next start");
            worker.abort();
        }
    }
    match tokio::time::timeout(CLOSE, application.refusals.write()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last refusals are not in the audit"),
        Err(_) => tracing::warn!("the last refusals are not in the audit: the database does not answer"),
    }
    if tokio::time::timeout(CLOSE, application.store.close()).await.is_err() {
        tracing::warn!("the database did not say good-bye in time");
    }
    Ok(())
}

/// As many connections as the process may hold.
fn caps(config: &Config) -> Result<Caps, Failure> {
    let descriptors = raise_descriptor_limit();
    let proxies = config.server.trusted_proxies.clone();
    let caps = Caps::within(descriptors, config.database.max_connections, proxies).map_err(Failure::wrong)?;
    if descriptors < FEW_DESCRIPTORS {
        tracing::warn!(
            descriptors,
            connections = caps.total,
            "the limit on open files is low: a few callers can take up all connections; set LimitNOFILE=65536 in the \
             systemd unit, --ulimit nofile=65536 for a container, or `ulimit -n 65536` in a shell"
        );
    } else {
        tracing::debug!(descriptors, connections = caps.total, "connections are limited");
    }
    Ok(caps)
}

/// Resolves that long after the process was told to stop.
async fn after_stop(mut stopping: watch::Receiver<bool>, wait: Duration) {
    // The sender goes when the server has ended, which is after it has told.
    drop(stopping.wait_for(|stop| *stop).await);
    tokio::time::sleep(wait).await;
}

/// Resolves when the process is told to stop.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, std::io::Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
