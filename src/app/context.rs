//! What the pages are given by the server for one request: the core, the settings that show, who
//! asks and in which language. Provided by `server::pages`, read by the pages and the actions.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use tower_sessions::Session;

use super::moment::Moment;
use super::visit::Visit;
use crate::i18n::{self, Locale, Value};
use crate::model::{Caller, Timestamp};
use crate::reset::{ResetService, UNAVAILABLE_RETRY_AFTER};

/// What shows on every page and never changes while the server runs.
#[derive(Debug)]
pub struct PageSettings {
    pub product_name: String,
    pub logo_url: Option<String>,
    pub support_url: Option<String>,
    pub return_to: Option<String>,
    pub frame_ancestors: String,
    pub link_minutes: u64,
    pub code_minutes: u64,
    pub code_tries: u64,
    /// The style sheet, and the script and WASM of the islands.
    pub leptos_options: LeptosOptions,
}

/// The middleware's findings about one request, in its extensions.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    pub caller: Caller,
    pub locale: Locale,
    /// When it came.
    pub now: Timestamp,
    /// What its log lines and its trace belong to.
    pub span: tracing::Span,
}

/// One request, as a page or an action sees it.
#[derive(Clone)]
pub struct PageContext {
    pub reset: ResetService,
    pub settings: Arc<PageSettings>,
    pub facts: RequestFacts,
    pub visit: Visit,
    /// What this browser waits for.
    pub moment: Option<Moment>,
    pub path: String,
    pub query: String,
    response: ResponseOptions,
}

impl PageContext {
    /// Gathers it at the start of rendering; called by `server::pages` for each request.
    pub fn provide(reset: ResetService, settings: Arc<PageSettings>) {
        let (Some(parts), Some(response)) =
            (use_context::<axum::http::request::Parts>(), use_context::<ResponseOptions>())
        else {
            return;
        };
        let (Some(facts), Some(session)) = (parts.extensions.get::<RequestFacts>(), parts.extensions.get::<Session>())
        else {
            return;
        };
        provide_context(Self {
            reset,
            settings,
            facts: facts.clone(),
            visit: Visit::new(session.clone()),
            moment: Moment::in_headers(&parts.headers),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            response,
        });
    }

    /// The context of this request; `None` while the routes are being listed at the start.
    pub fn current() -> Option<Self> {
        use_context()
    }

    /// A text without values.
    pub fn say(&self, id: &str) -> String {
        self.text(id, &[])
    }

    /// A text in the language of the request.
    pub fn text(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        i18n::text(self.facts.locale, id, values)
    }

    /// Answers with another status than 200.
    pub fn status(&self, status: axum::http::StatusCode) {
        self.response.set_status(status);
    }

    /// Says when to come back.
    pub fn retry_after(&self, seconds: u64) {
        self.response.insert_header(axum::http::header::RETRY_AFTER, seconds.into());
    }

    /// Answers that it is our own fault; `is_passing`: the same may go well in a few seconds.
    pub fn fault(&self, is_passing: bool) {
        if is_passing {
            self.status(axum::http::StatusCode::SERVICE_UNAVAILABLE);
            self.retry_after(UNAVAILABLE_RETRY_AFTER.as_secs());
        } else {
            self.status(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
        }
    }

    /// Sets a header that is already well-formed.
    pub fn header(&self, name: axum::http::HeaderName, value: axum::http::HeaderValue) {
        self.response.insert_header(name, value);
    }

    /// 303 to a page of ours: the browser gets it with GET, whatever it did before.
    pub fn see_other(&self, path: &'static str) {
        self.response.insert_header(axum::http::header::LOCATION, axum::http::HeaderValue::from_static(path));
        self.response.set_status(axum::http::StatusCode::SEE_OTHER);
    }

    /// The value of a query parameter; `None` when it is absent, empty or there twice.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut values = url::form_urlencoded::parse(self.query.as_bytes()).filter(|(key, _)| key == name);
        let value = values.next()?.1.into_owned();
        (values.next().is_none() && !value.is_empty()).then_some(value)
    }
}
