//! The native API under `/api/v1`. The contract is the README in this folder.

mod accounts;
mod caller_key;
mod docs;
mod document;
mod idempotent;
mod identifier;
mod json;
mod problem;
mod resets;

use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cors::cors;
use super::{ApiState, LayerFault};
use crate::reset::Fault;
use accounts::{authenticate, change, create, read};
use problem::Problem;
use resets::{cancel, complete, request, timeline, verify};

/// Operations that a page in a browser may call with a publishable key.
fn for_browsers() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(request::request))
        .routes(routes!(verify::verify_newest))
        .routes(routes!(verify::verify))
        .routes(routes!(complete::complete))
}

/// Operations that need a secret key.
fn for_servers() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(timeline::timeline, cancel::cancel))
        .routes(routes!(create::create, read::find))
        .routes(routes!(read::read, change::change))
        .routes(routes!(authenticate::authenticate))
}

pub(super) fn routes(state: ApiState) -> Router {
    let browsers = Router::from(for_browsers()).method_not_allowed_fallback(method_not_allowed).layer(cors(
        &state,
        &[Method::POST],
        ["idempotency-key"],
        [],
    ));
    let servers = Router::from(for_servers())
        .route("/openapi.json", get(async || Json(document::document())))
        .merge(docs::routes())
        .method_not_allowed_fallback(method_not_allowed);
    let native = browsers.merge(servers).fallback(async || Problem::NotFound);
    Router::new().nest(document::BASE, native.with_state(state))
}

async fn method_not_allowed() -> Problem {
    Problem::MethodNotAllowed
}

/// The OpenAPI document as text.
///
/// # Errors
/// Never with the document as it is.
pub fn openapi_text() -> Result<String, serde_json::Error> {
    Ok(document::document().to_pretty_json()? + "\n")
}

/// Turns an error of the middleware into problem details.
pub(super) fn draw(fault: LayerFault) -> Response {
    Problem::from(fault).into_response()
}

/// Logs a fault on our side and turns it into an answer.
fn our_fault(fault: &Fault) -> Problem {
    tracing::error!(error = %fault, "a call of the native API failed; the client gets a server error");
    Problem::fault(fault.is_passing())
}
