//! Installs the frameworks of the apps in `end2end/own-users`. Fast if nothing is missing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::process::run;
use crate::tools::{install_debian_packages, python_packages};
use crate::workspace::Workspace;

/// PHP with parts of Laravel and of Symfony, Ruby with Rails and Devise.
const PACKAGES: &[&str] = &[
    "php-cli",
    "php-illuminate-auth",
    "php-illuminate-cookie",
    "php-illuminate-database",
    "php-illuminate-hashing",
    "php-illuminate-session",
    "php-mbstring",
    "php-mysql",
    "php-pgsql",
    "php-sqlite3",
    "php-symfony-password-hasher",
    "php-symfony-security-http",
    "ruby",
    "ruby-actionpack",
    "ruby-activerecord",
    "ruby-devise",
    "ruby-mysql2",
    "ruby-pg",
    "ruby-sqlite3",
    "ruby-webrick",
];

/// A release of Debian whose WordPress hashes passwords in the current form, which 6.8 introduced.
const RELEASE_WITH_WORDPRESS: &str = "trixie";
const OLDER_RELEASE: &str = "bookworm";

pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    debian_packages(workspace)?;
    python_packages(workspace, "end2end/own-users", &workspace.own_users().join("python"))?;
    wordpress(workspace)
}

/// Whether there is a WordPress that the tests can use. `end2end/fixtures/own-users/peers.ts` asks the same.
pub(crate) fn has_wordpress(workspace: &Workspace) -> bool {
    site(workspace).join("wp-config.php").exists()
}

fn site(workspace: &Workspace) -> PathBuf {
    workspace.own_users().join("wordpress")
}

fn debian_packages(workspace: &Workspace) -> Result<()> {
    let state = workspace
        .command("dpkg-query")
        .args(["--show", "--showformat", "${db:Status-Abbrev}\n"])
        .args(PACKAGES)
        .stderr(Stdio::null())
        .output()
        .context("cannot start dpkg-query")?;
    let present = String::from_utf8_lossy(&state.stdout).lines().filter(|line| line.starts_with("ii")).count();
    if present == PACKAGES.len() {
        return Ok(());
    }
    println!("Installing PHP, Ruby and the frameworks of end2end/own-users");
    // Recommended packages bring web servers that start by themselves.
    install_debian_packages(workspace, &[&["--no-install-recommends"], PACKAGES].concat())
}

/// Unpacks WordPress and gives it the configuration of the tests, unless it is too old.
fn wordpress(workspace: &Workspace) -> Result<()> {
    let folder = site(workspace);
    if !folder.exists() {
        unpack_wordpress(workspace, &folder)?;
    }
    let configuration = folder.join("wp-config.php");
    if configuration.exists() {
        return Ok(());
    }
    if is_current(&fs::read_to_string(folder.join("wp-includes/version.php"))?) {
        symlink(workspace.path("end2end/own-users/wordpress/wp-config.php"), configuration)?;
    }
    Ok(())
}

/// Takes the files out of the package. Installing it would also install a web server.
fn unpack_wordpress(workspace: &Workspace, folder: &Path) -> Result<()> {
    println!("Unpacking WordPress");
    let work = workspace.own_users().join("packages");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(work.join("lists/partial"))?;
    fs::create_dir_all(work.join("cache/archives/partial"))?;
    fs::write(work.join("debian.sources"), sources()?)?;
    let apt_get = |arguments: &[&str]| {
        let mut command = workspace.command("apt-get");
        command.current_dir(&work).arg("-q");
        for (option, value) in [
            ("Dir::Etc::SourceList", work.join("debian.sources")),
            ("Dir::Etc::SourceParts", PathBuf::from("/dev/null")),
            ("Dir::State::Lists", work.join("lists")),
            ("Dir::Cache", work.join("cache")),
            // The user of apt's downloads cannot write here.
            ("APT::Sandbox::User", PathBuf::from("root")),
        ] {
            command.arg("-o").arg(format!("{option}={}", value.display()));
        }
        run(command.args(arguments))
    };
    apt_get(&["update"])?;
    apt_get(&["download", "wordpress"])?;
    let package = fs::read_dir(&work)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("apt-get downloaded no package of WordPress")?;
    run(workspace.command("dpkg-deb").arg("--extract").arg(package).arg(work.join("unpacked")))?;
    let unpacked = work.join("unpacked/usr/share/wordpress");
    fs::remove_file(unpacked.join("wp-config.php"))?;
    fs::rename(unpacked, folder)?;
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// The system's own sources of packages, for the release that has WordPress.
fn sources() -> Result<String> {
    let files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list.d/ubuntu.sources"];
    let text = files.iter().find_map(|file| fs::read_to_string(file).ok());
    let text = text.context("apt has no sources in the form of Debian 12 or newer")?;
    Ok(text.replace(OLDER_RELEASE, RELEASE_WITH_WORDPRESS))
}

/// Reads `$wp_version = '6.8.1';`.
fn is_current(version_php: &str) -> bool {
    let mut numbers = version_php
        .lines()
        .find_map(|line| line.strip_prefix("$wp_version = '"))
        .unwrap_or_default()
        .split(['.', '\'', '-'])
        .map_while(|number| number.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    version >= (6, 8)
}
