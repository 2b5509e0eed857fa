//! `GET /verify?key=tk-…`: the target of the link in a message. Opening it doesn't use up the link, so mail scanners
//! may open it many times. The `redirect` parameter of other systems' links is ignored.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::LayerFault;
use crate::model::{Caller, InLink, LinkKey, Page, RedirectUrl};
use crate::reset::{Fault, LinkError, ResetService};

/// Why a link doesn't work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeadLink {
    /// It has no key, only part of one, or more than one: mail programs break links.
    Unreadable,
    /// Its key is unknown, expired, used or cancelled.
    Ended,
}

impl DeadLink {
    /// Appends the error to the redirect target, for apps that show the parameters that come back.
    pub(super) fn told_to(self, target: &RedirectUrl) -> String {
        let (status, error) = match self {
            Self::Unreadable => {
                ("400", "The link cannot be read: a part of it is missing. Open it again from the message.")
            }
            Self::Ended => ("401", "The link is invalid, has expired or has been used. Ask for a new one."),
        };
        target.with_parameters(&[
            ("action", "reset-pwd"),
            ("status", status),
            ("code", "invalid_access_token"),
            ("error", error),
        ])
    }
}

pub(super) fn routes(reset: ResetService) -> Router {
    Router::new().route("/verify", get(open).head(look)).with_state(reset)
}

async fn open(
    State(reset): State<ResetService>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Response {
    let page = |dead| match dead {
        DeadLink::Unreadable => Page::LinkUnreadable.path().to_owned(),
        DeadLink::Ended => Page::LinkExpired.path().to_owned(),
    };
    follow(&reset, &caller, query.as_deref(), page).await
}

/// Opens the link and redirects to its target. A dead link redirects to the target that was stored with its request;
/// if there is none, `otherwise` returns the location.
pub(super) async fn follow(
    reset: &ResetService,
    caller: &Caller,
    query: Option<&str>,
    otherwise: impl FnOnce(DeadLink) -> String,
) -> Response {
    let Some(key) = the_key(query.unwrap_or_default()) else { return see_other(&otherwise(DeadLink::Unreadable)) };
    match reset.open_link(&key, caller).await {
        Ok(opened) => see_other(&opened.redirect_url.with_parameters(&[
            ("access_token", opened.access_token.expose()),
            ("action", "reset-pwd"),
            ("status", "200"),
        ])),
        Err(LinkError::Dead { redirect_url: Some(url) }) => see_other(&DeadLink::Ended.told_to(&url)),
        Err(LinkError::Dead { redirect_url: None }) => see_other(&otherwise(DeadLink::Ended)),
        Err(LinkError::LimitReached(_)) => see_other(Page::SlowDown.path()),
        Err(LinkError::Fault(fault)) => our_fault(&fault),
    }
}

/// Answers `HEAD`, which scanners send, without a token and in the same way for every link.
pub(super) async fn look(
    State(reset): State<ResetService>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(key) = the_key(query.as_deref().unwrap_or_default()) else { return StatusCode::OK.into_response() };
    match reset.look_at_link(&key, &caller).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(fault) => our_fault(&fault),
    }
}

fn our_fault(fault: &Fault) -> Response {
    tracing::error!(error = %fault, "could not open a link; the person gets an error page");
    LayerFault::ours(fault.is_passing()).into_response()
}

/// The key in the query, if there is exactly one.
fn the_key(query: &str) -> Option<LinkKey> {
    match LinkKey::in_query(query) {
        InLink::Read(key) => Some(key),
        InLink::Absent | InLink::Unreadable => None,
    }
}

fn see_other(location: &str) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => LayerFault::Internal.into_response(),
    }
}
