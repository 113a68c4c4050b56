//! The rules of the house, for every file that belongs to the project.

use std::path::Path;
use std::process::Command;

/// Lines that a source file may have.
const LONGEST_FILE: usize = 600;
/// Lines that a function may have.
const LONGEST_FUNCTION: usize = 70;

/// Every file that git knows or would take, with its text.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let list = git.output().expect("git lists the files");
    let names = String::from_utf8(list.stdout).expect("UTF-8");
    let read = |name: &str| Some((name.to_string(), std::fs::read_to_string(root.join(name)).ok()?));
    let files: Vec<_> = names.lines().filter_map(read).collect();
    assert!(files.iter().any(|(name, _)| name == "src/lib.rs"), "git lists no files here");
    files
}

fn sources() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|kind| kind == "rs"))
}

#[track_caller]
fn none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let silent: Vec<String> = sources().filter(|(_, text)| !text.starts_with("//! ")).map(|(name, _)| name).collect();
    none(&silent, "these do not open with //!");
}

#[test]
fn no_source_file_is_too_long() {
    let long = sources().map(|(name, text)| (name, text.lines().count())).filter(|(_, lines)| *lines > LONGEST_FILE);
    none(&long.map(|(name, lines)| format!("{name}: {lines} lines")).collect::<Vec<_>>(), "too long");
}

/// A function ends at the first line that is as far in as its first and is a brace: so rustfmt writes it. Tests that are
/// long lists of examples may be long.
#[test]
fn no_function_is_too_long() {
    let mut long = Vec::new();
    for (name, text) in sources().filter(|(name, _)| !name.contains("tests")) {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let indent = &line[..line.len() - code.len()];
            let words: Vec<&str> = code.split_whitespace().take_while(|word| *word != "=").collect();
            let function = !code.starts_with("//") && words.contains(&"fn") && !words[0].starts_with('"');
            let end = format!("{indent}}}");
            let length = lines[at..].iter().position(|line| *line == end).map_or(0, |length| length + 1);
            let body = lines[at..].iter().take(length).any(|line| line.ends_with('{'));
            if function && body && !code.ends_with(['}', ';']) && length > LONGEST_FUNCTION {
                long.push(format!("{name}:{}: {length} lines", at + 1));
            }
        }
    }
    none(&long, "too long");
}

#[test]
fn nothing_is_left_for_later() {
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["to", "do!("], ["unimplement", "ed!("], ["d", "bg!("]];
    let words = words.map(|parts| parts.concat());
    let mut later = Vec::new();
    for (name, text) in sources() {
        let found = words.iter().filter(|word| text.contains(*word));
        later.extend(found.map(|word| format!("{name}: {word}")));
    }
    none(&later, "finish this");
}

/// Paths of somebody's machine do not belong into a project.
#[test]
fn no_file_names_a_machine() {
    let folders = ["home", "Users", "root", "work"].map(|folder| format!("/{folder}/"));
    // What a container, a recording or an example has there is part of what is shown.
    let other = |name: &str| !name.starts_with("tests/conformance/") && !name.starts_with("tests/fixtures/");
    let mut found = Vec::new();
    for (name, text) in files().into_iter().filter(|(name, _)| other(name)) {
        for (at, line) in text.lines().enumerate() {
            let starts = |folder: &String| {
                line.match_indices(folder.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| !c.is_alphanumeric() && !"_-.}>)$*/~".contains(c))
                })
            };
            if folders.iter().any(starts) {
                found.push(format!("{name}:{}", at + 1));
            }
        }
    }
    none(&found, "paths of a machine");
}

#[test]
fn the_lock_file_belongs_to_the_project() {
    assert!(files().iter().any(|(name, _)| name == "Cargo.lock"));
}
