//! `cargo xtask demo`: from a fresh clone to a running server in one command.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::profile::Profile;
use crate::workspace::Workspace;
use crate::{browser, server};

pub(crate) fn start(workspace: &Workspace, arguments: &[OsString]) -> Result<()> {
    browser::build(workspace)?;
    println!("Server: building what has changed");
    server::build(workspace, Profile::Dev)?;
    become_program(Command::new(workspace.binary(Profile::Dev)).arg("demo").args(arguments))
}

/// On Unix the server replaces this process, so that it receives signals and its exit code is ours.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    use anyhow::Context;

    Err(command.exec()).context("cannot start the server")
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    crate::process::run(command)
}
