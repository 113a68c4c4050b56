//! The transcripts in README.md and docs/instructors.md, run one after the other in a new home, and compared word for word.
//!
//! `README=update cargo test --test readme` writes down what is printed now; look at the difference before you keep it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What a line may begin with: what else is there, such as a kubectl of this machine, is not to be touched.
const HARMLESS: &[&str] = &["sts-lab", "sed", "printf", "echo", "mkdir", "cp", "cat"];

/// Runs a line as a person would, in a shell that finds sts-lab; standard error goes where standard output goes.
fn shell(line: &str, dir: &Path) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    assert!(HARMLESS.contains(&first), "output that looks like a command, or one that is not to be run: {line}");
    let program = Path::new(env!("CARGO_BIN_EXE_sts-lab")).parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("exec 2>&1; {line}")]).current_dir(dir).stdin(std::process::Stdio::null());
    bash.env("PATH", format!("{}:{path}", program.display())).env("STS_LAB_HOME", dir.join("home"));
    bash.env_remove("STS_LAB").env("NO_COLOR", "1");
    let output = bash.output().expect("bash runs");
    String::from_utf8(output.stdout).expect("UTF-8").replace(&*dir.to_string_lossy(), "~")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            std::fs::copy(source, target).expect("copied");
        }
    }
}

/// The text with what its commands print now.
fn played(text: &str, dir: &Path) -> String {
    let (mut out, mut inside) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        }
        match line.strip_prefix("$ ").filter(|_| inside) {
            Some(command) => {
                let printed = shell(command, dir);
                let printed = printed.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>();
                let _ = write!(out, "{line}\n{printed}");
            }
            None if inside && !line.starts_with("```") => {}
            None => out += &format!("{line}\n"),
        }
    }
    out
}

#[test]
fn the_transcripts_are_what_the_program_prints() {
    check("README.md", 10);
}

#[test]
fn what_instructors_read_is_what_the_program_prints() {
    check("docs/instructors.md", 8);
}

/// Plays the transcripts of a page, of which there are more than so many.
fn check(page: &str, least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = tempfile::tempdir().expect("a folder");
    copy(&root.join("manifests"), &home.path().join("manifests"));
    copy(&root.join("tests/conformance"), &home.path().join("tests/conformance"));
    let text = std::fs::read_to_string(root.join(page)).expect("the page is there");
    assert!(text.matches("\n$ sts-lab").count() > least, "no transcripts");
    let now = played(&text, home.path());
    if std::env::var("README").is_ok_and(|word| word == "update") {
        std::fs::write(root.join(page), now).expect("written");
        return;
    }
    for (number, (wrote, prints)) in text.lines().zip(now.lines()).enumerate() {
        assert_eq!(wrote, prints, "{page}:{}: left is written, right is printed", number + 1);
    }
    assert_eq!(text, now);
}
