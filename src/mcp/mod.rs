//! The door for agents: tools over the Model Context Protocol; the README beside this file is its contract. Mounted
//! at `/mcp` by `server`, run on stdio by `cli`.

mod authorize;
mod failure;
mod http;
mod members;
mod refusal;
mod service;
mod stdio;
mod tools;

use crate::admin::Keys;
use crate::i18n::Locale;
use crate::model::WebOrigin;
use crate::reset::ResetService;

pub use http::routes;
pub use stdio::{StdioError, serve_stdio};

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
    /// Names that the service is called by, with or without a port: the second lock against DNS rebinding, behind the
    /// one that `server` puts before every door.
    pub allowed_hosts: Vec<String>,
}
