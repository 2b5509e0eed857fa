//! An OpenTelemetry collector on a separate port that records what it receives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// What it does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CollectorBehaviour {
    Take,
    Refuse,
    Hang,
}

pub(crate) struct Collector {
    pub(crate) url: String,
    messages: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

type Kept = (CollectorBehaviour, Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Collector {
    pub(crate) async fn start(behaviour: CollectorBehaviour) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let messages = Arc::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state((behaviour, Arc::clone(&messages)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, messages }
    }

    /// Every octet that came.
    pub(crate) fn received(&self) -> String {
        let messages = self.messages.lock().unwrap();
        messages.iter().map(|(_, body)| String::from_utf8_lossy(body).into_owned()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let messages = self.messages.lock().unwrap();
        messages.first().and_then(|(headers, _)| headers.get(name)).map(|value| value.to_str().unwrap().to_owned())
    }

    /// Every span that came.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let messages = self.messages.lock().unwrap();
        let decoded = messages.iter().map(|(_, body)| ExportTraceServiceRequest::decode(body.clone()).unwrap());
        let resources = decoded.flat_map(|message| message.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    /// The names of all spans of a trace.
    pub(crate) fn names_in(&self, trace: &[u8]) -> Vec<String> {
        self.spans().into_iter().filter(|span| span.trace_id == trace).map(|span| span.name).collect()
    }
}

/// A text among the attributes of a span.
pub(crate) fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{name} is {other:?}"),
    }
}

async fn take(State((behaviour, messages)): State<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match behaviour {
        CollectorBehaviour::Take => {}
        CollectorBehaviour::Refuse => return StatusCode::SERVICE_UNAVAILABLE,
        CollectorBehaviour::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
    }
    messages.lock().unwrap().push((headers, body));
    StatusCode::OK
}
