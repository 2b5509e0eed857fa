//! `cargo xtask test`: runs all tests, even from a fresh clone.

use std::env;

use anyhow::Result;
use clap::Args;

use crate::process::{installed, run};
use crate::profile::Profile;
use crate::server;
use crate::summary::Summary;
use crate::workspace::Workspace;
use crate::{browser, own_users, tools};

#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Options {
    /// Only the tests written in Rust
    #[arg(long)]
    rust_only: bool,
    /// Only the browser tests
    #[arg(long)]
    browser_only: bool,
    /// Only the tests with the clients of other systems
    #[arg(long)]
    clients_only: bool,
    /// Only the tests with apps that keep their own users
    #[arg(long)]
    own_users_only: bool,
}

pub(crate) fn run_all(workspace: &Workspace, options: &Options) -> Result<()> {
    let all = !(options.rust_only || options.browser_only || options.clients_only || options.own_users_only);
    let rust = all || options.rust_only;
    let browsers = all || options.browser_only;
    let clients = all || options.clients_only;
    let own_users = all || options.own_users_only;
    let mut summary = Summary::default();

    let built = summary.part("browser part", || browser::build(workspace))
        && if rust {
            summary.part("server and tests", || server::build_with_tests(workspace))
        } else {
            summary.part("server", || server::build(workspace, Profile::Dev))
        };
    if built && rust {
        rust_tests(workspace, &mut summary);
    }
    let in_browsers = browsers || clients || own_users;
    if built && in_browsers && summary.part("browser test tools", || tools::browser_tests(workspace)) {
        if browsers {
            summary.part("browser tests", || playwright(workspace, &["js *", "nojs *"]));
        }
        if clients && summary.part("client test tools", || tools::client_tests(workspace)) {
            summary.part("client tests", || playwright(workspace, &["clients"]));
        }
        if own_users {
            own_users_tests(workspace, &mut summary);
        }
    }
    summary.finish()
}

/// Runs the tests of these projects of `end2end/playwright.config.ts`.
fn playwright(workspace: &Workspace, projects: &[&str]) -> Result<()> {
    let mut command = workspace.command("npx");
    run(command.current_dir(workspace.path("end2end")).args(["playwright", "test", "--project"]).args(projects))
}

fn own_users_tests(workspace: &Workspace, summary: &mut Summary) {
    if !tools::is_debian() {
        summary.skip("own users tests", "the frameworks are installed from packages of Debian");
        return;
    }
    // `playwright.config.ts` checks the same and leaves those projects out.
    if is_unset("TEST_DATABASE_URL") {
        summary.skip("own users, PostgreSQL", "TEST_DATABASE_URL is not set");
    }
    if is_unset("TEST_MYSQL_URL") {
        summary.skip("own users, MySQL", "TEST_MYSQL_URL is not set");
    }
    if !summary.part("own users tools", || own_users::install(workspace)) {
        return;
    }
    if !own_users::has_wordpress(workspace) {
        summary.skip("own users, WordPress", "there is no package of WordPress 6.8 or newer");
    }
    summary.part("own users tests", || playwright(workspace, &["own-users *"]));
}

fn is_unset(variable: &str) -> bool {
    env::var_os(variable).is_none_or(|value| value.is_empty())
}

fn rust_tests(workspace: &Workspace, summary: &mut Summary) {
    // `build.rs` checks the same and leaves those tests out.
    for (tests, variable, reason) in [
        ("PostgreSQL tests", "TEST_DATABASE_URL", "TEST_DATABASE_URL is not set"),
        ("MySQL tests", "TEST_MYSQL_URL", "TEST_MYSQL_URL is not set"),
    ] {
        if is_unset(variable) {
            summary.skip(tests, reason);
        }
    }
    if installed("cargo-nextest") {
        summary.part("Rust tests", || run(&mut workspace.cargo(["nextest", "run", "--workspace"])));
        // nextest does not run these.
        summary.part("documentation tests", || run(&mut workspace.cargo(["test", "--workspace", "--doc"])));
    } else {
        summary.part("Rust tests", || run(&mut workspace.cargo(["test", "--workspace", "--no-fail-fast"])));
    }
}
