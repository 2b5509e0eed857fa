//! `cargo xtask lint`: checks the code without running it, cheap checks first.

use anyhow::Result;

use crate::process::run;
use crate::summary::Summary;
use crate::tools;
use crate::workspace::Workspace;

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut summary = Summary::default();
    summary.part("format", || run(&mut workspace.cargo(["fmt", "--all", "--check"])));
    summary.part("server lints", || {
        run(&mut workspace.cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    summary.part("browser lints", || browser_lints(workspace));
    summary.part("documentation", || {
        let mut doc = workspace.cargo(["doc", "--workspace", "--no-deps", "--document-private-items"]);
        run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    if summary.part("cargo-deny", || tools::cargo_deny(workspace)) {
        dependencies(workspace, &mut summary);
    }
    summary.finish()
}

fn browser_lints(workspace: &Workspace) -> Result<()> {
    tools::wasm_target(workspace)?;
    let mut clippy = workspace.cargo(["clippy", "--lib", "--target", "wasm32-unknown-unknown"]);
    run(clippy.args(["--no-default-features", "--features", "hydrate", "--", "-D", "warnings"]))
}

/// The advisory database has to be downloaded. If that fails, the check that needs it is skipped and listed as skipped.
fn dependencies(workspace: &Workspace, summary: &mut Summary) {
    summary.part("dependencies", || {
        run(&mut workspace.cargo(["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]))
    });
    let fetched = run(&mut workspace.cargo(["deny", "--log-level", "off", "fetch", "db"]));
    if fetched.is_ok() {
        summary.part("advisories", || {
            run(&mut workspace.cargo(["deny", "--log-level", "error", "check", "--disable-fetch", "advisories"]))
        });
    } else {
        summary.skip("advisories", "the advisory database could not be downloaded");
    }
}
