//! `/dev/inbox`: shows the captured emails and text messages, newest first, with working links.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::DemoState;
use crate::delivery::{CapturedKind, CapturedMessage};

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    messages: Vec<Shown>,
}

struct Shown {
    number: usize,
    to: String,
    /// The subject of an email; `None` for text messages.
    subject: Option<String>,
    lines: Vec<Line>,
}

enum Line {
    Link(String),
    Text(String),
}

/// Allows inline styles, because emails need them.
const MAIL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

pub(super) async fn list(State(state): State<DemoState>) -> Response {
    let messages = state.inbox.messages().into_iter().map(shown).collect();
    page(InboxPage { messages }.render())
}

/// Shows an email as a mail program would.
pub(super) async fn show(State(state): State<DemoState>, Path(number): Path<usize>) -> Response {
    let found = state.inbox.messages().into_iter().find(|message| message.number == number);
    match found.map(|message| message.kind) {
        Some(CapturedKind::Mail { html, .. }) => {
            ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(html)).into_response()
        }
        Some(CapturedKind::Text) | None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Renders a page. The Referrer-Policy `same-origin` makes forms work in browsers without Fetch Metadata, as in
/// `app::components::shell`.
pub(super) fn page(page: Result<String, askama::Error>) -> Response {
    let referrer = HeaderValue::from_static("same-origin");
    let headers = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY), (header::REFERRER_POLICY, referrer)];
    match page {
        Ok(page) => (headers, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "could not render a page of the demo; answering with a server error");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn shown(message: CapturedMessage) -> Shown {
    let line = |line: &str| {
        if line.starts_with("http://") || line.starts_with("https://") {
            Line::Link(line.to_owned())
        } else {
            Line::Text(line.to_owned())
        }
    };
    Shown {
        lines: message.text.lines().map(line).collect(),
        number: message.number,
        to: message.to,
        subject: match message.kind {
            CapturedKind::Mail { subject, .. } => Some(subject),
            CapturedKind::Text => None,
        },
    }
}
