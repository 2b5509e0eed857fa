//! The door for agents: tools over the Model Context Protocol. Mounted by `server`, run on stdio by `cli`.

use axum::Router;

use crate::admin::Keys;
use crate::i18n::Locale;
use crate::model::WebOrigin;
use crate::reset::ResetService;

/// What the door needs.
#[derive(Clone)]
pub struct McpState {
    pub reset: ResetService,
    pub keys: Keys,
    /// Of a message where a tool call names no language.
    pub default_locale: Locale,
    /// Whether there are tools that take a code and a password.
    pub password_tools: bool,
    /// Origins that browsers may call from with any key, our own among them.
    pub allowed_origins: Vec<WebOrigin>,
}

/// `/mcp`.
pub fn routes(_state: McpState) -> Router {
    Router::new()
}
