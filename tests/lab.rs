//! Labs through the program itself: the words of their commands, several processes at once, and processes killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use sts_lab::lab::Lab;

/// A home for labs of its own.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sts-lab"));
        command.args(line.split_whitespace()).current_dir(self.path()).env("STS_LAB_HOME", self.path().join("home"));
        command.env_remove("STS_LAB").stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().expect("it runs")
    }

    /// Runs a command and compares its exit code, what it prints, and what it notes.
    fn check(&self, line: &str, code: i32, stdout: &str, stderr: &str) {
        let output = self.run(line);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*self.path().to_string_lossy(), "HOME");
        assert_eq!(text(&output.stdout), stdout, "stdout of {line}");
        assert_eq!(text(&output.stderr), stderr, "stderr of {line}");
        assert_eq!(output.status.code(), Some(code), "{line}");
    }

    fn inputs(&self, lab: &str) -> Vec<Value> {
        let output = self.run(&format!("--lab {lab} history -o json"));
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON").as_array().cloned().expect("a list")
    }

    /// Begins to make a ConfigMap.
    fn make(&self, lab: &str, name: &str) -> Child {
        let mut command = self.command(&format!("--lab {lab} --no-settle kubectl create -f -"));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
        let manifest = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n");
        child.stdin.take().expect("a pipe").write_all(manifest.as_bytes()).expect("written");
        child
    }
}

#[test]
fn labs_are_made_chosen_copied_and_deleted() {
    let home = Home::new();
    home.check(
        "lab new alpha --seed 7 --nodes 4",
        0,
        "lab alpha made\n",
        "`sts-lab lab use alpha`, or --lab alpha to work in it\n",
    );
    home.check(
        "lab new alpha",
        1,
        "",
        "error: there is a lab alpha already: choose another name, or `sts-lab lab delete alpha` first\n",
    );
    home.check("lab use alpha", 0, "lab alpha is in use\n", "");
    home.check("lab use alhpa", 1, "", "error: there is no lab alhpa: did you mean alpha?\n");
    home.check("lab use x/y", 1, "", "error: \"x/y\" is not the name of a lab; work in a folder with --lab x/y\n");
    assert!(home.make("alpha", "one").wait_with_output().expect("done").status.success());
    assert!(home.make("alpha", "two").wait_with_output().expect("done").status.success());
    home.check("lab fork b --at 1 --use", 0, "lab b made, with 1 input of this lab, and in use\n", "");
    home.check("lab fork c --at 3", 1, "", "error: there is no input 3: this lab has 1, see `sts-lab history`\n");
    home.check("lab list -o name", 0, "alpha\nb\n", "");
    let list = home.run("lab list -o json");
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    assert_eq!(
        (&list[0]["seed"], &list[0]["nodes"], &list[0]["inputs"], &list[0]["inUse"]),
        (&7.into(), &4.into(), &2.into(), &false.into())
    );
    assert_eq!((&list[1]["seed"], &list[1]["inputs"], &list[1]["inUse"]), (&7.into(), &1.into(), &true.into()));
    home.check("kubectl get nodes -o name", 0, "node/node-0\nnode/node-1\nnode/node-2\nnode/node-3\n", "");
    home.check(
        "lab delete b",
        1,
        "",
        "error: lab b has 1 input, and there is nobody to ask: say --yes if it is to go\n",
    );
    home.check("lab delete b --yes", 0, "lab b deleted\n", "lab default is in use now\n");
    home.check("lab delete b --yes", 1, "", "error: there is no lab b, but alpha; `sts-lab lab new b` makes it\n");
    home.check(
        "lab delete zebra --yes",
        1,
        "",
        "error: there is no lab zebra, but alpha; `sts-lab lab new zebra` makes it\n",
    );
    home.check("lab new -- -x", 1, "", "error: \"-x\" cannot be the name of a lab: letters, digits, - and _ make a name, at most 63 of them; a folder has a / in it\n");
    home.check("lab new ./dir", 0, "lab ./dir made\n", "--lab ./dir to work in it\n");
    home.check(
        "lab new ./dir2 --use",
        1,
        "",
        "error: only a lab with a name can be in use; work in a folder with --lab ./dir2\n",
    );
    home.check("lab delete ./dir --yes", 0, "lab ./dir deleted\n", "");
    assert!(!home.path().join("dir").exists() && !home.path().join("dir2").exists());
}

#[test]
fn a_lab_travels_as_one_file() {
    let home = Home::new();
    assert!(home.make("default", "one").wait_with_output().expect("done").status.success());
    home.check(
        "lab export work.jsonl",
        0,
        "1 input written to work.jsonl\n",
        "`sts-lab lab import work.jsonl` makes a lab of it\n",
    );
    home.check(
        "lab export work.jsonl",
        1,
        "",
        "error: work.jsonl is there already: choose another name, or say --force to write over it\n",
    );
    home.check(
        "lab export work.jsonl --force",
        0,
        "1 input written to work.jsonl\n",
        "`sts-lab lab import work.jsonl` makes a lab of it\n",
    );
    home.check(
        "lab import work.jsonl",
        0,
        "lab work made, with 1 input\n",
        "`sts-lab lab use work`, or --lab work to work in it\n",
    );
    home.check("--lab work kubectl get cm one -o name", 0, "configmap/one\n", "");
    assert_eq!(home.inputs("work"), home.inputs("default"));
    let text = home.run("lab export -");
    assert_eq!(text.stdout, std::fs::read(home.path().join("work.jsonl")).expect("exported"));
    std::fs::write(home.path().join("empty.jsonl"), "").expect("written");
    home.check(
        "lab import empty.jsonl",
        1,
        "",
        "error: empty.jsonl is not a journal of sts-lab: it has no whole line\n",
    );
    home.check(
        "lab import none.jsonl",
        1,
        "",
        "error: cannot read none.jsonl: No such file or directory (os error 2)\n",
    );
    std::fs::write(home.path().join("torn.jsonl"), &text.stdout[..text.stdout.len() - 1]).expect("written");
    let torn = home.run("lab import torn.jsonl");
    assert!(
        String::from_utf8_lossy(&torn.stderr).starts_with("notice: line 2 of torn.jsonl was cut off and is left out\n")
    );
    home.check("lab list -o name", 0, "default\ntorn\nwork\n", "");
}

#[test]
fn inputs_are_listed_and_taken_back() {
    let home = Home::new();
    home.check("history", 0, "Nothing was done in this lab yet.\n", "");
    home.check("rewind", 1, "", "error: there is nothing to take back: nothing was done in this lab yet\n");
    home.check("rewind --undo", 1, "", "error: nothing to undo: this lab was not rewound\n");
    for name in ["one", "two", "three"] {
        assert!(home.make("default", name).wait_with_output().expect("done").status.success());
    }
    home.run("settle --for 5");
    home.check("rewind 9", 1, "", "error: 9 is more than was done: this lab has 4 inputs, see `sts-lab history`\n");
    home.check("rewind --to 9", 1, "", "error: there is no input 9: this lab has 4, see `sts-lab history`\n");
    home.check("rewind --to 4", 1, "", "error: the lab is where it was after input 4: nothing to take back\n");
    let kept = "HOME/home/labs/default/rewound-1.jsonl";
    let note = format!("what was taken back is kept in {kept}; `sts-lab rewind --undo` brings it back\n");
    let gone = "taken back: 3  --lab default --no-settle kubectl create -f -\ntaken back: 4  settle --for 5\n";
    let output = home.run("rewind 2");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*home.path().to_string_lossy(), "HOME");
    assert!(text(&output.stdout).starts_with(gone), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr), note);
    home.check("kubectl get cm -o name", 0, "configmap/kube-root-ca.crt\nconfigmap/one\nconfigmap/two\n", "");
    assert!(home.run("rewind --undo").status.success());
    home.check("kubectl get cm three -o name", 0, "configmap/three\n", "");
    assert_eq!(home.inputs("default").len(), 4);
    assert!(home.run("rewind --to 0").status.success());
    home.check("history", 0, "Nothing was done in this lab yet.\n", "");
}

#[test]
fn several_processes_take_turns_and_nothing_is_lost() {
    const COUNT: usize = 16;
    let home = Home::new();
    let children: Vec<Child> = (0..COUNT).map(|n| home.make("busy", &format!("n{n}"))).collect();
    for child in children {
        let output = child.wait_with_output().expect("done");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(home.inputs("busy").len(), COUNT);
    let names = home.run("--lab busy kubectl get cm -o name");
    assert_eq!(String::from_utf8_lossy(&names.stdout).lines().count(), COUNT + 1);
}

#[test]
fn a_process_waits_for_the_one_before_it_and_says_so() {
    let home = Home::new();
    let held = Lab::open(&home.path().join("home/labs/held"), || {}).expect("it opens");
    let mut child = home.make("held", "one");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut notice = String::new();
    stderr.read_line(&mut notice).expect("a line");
    assert_eq!(notice, "waiting for another sts-lab command on this lab to end…\n");
    assert!(child.try_wait().expect("asked").is_none(), "it did not wait");
    drop(held);
    assert!(child.wait().expect("done").success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("read");
    assert_eq!((rest.as_str(), home.inputs("held").len()), ("", 1));
}

#[test]
fn a_command_that_waits_for_a_pipe_holds_nobody_up() {
    let home = Home::new();
    assert!(home.run("apply web -o name").status.success());
    let mut command = home.command("kubectl exec -i web-0 -- tee /usr/share/nginx/html/copy");
    let mut reader = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it runs");
    let mut pipe = reader.stdin.take().expect("a pipe");
    // The first command has not come to its end, nor will it before this one.
    let output = home.run("kubectl exec web-1 -- echo hello");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\n");
    pipe.write_all(&output.stdout).expect("written");
    drop(pipe);
    assert!(reader.wait().expect("it ends").success());
    let output = home.run("kubectl exec web-0 -- cat /usr/share/nginx/html/copy");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello\n");
}

#[test]
fn killed_processes_leave_a_lab_that_opens_with_all_that_was_promised() {
    let home = Home::new();
    // Moments between nothing and a whole command, spread by a small generator: the same each time.
    let (mut state, mut promised, mut before) = (12345u64, 0, 0);
    for round in 0..40 {
        let mut child = home.make("killed", &format!("r{round}"));
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((state >> 33) % 40_000));
        let ended = child.try_wait().expect("asked").is_some_and(|status| status.success());
        child.kill().expect("killed");
        child.wait().expect("done");
        promised += usize::from(ended);
        let path: PathBuf = home.path().join("home/labs/killed");
        let lab = Lab::open(&path, || {}).expect("it opens after every kill");
        assert_eq!(lab.diverged_at, None);
        let count = lab.entries().len();
        assert!(count >= before + usize::from(ended), "round {round}: an input that was answered is gone");
        before = count;
    }
    assert!(before >= promised);
    assert!(home.make("killed", "last").wait_with_output().expect("done").status.success());
    assert_eq!(home.inputs("killed").len(), before + 1);
}

#[test]
fn a_torn_line_and_another_version_are_told() {
    let home = Home::new();
    for name in ["one", "two"] {
        assert!(home.make("default", name).wait_with_output().expect("done").status.success());
    }
    let path = home.path().join("home/labs/default/journal.jsonl");
    let text = std::fs::read_to_string(&path).expect("a journal");
    std::fs::write(&path, &text[..text.len() - 10]).expect("written");
    let output = home.run("kubectl get cm -o name");
    let notice = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(notice.starts_with("notice: the last line of the journal (line 3, "), "{notice}");
    assert!(output.status.success());
    let entry = text.lines().nth(1).expect("an entry");
    let digest = serde_json::from_str::<Value>(entry).expect("JSON")["digest"].as_str().expect("a digest").to_string();
    std::fs::write(&path, text.replace(&digest, "0000000000000000")).expect("written");
    let output = home.run("kubectl get cm -o name");
    let notice = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(notice.starts_with("notice: from its input 1 on, this lab does not come out as it did"), "{notice}");
    std::fs::write(&path, text.replace("\"stsLabJournal\":1", "\"stsLabJournal\":99")).expect("written");
    home.check(
        "kubectl get cm",
        1,
        "",
        "error: HOME/home/labs/default/journal.jsonl has format 99, this sts-lab reads up to 3: a newer sts-lab made it\n",
    );
}
