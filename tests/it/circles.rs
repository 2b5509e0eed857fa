//! Fails when two files import each other, directly or through others. A folder's `mod.rs` counts for nothing here: it
//! declares its files and may use them, and they may use it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::architecture::{code, files};

type Module = Vec<String>;

/// The module in a file: `["store", "limits"]`. `None` for the file of a folder.
fn module(path: &Path, root: &str) -> Option<Module> {
    let path = path.strip_prefix(root).unwrap().with_extension("");
    let name = path.file_name().unwrap().to_str().unwrap();
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    (!["mod", "lib", "main"].contains(&name)).then_some(parts)
}

/// Every path that begins with `crate` or `super` in a text, those of groups one by one.
fn named(text: &str) -> Vec<Module> {
    let starts = ["crate::", "super::"].into_iter().flat_map(|start| text.match_indices(start)).map(|(at, _)| at);
    let is_start =
        |at: &usize| !text[..*at].ends_with(|before: char| before.is_alphanumeric() || "_:$".contains(before));
    starts.filter(is_start).flat_map(|at| paths(&text[at..])).collect()
}

/// The paths at the beginning of a text: `a::b`, or `a::b` and `a::c` in `a::{b, c}`.
fn paths(text: &str) -> Vec<Module> {
    let text = text.trim_start();
    let end = text.find(|character: char| !(character.is_alphanumeric() || character == '_')).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let tails = match rest.strip_prefix("::") {
        Some(rest) => match rest.strip_prefix('{') {
            Some(group) => members(group).into_iter().flat_map(paths).collect(),
            None => paths(rest),
        },
        None => vec![Vec::new()],
    };
    tails.into_iter().map(|tail| std::iter::once(word.to_owned()).chain(tail).collect()).collect()
}

/// The members of a group, up to its closing brace.
fn members(group: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                members.push(&group[start..at]);
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members
}

/// The longest beginning of a path, as seen from `module`, that is a file.
fn resolve(path: &[String], module: &Module, all: &BTreeMap<Module, String>) -> Option<Module> {
    let above = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path[0].as_str() {
        "crate" => (&module[..0], &path[1..]),
        _ => (&module[..module.len().checked_sub(above)?], &path[above..]),
    };
    let whole = [base, rest].concat();
    (1..=whole.len()).rev().map(|length| whole[..length].to_vec()).find(|start| all.contains_key(start))
}

fn circles(all: &BTreeMap<Module, String>) -> BTreeSet<String> {
    let imports: BTreeMap<&Module, BTreeSet<Module>> = all
        .iter()
        .map(|(module, text)| {
            let imports = named(text).iter().filter_map(|path| resolve(path, module, all)).collect();
            (module, imports)
        })
        .collect();
    let is_in_a_circle = |module: &&Module| {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&Module> = imports[module].iter().filter(|imported| imported != module).collect();
        while let Some(imported) = next.pop() {
            if imported == *module {
                return true;
            }
            if seen.insert(imported) {
                next.extend(&imports[imported]);
            }
        }
        false
    };
    all.keys().filter(is_in_a_circle).map(|module| module.join("/")).collect()
}

#[test]
fn no_file_imports_one_that_imports_it() {
    for root in ["src", "xtask/src"] {
        let read = files(root, "rs").into_iter();
        let all = read.filter_map(|(path, text)| {
            let code: Vec<&str> = code(&text).collect();
            Some((module(&path, root)?, code.join("\n")))
        });
        let circles = circles(&all.collect());
        assert!(circles.is_empty(), "{root}: import each other: {circles:#?}");
    }
}

#[test]
fn a_circle_is_found_through_other_files_and_in_groups() {
    let file = |path: &str, text: &str| (path.split('/').map(str::to_owned).collect(), text.to_owned());
    let all = BTreeMap::from([
        file("a/one", "use super::{three::X, two::{Y, Z}};"),
        file("a/two", "let found = crate::b::four::find();"),
        file("b/four", "use super::super::a::one::W;"),
        file("a/three", "use crate::b::four::V;"),
        file("b/five", "use super::four::U; pub(super) fn five() {}"),
    ]);
    assert_eq!(circles(&all), ["a/one", "a/three", "a/two", "b/four"].map(str::to_owned).into());
}
