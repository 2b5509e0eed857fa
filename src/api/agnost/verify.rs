//! `GET …/auth/verify?key=tk-…`: the target of the links in this protocol's messages. Unlike `/verify`, it also
//! redirects to the app if the link is dead.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};

use crate::api::links::{follow, look};
use crate::model::Caller;
use crate::reset::ResetService;

pub(super) fn routes(reset: ResetService) -> Router {
    Router::new().route("/verify", get(open).head(look)).with_state(reset)
}

async fn open(
    State(reset): State<ResetService>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Response {
    follow(&reset, &caller, query.as_deref(), |dead| dead.told_to(reset.redirects().default_url())).await
}
