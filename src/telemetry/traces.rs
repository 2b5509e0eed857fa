//! Traces: each request and each message with the steps that it took, for an OpenTelemetry collector.
//! Only our own spans are taken, no events of the log: what a span holds is written down in the sources,
//! and is never a secret or an address (security.md row 75). Set up by `cli`, told by `server` what
//! a request was.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::collector::{Collector, CollectorError, Queue, Sending};
use crate::config::TracesConfig;

/// What a request was called with, by the names that OpenTelemetry gives (semantic conventions for HTTP).
pub(super) const METHOD: &str = "http.request.method";
pub(super) const ROUTE: &str = "http.route";
const STATUS: &str = "http.response.status_code";

/// The traces of this process on their way to a collector.
pub struct Traces {
    tracer: SdkTracer,
    sending: Sending,
}

impl Traces {
    /// Begins to send what [`super::start`] is given this for.
    ///
    /// # Errors
    /// See [`CollectorError`].
    pub fn start(config: &TracesConfig) -> Result<Self, CollectorError> {
        let resource = Resource::builder_empty()
            .with_service_name(config.service_name.clone())
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let (queue, sending) = Queue::start(Collector::new(config, &resource)?);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample_ratio))))
            .with_resource(resource)
            .with_span_processor(queue)
            .build();
        Ok(Self { tracer: provider.tracer("keyback"), sending })
    }

    /// Sends what is left, for a second at most.
    pub async fn end(self) {
        self.sending.end().await;
    }

    /// Takes every span that the log's filter lets through, as there is one filter for all: ours are at the
    /// level of errors, so that they are not missing, and the queue leaves those of libraries out.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        OpenTelemetryLayer::new(self.tracer.clone())
            .with_context_activation(false)
            .with_error_events_to_exceptions(false)
            .with_error_events_to_status(false)
            .with_error_fields_to_exceptions(false)
            .with_error_records_to_exceptions(false)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
    }
}

/// A request begins. `parent` is the `traceparent` of a proxy that is trusted; its trace goes on.
pub fn request_begun(span: &Span, method: &'static str, route: &str, parent: Option<&str>) {
    if let Some(parent) = parent {
        let parent = TraceContextPropagator::new().extract(&TraceParent(parent));
        // Without a collector there is nothing that it could be the parent of.
        let _not_traced = span.set_parent(parent);
    }
    span.set_attribute(METHOD, method);
    span.set_attribute(ROUTE, route.to_owned());
}

/// A request was answered.
pub fn request_answered(span: &Span, status: u16) {
    span.set_attribute(STATUS, i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// That header alone: `tracestate` may hold anything.
struct TraceParent<'a>(&'a str);

impl Extractor for TraceParent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
