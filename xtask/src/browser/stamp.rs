//! A digest of all sources of the browser part, so that an unchanged one is not built again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::workspace::Workspace;

/// The lock file has the version of wasm-bindgen, and our own sources have its options.
const INPUTS: [&str; 8] = [
    "src",
    "style",
    "public",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
    "xtask/src/browser",
];

pub(super) fn of_inputs(workspace: &Workspace) -> Result<String> {
    let mut digest = Sha256::new();
    for input in INPUTS {
        add(&mut digest, &workspace.path(input), input)?;
    }
    Ok(hexadecimal(&digest.finalize()))
}

/// As lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds names and lengths, too, so that a renamed file or a byte moved between files changes the digest.
fn add(digest: &mut Sha256, path: &Path, name: &str) -> Result<()> {
    if path.is_dir() {
        for child in sorted_children(path)? {
            let child_name = child.file_name().unwrap_or_default().to_string_lossy();
            add(digest, &child, &format!("{name}/{child_name}"))?;
        }
        return Ok(());
    }
    let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    digest.update(format!("{name}\n{}\n", content.len()));
    digest.update(content);
    Ok(())
}

/// Sorted, because file systems list in any order.
fn sorted_children(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut children = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .with_context(|| format!("cannot list {}", folder.display()))?;
    children.sort();
    Ok(children)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(folder: &Path) -> String {
        let mut digest = Sha256::new();
        add(&mut digest, folder, "folder").unwrap();
        hexadecimal(&digest.finalize())
    }

    #[test]
    fn content_and_names_count_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "one").unwrap();
        let first = digest(folder.path());
        assert_eq!(digest(folder.path()), first);

        fs::write(folder.path().join("a"), "two").unwrap();
        assert_ne!(digest(folder.path()), first);

        fs::write(folder.path().join("a"), "one").unwrap();
        assert_eq!(digest(folder.path()), first);

        fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
        assert_ne!(digest(folder.path()), first);
    }
}
