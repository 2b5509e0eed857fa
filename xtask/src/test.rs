//! `cargo xtask test`: every test there is, from a fresh clone.

use std::env;

use anyhow::Result;
use clap::Args;

use crate::process::{installed, run};
use crate::server::{self, Profile};
use crate::summary::Summary;
use crate::workspace::Workspace;
use crate::{browser, tools};

#[derive(Args)]
pub(crate) struct Options {
    /// Only the tests written in Rust
    #[arg(long)]
    rust_only: bool,
    /// Only the browser tests
    #[arg(long, conflicts_with = "rust_only")]
    browser_only: bool,
}

pub(crate) fn run_all(workspace: &Workspace, options: &Options) -> Result<()> {
    let rust = !options.browser_only;
    let browsers = !options.rust_only;
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
    if built && browsers && summary.part("browser test tools", || tools::browser_tests(workspace)) {
        summary.part("browser tests", || {
            run(workspace.command("npx").current_dir(workspace.path("end2end")).args(["playwright", "test"]))
        });
    }
    summary.finish()
}

fn rust_tests(workspace: &Workspace, summary: &mut Summary) {
    // `build.rs` asks the same question and leaves those tests out.
    if env::var_os("TEST_DATABASE_URL").is_none_or(|url| url.is_empty()) {
        summary.skip("PostgreSQL tests", "TEST_DATABASE_URL is not set");
    }
    if installed("cargo-nextest") {
        summary.part("Rust tests", || run(&mut workspace.cargo(["nextest", "run", "--workspace"])));
        // nextest leaves these out.
        summary.part("documentation tests", || run(&mut workspace.cargo(["test", "--workspace", "--doc"])));
    } else {
        summary.part("Rust tests", || run(&mut workspace.cargo(["test", "--workspace", "--no-fail-fast"])));
    }
}
