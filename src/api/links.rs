//! `GET /verify?key=tk-…`: where the link in a message leads. It spends nothing, so it may be opened
//! many times by anybody, a mail scanner included. The `redirect` parameter that links of
//! other systems carry is not looked at. A dialect that has a path of its own for links calls the same steps.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::Problem;
use crate::model::{Caller, InLink, LinkKey, RedirectUrl};
use crate::reset::{Fault, LinkError, ResetService};

/// Why a link opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeadLink {
    /// It has no key, a part of one, or more than one: mail programs break links.
    Unreadable,
    /// It is unknown, expired, used or cancelled.
    Ended,
}

impl DeadLink {
    /// A target with words for apps that show what comes back to them.
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
        DeadLink::Unreadable => "/link-unreadable".to_owned(),
        DeadLink::Ended => "/link-expired".to_owned(),
    };
    follow(&reset, &caller, query.as_deref(), page).await
}

/// Opens the link and goes where it leads. A dead one leads to the target that was stored with its request; where
/// there is none, `otherwise` says where.
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
        Err(LinkError::LimitReached(_)) => see_other("/slow-down"),
        Err(LinkError::Fault(fault)) => our_fault(&fault),
    }
}

/// A scanner that only looks gets an answer without a token, the same for every link.
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
    tracing::error!(error = %fault, "a link cannot be opened");
    Problem::fault(fault.is_passing()).into_response()
}

/// The one key of the query.
fn the_key(query: &str) -> Option<LinkKey> {
    match LinkKey::in_query(query) {
        InLink::Read(key) => Some(key),
        InLink::Absent | InLink::Unreadable => None,
    }
}

fn see_other(location: &str) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => Problem::Internal.into_response(),
    }
}
