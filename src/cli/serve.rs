//! `keyback serve`: runs the server and the worker until the process is stopped. After SIGTERM or Ctrl-C, requests and
//! messages in progress have ten seconds to finish.

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

/// How long the worker may take to finish its messages after the stop signal: at least as long as requests may.
const WORKER_DRAIN: Duration = server::DRAIN.saturating_add(Duration::from_millis(500));

/// The listener for `/metrics` and probes needs few connections.
const FOR_OPERATORS: Caps = Caps { total: 32, per_address: 16, per_network: 32, trusted_proxies: Vec::new() };

/// Log a warning if the limit on open files is lower than this.
const FEW_DESCRIPTORS: usize = 4_096;

/// How long the database may take for each of the last steps: writing the refusals and closing the connections.
const CLOSE: Duration = Duration::from_millis(500);

/// Serves until `stop` resolves. `extra` has the demo's pages, if any; `greet` returns the lines to print once the
/// service is listening.
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
    // Dropped when the worker ends, even if it panics.
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
        // This listener stays until the process ends, so that `/readyz` can report `stopping` while requests finish.
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
        () = deadline => tracing::warn!("some requests did not finish in time and were cut off"),
        () = worker_died => return Err(Failure { message: "the worker crashed; see the log".into(), code: 1 }),
    }
    tokio::select! {
        _ = &mut worker => {}
        _ = worker_deadline => {
            tracing::warn!("a message was still being sent at shutdown; it is sent again after the next start");
            worker.abort();
        }
    }
    match tokio::time::timeout(CLOSE, application.refusals.write()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "could not write the last refusals to the audit; they are lost"),
        Err(_) => tracing::warn!(
            "could not write the last refusals to the audit, because the database did not answer in time; they are lost"
        ),
    }
    if tokio::time::timeout(CLOSE, application.store.close()).await.is_err() {
        tracing::warn!("the database connections did not close in time");
    }
    Ok(())
}

/// The connection limits, according to the number of files that the process may open.
fn caps(config: &Config) -> Result<Caps, Failure> {
    let descriptors = raise_descriptor_limit();
    let proxies = config.server.trusted_proxies.clone();
    let caps = Caps::within(descriptors, config.database.max_connections, proxies).map_err(Failure::wrong)?;
    if descriptors < FEW_DESCRIPTORS {
        tracing::warn!(
            descriptors,
            connections = caps.total,
            "the limit on open files is low, so a few callers can take up all connections; set LimitNOFILE=65536 in the \
             systemd unit, --ulimit nofile=65536 for a container, or `ulimit -n 65536` in a shell"
        );
    } else {
        tracing::debug!(descriptors, connections = caps.total, "set the connection limit");
    }
    Ok(caps)
}

/// Resolves `wait` after the stop signal.
async fn after_stop(mut stopping: watch::Receiver<bool>, wait: Duration) {
    // An error means that the sender was dropped, which happens only after it has signalled the stop.
    drop(stopping.wait_for(|stop| *stop).await);
    tokio::time::sleep(wait).await;
}

/// Resolves on SIGTERM or Ctrl-C.
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
