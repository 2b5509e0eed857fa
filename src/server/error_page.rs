//! Errors that no handler renders (wrong host, refused origin, body too large): an HTML page for people, and the
//! protocol's error format for programs.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::api::{Dialect, Problem};
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
pub(super) fn error(problem: Problem, dialect: Option<Dialect>, locale: Locale, product: &str) -> Response {
    if let Some(dialect) = dialect {
        return dialect.draw(problem);
    }
    let answer = problem.into_response();
    let (title, intro) = match problem {
        Problem::Forbidden
        | Problem::ForeignOrigin
        | Problem::MissingScope(_)
        | Problem::MisdirectedRequest
        | Problem::MissingKey
        | Problem::InvalidKey => ("refused-title", "refused-intro"),
        Problem::TooLarge => ("refused-title", "too-large-intro"),
        Problem::Malformed
        | Problem::MalformedIdempotencyKey
        | Problem::IdempotencyKeyReused
        | Problem::RequestInProgress
        | Problem::IdentifierTaken(_)
        | Problem::Unprocessable(_)
        | Problem::UnsupportedMediaType
        | Problem::MethodNotAllowed
        | Problem::InvalidCredentials
        | Problem::InvalidCode
        | Problem::InvalidToken
        | Problem::PasswordRejected(_) => ("refused-title", "malformed-intro"),
        Problem::NotFound => ("not-found-title", "not-found-intro"),
        Problem::TooManyRequests { .. } | Problem::Busy { .. } | Problem::Unavailable | Problem::Internal => {
            ("fault-title", "fault-intro")
        }
    };
    let page = ErrorPage {
        language: locale.tag(),
        product,
        title: &text(locale, title, &[]),
        intro: &text(locale, intro, &[]),
        to_start: &text(locale, "to-start", &[]),
    };
    let mut response = match page.render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "could not render an error page; the client gets problem details in JSON instead");
            return answer;
        }
    };
    *response.status_mut() = answer.status();
    if let Some(retry_after) = answer.headers().get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, retry_after.clone());
    }
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    );
    response
}

/// The problem for the status code of a library's or a middleware's answer.
pub(super) fn problem_of(status: StatusCode) -> Option<Problem> {
    match status {
        StatusCode::BAD_REQUEST => Some(Problem::Malformed),
        StatusCode::FORBIDDEN => Some(Problem::Forbidden),
        StatusCode::MISDIRECTED_REQUEST => Some(Problem::MisdirectedRequest),
        StatusCode::SERVICE_UNAVAILABLE => Some(Problem::Unavailable),
        StatusCode::NOT_FOUND => Some(Problem::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Problem::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Problem::UnsupportedMediaType),
        StatusCode::UNPROCESSABLE_ENTITY => Some(Problem::Unprocessable("The request is malformed.")),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Problem::Internal),
        _ => None,
    }
}
