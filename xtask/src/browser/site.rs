//! Assembles the folder that the server serves: `pkg/<name>.js`, `.wasm` and `.css`, whose name changes with the
//! content so that browsers can cache them forever; `pkg/name.txt`, which tells the server that name; and `public/`
//! unchanged.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use super::{compress, script, sections, stamp};

/// Replaces the site. Returns the name of the three files in `pkg`.
pub(super) fn assemble(wasm: &Path, style: &Path, public: &Path, site: &Path) -> Result<String> {
    // Written next to the old site, then swapped: no old file remains, and a failure leaves the old site intact.
    let fresh = site.with_extension("new");
    remove(&fresh)?;
    let package = fresh.join("pkg");
    create(&package)?;
    bind(wasm, &package)?;
    copy(&style.join("keyback.css"), &package.join("keyback.css"))?;
    let name = rename_after_content(&package)?;
    copy_folder(public, &fresh)?;
    compress::folder(&fresh)?;
    // Written after the compression, because only the server reads it.
    fs::write(package.join("name.txt"), &name).context("cannot write name.txt")?;
    swap(&fresh, site)?;
    Ok(name)
}

/// Whether the three files of a build are there.
pub(super) fn is_complete(site: &Path) -> bool {
    let package = site.join("pkg");
    fs::read_to_string(package.join("name.txt"))
        .is_ok_and(|name| ["js", "wasm", "css"].iter().all(|kind| package.join(format!("{name}.{kind}")).is_file()))
}

/// Writes `keyback.js` and `keyback_bg.wasm`, and `snippets/` if a dependency has any.
fn bind(wasm: &Path, package: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.input_path(wasm).out_name("keyback");
    bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
    // The page says where the module is; by default the script would look for it under its name before the renaming.
    bindgen.omit_default_module_path(true);
    bindgen.generate(package).context("wasm-bindgen failed")?;
    let module = package.join("keyback_bg.wasm");
    let small = sections::without_custom(&fs::read(&module).context("cannot read the module")?)?;
    fs::write(&module, small).context("cannot write the module")?;
    let script = package.join("keyback.js");
    let short = script::without_comments(&fs::read_to_string(&script).context("cannot read the script")?);
    fs::write(&script, short).context("cannot write the script")
}

fn rename_after_content(package: &Path) -> Result<String> {
    let files = [("keyback.js", "js"), ("keyback_bg.wasm", "wasm"), ("keyback.css", "css")];
    let mut digest = Sha256::new();
    for (file, _) in files {
        digest.update(fs::read(package.join(file)).with_context(|| format!("cannot read {file}"))?);
    }
    let mut name = stamp::hexadecimal(&digest.finalize());
    name.truncate(12);
    name.insert_str(0, "keyback-");
    for (file, kind) in files {
        fs::rename(package.join(file), package.join(format!("{name}.{kind}")))
            .with_context(|| format!("cannot rename {file}"))?;
    }
    Ok(name)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    create(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Two renames, so that a running server lacks its files only for an instant.
fn swap(fresh: &Path, site: &Path) -> Result<()> {
    let old = site.with_extension("old");
    remove(&old)?;
    if site.exists() {
        fs::rename(site, &old).with_context(|| format!("cannot move {} away", site.display()))?;
    }
    fs::rename(fresh, site).with_context(|| format!("cannot move {} into place", site.display()))?;
    remove(&old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(css: &str) -> tempfile::TempDir {
        let package = tempfile::tempdir().unwrap();
        fs::write(package.path().join("keyback.js"), "js").unwrap();
        fs::write(package.path().join("keyback_bg.wasm"), "wasm").unwrap();
        fs::write(package.path().join("keyback.css"), css).unwrap();
        package
    }

    #[test]
    fn the_name_follows_the_content() {
        let first = package("one");
        let name = rename_after_content(first.path()).unwrap();
        assert_eq!(name.len(), "keyback-".len() + 12);
        assert!(first.path().join(format!("{name}.wasm")).is_file());
        assert_eq!(rename_after_content(package("one").path()).unwrap(), name);
        assert_ne!(rename_after_content(package("two").path()).unwrap(), name);
    }

    #[test]
    fn a_swap_leaves_nothing_of_the_old_site() {
        let folder = tempfile::tempdir().unwrap();
        let (site, fresh) = (folder.path().join("site"), folder.path().join("site.new"));
        create(&site).unwrap();
        fs::write(site.join("old.js"), "").unwrap();
        create(&fresh).unwrap();
        fs::write(fresh.join("new.js"), "").unwrap();

        swap(&fresh, &site).unwrap();

        assert!(site.join("new.js").is_file());
        assert!(!site.join("old.js").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_site_without_its_module_is_not_complete() {
        let site = tempfile::tempdir().unwrap();
        let package = site.path().join("pkg");
        create(&package).unwrap();
        fs::write(package.join("name.txt"), "keyback-1").unwrap();
        for kind in ["js", "css"] {
            fs::write(package.join(format!("keyback-1.{kind}")), "").unwrap();
        }
        assert!(!is_complete(site.path()));
        fs::write(package.join("keyback-1.wasm"), "").unwrap();
        assert!(is_complete(site.path()));
    }
}
