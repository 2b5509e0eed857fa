//! Builds the server, always after the browser part, which a release build embeds.
//!
//! Always with `--workspace`: cargo unifies the features of all selected packages, so another selection would compile
//! many dependencies again.

use anyhow::Result;

use crate::process::run;
use crate::profile::Profile;
use crate::workspace::Workspace;

pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    run(&mut workspace.cargo(["build", "--workspace", "--bin", "keyback", "--profile", profile.name()]))
}

/// Builds the server and every Rust test in one run.
pub(crate) fn build_with_tests(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["build", "--workspace", "--bins", "--tests"]))
}
