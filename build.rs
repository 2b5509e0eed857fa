//! Tells cargo what the sources alone do not: new migrations, the built browser files, and whether
//! the tests with PostgreSQL and MySQL can run.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script everything through the environment")]

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-env-changed=TEST_DATABASE_URL");
    println!("cargo::rustc-check-cfg=cfg(postgres)");
    if env::var_os("TEST_DATABASE_URL").is_some_and(|url| !url.is_empty()) {
        println!("cargo::rustc-cfg=postgres");
    }
    println!("cargo::rerun-if-env-changed=TEST_MYSQL_URL");
    println!("cargo::rustc-check-cfg=cfg(mysql)");
    if env::var_os("TEST_MYSQL_URL").is_some_and(|url| !url.is_empty()) {
        println!("cargo::rustc-cfg=mysql");
    }
    // `server::assets` embeds this folder; `cargo xtask` fills it before it builds the server.
    let site = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("target/site");
    if let Err(error) = fs::create_dir_all(&site) {
        println!("cargo::error=cannot make {}: {error}", site.display());
    }
    // A release build embeds the folder's files one by one, so cargo knows those of the last build but not a new one:
    // watch the folder. The folder, not a file in it, because a watched file that is missing counts as changed at every
    // build. Other builds need none of this: a debug server reads the folder at run time, the browser part fills it.
    let embeds = env::var_os("CARGO_FEATURE_SSR").is_some() && env::var("PROFILE").is_ok_and(|name| name == "release");
    if embeds {
        println!("cargo::rerun-if-changed=target/site");
    }
}
