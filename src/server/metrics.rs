//! `/metrics`, for Prometheus, on a listener of its own: whoever reaches it may read it, so it is not
//! among the pages. What it tells is read from the database at each visit. Served by `cli`.

use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::admin::{Overview, Overviews};

const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The one path.
pub fn metrics(overviews: Overviews) -> Router {
    Router::new().route("/metrics", get(tell)).with_state(overviews)
}

async fn tell(State(overviews): State<Overviews>) -> Result<([(HeaderName, HeaderValue); 1], String), StatusCode> {
    let overview = overviews.now().await.map_err(|error| {
        tracing::error!(%error, "the metrics cannot be read");
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    let mut text = String::new();
    encode(&mut text, &registry(&overview)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text))
}

fn registry(overview: &Overview) -> Registry {
    let mut registry = Registry::with_prefix("keyback");
    let mut number = |name: &str, help: &str, value: i64| {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    number("outbox_pending", "Messages that are neither sent nor given up", overview.outbox_pending);
    number("sms_messages_day", "Text messages that count against the budget of the day", overview.texts_used);
    number("sms_budget_day", "Text messages that a day may have; then none goes", overview.texts_budget.into());
    number("sms_codes_sent_day", "Codes that went out by text message in 24 hours", overview.text_codes_sent);
    number("sms_codes_verified_day", "Those of them that somebody typed", overview.text_codes_proven);
    let oldest = Gauge::<f64, AtomicU64>::default();
    oldest.set(overview.outbox_oldest.as_secs_f64());
    registry.register_with_unit("outbox_oldest", "How long the oldest of them has waited", Unit::Seconds, oldest);
    if let Some(ratio) = overview.text_verify_ratio() {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(ratio);
        let help = "Codes verified of codes sent by text message in 24 hours; low means that machines ask for them";
        registry.register("sms_verify_ratio", help, gauge);
    }
    registry
}
