//! Traces: each request and each message with its steps, for an OpenTelemetry collector. They contain only Keyback's
//! own spans and no log events. The contents of these spans are fixed in the sources and never a secret or an address
//! (SECURITY.md, requirement 75).

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::attributes::{METHOD, ROUTE, STATUS};
use super::collector::{Collector, CollectorError, Queue, Sending};
use crate::config::TracesConfig;

/// Sends the traces of this process to a collector.
pub struct Traces {
    tracer: SdkTracer,
    sending: Sending,
}

impl Traces {
    /// Starts sending. Pass the result to [`super::start`].
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

    /// Sends what is left, within one second.
    pub async fn end(self) {
        self.sending.end().await;
    }

    /// The layer receives every span that the log's filter lets through, because there is one filter for all. Our spans
    /// have the level ERROR so that none is missing, and the queue drops those of libraries.
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

/// Records that a request begins. `parent` is the `traceparent` of a trusted proxy, whose trace it continues.
pub fn request_begun(span: &Span, method: &'static str, route: &str, parent: Option<&str>) {
    if let Some(parent) = parent {
        let parent = TraceContextPropagator::new().extract(&TraceParent(parent));
        // Without a collector there is nothing to attach it to.
        let _not_traced = span.set_parent(parent);
    }
    span.set_attribute(METHOD, method);
    span.set_attribute(ROUTE, route.to_owned());
}

/// Records that a request was answered.
pub fn request_answered(span: &Span, status: u16) {
    span.set_attribute(STATUS, i64::from(status));
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// Only that header: `tracestate` may contain anything.
struct TraceParent<'a>(&'a str);

impl Extractor for TraceParent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
