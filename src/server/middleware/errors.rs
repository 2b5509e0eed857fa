//! Turns errors of libraries and middleware into a page for people or an error of the protocol for programs. Panics
//! and timeouts are handled here, too.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::timeout::TimeoutLayer;

use super::Facts;
use crate::api::{Dialect, LayerFault};
use crate::app::ACTIONS;
use crate::app::context::RequestFacts;
use crate::model::Locale;
use crate::server::error_page::error;
use crate::server::workarounds::server_fn::leads_astray;

/// Longer than any healthy request takes: hashing waits at most two seconds, the database at most ten.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

pub(in crate::server) async fn plain_errors(State(facts): State<Arc<Facts>>, request: Request, next: Next) -> Response {
    let is_form = request.uri().path().starts_with(ACTIONS);
    let dialect = Dialect::of(&request);
    let locale = request.extensions().get::<RequestFacts>().map_or(Locale::English, |facts| facts.locale);
    let response = next.run(request).await;
    let fault = if response.status().is_redirection() && is_form {
        leads_astray(response.headers(), &facts.public_url.origin()).then_some(LayerFault::Internal)
    } else if is_drawn(response.headers(), dialect) {
        None
    } else {
        LayerFault::of(response.status())
    };
    match fault {
        None => response,
        Some(fault) => {
            let mut drawn = error(fault, dialect, locale, &facts.product_name);
            if let Some(allow) = response.headers().get(header::ALLOW) {
                drawn.headers_mut().insert(header::ALLOW, allow.clone());
            }
            drawn
        }
    }
}

/// Ends a request that takes too long. Its answer has no body: `plain_errors` draws it.
pub(in crate::server) fn timeout() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT)
}

/// Ignores the payload, which may contain secrets. The panic hook has already logged the location.
pub(in crate::server) fn after_panic(_payload: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request handler panicked; the client gets a server error");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Whether the handler has already rendered the error in its own format.
fn is_drawn(headers: &HeaderMap, dialect: Option<Dialect>) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.starts_with(match dialect {
        Some(Dialect::Native) => "application/problem+json",
        Some(Dialect::Agnost | Dialect::Productflame | Dialect::Mcp) => "application/json",
        Some(Dialect::Cognito) => "application/x-amz-json-1.1",
        None => "text/html",
    })
}
