//! `POST /mcp`: the streamable HTTP transport without sessions, with one message per request and one JSON answer.
//! Every request is authenticated before anything of the protocol is read; earlier requests create no trust
//! (SECURITY.md, requirement 73).

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::McpSettings;
use super::asker::{Asker, AskerRefusal, key_of_request};
use super::members::OnceEach;
use super::refusal::Refusal;
use super::service::Service;
use crate::api::ApiState;
use crate::api::body::octets;
use crate::api::cors::cors;
use crate::api::key::KeyRefusal;
use crate::model::Caller;

/// Headers that clients of the protocol send in addition to the content type and the key.
const SENT: [&str; 4] = ["accept", "mcp-protocol-version", "mcp-method", "mcp-name"];

/// The routes of `/mcp`.
pub(in crate::api) fn routes(state: ApiState, settings: McpSettings) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(settings.allowed_hosts);
    let service = Service::of_requests(state.clone(), settings.password_tools);
    let transport =
        StreamableHttpService::new(move || Ok(service.clone()), Arc::new(NeverSessionManager::default()), config);
    let cors = cors(&state, &[Method::POST], SENT, [header::WWW_AUTHENTICATE.as_str()]);
    Router::new().route_service("/mcp", transport).layer(from_fn_with_state(state, admit)).layer(cors)
}

/// Lets a request through if its key is accepted and its body is a message.
async fn admit(State(state): State<ApiState>, request: Request, next: Next) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    let asker = asker(&state, &parts).await?;
    parts.extensions.insert(asker);
    let body = if parts.method == Method::POST {
        // The library's errors for a body that is too large or not a message are misleading.
        let octets = octets(&parts.headers, "application/json", body).await?;
        check(&octets)?;
        Body::from(octets)
    } else {
        Body::empty()
    };
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn asker(state: &ApiState, parts: &Parts) -> Result<Asker, AskerRefusal> {
    let key = key_of_request(state, &parts.headers).await?;
    let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(|| {
        tracing::error!("a request has no caller: the middleware did not run; answering with a server error");
        KeyRefusal::Fault(false)
    })?;
    Ok(Asker::new(key, caller))
}

/// Checks that the body is one message.
fn check(octets: &Bytes) -> Result<(), Refusal> {
    if serde_json::from_slice::<OnceEach>(octets).is_err_and(|error| error.is_data()) {
        return Err(Refusal::NoMessage);
    }
    match serde_json::from_slice::<ClientJsonRpcMessage>(octets) {
        Ok(_) => Ok(()),
        Err(error) if error.is_data() => Err(Refusal::NoMessage),
        Err(_) => Err(Refusal::NoJson),
    }
}
