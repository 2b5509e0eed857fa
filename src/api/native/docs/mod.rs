//! `/api/v1/docs`: the OpenAPI document as a page on which operations can be tried with a key. The page loads
//! everything from this server and has no inline script and no inline style.

mod reading;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::document;
use crate::api::native::Problem;
use reading::{Group, Piece, pieces};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

#[derive(Template)]
#[template(path = "docs.html")]
struct Page {
    intro: Vec<Piece>,
    groups: Vec<Group>,
}

pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let file = |kind: &'static str, content: &'static str| get(async move || ([(header::CONTENT_TYPE, kind)], content));
    Router::new()
        .route("/docs", get(page))
        .route("/docs/docs.css", file("text/css", include_str!("docs.css")))
        .route("/docs/docs.js", file("text/javascript", include_str!("docs.js")))
}

async fn page() -> Response {
    let document = document::document();
    let intro = pieces(document.info.description.as_deref().unwrap_or_default());
    match (Page { intro, groups: reading::groups(&document) }).render() {
        Ok(page) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "could not render the API documentation; the client gets a server error");
            Problem::Internal.into_response()
        }
    }
}
