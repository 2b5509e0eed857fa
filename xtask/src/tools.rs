//! Installs what building and testing needs, and says what it installs. Each function is fast if nothing is missing.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::process::{installed, output, run};
use crate::workspace::Workspace;

const CARGO_DENY_VERSION: &str = "0.20.2";
const WASM: &str = "wasm32-unknown-unknown";

/// Installs the compilation target for browsers.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    // Without rustup, targets are installed in another way; cargo reports a missing one.
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
    println!("Installing cargo-deny {CARGO_DENY_VERSION} (takes some minutes, only once)");
    // Unoptimised: it runs for seconds, and optimising would take longer than it saves.
    run(&mut workspace.cargo(["install", "cargo-deny", "--locked", "--debug", "--version", CARGO_DENY_VERSION]))
}

/// Installs Playwright and a browser.
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
             which installs Playwright's own"
        );
        return Ok(());
    }
    println!("Installing Chromium");
    install_debian_packages(workspace, &["chromium"])
}

/// Installs a virtual environment for the programs in `end2end/python`.
pub(crate) fn client_tests(workspace: &Workspace) -> Result<()> {
    python_packages(workspace, "end2end/python", &workspace.python())
}

/// Installs a virtual environment with what `requirements.txt` in this folder names.
pub(crate) fn python_packages(workspace: &Workspace, folder: &str, environment: &Path) -> Result<()> {
    let requirements = workspace.path(folder).join("requirements.txt");
    // Written last. An environment that is incomplete or made from other requirements is created again.
    let made_of = environment.join("requirements.txt");
    if fs::read(&made_of).ok() == Some(fs::read(&requirements)?) {
        return Ok(());
    }
    python(workspace)?;
    println!("Installing the Python packages of {folder}");
    run(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(environment))?;
    let mut pip = workspace.command(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"]);
    run(pip.arg(&requirements))?;
    fs::copy(&requirements, &made_of)?;
    Ok(())
}

/// Installs a Python that can create virtual environments. Debian's needs another package for that.
fn python(workspace: &Workspace) -> Result<()> {
    let suffices = || {
        let check = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))";
        workspace
            .command("python3")
            .args(["-c", check])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if suffices() {
        return Ok(());
    }
    if is_debian() && installed("apt-get") {
        println!("Installing Python");
        install_debian_packages(workspace, &["python3-venv"])?;
    }
    if !suffices() {
        bail!("no `python3` found that is 3.11 or newer and has the module ensurepip: install it");
    }
    Ok(())
}

/// Installs packages; options of `apt-get install` may stand before their names.
pub(crate) fn install_debian_packages(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let apt_get = |arguments: &[&str]| {
        let elevate = installed("sudo") && output(workspace.command("id").arg("-u"))?.trim() != "0";
        let mut command = workspace.command(if elevate { "sudo" } else { "apt-get" });
        if elevate {
            command.arg("apt-get");
        }
        run(command.arg("-q").args(arguments))
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y"], packages].concat())
}

/// Whether this is Debian, or a system that says it is like Debian (Ubuntu).
pub(crate) fn is_debian() -> bool {
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
