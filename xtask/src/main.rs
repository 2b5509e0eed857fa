//! `cargo xtask`: builds, tests, lints, demonstrates and measures Keyback, and installs what that needs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to the terminal")]
#![expect(clippy::disallowed_methods, reason = "PATH and cargo's variables are not settings of the server")]

mod browser;
mod demo;
mod lint;
mod own_users;
mod process;
mod profile;
mod server;
mod summary;
mod test;
mod tools;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::process::run;
use crate::profile::Profile;
use crate::workspace::Workspace;

/// Builds, tests, demonstrates and measures Keyback
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Start a server with demo data, building what has changed
    Demo {
        /// Passed on to `keyback demo`, after `--`
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Build the browser part, then the server
    Build {
        /// Optimised, with the browser part inside the binary
        #[arg(long)]
        release: bool,
    },
    /// Run every test: Rust, PostgreSQL where TEST_DATABASE_URL is set, browsers, clients
    Test(test::Options),
    /// Check format, lints, documentation and dependencies
    Lint,
    /// Rewrite the files that are generated from the code
    Generate,
    /// Kill the release build at random moments and account for everything it accepted
    Crash,
    /// Measure the release build
    Bench {
        /// Passed on to the benchmark, after `--`
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<()> {
    let Some(verb) = arguments.verb else {
        return Ok(Arguments::command().print_help()?);
    };
    let workspace = Workspace::locate()?;
    match verb {
        Verb::Demo { arguments } => demo::start(&workspace, &arguments),
        Verb::Build { release } => {
            let profile = if release { Profile::Release } else { Profile::Dev };
            browser::build(&workspace)?;
            server::build(&workspace, profile)?;
            println!("Built {}", workspace.binary(profile).display());
            Ok(())
        }
        Verb::Test(options) => test::run_all(&workspace, &options),
        Verb::Lint => lint::check(&workspace),
        Verb::Generate => generate(&workspace),
        Verb::Crash => crash(&workspace),
        Verb::Bench { arguments } => bench(&workspace, &arguments),
    }
}

/// Tests named `generated` compare a file with the code. With the variable set they write the file instead.
fn generate(workspace: &Workspace) -> Result<()> {
    let mut test = workspace.cargo(["test", "--workspace", "--test", "it", "generated"]);
    run(test.env("KEYBACK_UPDATE_GENERATED", "1"))
}

/// Runs the tests of `tests/it/crash`, one database after the other, and prints their numbers. They do not need the
/// browser part.
fn crash(workspace: &Workspace) -> Result<()> {
    let mut test = workspace.cargo(["test", "--release", "--workspace", "--test", "it", "crash::"]);
    run(test.args(["--", "--nocapture", "--test-threads", "1"]))
}

fn bench(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    browser::build(workspace)?;
    // Installs `cognito-local`, for a comparison.
    tools::npm_packages(workspace)?;
    run(workspace.cargo(["bench", "--workspace", "--bench", "service", "--"]).args(arguments))
}
