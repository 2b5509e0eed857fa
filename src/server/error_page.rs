//! Errors that no handler renders (wrong host, refused origin, body too large): an HTML page for people, and the
//! protocol's error format for programs.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use crate::api::{Dialect, LayerFault};
use crate::i18n::text;
use crate::model::Locale;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    language: &'static str,
    product: &'a str,
    title: &'a str,
    intro: &'a str,
    to_start: &'a str,
}

/// Renders an error in the format of the dialect, or as a page.
pub(super) fn error(fault: LayerFault, dialect: Option<Dialect>, locale: Locale, product: &str) -> Response {
    if let Some(dialect) = dialect {
        return dialect.draw(fault);
    }
    let (title, intro) = match fault {
        LayerFault::Forbidden | LayerFault::MisdirectedRequest => ("refused-title", "refused-intro"),
        LayerFault::TooLarge => ("refused-title", "too-large-intro"),
        LayerFault::Malformed
        | LayerFault::Unprocessable
        | LayerFault::UnsupportedMediaType
        | LayerFault::MethodNotAllowed => ("refused-title", "malformed-intro"),
        LayerFault::NotFound => ("not-found-title", "not-found-intro"),
        LayerFault::Unavailable | LayerFault::Internal => ("fault-title", "fault-intro"),
    };
    let page = ErrorPage {
        language: locale.as_str(),
        product,
        title: &text(locale, title, &[]),
        intro: &text(locale, intro, &[]),
        to_start: &text(locale, "to-start", &[]),
    };
    let mut response = match page.render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "could not render an error page; the client gets problem details in JSON instead");
            return Dialect::Native.draw(fault);
        }
    };
    *response.status_mut() = fault.status();
    if let Some(retry_after) = fault.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after.as_secs().into());
    }
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    );
    response
}
