//! Keyback, a self-hosted password-reset service. This page is the map, a sentence a module, from
//! the command line down to the database; read [`reset`] first. It is the only file that knows about
//! features: everything but the islands is the server's.
// A page's view is one deeply nested type.
#![recursion_limit = "256"]

/// Hosted pages: what a person sees.
pub mod app {
    /// Server functions: what the forms post to.
    #[cfg(feature = "ssr")]
    pub mod actions;
    /// The server functions that ask for a message.
    #[cfg(feature = "ssr")]
    pub mod asking;
    /// The parts that pages are made of.
    #[cfg(feature = "ssr")]
    pub mod components;
    /// What a page is given for one request.
    #[cfg(feature = "ssr")]
    pub mod context;
    /// Our own faults, and how they are answered.
    #[cfg(feature = "ssr")]
    pub mod faults;
    /// The parts of pages that run in the browser too.
    pub mod islands;
    /// What is kept of a person who waits.
    #[cfg(feature = "ssr")]
    pub mod moment;
    /// The pages, a file each.
    #[cfg(feature = "ssr")]
    pub mod pages;
    /// Every page and its path.
    #[cfg(feature = "ssr")]
    mod routes;
    /// Notices and refusals in words.
    #[cfg(feature = "ssr")]
    mod texts;
    /// What a page may know.
    #[cfg(feature = "ssr")]
    pub mod views;
    /// What one browser has done so far.
    #[cfg(feature = "ssr")]
    pub mod visit;

    #[cfg(feature = "ssr")]
    pub use routes::App;
}

/// The accounts and their passwords.
#[cfg(feature = "ssr")]
pub mod accounts;
/// What an operator or a program with a key may do.
#[cfg(feature = "ssr")]
pub mod admin;
/// What the operator's app is told as it happens.
#[cfg(feature = "ssr")]
pub mod announcements;
/// The doors for programs.
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
/// Messages: rendering and sending.
#[cfg(feature = "ssr")]
pub mod delivery;
/// The demo's own pages.
#[cfg(feature = "ssr")]
pub mod demo;
/// The only way out to other people's servers.
#[cfg(feature = "ssr")]
pub mod http_client;
/// Every text in every language.
#[cfg(feature = "ssr")]
pub mod i18n;
/// Who may try again, and when.
#[cfg(feature = "ssr")]
pub mod limits;
/// The tools for agents.
#[cfg(feature = "ssr")]
pub mod mcp;
/// The words of Keyback as types.
#[cfg(feature = "ssr")]
pub mod model;
/// Files that only their owner may read.
#[cfg(feature = "ssr")]
pub mod private_file;
/// The arithmetic of a proof of work, for the server and the browser.
pub mod puzzle;
/// Counts refusals that are about no reset, for the audit.
#[cfg(feature = "ssr")]
pub mod refusals;
/// The core: the four steps.
#[cfg(feature = "ssr")]
pub mod reset;
/// The HTTP server: every door merged.
#[cfg(feature = "ssr")]
pub mod server;
/// All SQL.
#[cfg(feature = "ssr")]
pub mod store;
/// Logs, metrics, traces, signs of life.
#[cfg(feature = "ssr")]
pub mod telemetry;
/// Sends what is due, deletes what is over.
#[cfg(feature = "ssr")]
pub mod worker;

/// Wakes the islands of a page. Called by the script on pages that hold one.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
