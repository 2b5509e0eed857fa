//! Builds the server, always after the browser part, which a release build embeds.
//!
//! Always with `--workspace`: cargo unifies the features of all selected packages, so another selection would compile
//! many dependencies again.

use anyhow::Result;

use crate::process::run;
use crate::workspace::Workspace;

#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// The folder in which cargo puts the binary.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    run(&mut workspace.cargo(["build", "--workspace", "--bin", "keyback", "--profile", profile.name()]))
}

/// Builds the server and every Rust test in one run.
pub(crate) fn build_with_tests(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["build", "--workspace", "--bins", "--tests"]))
}
