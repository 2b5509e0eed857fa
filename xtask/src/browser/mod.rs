//! Builds the browser part into `target/site`: the files that browsers load, named after their content, and compressed
//! once here instead of for every request. It has to be built before the server, which serves it.
//!
//! `compile` → [`site::assemble`] (names, copies) → [`compress::folder`]; [`stamp`] detects that nothing has changed.

mod compress;
mod script;
mod sections;
mod site;
mod stamp;

use std::fs;

use anyhow::{Context, Result};

use crate::process::run;
use crate::tools;
use crate::workspace::Workspace;

pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    let digest = stamp::of_inputs(workspace)?;
    let stamp = workspace.path("target/site.stamp");
    let site = workspace.site();
    if site::is_complete(&site) && fs::read_to_string(&stamp).is_ok_and(|last| last == digest) {
        println!("Browser part: unchanged");
        return Ok(());
    }
    println!("Browser part: building (takes some minutes the first time)");
    compile(workspace)?;
    // Removed before the site changes, so that an interrupted run does not look complete to the next one.
    if stamp.exists() {
        fs::remove_file(&stamp).with_context(|| format!("cannot remove {}", stamp.display()))?;
    }
    let name = site::assemble(&workspace.wasm(), &workspace.path("style"), &workspace.path("public"), &site)?;
    fs::write(&stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))?;
    println!("Browser part: {name}");
    Ok(())
}

/// Only `cdylib`, set on the command line: another crate type next to it would switch off link-time optimisation across
/// crates, which saves a quarter of the size.
fn compile(workspace: &Workspace) -> Result<()> {
    tools::wasm_target(workspace)?;
    let mut rustc = workspace.cargo(["rustc", "--lib", "--crate-type", "cdylib", "--profile", "wasm-release"]);
    run(rustc.args(["--target", "wasm32-unknown-unknown", "--no-default-features", "--features", "hydrate"]))
}
