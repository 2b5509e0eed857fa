//! Tools for agents over the Model Context Protocol, at `/mcp` and on stdio. The contract is the README in this folder.

mod authorize;
mod failure;
mod http;
mod members;
mod refusal;
mod service;
mod stdio;
mod tools;

use crate::admin::Keys;
use crate::model::{Locale, WebOrigin};
use crate::reset::ResetService;

pub use http::routes;
pub use stdio::{StdioError, serve_stdio};

/// The state of the MCP server.
#[derive(Clone)]
pub struct McpState {
    pub reset: ResetService,
    pub keys: Keys,
    /// The language of messages if a tool call names none.
    pub default_locale: Locale,
    /// Whether to offer the tools that accept a code and a password.
    pub password_tools: bool,
    /// The origins from which browsers may call with any key, including our own.
    pub allowed_origins: Vec<WebOrigin>,
    /// The allowed host names, with or without a port. This is a second protection against DNS rebinding, in addition
    /// to the middleware `known_host`.
    pub allowed_hosts: Vec<String>,
}
