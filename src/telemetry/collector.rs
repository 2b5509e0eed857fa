//! Sends finished spans to an OpenTelemetry collector: OTLP over HTTP, in protobuf, to `/v1/traces`. A slow or missing
//! collector costs spans, never a request: spans that do not fit into the queue or are not accepted are lost, and the
//! log reports their number once a minute.
//!
//! `opentelemetry-otlp` 0.33.1 would replace the request, but not the queue. Its batch processor logs every failed batch
//! and gives the number of lost spans only at shutdown; the one that runs on tokio is experimental, the other needs a
//! blocking HTTP client beside ours. It also adds headers from `OTEL_EXPORTER_OTLP_HEADERS` to configured ones, while
//! all settings of Keyback come from one place. It would save about twenty lines. The encoding is from
//! `opentelemetry-proto`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanEvents, SpanProcessor};
use prost::Message;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::attributes::{METHOD, ROUTE};
use crate::config::TracesConfig;
use crate::http_client::http_client;

/// How many spans may wait to be sent.
const QUEUE: usize = 8192;

/// How many spans one request carries.
const BATCH: usize = 512;

/// How long spans are collected before they are sent.
const GATHER: Duration = Duration::from_millis(500);

/// How long sending the last spans may take.
const LAST: Duration = Duration::from_secs(1);

/// The attribute in which `tracing-opentelemetry` records the module of a span.
const TARGET: &str = "target";

/// How often the log may report lost spans.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Sending to the configured collector could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    #[error("could not create the client for the collector: {0}")]
    HttpClient(#[from] reqwest::Error),
    #[error("telemetry.otlp_headers: a name or a value is not allowed in a header")]
    Header,
}

/// The collector that spans are sent to.
pub(super) struct Collector {
    client: reqwest::Client,
    url: url::Url,
    headers: HeaderMap,
    resource: ResourceAttributesWithSchema,
}

impl Collector {
    pub(super) fn new(config: &TracesConfig, resource: &Resource) -> Result<Self, CollectorError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &config.headers {
            let name = HeaderName::try_from(name).map_err(|_| CollectorError::Header)?;
            let mut value = HeaderValue::try_from(value.as_str()).map_err(|_| CollectorError::Header)?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        Ok(Self { client: http_client()?, url: config.url.clone(), headers, resource: resource.into() })
    }

    async fn send(&self, batch: Vec<SpanData>) -> Result<(), reqwest::Error> {
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(body);
        request.send().await?.error_for_status().map(|_| ())
    }
}

/// Accepts finished spans, at once or not at all.
#[derive(Debug)]
pub(super) struct Queue {
    spans: mpsc::Sender<SpanData>,
    lost: Arc<AtomicU64>,
}

/// The task that sends the spans in the queue.
pub(super) struct Sending {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Queue {
    /// Starts sending to a collector.
    pub(super) fn start(collector: Collector) -> (Self, Sending) {
        let (spans, waiting) = mpsc::channel(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(send_all(waiting, collector, Arc::clone(&lost), stopped));
        (Self { spans, lost }, Sending { stop, task })
    }
}

impl Sending {
    /// Sends the spans in the queue now, within one second.
    pub(super) async fn end(self) {
        let _ended_before = self.stop.send(());
        if timeout(LAST, self.task).await.is_err() {
            tracing::warn!("the collector did not accept the last traces within one second; they are lost");
        }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, mut span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if !is_ours(&span) {
            return;
        }
        strip(&mut span);
        name_request(&mut span);
        if self.spans.try_send(span).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Libraries have spans, too, which the log's filter may let through. Their contents must not be sent.
fn is_ours(span: &SpanData) -> bool {
    let target = span.attributes.iter().find(|attribute| attribute.key.as_str() == TARGET);
    target.is_some_and(|target| target.value.as_str().split("::").next() == Some("keyback"))
}

/// Removes the events, which only go to the log.
fn strip(span: &mut SpanData) {
    span.events = SpanEvents::default();
    span.attributes.retain(|attribute| attribute.key.as_str() != TARGET);
}

/// Renames a request's span, which is called `request` in the log, to something like `GET /verify`.
fn name_request(span: &mut SpanData) {
    let value =
        |name| span.attributes.iter().find(|attribute| attribute.key.as_str() == name).map(|found| &found.value);
    if let (Some(method), Some(route)) = (value(METHOD), value(ROUTE)) {
        span.name = format!("{method} {route}").into();
        span.span_kind = SpanKind::Server;
    }
}

async fn send_all(
    mut waiting: mpsc::Receiver<SpanData>,
    collector: Collector,
    lost: Arc<AtomicU64>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut told: Option<Instant> = None;
    let mut goes_on = true;
    while goes_on {
        goes_on = timeout(GATHER, &mut stopped).await.is_err();
        loop {
            let batch: Vec<SpanData> = std::iter::from_fn(|| waiting.try_recv().ok()).take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let spans = batch.len();
            let sent = collector.send(batch).await.inspect_err(|_| {
                lost.fetch_add(spans as u64, Ordering::Relaxed);
            });
            if lost.load(Ordering::Relaxed) > 0 && told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                let spans = lost.swap(0, Ordering::Relaxed);
                // The URL may contain a key of the operator.
                let reason = sent.err().map(|error| error.without_url().to_string());
                tracing::warn!(spans, reason, "traces are lost: the collector rejects them or is too slow");
                told = Some(Instant::now());
            }
        }
    }
}
