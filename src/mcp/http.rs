//! `POST /mcp`: the streamable HTTP transport without sessions, with one message per request and one JSON answer.
//! Every request is authenticated before anything of the protocol is read; earlier requests create no trust
//! (SECURITY.md, requirement 73).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::McpState;
use super::authorize::{Asker, KeyRefusal};
use super::members::OnceEach;
use super::refusal::Refusal;
use super::service::Service;
use crate::model::{ApiKey, Caller, is_in_utf8};

/// How long a browser may cache the answer to a preflight request.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The routes of `/mcp`.
pub fn routes(state: McpState) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(state.allowed_hosts.clone());
    let service = Service::of_requests(state.clone());
    let transport =
        StreamableHttpService::new(move || Ok(service.clone()), Arc::new(NeverSessionManager::default()), config);
    let cors = cors(&state);
    Router::new().route_service("/mcp", transport).layer(from_fn_with_state(state, admit)).layer(cors)
}

/// Lets a request through if its key is accepted and its body is a message.
async fn admit(State(state): State<McpState>, request: Request, next: Next) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    let asker = asker(&state, &parts).await?;
    parts.extensions.insert(asker);
    let body = if parts.method == Method::POST {
        let mut content_types = parts.headers.get_all(header::CONTENT_TYPE).iter();
        let content_type = content_types.next().filter(|_| content_types.next().is_none());
        let content_type = content_type.and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(|value| is_in_utf8(value, "application/json")) {
            return Err(Refusal::UnsupportedMediaType);
        }
        message(body).await?
    } else {
        Body::empty()
    };
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn asker(state: &McpState, parts: &Parts) -> Result<Asker, KeyRefusal> {
    let key = match key_in(&parts.headers) {
        Ok(key) => state.secret_key(&key).await,
        Err(refusal) => Err(refusal),
    };
    let mut origins = parts.headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        // Check the origin first, so that a page that may not call learns nothing about a key.
        let may_call = origins.next().is_none()
            && origin.to_str().is_ok_and(|origin| match &key {
                Ok(key) => state.allows(key, origin),
                Err(_) => state.allows_any_key_from(origin),
            });
        if !may_call {
            return Err(KeyRefusal::ForeignOrigin);
        }
    }
    let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(|| {
        tracing::error!("a request has no caller: the middleware did not run; answering with a server error");
        KeyRefusal::Fault(false)
    })?;
    Ok(Asker::new(key?, caller))
}

/// Reads the key, only from the `Authorization` header.
fn key_in(headers: &HeaderMap) -> Result<ApiKey, KeyRefusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next().ok_or(KeyRefusal::Missing)?, values.next()) else {
        return Err(KeyRefusal::NotInForce);
    };
    let (scheme, key) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(KeyRefusal::NotInForce)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(KeyRefusal::NotInForce);
    }
    ApiKey::parse(key.trim()).map_err(|_| KeyRefusal::NotInForce)
}

/// Checks the body, because the library's errors for a body that is too large or not a message are misleading.
async fn message(body: Body) -> Result<Body, Refusal> {
    let octets = Bytes::from_request(Request::new(body), &()).await.map_err(|rejection| {
        let is_too_large = rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
        if is_too_large { Refusal::TooLarge } else { Refusal::Broken }
    })?;
    if serde_json::from_slice::<OnceEach>(&octets).is_err_and(|error| error.is_data()) {
        return Err(Refusal::NoMessage);
    }
    match serde_json::from_slice::<ClientJsonRpcMessage>(&octets) {
        Ok(_) => Ok(Body::from(octets)),
        Err(error) if error.is_data() => Err(Refusal::NoMessage),
        Err(_) => Err(Refusal::NoJson),
    }
}

/// Allows the configured origins and those of the keys. A preflight request names no key; the call itself is checked
/// against the origins of its key.
fn cors(state: &McpState) -> CorsLayer {
    let state = state.clone();
    let allowed = AllowOrigin::async_predicate(move |origin, request| {
        // Browsers send exactly one `Origin`.
        let is_doubled = request.headers.get_all(header::ORIGIN).iter().nth(1).is_some();
        async move {
            let Some(origin) = origin.to_str().ok().filter(|_| !is_doubled) else { return false };
            state.allows_any_key_from(origin) || state.keys.some_key_allows(origin).await
        }
    });
    let of_the_protocol = ["mcp-protocol-version", "mcp-method", "mcp-name"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::POST])
        .allow_headers(
            [header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE]
                .into_iter()
                .chain(of_the_protocol)
                .collect::<Vec<_>>(),
        )
        .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(MAX_AGE)
}
