//! Keyback, a self-hosted password-reset service. This page is the map, with one sentence per module; read [`reset`]
//! first. Only this file uses Cargo features: `ssr` is the server, `hydrate` the islands in the browser.
// The view of a page is one deeply nested type.
#![recursion_limit = "256"]

/// The hosted pages.
pub mod app {
    /// Server functions that forms post to.
    #[cfg(feature = "ssr")]
    pub mod actions;
    /// Server functions that request a message.
    #[cfg(feature = "ssr")]
    pub mod asking;
    /// The parts that pages share.
    #[cfg(feature = "ssr")]
    pub mod components;
    /// What a page receives for one request.
    #[cfg(feature = "ssr")]
    pub mod context;
    /// Faults of the service, and how pages answer them.
    #[cfg(feature = "ssr")]
    pub mod faults;
    /// The fields of forms as types.
    #[cfg(feature = "ssr")]
    pub mod field;
    /// The parts of pages that also run in the browser.
    pub mod islands;
    /// What is kept for a person who waits.
    #[cfg(feature = "ssr")]
    pub mod moment;
    /// The cookie of a person who waits.
    #[cfg(feature = "ssr")]
    pub mod moment_cookie;
    /// The pages, one file each.
    #[cfg(feature = "ssr")]
    pub mod pages;
    /// Every page and its path.
    #[cfg(feature = "ssr")]
    mod routes;
    /// The wording of notices and refusals.
    #[cfg(feature = "ssr")]
    mod texts;
    /// What a page may show.
    #[cfg(feature = "ssr")]
    pub mod views;
    /// What one browser session has done so far.
    #[cfg(feature = "ssr")]
    pub mod visit;

    #[cfg(feature = "ssr")]
    pub use routes::App;

    /// The path of every server function begins with it.
    #[cfg(feature = "ssr")]
    pub const ACTIONS: &str = "/actions/";

    #[cfg(feature = "ssr")]
    use components::wake_islands;

    /// In the browser the page has been drawn already.
    #[cfg(not(feature = "ssr"))]
    fn wake_islands() {}
}

/// Accounts and their passwords.
#[cfg(feature = "ssr")]
pub mod accounts;
/// What an operator or a program with an API key may do.
#[cfg(feature = "ssr")]
pub mod admin;
/// The APIs for programs, and the tools for agents.
#[cfg(feature = "ssr")]
pub mod api;
/// The command line.
#[cfg(feature = "ssr")]
pub mod cli;
/// The only source of time.
#[cfg(feature = "ssr")]
pub mod clock;
/// The operator's settings.
#[cfg(feature = "ssr")]
pub mod config;
/// Renders and sends messages.
#[cfg(feature = "ssr")]
pub mod delivery;
/// The pages of the demo.
#[cfg(feature = "ssr")]
pub mod demo;
/// HTTP clients for requests to other servers.
#[cfg(feature = "ssr")]
pub mod http_client;
/// All texts in all languages.
#[cfg(feature = "ssr")]
pub mod i18n;
/// Rate limits.
#[cfg(feature = "ssr")]
pub mod limits;
/// The vocabulary of Keyback as types.
#[cfg(feature = "ssr")]
pub mod model;
/// Files that only their owner can read.
#[cfg(feature = "ssr")]
pub mod private_file;
/// The proof-of-work puzzle, for the server and the browser.
pub mod puzzle;
/// Counts refusals that concern no particular reset, for the audit.
#[cfg(feature = "ssr")]
pub mod refusals;
/// The core: request, verify, complete, cancel.
#[cfg(feature = "ssr")]
pub mod reset;
/// The HTTP server, which merges all routes.
#[cfg(feature = "ssr")]
pub mod server;
/// All SQL.
#[cfg(feature = "ssr")]
pub mod store;
/// Logs, metrics, traces and the worker's heartbeat.
#[cfg(feature = "ssr")]
pub mod telemetry;
/// Webhook events, written into the outbox.
#[cfg(feature = "ssr")]
pub mod webhooks;
/// Sends what is due and deletes what has expired.
#[cfg(feature = "ssr")]
pub mod worker;

/// Hydrates the islands of a page. The script on pages with islands calls it.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
