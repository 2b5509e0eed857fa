//! The doors for programs, a folder a dialect, and the door that every link in a message leads to.
//! Each turns an outside message into one typed call and the typed answer back. Mounted by `server`.

mod agnost;
mod body;
mod cognito;
mod cors;
mod dialect;
mod key;
mod links;
mod native;
mod problem;
mod productflame;

use std::sync::Arc;

use axum::Router;

use crate::admin::{Accounts, Idempotency, Keys, SignIn};
use crate::i18n::Locale;
use crate::model::WebOrigin;
use crate::reset::ResetService;

pub use dialect::Dialect;
pub use native::openapi_text;
pub use problem::Problem;

/// What the doors need.
#[derive(Clone)]
pub struct ApiState {
    pub reset: ResetService,
    pub accounts: Accounts,
    pub sign_in: SignIn,
    pub keys: Keys,
    pub idempotency: Idempotency,
    /// Of a message where a request names no language.
    pub default_locale: Locale,
    /// Where our own pages come from.
    pub own_origin: String,
    /// From where browsers may call with any key.
    pub allowed_origins: Arc<[WebOrigin]>,
}

/// Which dialects are served.
#[derive(Clone, Copy, Debug)]
pub struct Spoken {
    pub native: bool,
    pub agnost: bool,
    pub cognito: bool,
    pub productflame: bool,
}

/// What programs call at `/` itself, which is a page for everybody else; `None`: no dialect that is switched on
/// is spoken there.
pub fn at_root(state: &ApiState, spoken: Spoken) -> Option<Router> {
    spoken.cognito.then(|| cognito::at(&["/"], state.clone()))
}

/// `GET /verify`, and every dialect that is switched on.
pub fn routes(state: ApiState, spoken: Spoken) -> Router {
    let mut router = links::routes(state.reset.clone());
    if spoken.native {
        router = router.merge(native::routes(state.clone()));
    }
    if spoken.agnost {
        router = router.merge(agnost::routes(state.clone()));
    }
    if spoken.cognito {
        router = router.merge(cognito::at(&["/cognito", "/cognito/"], state.clone()));
    }
    if spoken.productflame {
        router = router.merge(productflame::routes(state));
    }
    router
}
