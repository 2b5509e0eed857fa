//! The paths of the workspace, and commands that run in its root.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::profile::Profile;

pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Result<Self> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = own.parent().context("the xtask folder has no parent")?.to_owned();
        // An absolute path stays as it is; a relative one is relative to the root, where cargo runs.
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
        Ok(Self { root, target })
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The files for browsers. Always below the root, because the server embeds them from there.
    pub(crate) fn site(&self) -> PathBuf {
        self.path("target/site")
    }

    /// The browser part as the compiler writes it.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.target.join("wasm32-unknown-unknown/wasm-release/keyback.wasm")
    }

    /// The Python for the client tests.
    pub(crate) fn python(&self) -> PathBuf {
        self.target.join("python")
    }

    /// What the apps in `end2end/own-users` need.
    pub(crate) fn own_users(&self) -> PathBuf {
        self.target.join("own-users")
    }

    pub(crate) fn binary(&self, profile: Profile) -> PathBuf {
        self.target.join(profile.folder()).join(format!("keyback{}", env::consts::EXE_SUFFIX))
    }

    /// A command that runs in the root.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The cargo that started this program, as if it was started by hand.
    ///
    /// `cargo run` sets variables about the package xtask. Build scripts of some crates (ring) name them in
    /// `rerun-if-env-changed`: if they were inherited, every change between `cargo xtask test` and `cargo test` would
    /// compile half of the dependencies again.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in env::vars_os() {
            let about_xtask = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
            });
            if about_xtask {
                command.env_remove(name);
            }
        }
        command.args(arguments);
        command
    }
}
