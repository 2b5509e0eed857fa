//! Installs what building and testing needs, and says what it does. Called by `browser`, `lint` and `test`; each
//! function is quick where nothing is missing.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use crate::process::{installed, output, run};
use crate::workspace::Workspace;

const CARGO_DENY_VERSION: &str = "0.20.2";
const WASM: &str = "wasm32-unknown-unknown";

/// The compiler's support for browsers.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    // A compiler that came another way brings its targets another way; cargo says so where this one is missing.
    if !installed("rustup") {
        return Ok(());
    }
    let targets = output(workspace.command("rustup").args(["target", "list", "--installed"]))?;
    if targets.lines().any(|target| target == WASM) {
        return Ok(());
    }
    println!("Installing the Rust target {WASM}");
    run(workspace.command("rustup").args(["target", "add", WASM]))
}

pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<()> {
    if installed("cargo-deny") {
        return Ok(());
    }
    println!("Installing cargo-deny {CARGO_DENY_VERSION} (some minutes, once)");
    // Unoptimised: it runs for seconds, and optimising it would take longer than it ever saves.
    run(&mut workspace.cargo(["install", "cargo-deny", "--locked", "--debug", "--version", CARGO_DENY_VERSION]))
}

/// Playwright and a browser.
pub(crate) fn browser_tests(workspace: &Workspace) -> Result<()> {
    npm_packages(workspace)?;
    chromium(workspace)
}

pub(crate) fn npm_packages(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path("end2end");
    // npm writes the second file at the end of every installation.
    let wanted = modified(&folder.join("package-lock.json"));
    let present = modified(&folder.join("node_modules/.package-lock.json"));
    if present.is_some() && present >= wanted {
        return Ok(());
    }
    println!("Installing the npm packages of end2end");
    run(workspace.command("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
}

fn chromium(workspace: &Workspace) -> Result<()> {
    if ["chromium", "chromium-browser", "google-chrome"].into_iter().any(installed) {
        return Ok(());
    }
    if !is_debian() || !installed("apt-get") {
        println!(
            "No Chromium found: install it, or run `npx playwright install chromium` in end2end, \
             which brings Playwright's own"
        );
        return Ok(());
    }
    println!("Installing Chromium");
    let apt_get = |arguments: &[&str]| {
        let elevate = installed("sudo") && output(workspace.command("id").arg("-u"))?.trim() != "0";
        let mut command = workspace.command(if elevate { "sudo" } else { "apt-get" });
        if elevate {
            command.arg("apt-get");
        }
        run(command.arg("-q").args(arguments))
    };
    apt_get(&["update"])?;
    apt_get(&["install", "-y", "chromium"])
}

/// Debian itself, or what says that it is like it (Ubuntu).
fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|release| {
        release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .any(|ids| ids.contains("debian"))
    })
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}
