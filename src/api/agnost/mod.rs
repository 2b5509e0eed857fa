//! The Agnost protocol, which its ancestor altogic speaks under a path of its own; the README beside this file is
//! its contract. Mounted by `api`.

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
use super::{ApiState, Problem};

pub(super) use answer::draw;

/// Where its clients send what belongs to signing in.
const PATHS: [&str; 2] = ["/agnost/auth", "/_api/rest/v1/auth"];

pub(super) fn routes(state: ApiState) -> Router {
    // Its clients in a page send every call in credentials mode, though we set no cookie here.
    let cors = cors(&state, &[Method::GET, Method::POST], ["session", "x-client", "x-client-key"], []);
    let auth = Router::new()
        .route("/send-reset", post(send_reset::send_reset))
        .route("/reset-pwd", post(reset_pwd::reset_pwd))
        .route("/send-reset-code", post(send_reset_code::send_reset_code))
        .route("/reset-pwd-code", post(reset_pwd_code::reset_pwd_code))
        .with_state(state.clone())
        .merge(verify::routes(state.reset))
        .fallback(|| async { draw(Problem::NotFound) })
        .method_not_allowed_fallback(|| async { draw(Problem::MethodNotAllowed) })
        .layer(cors.allow_credentials(true));
    PATHS.into_iter().fold(Router::new(), |router, path| router.nest(path, auth.clone()))
}
