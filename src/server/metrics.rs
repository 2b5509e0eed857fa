//! `/metrics` for Prometheus, with this process's counters and current numbers from the database and its pools. It
//! has a separate listener, which also serves `/livez` and `/readyz`, because anybody who can connect can read it.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::routing::get;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::timeout;

use super::{Parts, health};
use crate::admin::Overview;

const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// How long the database may take to return its numbers. After that, the answer contains only the others.
const PATIENCE: Duration = Duration::from_secs(3);

/// The routes of the metrics listener.
pub fn metrics(parts: Parts) -> Router {
    let health = health::routes(parts.readiness.clone());
    Router::new().route("/metrics", get(tell)).with_state(parts).merge(health)
}

async fn tell(State(parts): State<Parts>) -> Result<([(HeaderName, HeaderValue); 1], String), StatusCode> {
    let overview = match timeout(PATIENCE, parts.overviews.now()).await {
        Ok(Ok(overview)) => Some(overview),
        Ok(Err(error)) => {
            tracing::error!(%error, "could not read the database's metrics; answering without them");
            None
        }
        Err(_) => {
            tracing::error!("could not read the database's metrics in time; answering without them");
            None
        }
    };
    let text = write(&parts, overview).map_err(|error| {
        tracing::error!(%error, "could not encode the metrics; answering with a server error");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text))
}

fn write(parts: &Parts, overview: Option<Overview>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("keyback");
    of_process(&mut registry, parts);
    number(&mut registry, "database_up", "Whether the database returned the numbers below", overview.is_some().into());
    if let Some(overview) = overview {
        of_database(&mut registry, &overview);
    }
    let mut text = String::new();
    parts.metrics.write(&mut text)?;
    encode_registry(&mut text, &registry)?;
    encode_eof(&mut text)?;
    Ok(text)
}

fn of_process(registry: &mut Registry, parts: &Parts) {
    let estimates = Counter::<u64>::default();
    estimates.inc_by(parts.reset.policy().estimates());
    registry.register("password_estimates", "Passwords whose strength was estimated", estimates);
    let age = parts.heartbeat.age().as_secs_f64();
    seconds(registry, "worker_heartbeat_age", "Time since the worker last looked for work", age);
    let (open, idle) = (Family::<[(&str, &str); 1], Gauge>::default(), Family::<[(&str, &str); 1], Gauge>::default());
    for pool in parts.store.pool_sizes() {
        let label = [("pool", pool.name)];
        open.get_or_create(&label).set(pool.open.into());
        idle.get_or_create(&label).set(i64::try_from(pool.idle).unwrap_or(i64::MAX));
    }
    registry.register("database_connections", "Open connections to the database", open);
    registry.register("database_connections_idle", "Database connections that are idle", idle);
}

fn of_database(registry: &mut Registry, overview: &Overview) {
    for (name, help, value) in [
        ("outbox_pending", "Messages that are waiting to be sent", overview.outbox_pending),
        ("webhooks_pending", "Webhook events that are waiting to be delivered", overview.webhooks_pending),
        ("sms_messages_day", "Text messages that count against today's budget", overview.texts_used),
        ("sms_budget_day", "Text messages that may be sent per day", overview.texts_budget.into()),
        ("sms_codes_sent_day", "Codes sent by text message in the last 24 hours", overview.text_codes_sent),
        (
            "sms_codes_verified_day",
            "Codes sent by text message in the last 24 hours that were entered",
            overview.text_codes_proven,
        ),
    ] {
        number(registry, name, help, value);
    }
    let oldest = overview.outbox_oldest.as_secs_f64();
    seconds(registry, "outbox_oldest", "How long the oldest message has been waiting", oldest);
    let oldest = overview.webhooks_oldest.as_secs_f64();
    seconds(registry, "webhooks_oldest", "How long the oldest webhook event has been waiting", oldest);
    if let Some(ratio) = overview.text_verify_ratio() {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(ratio);
        let help = "Verified share of the codes sent by text message in 24 hours; low values suggest SMS pumping";
        registry.register("sms_verify_ratio", help, gauge);
    }
}

fn number(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn seconds(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Gauge::<f64, AtomicU64>::default();
    gauge.set(value);
    registry.register_with_unit(name, help, Unit::Seconds, gauge);
}
