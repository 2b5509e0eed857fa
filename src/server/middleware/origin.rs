//! CSRF protection: accepts forms only from our own pages (SECURITY.md, requirement 60). It checks Fetch Metadata or, if the
//! browser doesn't send it, `Origin`. Requests with neither, or with one of them twice, are refused. The APIs need no
//! protection, because they use keys and not cookies.
//!
//! On pages with the Referrer-Policy `no-referrer`, browsers send `Origin: null`, so pages with forms have another
//! policy (`app::components::PostForm`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Facts, only};
use crate::api::{Dialect, LayerFault};

pub(in crate::server) async fn same_origin(State(facts): State<Arc<Facts>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let by_key = Dialect::of(&request).is_some();
    if safe || by_key || facts.comes_from_us(request.headers()) {
        next.run(request).await
    } else {
        LayerFault::Forbidden.into_response()
    }
}

impl Facts {
    fn comes_from_us(&self, headers: &HeaderMap) -> bool {
        let (Ok(site), Ok(origin)) = (only(headers, "sec-fetch-site"), only(headers, header::ORIGIN)) else {
            return false;
        };
        match site {
            Some(site) => site == "same-origin" || site == "none",
            None => origin.is_some_and(|origin| self.is_our_origin(origin)),
        }
    }

    fn is_our_origin(&self, origin: &str) -> bool {
        let scheme = if self.public_url.is_https() { "https://" } else { "http://" };
        origin.strip_prefix(scheme).is_some_and(|host| self.is_ours(host))
    }
}
