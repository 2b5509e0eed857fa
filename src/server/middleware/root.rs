//! Routes API calls to `/`. Some clients are configured with only our host and send their calls there. All other
//! requests for `/` get the page.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use crate::api::Dialect;

pub(in crate::server) async fn calls_at_root(
    State(door): State<Option<Router>>,
    request: Request,
    next: Next,
) -> Response {
    match door {
        Some(door) if request.uri().path() == "/" && Dialect::of(&request).is_some() => {
            door.oneshot(request).await.into_response()
        }
        _ => next.run(request).await,
    }
}
