//! The pages of `keyback demo`: an inbox with the captured messages, and a sign-in form to try the new password.
//! `keyback serve` doesn't serve them.

mod inbox;
mod sign_in;

use axum::Router;
use axum::routing::{get, post};

use crate::admin::SignIn;
use crate::delivery::Inbox;

/// The password of every demo account.
pub const DEMO_PASSWORD: &str = "walnut-river-lantern";

/// The state that the pages share.
#[derive(Clone)]
pub struct DemoState {
    pub inbox: Inbox,
    pub sign_in: SignIn,
    pub accounts: &'static [DemoAccount],
}

/// A demo account.
pub struct DemoAccount {
    pub email: &'static str,
    pub username: &'static str,
    pub verified: bool,
    pub phone: Option<&'static str>,
}

/// The pages under `/dev`.
pub fn routes(state: DemoState) -> Router {
    Router::new()
        .route("/dev/inbox", get(inbox::list))
        .route("/dev/inbox/{number}", get(inbox::show))
        .route("/dev/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/dev/sign-out", post(sign_in::sign_out))
        .with_state(state)
}
