//! The command line. Each command has its own file, or a few lines here.

mod accounts;
mod application;
mod check;
mod check_directory;
mod demo;
mod descriptors;
mod directory;
mod keys;
mod mcp;
mod migrate;
mod output;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::telemetry::{self, Traces};

pub use application::{Application, StartError};
use output::Output;
use serve::{serve, stop_signal};

/// Keyback resets forgotten passwords: hosted pages, messages and an API.
#[derive(Parser)]
#[command(version, about, propagate_version = true)]
struct Arguments {
    /// The configuration file (TOML). Environment variables override it.
    #[arg(long, global = true, value_name = "FILE", env = "KEYBACK_CONFIG")]
    config: Option<PathBuf>,
    /// What to log, as a tracing filter.
    #[arg(long, global = true, value_name = "FILTER", env = "RUST_LOG", default_value = telemetry::DEFAULT_FILTER, hide_default_value = true)]
    log: String,
    /// Log in JSON, one line per event.
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve the pages and the APIs, and send the messages.
    Serve,
    /// Try Keyback out: serve with a temporary database, three demo accounts and captured messages.
    Demo(demo::DemoArguments),
    /// Migrate the database's schema. `serve` also does this when it starts.
    Migrate(migrate::MigrateArguments),
    /// Add, import, show and change accounts.
    #[command(subcommand)]
    Accounts(accounts::AccountsVerb),
    /// Create, rotate, list and revoke API keys.
    #[command(subcommand)]
    Keys(keys::KeysVerb),
    /// Show how the users table of an app is mapped.
    #[command(subcommand)]
    Directory(directory::DirectoryVerb),
    /// Check the configuration, the database, the mail server, the app's users table, the SMS provider and the webhook
    /// endpoint, and say what to fix.
    Check(check::CheckArguments),
    /// Serve the tools for agents on standard input and output (Model Context Protocol), with an API key.
    Mcp(mcp::McpArguments),
    /// Print the OpenAPI document of the native API.
    Openapi,
}

/// A command failed: the message, and the exit code. 1 means that it failed; 2 means that the command line or the
/// configuration is wrong.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    fn wrong(error: impl std::fmt::Display) -> Self {
        Self { message: error.to_string(), code: 2 }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { message: error.to_string(), code: 1 }
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let mut output = Output;
    match start(arguments, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.complain(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn start(arguments: Arguments, output: &mut Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(obey(arguments, output));
    // A DNS lookup without an answer must not delay the exit.
    runtime.shutdown_background();
    done
}

async fn obey(arguments: Arguments, output: &mut Output) -> Result<(), Failure> {
    let file = arguments.config.as_deref();
    let begin_log = |traces| telemetry::start(&arguments.log, arguments.log_json, traces).map_err(Failure::wrong);
    // For `serve`, logging starts later, because the configuration says whether to export traces.
    if !matches!(arguments.verb, Verb::Serve) {
        begin_log(None)?;
    }
    match arguments.verb {
        Verb::Demo(demo) => demo::demo(demo, output).await,
        Verb::Serve => {
            let config = load(file)?;
            let traces = config.traces.as_ref().map(Traces::start).transpose()?;
            begin_log(traces.as_ref())?;
            let application = Application::start(config, Clock::System).await?;
            let origin = application.config.server.public_url.origin();
            // With port 0 the system chooses a port, so print it.
            let greet = |address| vec![format!("Keyback listens on {address} for {origin}")];
            let served = serve(application, stop_signal()?, axum::Router::new(), greet, output).await;
            if let Some(traces) = traces {
                traces.end().await;
            }
            served
        }
        Verb::Migrate(migrate) => migrate::migrate(migrate, load(file)?, output).await,
        Verb::Accounts(verb) => {
            accounts::obey(verb, Application::start(load(file)?, Clock::System).await?, output).await
        }
        Verb::Keys(verb) => keys::obey(verb, &Application::start(load(file)?, Clock::System).await?, output).await,
        Verb::Directory(verb) => directory::obey(&verb, file, output),
        Verb::Check(check) => check::check(check, load(file)?, output).await,
        Verb::Mcp(arguments) => {
            let key = arguments.key()?;
            mcp::mcp(key, Application::start(load(file)?, Clock::System).await?).await
        }
        Verb::Openapi => output.say(crate::api::openapi_text()?.trim_end()),
    }
}

fn load(file: Option<&Path>) -> Result<Config, Failure> {
    Config::load(file, &Environment::of_process()).map_err(Failure::wrong)
}
