//! Whole outputs of the command line: each `tests/cli/NAME.txt` is a session in a fresh lab, with what was typed (`$ `),
//! what came on standard output, what came on standard error (`! `), and the exit code if it is not 0.
//!
//! `STS_LAB_BLESS=1 cargo test --test cli` writes the outputs as they are now: read the difference before keeping it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use words::words;

#[path = "common/words.rs"]
mod words;

fn sessions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

/// A lab in a folder of its own, with the manifests of the sessions beside it.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(sessions()).unwrap().flatten() {
            if entry.path().extension().is_some_and(|ending| ending != "txt") {
                std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
            }
        }
        Bench { dir }
    }

    fn command(&self, args: &[String]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sts-lab"));
        command.args(args).current_dir(self.dir.path()).env_clear().env("STS_LAB_HOME", self.dir.path().join("home"));
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(&words(line)).output().unwrap()
    }

    fn journal(&self) -> String {
        let path = self.dir.path().join("home/labs/default/journal.jsonl");
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

/// The session again, with what comes now.
fn play(session: &str) -> String {
    let bench = Bench::new();
    let mut text = String::new();
    for line in session.lines().take_while(|line| line.starts_with('#')) {
        writeln!(text, "{line}").unwrap();
    }
    for line in session.lines() {
        let Some(typed) = line.strip_prefix("$ sts-lab") else { continue };
        let output = bench.run(typed);
        let gap = if text.is_empty() { "" } else { "\n" };
        writeln!(text, "{gap}{line}").unwrap();
        text.push_str(&String::from_utf8_lossy(&output.stdout));
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            writeln!(text, "{}", format!("! {line}").trim_end()).unwrap();
        }
        match output.status.code() {
            Some(0) => {}
            code => writeln!(text, "[exit {}]", code.unwrap_or(-1)).unwrap(),
        }
    }
    text
}

#[test]
fn sessions_come_out_as_they_are_written() {
    let bless = std::env::var_os("STS_LAB_BLESS").is_some();
    let mut files: Vec<PathBuf> = std::fs::read_dir(sessions()).unwrap().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = Vec::new();
    for path in files {
        let written = std::fs::read_to_string(&path).unwrap();
        let now = play(&written);
        if bless {
            std::fs::write(&path, &now).unwrap();
        } else if now != written {
            let at = now.lines().zip(written.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let line = |text: &str| text.lines().nth(at).unwrap_or("(ends)").to_string();
            wrong.push(format!("{} line {}:\n  was {}\n  is  {}", path.display(), at + 1, line(&written), line(&now)));
        }
        let long = now.lines().filter(|line| !line.starts_with(['!', '$', '#'])).find(|line| line.chars().count() > 80);
        let kubectl = ["sts-lab get", "sts-lab kubectl get", "-o json"].iter().any(|verb| now.contains(verb));
        assert!(long.is_none() || kubectl, "{}: wider than 80 columns: {}", path.display(), long.unwrap_or_default());
    }
    assert!(wrong.is_empty(), "{}\nread the header of tests/cli.rs for how to keep this", wrong.join("\n"));
}

#[test]
fn nobody_has_to_read_to_the_end() {
    let bench = Bench::new();
    let mut child =
        bench.command(&words("apply web.yaml")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    assert_eq!(bench.journal().lines().count(), 2, "what was done is kept");
}

#[test]
fn looking_changes_nothing() {
    let bench = Bench::new();
    bench.run("apply web.yaml");
    let before = bench.journal();
    for line in [
        "status",
        "order web",
        "plan scale sts web --replicas=1",
        "why web-1",
        "dns",
        "dns web-0.nginx",
        "trace",
        "get pods",
        "describe sts web",
    ] {
        let output = bench.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{line}");
    }
    assert_eq!(bench.journal(), before);
}

#[test]
fn an_import_is_an_input_like_others() {
    let bench = Bench::new();
    let shown = |lab: &str| {
        let output = bench.run(&format!("{lab} kubectl get sts,pods,pvc,pv,nodes,svc -A -o yaml"));
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let run = |line: &str| {
        let output = bench.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("import state.yaml");
    assert!(bench.journal().starts_with("{\"stsLabJournal\":2,"), "older programs cannot read it");
    let imported = shown("");
    assert!(imported.contains("db-5c7f9d8b6") && imported.contains("6c1f9a52-3a1e-4e0f-9a52-0d3c5b7e9f11"));
    run("-n shop delete pod db-0");
    assert_ne!(shown(""), imported);
    run("lab fork then --at 1");
    assert_eq!(shown("--lab then"), imported, "a branch that begins after the import");
    run("rewind 1");
    assert_eq!(shown(""), imported, "the import is what is left");
    run("lab export saved.jsonl");
    run("lab import saved.jsonl handed-on");
    assert_eq!(shown("--lab handed-on"), imported, "the journal is all there is");
    run("rewind 1");
    assert!(shown("").contains("node-0") && !shown("").contains("db-0"), "before the import");
    run("rewind --undo");
    assert_eq!(shown(""), imported);
    run("lab new other --use");
    run("apply web.yaml");
    let path = bench.dir.path().join("home/labs/other/journal.jsonl");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("{\"stsLabJournal\":1,"), "older programs can read it");
    run("import --replace state.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{\"stsLabJournal\":2,") && text.lines().count() == 3, "now they cannot");
    assert_eq!(shown(""), imported, "another state in the place of what was there");
}

#[test]
fn exit_codes() {
    let bench = Bench::new();
    let check = |line: &str, code: i32| assert_eq!(bench.run(line).status.code(), Some(code), "{line}");
    check("status", 0);
    check("why pod/nobody", 1);
    check("dns nobody", 1);
    check("get pod nobody", 1);
    check("order nobody", 1);
    check("apply nobody", 1);
    check("--nonsense", 2);
    check("tick many", 2);
    check("plan web.yaml", 0);
    check("plan web.yaml --detailed-exitcode", 2);
    check("plan nobody", 1);
    check("plan get pods", 2);
    check("import nobody.yaml", 1);
    check("import", 2);
    check("dns --type", 2);
}

#[test]
fn colors_mean_something_and_can_be_had_and_avoided() {
    let bench = Bench::new();
    bench.run("apply web.yaml");
    let output = |line: &str| String::from_utf8_lossy(&bench.run(line).stdout).into_owned();
    assert!(!output("status").contains('\u{1b}'));
    assert!(output("status --color=always").contains("\u{1b}[32mRunning\u{1b}[0m"));
    assert!(!output("status --color=always --plain").contains('\u{1b}'));
}

#[test]
fn every_verb_has_help_with_examples() {
    let bench = Bench::new();
    let page = String::from_utf8_lossy(&bench.run("--help").stdout).into_owned();
    let verbs: Vec<&str> = page
        .lines()
        .take_while(|line| !line.starts_with("Options"))
        .filter_map(|line| line.strip_prefix("  ")?.split_once("  ").map(|(verb, _)| verb))
        .filter(|verb| !verb.is_empty() && !verb.contains(' '))
        .collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    for verb in verbs.into_iter().filter(|verb| !matches!(*verb, "kubectl" | "conformance")) {
        let output = bench.run(&format!("{verb} --help"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("Examples:"), "{verb}: {text}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.run(&format!("completion {shell}")).stdout.len() > 1000);
    }
}
