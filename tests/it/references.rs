//! Every relative link in a Markdown file leads to a file and, where it names one, to a heading. Every documentation
//! file and every security requirement that a source names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of the repository with one of these endings. Folders that tools write are left out.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                let is_written = ["target", "node_modules", "test-results", "playwright-report"].contains(&name);
                let is_hidden = name.starts_with('.') && name != ".github";
                if !is_written && !is_hidden {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchors of a file's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    prose(text)
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// What the links of a text point to, without those to other hosts. A link may be broken across two lines.
fn targets(text: &str) -> Vec<String> {
    let text = prose(text).collect::<Vec<_>>().join("\n");
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).filter(|target| !target.contains(':')).collect()
}

/// Without `..`, so that a link cannot leave the repository unnoticed.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

#[test]
fn every_relative_link_resolves() {
    let mut broken = Vec::new();
    for file in files(&[".md"]) {
        let text = fs::read_to_string(&file).unwrap();
        for target in targets(&text) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let linked = if path.is_empty() { file.clone() } else { normal(&file.parent().unwrap().join(path)) };
            let exists = linked.starts_with(root()) && linked.exists();
            let has_anchor = || anchors(&fs::read_to_string(&linked).unwrap()).iter().any(|found| found == anchor);
            if !exists || (!anchor.is_empty() && !has_anchor()) {
                broken.push(format!("{}: {target}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_documentation_file_that_a_source_names_exists() {
    let mut missing = Vec::new();
    for file in files(&[".rs", ".ts", ".sql", ".service", ".toml", "Dockerfile"]) {
        let text = fs::read_to_string(&file).unwrap();
        for rest in text.split("docs/").skip(1) {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._-/".contains(c))).unwrap_or(rest.len());
            let name = rest[..end].trim_end_matches('.');
            if name.ends_with(".md") && !root().join("docs").join(name).exists() {
                missing.push(format!("{}: docs/{name}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// How comments name a requirement.
const NAMES: [&str; 2] = ["security.md row", "SECURITY.md, requirement"];

/// The numbers in brackets, such as `[1, 2]`.
fn documented_requirements() -> BTreeSet<u32> {
    let text = include_str!("../../docs/SECURITY.md");
    let lists = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    lists.flat_map(|(list, _)| list.split(", ").filter_map(|number| number.parse().ok())).collect()
}

/// The numbers of `5 to 7, 10 and 65`, as they follow one of [`NAMES`]; an "s" may come first.
fn named_requirements(rest: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = Vec::new();
    let mut is_range = false;
    for word in rest.trim_start_matches('s').split_whitespace() {
        if let Ok(number) = word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse() {
            let first = if is_range { numbers.last().map_or(number, |last| last + 1) } else { number };
            numbers.extend(first..=number);
            is_range = false;
            if !word.ends_with(|c: char| c.is_ascii_digit() || c == ',') {
                break;
            }
        } else if ["and", "to", "//", "//!", "///"].contains(&word) {
            is_range |= word == "to";
        } else {
            break;
        }
    }
    numbers
}

#[test]
fn every_requirement_that_a_source_names_is_documented() {
    let documented = documented_requirements();
    let mut unknown = Vec::new();
    for file in files(&[".rs", ".ts", ".toml"]) {
        let text = fs::read_to_string(&file).unwrap();
        for number in NAMES.iter().flat_map(|name| text.split(name).skip(1)).flat_map(named_requirements) {
            if !documented.contains(&number) {
                unknown.push(format!("{}: {number}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}
