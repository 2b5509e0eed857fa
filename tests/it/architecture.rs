//! Reads the sources and fails if they break the architecture: which folder may import which, where SQL and HTTP
//! belong, which column types are allowed, how long a file may be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What a module may import from its own crate. `model`, `clock`, `config`, `i18n` and `http_client`
/// are at the bottom and listed where they are used.
const MAY_IMPORT: [(&str, &[&str]); 24] = [
    ("main.rs", &[]),
    ("lib.rs", &[]),
    ("cli", &["*"]),
    ("server", &["admin", "api", "app", "clock", "config", "i18n", "model", "reset", "store", "telemetry"]),
    ("app", &["i18n", "model", "puzzle", "reset"]),
    ("api", &["admin", "api", "model", "reset"]),
    ("demo", &["admin", "app", "delivery", "model"]),
    ("worker", &["clock", "config", "delivery", "model", "reset", "store", "telemetry"]),
    ("reset", &["accounts", "clock", "config", "limits", "model", "refusals", "store", "webhooks"]),
    ("admin", &["accounts", "clock", "limits", "model", "refusals", "store", "webhooks"]),
    ("accounts", &["clock", "config", "http_client", "model", "store", "telemetry"]),
    ("webhooks.rs", &["config", "model", "store"]),
    ("refusals.rs", &["clock", "model", "store"]),
    ("delivery", &["clock", "config", "http_client", "i18n", "model", "private_file"]),
    ("limits", &["model", "store", "telemetry"]),
    ("store", &["config", "model", "private_file"]),
    ("config", &["model", "private_file"]),
    ("i18n", &["model"]),
    ("model", &["puzzle"]),
    ("puzzle.rs", &[]),
    ("clock.rs", &["model"]),
    ("http_client", &["config", "model"]),
    ("private_file.rs", &[]),
    ("telemetry", &["clock", "config", "http_client", "model"]),
];

pub(crate) fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_path_buf(), text));
            }
        }
    }
    found
}

/// The lines that are code: neither comments nor the tests at the end of a file.
pub(crate) fn code(text: &str) -> impl Iterator<Item = &str> {
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..tests].lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// The first folder or file below `src`.
fn module(path: &Path) -> String {
    path.components().nth(1).unwrap().as_os_str().to_str().unwrap().to_owned()
}

/// Every module of this crate that a text names: `crate::store::Tx`, and `store` and `clock` of `crate::{store::Tx, clock}`.
fn imports(text: &str) -> BTreeSet<&str> {
    let uses = text.split("crate::").skip(1);
    uses.flat_map(|rest| rest.strip_prefix('{').map_or_else(|| vec![first_word(rest)], members)).collect()
}

/// The first word of each member of a group, up to its closing brace.
fn members(group: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                members.push(first_word(&group[start..at]));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members.retain(|member| !member.is_empty());
    members
}

fn first_word(text: &str) -> &str {
    text.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap()
}

#[test]
fn imports_are_found_in_groups_too() {
    let text =
        "use crate::{clock::Clock, store::{self, Tx},\n    model};\nlet now = crate::limits::rule(crate::api::X);";
    assert_eq!(imports(text), BTreeSet::from(["api", "clock", "limits", "model", "store"]));
}

#[test]
fn imports_point_only_downwards() {
    let may_import: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    let mut breaches = Vec::new();
    let mut unneeded: BTreeSet<_> = MAY_IMPORT
        .into_iter()
        .flat_map(|(module, allowed)| allowed.iter().map(move |imported| (module.to_owned(), *imported)))
        .filter(|(_, imported)| *imported != "*")
        .collect();
    for (path, text) in files("src", "rs") {
        let module = module(&path);
        let allowed = may_import.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in MAY_IMPORT"));
        let code: Vec<&str> = code(&text).filter(|line| !line.starts_with("pub(in crate::")).collect();
        for imported in imports(&code.join("\n")) {
            let is_own = module == imported || module == format!("{imported}.rs");
            if !is_own && !allowed.contains(&"*") && !allowed.contains(&imported) {
                breaches.push(format!("{}: {imported}", path.display()));
            }
            unneeded.retain(|(of, allowed)| *of != module || *allowed != imported);
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
    assert!(unneeded.is_empty(), "allowed, and imported by nobody: {unneeded:#?}");
}

#[test]
fn each_library_stays_in_its_place() {
    let places: [(&str, &[&str]); 11] = [
        ("sqlx::", &["store"]),
        ("axum::", &["server", "app", "api", "demo", "cli"]),
        ("leptos::", &["server", "app", "lib.rs"]),
        ("lettre::", &["delivery", "config", "model"]),
        ("reqwest::", &["http_client", "accounts", "delivery", "cli", "telemetry"]),
        ("aws_sigv4::", &["delivery"]),
        ("prometheus_client::", &["server", "telemetry"]),
        ("opentelemetry", &["telemetry"]),
        ("hyper", &["server"]),
        ("rustix", &["cli"]),
        ("utoipa", &["api"]),
    ];
    for (path, text) in files("src", "rs") {
        for (library, allowed) in places {
            let names_it = code(&text).any(|line| line.contains(library));
            assert!(!names_it || allowed.contains(&module(&path).as_str()), "{library} in {}", path.display());
        }
    }
}

// Running instances fail on it when a newer Keyback beside them adds a column.
#[test]
fn statements_name_their_columns() {
    // Who moves a database has just brought it up to date.
    for (path, text) in files("src/store", "rs").into_iter().filter(|(path, _)| !path.ends_with("transfer.rs")) {
        let takes_all = |line: &str| line.contains("SELECT *") || line.contains("RETURNING *");
        assert!(!code(&text).any(takes_all), "{}", path.display());
    }
}

// SECURITY.md, requirement 4: what tells whether there is an account is for programs with a key
#[test]
fn what_is_revealed_is_out_of_reach_of_pages() {
    for (path, text) in files("src", "rs") {
        let may = ["reset", "api"].contains(&module(&path).as_str());
        let names_it = code(&text).any(|line| line.to_lowercase().contains("reveal"));
        // The button that shows a password is called so, too.
        let is_button = path.ends_with("islands/password_fields.rs");
        assert!(may || is_button || !names_it, "{}", path.display());
    }
}

#[test]
fn features_are_known_to_the_map_alone() {
    for (path, text) in files("src", "rs").into_iter().filter(|(path, _)| !path.ends_with("lib.rs")) {
        assert!(!text.contains("cfg(feature"), "{}", path.display());
    }
}

#[test]
fn columns_are_text_or_bigint_and_each_is_explained() {
    for (path, text) in files("migrations", "sql") {
        assert!(text.starts_with("-- "), "{} says what it is for", path.display());
        let mut inside = false;
        for line in text.lines() {
            inside = (inside || line.starts_with("CREATE TABLE")) && !line.starts_with(");");
            let mut words = line.split_whitespace();
            let (name, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let constraint = ["CREATE", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK", "UNIQUE", ""].contains(&name);
            if inside && !constraint {
                assert_is_column(&path, name, kind, line);
            }
            if let Some((_, column)) = line.split_once("ADD COLUMN ") {
                let mut words = column.split_whitespace();
                let (name, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                assert_is_column(&path, name, kind.trim_end_matches(';'), line);
            }
        }
        for banned in ["now()", "CURRENT_TIMESTAMP", "AUTOINCREMENT", "SERIAL", "NOCASE"] {
            assert!(!text.contains(banned), "{}: {banned}", path.display());
        }
    }
}

fn assert_is_column(path: &Path, name: &str, kind: &str, line: &str) {
    assert!(["TEXT", "TEXT,", "BIGINT", "BIGINT,"].contains(&kind), "{}: {line}", path.display());
    assert!(line.contains(" -- "), "{}: {name} is not explained", path.display());
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for folder in ["src", "tests", "xtask/src", "benches"] {
        for (path, text) in files(folder, "rs") {
            assert!(text.starts_with("//!"), "{} begins with //!", path.display());
            assert!(text.lines().count() <= 400, "{} has more than 400 lines", path.display());
        }
    }
}

/// Only `PostForm` lets browsers without Fetch Metadata say where the form comes from, and takes the path of the
/// action from its server function.
#[test]
fn every_form_is_drawn_by_post_form() {
    let mut forms = 0;
    for (path, text) in files("src/app", "rs") {
        let is_component = path.ends_with("components/post_form.rs");
        assert!(is_component || !code(&text).any(|line| line.contains("<form")), "{}", path.display());
        forms += code(&text).filter(|line| line.contains("<PostForm<")).count();
    }
    assert!(forms >= 8, "{forms}");
}

/// An island that does not call it stays asleep on a page without another one.
#[test]
fn every_island_wakes_the_islands_of_its_page() {
    let mut islands = 0;
    for (path, text) in files("src/app", "rs") {
        for island in text.split("#[island]\n").skip(1) {
            let (_, body) = island.split_once("-> impl IntoView {").unwrap();
            assert!(body.trim_start().starts_with("wake_islands();"), "{}", path.display());
            islands += 1;
        }
    }
    assert!(islands >= 2, "{islands}");
}
