//! The doors for programs, a folder a dialect, and the door that every link in a message leads to.
//! Each turns an outside message into one typed call and the typed answer back. Mounted by `server`.

mod links;
mod native;
mod problem;

use axum::Router;

use crate::admin::{Keys, SignIn};
use crate::i18n::Locale;
use crate::reset::ResetService;

pub use problem::Problem;

/// What the doors need.
#[derive(Clone)]
pub struct ApiState {
    pub reset: ResetService,
    pub sign_in: SignIn,
    pub keys: Keys,
    /// Of a message where a request names no language.
    pub default_locale: Locale,
}

/// `GET /verify`, and `/api/v1` where it is switched on.
pub fn routes(state: ApiState, native_api: bool) -> Router {
    let links = links::routes(state.reset.clone());
    if native_api { links.merge(native::routes(state)) } else { links }
}
