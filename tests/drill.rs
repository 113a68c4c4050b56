//! The drill and the myths as processes: what shipped content says holds, answers are never lost, whatever ends a command.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A home of its own.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().unwrap())
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sts-lab"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).env_clear();
        command.env("STS_LAB_HOME", self.0.path().join("home")).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, line: &str) -> Child {
        self.command(line).stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Runs a line with an input.
    fn run(&self, line: &str, input: &str) -> Output {
        let mut child = self.start(line);
        // One that refuses to begin does not read.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    #[track_caller]
    fn said(&self, line: &str, input: &str) -> String {
        let output = self.run(line, input);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn json(&self, line: &str, input: &str) -> Value {
        serde_json::from_str(&self.said(line, input)).unwrap()
    }

    fn cards(&self) -> Value {
        let path = self.0.path().join("home/drill/cards.json");
        std::fs::read_to_string(path).map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    }
}

const DAY: &str = "--now 2026-03-01T09:00:00Z";

/// Three questions of a choice whose first option is right.
fn choices(dir: &Path) {
    let question = |name: &str| {
        format!(
            "- {{name: {name}, level: mid, type: choice, ask: 'Which, {name}?', answer: The first., source: S1,\n   options: \
             [{{text: first, right: true}}, {{text: second, because: No.}}, {{text: third, because: No.}}],\n   \
             proof: {{run: [sts-lab apply web], shows: web-2}}}}\n"
        )
    };
    let questions = ["a", "b", "c"].map(question).concat();
    let text = format!("format: 1\nkind: Questions\ntopic: t\ntitle: T\nquestions:\n{questions}");
    std::fs::write(dir.join("t.yaml"), text).unwrap();
}

#[test]
fn every_shipped_question_is_proved() {
    let report = Home::new().json("drill check -o json", "");
    assert_eq!(report["wrong"], Value::Array(Vec::new()));
    assert!(report["questions"].as_u64().unwrap() >= 150, "{report}");
    let all = Home::new().json("drill export -o json", "");
    for form in ["short", "choice", "output", "spot", "scenario"] {
        let count = all.as_array().unwrap().iter().filter(|question| question["type"] == form).count();
        assert!(count >= 10, "{form}: {count}");
    }
}

#[test]
fn every_shipped_verdict_is_what_its_experiments_come_to() {
    let report = Home::new().json("myth check -o json", "");
    assert_eq!(report["wrong"], Value::Array(Vec::new()));
    let myths = Home::new().json("myth list --spoil -o json", "");
    let numbers: Vec<u64> = myths.as_array().unwrap().iter().filter_map(|myth| myth["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "the numbers have no gaps");
}

#[test]
fn an_answer_is_kept_as_soon_as_it_is_given() {
    let home = Home::new();
    choices(home.0.path());
    let mut child = home.start(&format!("drill --from t.yaml {DAY}"));
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    input.write_all(b"1\n").unwrap();
    lines.find(|line| line.as_ref().unwrap().starts_with("AGAIN")).unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let cards = home.cards();
    assert_eq!(cards["cards"]["a"]["last"], "good", "{cards}");
    assert_eq!(cards["cards"].as_object().unwrap().len(), 1);
    let said = home.said(&format!("drill --from t.yaml {DAY}"), "1\n1\n");
    assert!(
        said.contains("Which, b?") && said.contains("2 of 2 questions known") && !said.contains("Which, a?"),
        "{said}"
    );
}

#[test]
fn two_at_once_lose_nothing() {
    let home = Home::new();
    choices(home.0.path());
    for name in ["a", "b", "c"] {
        let text = std::fs::read_to_string(home.0.path().join("t.yaml")).unwrap();
        std::fs::write(
            home.0.path().join(format!("{name}.yaml")),
            text.replace("name: ", &format!("name: of-{name}-")),
        )
        .unwrap();
    }
    let children: Vec<Child> = ["a", "b", "c"]
        .iter()
        .map(|name| {
            let mut child = home.start(&format!("drill --from {name}.yaml {DAY}"));
            child.stdin.take().unwrap().write_all(b"1\n1\n1\n").unwrap();
            child
        })
        .collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    assert_eq!(home.cards()["cards"].as_object().unwrap().len(), 9);
    assert_eq!(home.cards()["days"]["2026-03-01"]["reviews"], 9);
}

#[test]
fn what_is_damaged_is_never_written_over() {
    let home = Home::new();
    choices(home.0.path());
    let path = home.0.path().join("home/drill/cards.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    for text in ["{\"format\": 1, \"cards\": {\"a\"", "{\"format\": 99}"] {
        std::fs::write(&path, text).unwrap();
        let output = home.run("drill --from t.yaml", "1\n");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("cards.json") && error.contains("move the file away"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn mistakes_of_lessons_come_up_until_they_are_known() {
    let home = Home::new();
    choices(home.0.path());
    std::fs::create_dir_all(home.0.path().join("home")).unwrap();
    let mistake = r#"{"lesson":"scaling","step":4,"at":"2026-02-28T09:00:00Z","question":"Which Pod goes first?","answered":"web-0","right":"web-2"}"#;
    std::fs::write(home.0.path().join("home/mistakes.jsonl"), format!("{mistake}\n")).unwrap();
    let said = home.said(&format!("drill --from t.yaml {DAY} --count 1"), "web-2\ngood\n");
    assert!(
        said.contains("mistakes · ")
            && said.contains("Which Pod goes first?")
            && said.contains("lesson scaling, step 4"),
        "{said}"
    );
    assert_eq!(home.cards()["cards"]["scaling-step-4"]["last"], "good");
    let said = home.said(&format!("drill --from t.yaml {DAY} --count 1"), "1\n");
    assert!(said.contains("Which, a?"), "{said}");
}

#[test]
fn an_interview_reports_to_programs() {
    let home = Home::new();
    choices(home.0.path());
    let report = home.json(&format!("drill mock --from t.yaml {DAY} --minutes 3 --seed 1 -o json"), "1\n2\n1\n");
    assert_eq!((&report["score"], &report["of"], &report["percent"]), (&2.into(), &3.into(), &67.into()));
    assert_eq!(report["missed"][0]["because"], "No.");
    assert_eq!(home.cards()["days"]["2026-03-01"]["right"], 2, "the answers count for the cards");
    let again = home.said(&format!("drill mock --from t.yaml {DAY} --minutes 3 --seed 1"), "");
    assert!(again.contains("0 of 0 points, 0 %") && again.contains("3 not reached"), "{again}");
}

#[test]
fn an_experiment_cannot_run_experiments_or_answer_questions() {
    let home = Home::new();
    for line in ["sts-lab myth run 1 --from 01-loop.yaml", "sts-lab drill"] {
        let text = format!(
            "format: 1\nkind: Myth\nname: loop\nclaim: It ends.\nfrom: nobody\nverdict: \"true\"\ncases:\n\
             - {{run: [{line}], holds: {{absent: {{kind: Pod}}}}, look: kubectl get pods}}\nbecause: No.\nsources: [S1]\n"
        );
        std::fs::write(home.0.path().join("01-loop.yaml"), text).unwrap();
        let output = home.run("myth run 1 --from 01-loop.yaml", "");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && error.contains("a lab of their own"), "{error}");
    }
}

#[test]
fn exit_codes() {
    let home = Home::new();
    choices(home.0.path());
    let bad = std::fs::read_to_string(home.0.path().join("t.yaml")).unwrap().replace("shows: web-2", "shows: web-9");
    std::fs::write(home.0.path().join("bad.yaml"), bad).unwrap();
    std::fs::write(
        home.0.path().join("01-lie.yaml"),
        "format: 1\nkind: Myth\nname: lie\nclaim: No Pods.\nfrom: nobody\nverdict: \"true\"\ncases:\n\
         - {run: [sts-lab apply web], holds: {absent: {kind: Pod}}, look: kubectl get pods}\nbecause: No.\nsources: [S1]\n",
    )
    .unwrap();
    for (line, code) in [
        ("drill check --from t.yaml", 0),
        ("drill check --from bad.yaml", 1),
        ("drill prove --from bad.yaml a", 1),
        ("drill prove nobody", 1),
        ("drill --topic nothing", 1),
        ("drill --from t.yaml --level senior", 1),
        ("drill --level expert", 2),
        ("drill --now yesterday", 1),
        ("drill --from nowhere list", 1),
        ("myth run nobody", 1),
        ("myth run 1 --guess maybe", 2),
        ("myth check --from 01-lie.yaml", 1),
        ("myth run lie --from 01-lie.yaml", 1),
        ("myth run 1 --guess false", 0),
    ] {
        let output = home.run(line, "");
        assert_eq!(output.status.code(), Some(code), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
