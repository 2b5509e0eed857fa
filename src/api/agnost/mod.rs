//! The Agnost protocol. Its predecessor Altogic uses the same protocol under another path. The contract is the
//! README in this folder.

mod answer;
mod ask;
mod given;
mod reset_pwd;
mod reset_pwd_code;
mod send_reset;
mod send_reset_code;
mod verify;

use axum::Router;
use axum::http::Method;
use axum::routing::post;

use super::cors::cors;
use super::{ApiState, LayerFault};

pub(super) use answer::draw;

/// The paths under which Agnost's and Altogic's clients call the authentication API.
const PATHS: [&str; 2] = ["/agnost/auth", "/_api/rest/v1/auth"];

pub(super) fn routes(state: ApiState) -> Router {
    // In browsers the clients send every call with credentials, although we set no cookie here.
    let cors = cors(&state, &[Method::GET, Method::POST], ["session", "x-client", "x-client-key"], []);
    let auth = Router::new()
        .route("/send-reset", post(send_reset::send_reset))
        .route("/reset-pwd", post(reset_pwd::reset_pwd))
        .route("/send-reset-code", post(send_reset_code::send_reset_code))
        .route("/reset-pwd-code", post(reset_pwd_code::reset_pwd_code))
        .with_state(state.clone())
        .merge(verify::routes(state.reset))
        .fallback(|| async { draw(LayerFault::NotFound) })
        .method_not_allowed_fallback(|| async { draw(LayerFault::MethodNotAllowed) })
        .layer(cors.allow_credentials(true));
    PATHS.into_iter().fold(Router::new(), |router, path| router.nest(path, auth.clone()))
}
