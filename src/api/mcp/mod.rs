//! Tools for agents over the Model Context Protocol, at `/mcp` and on stdio. The contract is the README in this folder.

mod asker;
mod failure;
mod http;
mod members;
mod refusal;
mod service;
mod stdio;
mod tools;

pub(super) use http::routes;
pub use stdio::{StdioError, serve_stdio};

/// The settings of the tools over HTTP.
#[derive(Clone, Debug)]
pub struct McpSettings {
    /// Whether to offer the tools that accept a code and a password.
    pub password_tools: bool,
    /// The allowed host names, with or without a port. This is a second protection against DNS rebinding, in addition
    /// to the middleware `known_host`.
    pub allowed_hosts: Vec<String>,
}
