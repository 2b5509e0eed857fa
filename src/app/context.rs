//! The context of a request for pages and actions: the core, the settings, the caller and the language.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use tower_sessions::Session;

use super::moment_cookie::Moment;
use super::visit::Visit;
use crate::i18n::{self, Value};
use crate::model::{Caller, Locale, Page, Timestamp};
use crate::reset::{ResetService, UNAVAILABLE_RETRY_AFTER};

/// The pages' settings, which never change while the server runs.
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

/// What the middleware found out about a request and stored in its extensions.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    pub caller: Caller,
    pub locale: Locale,
    /// When the request arrived.
    pub now: Timestamp,
}

/// The context of a request.
#[derive(Clone)]
pub struct PageContext {
    pub reset: ResetService,
    pub settings: Arc<PageSettings>,
    pub facts: RequestFacts,
    pub visit: Visit,
    /// The request for which this browser is waiting.
    pub moment: Option<Moment>,
    pub path: String,
    pub query: String,
    has_islands: Arc<AtomicBool>,
    response: ResponseOptions,
}

impl PageContext {
    /// Creates the context when rendering starts.
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
            has_islands: Arc::default(),
            response,
        });
    }

    /// The context of this request. `None` while Leptos lists the routes at startup.
    pub fn current() -> Option<Self> {
        use_context()
    }

    /// Whether no island of this page has asked before.
    pub fn is_first_island(&self) -> bool {
        !self.has_islands.swap(true, Ordering::Relaxed)
    }

    /// A text without variables, in the language of the request.
    pub fn say(&self, id: &str) -> String {
        self.text(id, &[])
    }

    /// A text in the language of the request, with values for its variables.
    pub fn text(&self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        i18n::text(self.facts.locale, id, values)
    }

    /// Sets the status of the answer.
    pub fn status(&self, status: axum::http::StatusCode) {
        self.response.set_status(status);
    }

    /// Sets `Retry-After`.
    pub fn retry_after(&self, seconds: u64) {
        self.response.insert_header(axum::http::header::RETRY_AFTER, seconds.into());
    }

    /// Sets the status for a fault on our side. `is_passing` means that it may be temporary.
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

    /// Redirects to one of our pages with 303, so that the browser uses GET.
    pub fn see_other(&self, page: Page) {
        self.response.insert_header(axum::http::header::LOCATION, axum::http::HeaderValue::from_static(page.path()));
        self.response.set_status(axum::http::StatusCode::SEE_OTHER);
    }

    /// The value of a query parameter; `None` if it is missing, empty or duplicate.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut values = url::form_urlencoded::parse(self.query.as_bytes()).filter(|(key, _)| key == name);
        let value = values.next()?.1.into_owned();
        (values.next().is_none() && !value.is_empty()).then_some(value)
    }
}
