//! The language of these tests: a row of `docs/on-call.md` played in a fresh lab, and questions about what came of it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::words::words;

const PAGE: &str = "docs/on-call.md";

/// A lab in which a row was played.
pub struct Bench {
    home: tempfile::TempDir,
    row: u32,
}

/// What one command printed.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    /// Plays a row; each of its commands must succeed.
    pub fn row(row: u32) -> Bench {
        Bench::row_but(row, |_| false)
    }

    /// Plays a row in which the commands that `may_fail` names may fail: `drain` does, where that is the symptom.
    pub fn row_but(row: u32, may_fail: impl Fn(&str) -> bool) -> Bench {
        let bench = Bench { home: tempfile::tempdir().unwrap(), row };
        for line in commands(row) {
            let said = bench.run(&line);
            assert!(said.exit == 0 || may_fail(&line), "row {row}: {line}: {}{}", said.stdout, said.stderr);
        }
        bench
    }

    /// `sts-lab WORDS`, with or without the program's name, in the row's lab.
    pub fn run(&self, line: &str) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sts-lab"));
        command.args(words(line.strip_prefix("sts-lab ").unwrap_or(line))).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.env_clear().env("STS_LAB_HOME", self.home.path()).stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said =
            Said { exit: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) };
        // Each command folds the journal anew, and says so if the world comes out otherwise.
        assert!(!said.stderr.contains("notice: "), "row {}: {line}: {}", self.row, said.stderr);
        said
    }

    /// What a command that must succeed prints on standard output.
    pub fn ask(&self, line: &str) -> String {
        let said = self.run(line);
        assert_eq!(said.exit, 0, "row {}: {line}: {}{}", self.row, said.stdout, said.stderr);
        said.stdout
    }

    /// `get WORDS -o json`.
    pub fn get(&self, what: &str) -> Value {
        serde_json::from_str(&self.ask(&format!("kubectl get {what} -o json"))).unwrap()
    }

    /// All Events about an object (`Pod/web-0`), as `Type Reason Message`, in the order of their coming.
    pub fn events(&self, object: &str) -> Vec<String> {
        let (kind, name) = object.split_once('/').expect("Kind/name");
        let list = self.get("events --sort-by=.lastTimestamp");
        let about = |event: &&Value| event["involvedObject"]["kind"] == kind && event["involvedObject"]["name"] == name;
        let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_string();
        let line = |event: &Value| [text(event, "type"), text(event, "reason"), text(event, "message")].join(" ");
        list["items"].as_array().into_iter().flatten().filter(about).map(line).collect()
    }

    /// An Event about an object is there whose line (see [`Bench::events`]) has this in it.
    #[track_caller]
    pub fn shows(&self, object: &str, event: &str) -> &Bench {
        let events = self.events(object);
        assert!(events.iter().any(|line| line.contains(event)), "row {}: no {event:?} in {events:#?}", self.row);
        self
    }

    /// `why OBJECT` says all of this; line breaks count as blanks.
    #[track_caller]
    pub fn why(&self, object: &str, sentences: &[&str]) -> &Bench {
        let said = self.ask(&format!("why {object}"));
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for sentence in sentences {
            assert!(flat.contains(sentence), "row {}: `why {object}` does not say {sentence:?}:\n{said}", self.row);
        }
        self
    }

    /// A command prints this; line breaks count as blanks.
    #[track_caller]
    pub fn prints(&self, line: &str, text: &str) -> &Bench {
        let said = self.ask(line);
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(text), "row {}: `{line}` does not say {text:?}:\n{said}", self.row);
        self
    }
}

/// The commands of a row: what stands in backquotes in its last cell and begins with `sts-lab`.
fn commands(row: u32) -> Vec<String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap();
    let first = format!("| {row} |");
    let line = page.lines().find(|line| line.starts_with(&first)).unwrap_or_else(|| panic!("{PAGE} has no row {row}"));
    let cell = line.trim_end().trim_end_matches('|').rsplit_once(" | ").map_or("", |(_, cell)| cell);
    let quoted = cell.split('`').skip(1).step_by(2);
    let found: Vec<String> = quoted.filter(|text| text.starts_with("sts-lab ")).map(str::to_string).collect();
    assert!(!found.is_empty(), "row {row} of {PAGE} has no commands");
    found
}
