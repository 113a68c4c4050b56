//! `sts-lab shell` in a real terminal, and on a pipe.

use std::io::Write as _;
use std::process::{Command, Stdio};

use terminal::Terminal;

#[path = "common/terminal.rs"]
mod terminal;

#[test]
fn a_person_at_the_prompt() {
    let Some(terminal) = Terminal::open("shell") else { return };
    terminal.sees("default $", 1);
    terminal.types("appl");
    terminal.press(&["Tab"]);
    terminal.types("web");
    terminal.press(&["Enter"]);
    terminal.sees("Next    sts-lab scale", 1);
    // Names of objects, kinds and small programs are completed.
    terminal.types("kubectl get pod web-2 -o name | tr a-z A-Z");
    terminal.press(&["Enter"]);
    terminal.sees("POD/WEB-2", 1);
    terminal.types("describe statefulset/w");
    terminal.press(&["Tab"]);
    terminal.sees("describe statefulset/web", 1);
    // Ctrl-C drops the line, and arrow up finds the one before.
    terminal.press(&["C-c"]);
    terminal.sees("default $", 4);
    terminal.press(&["Up", "Enter"]);
    terminal.sees("POD/WEB-2", 2);
    // A command of several lines is asked for to its end.
    terminal.types("for i in 0 1");
    terminal.press(&["Enter"]);
    terminal.types("do echo pod-$i; done");
    terminal.press(&["Enter"]);
    terminal.sees("pod-1", 1);
    // What kubectl opens has the terminal to itself.
    terminal.types("kubectl exec -it web-0 -- sh");
    terminal.press(&["Enter"]);
    terminal.sees("/ #", 1);
    terminal.types("hostname -f; exit");
    terminal.press(&["Enter"]);
    terminal.sees("web-0.nginx.default.svc.cluster.local", 1);
    terminal.types("frobnicate");
    terminal.press(&["Enter"]);
    terminal.sees("sts-lab: frobnicate is not here", 1);
    terminal.press(&["C-d"]);
    terminal.sees("left", 1);
    let kept = std::fs::read_to_string(terminal.dir().join("home/shell-history")).expect("a history");
    assert!(kept.starts_with("apply web\n") && kept.contains("for i in 0 1\\ndo echo"), "{kept}");
}

#[test]
fn on_a_pipe_it_runs_the_lines() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sts-lab"));
    command.arg("shell").env("STS_LAB_HOME", home.path()).env_remove("STS_LAB");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"kubectl create ns a\nkubectl get ns b\nkubectl create ns c\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("$ kubectl create ns a\nnamespace/a created\n$ kubectl get ns b\n"), "{text}");
    assert!(text.contains("2 lines run, 1 failed") && !text.contains("ns c\n"), "{text}");
}
