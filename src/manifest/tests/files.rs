//! Which files `-f` means.

use std::fs;
use std::path::Path;

use super::super::{Problem, Source, collect};

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("k8s/more/deep")).unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    for name in [
        "b.yaml",
        "k8s/b.yml",
        "k8s/a.yaml",
        "k8s/c.json",
        "k8s/notes.txt",
        "k8s/more/d.yaml",
        "k8s/more/deep/e.yaml",
        "x.txt",
    ] {
        fs::write(dir.path().join(name), format!("name: {name}\n")).unwrap();
    }
    dir
}

fn run(dir: &Path, filenames: &[&str], recursive: bool) -> Result<Vec<Result<Source, Problem>>, Vec<Problem>> {
    let filenames: Vec<String> = filenames.iter().map(ToString::to_string).collect();
    collect(&filenames, recursive, dir, &mut "from: stdin\n".as_bytes())
}

fn check(filenames: &[&str], recursive: bool, expect: &[&str]) {
    let sources = run(folder().path(), filenames, recursive).unwrap();
    let names: Vec<String> = sources.into_iter().map(|source| source.unwrap().name).collect();
    assert_eq!(names, expect, "{filenames:?}");
}

fn check_errors(filenames: &[&str], expect: &[&str]) {
    let problems = run(folder().path(), filenames, false).unwrap_err();
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts, expect, "{filenames:?}");
}

#[test]
fn files_folders_and_patterns() {
    check(&["b.yaml", "x.txt"], false, &["b.yaml", "x.txt"]);
    check(&["./k8s/"], false, &["k8s/a.yaml", "k8s/b.yml", "k8s/c.json"]);
    check(&["k8s"], true, &["k8s/a.yaml", "k8s/b.yml", "k8s/c.json", "k8s/more/d.yaml", "k8s/more/deep/e.yaml"]);
    check(&["."], false, &["b.yaml"]);
    check(&["k8s/[ab].*"], false, &["k8s/a.yaml", "k8s/b.yml"]);
    check(&["*/*/*.yaml"], false, &["k8s/more/d.yaml"]);
    check(&["-", "b.yaml"], false, &["STDIN", "b.yaml"]);
}

#[test]
fn every_wrong_path_is_told() {
    check_errors(
        &["no.yaml", "b.yaml", "no*.yaml"],
        &["the path \"no.yaml\" does not exist", "the path \"no*.yaml\" does not exist"],
    );
    check_errors(&["b.yaml/x"], &["the path \"b.yaml/x\" cannot be accessed: stat b.yaml/x: not a directory"]);
    check_errors(&["[.yaml"], &["pattern \"[.yaml\" is not valid: syntax error in pattern"]);
    check_errors(&["empty"], &["error reading [empty]: recognized file extensions are [.json .yaml .yml]"]);
    check_errors(&["-", "-"], &["standard input cannot be used for multiple arguments"]);
}

#[test]
fn standard_input_is_read_and_addresses_are_not() {
    let dir = folder();
    let mut sources = run(dir.path(), &["-", "https://k8s.io/web.yaml"], false).unwrap();
    let problem = sources.pop().unwrap().unwrap_err();
    assert_eq!(problem.to_string(), "cannot read https://k8s.io/web.yaml: the lab works without a network");
    assert!(problem.render(false).ends_with("\nhelp: download the manifest and name the file instead"));
    assert_eq!(sources.pop().unwrap().unwrap(), Source::new("STDIN", "from: stdin\n"));
}
