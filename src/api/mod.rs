//! The APIs, one folder per dialect, and `GET /verify`, the target of every link in a message. Handlers turn a
//! request into one typed call to the core and turn its result into a response.

mod agnost;
mod body;
mod cognito;
mod cors;
mod dialect;
mod key;
mod layer_fault;
mod links;
mod mcp;
mod named;
mod native;
mod productflame;

use std::sync::Arc;

use axum::Router;

use crate::admin::{Accounts, Idempotency, Keys, SignIn};
use crate::model::{Locale, WebOrigin};
use crate::reset::ResetService;

pub use dialect::Dialect;
pub use layer_fault::LayerFault;
pub use mcp::{McpSettings, StdioError, serve_stdio};
pub use native::openapi_text;

/// The state that the handlers share.
#[derive(Clone)]
pub struct ApiState {
    pub reset: ResetService,
    pub accounts: Accounts,
    pub sign_in: SignIn,
    pub keys: Keys,
    pub idempotency: Idempotency,
    /// The language of messages if a request names none.
    pub default_locale: Locale,
    /// The origin of our own pages.
    pub own_origin: String,
    /// The origins from which browsers may call with any key.
    pub allowed_origins: Arc<[WebOrigin]>,
}

/// The dialects that are switched on.
#[derive(Clone, Debug)]
pub struct Spoken {
    pub native: bool,
    pub agnost: bool,
    pub cognito: bool,
    pub productflame: bool,
    pub mcp: Option<McpSettings>,
}

/// Routes for API calls to `/`, where browsers get a page. `None` if no dialect that is switched on uses that path.
pub fn at_root(state: &ApiState, spoken: &Spoken) -> Option<Router> {
    spoken.cognito.then(|| cognito::at(&["/"], state.clone()))
}

/// `GET /verify` and the routes of every dialect that is switched on.
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
        router = router.merge(productflame::routes(state.clone()));
    }
    if let Some(settings) = spoken.mcp {
        router = router.merge(mcp::routes(state, settings));
    }
    router
}
