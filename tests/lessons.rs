//! Lessons as people meet them: all that ship hold what they say, and a newcomer comes from the first screen to the end of
//! the first lesson in a real terminal, typing wrongly and rightly.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sts-lab");

fn lab(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(args).current_dir(home).stdin(std::process::Stdio::null());
    command.env("STS_LAB_HOME", home.join("home")).env_remove("STS_LAB").env("NO_COLOR", "1");
    command.output().expect("it runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Every wrong way that ships fails with feedback that names the mistake, every solution passes, every line runs.
#[test]
fn everything_that_ships_holds_what_it_says() {
    let home = tempfile::tempdir().unwrap();
    let output = lab(home.path(), &["lesson", "check", "--all"]);
    assert!(output.status.success(), "{}", text(&output));
}

/// The example of the page for authors is a lesson, and so is what `lesson new` writes once it is filled in.
#[test]
fn what_authors_are_given_is_right() {
    let home = tempfile::tempdir().unwrap();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/README.md")).unwrap();
    let example = page.split("```yaml\n").find(|block| block.starts_with("format: 1")).expect("an example");
    std::fs::write(home.path().join("example.yaml"), example.split("```").next().unwrap()).unwrap();
    let output = lab(home.path(), &["lesson", "check", "example.yaml"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(lab(home.path(), &["lesson", "new", "mine"]).status.success());
    let unfinished = lab(home.path(), &["lesson", "check", "mine.yaml"]);
    assert!(!unfinished.status.success() && text(&unfinished).contains("still to be written"), "{}", text(&unfinished));
    let file = home.path().join("mine.yaml");
    let filled = std::fs::read_to_string(&file).unwrap().replace(concat!("TO", "DO"), "Now");
    std::fs::write(&file, filled).unwrap();
    let output = lab(home.path(), &["lesson", "check", "mine.yaml"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(!lab(home.path(), &["lesson", "new", "mine"]).status.success(), "it is not written over");
}

/// What is wrong in a lesson is found: each change of the example makes `lesson check` fail, and say this.
#[test]
fn a_lesson_that_is_not_true_is_found_out() {
    let home = tempfile::tempdir().unwrap();
    assert!(lab(home.path(), &["lesson", "new", "mine"]).status.success());
    let file = home.path().join("mine.yaml");
    let good = std::fs::read_to_string(&file).unwrap().replace(concat!("TO", "DO"), "Now");
    let broken = [
        ("answer: [web-0, web-1, web-2]", "answer: [web-0, web-1]", "the answer is not what comes out"),
        ("[kubectl get pods]", "[kubectl get podz]", "failed with code 1"),
        ("is: 3}", "is: 4}", "does not hold"),
        ("--replicas=5]", "--replicas=6]", "does not hold after the solution"),
        ("--replicas=4]", "--replicas=5]", "this wrong way passes all checks"),
        ("says: five Ready Pods", "says: six Ready Pods", "the feedback does not say"),
        ("readyReplicas: 5", "readyReplicas: 3", "done before anybody does anything"),
        ("answer: [web-0, web-2, web-3]", "answer: [web-2, web-1, web-0]", "this wrong answer"),
        ("hints: [Now which", "hints: []  # [", "leaves people alone"),
        ("Now The number is", "Now The number of `wbe-1` is", "nothing is ever called `wbe-1`"),
        ("name: mine", "name: yours", "a lesson has the name of its file"),
        ("level: beginner", "level: begginer", "did you mean `beginner`?"),
        ("sources: [S21]", "requires: [first-sett]\nsources: [S21]", "did you mean `first-set`?"),
    ];
    for (from, to, expect) in broken {
        assert!(good.contains(from), "{from}");
        std::fs::write(&file, good.replace(from, to)).unwrap();
        let output = lab(home.path(), &["lesson", "check", "mine.yaml"]);
        assert!(!output.status.success() && text(&output).contains(expect), "{from} -> {to}: {}", text(&output));
    }
}

/// With the model answers a lesson comes to its end; left in between, it goes on where it was.
#[test]
fn a_lesson_can_be_left_and_gone_on_with() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("some"), "web-0\nhint\n").unwrap();
    let left = lab(home.path(), &["lesson", "start", "first-set", "--answers", "some"]);
    assert!(text(&left).contains("Hint 1 of 3") && text(&left).contains("step 4 of 10"), "{}", text(&left));
    let list = lab(home.path(), &["lesson", "list", "basics"]);
    assert!(text(&list).contains("step 4/10"), "{}", text(&list));
    assert!(text(&lab(home.path(), &["lesson", "hint"])).contains("Hint 2 of 3"));
    let verify = lab(home.path(), &["lesson", "verify"]);
    assert!(!verify.status.success() && text(&verify).contains("asks for no action"), "{}", text(&verify));
    let done = lab(home.path(), &["lesson", "next", "--yes"]);
    assert!(done.status.success(), "{}", text(&done));
    assert!(text(&done).contains("step 4 of 10") && !text(&done).contains("step 3 of 10"), "{}", text(&done));
    assert!(text(&done).contains("Your first StatefulSet is done."), "{}", text(&done));
    assert!(text(&lab(home.path(), &["lesson", "list", "basics"])).contains("✓"));
    let tracks = lab(home.path(), &["lesson", "list"]);
    assert!(text(&tracks).contains("✓ 1") && text(&tracks).lines().count() < 15, "{}", text(&tracks));
    let all = lab(home.path(), &["lesson", "list", "--all"]);
    assert!(text(&all).lines().all(|line| line.chars().count() <= 80), "{}", text(&all));
    let json = lab(home.path(), &["lesson", "list", "-o", "json"]);
    assert!(text(&json).contains("\"done\": true"), "{}", text(&json));
    assert!(lab(home.path(), &["lesson", "reset", "first-set", "--yes"]).status.success());
    assert!(!home.path().join("home/labs/lesson-first-set").exists());
}

/// A task without a terminal tells what is open; it is done from another command, and the lesson goes on.
#[test]
fn a_task_can_be_done_from_elsewhere() {
    let home = tempfile::tempdir().unwrap();
    let steps = "web-0 www-web-0\nweb-1 www-web-1\nweb-2 www-web-2\nweb-3 www-web-0\n\nweb-3 web-2 web-1\n\n2\n1\n";
    std::fs::write(home.path().join("answers"), steps).unwrap();
    let output = lab(home.path(), &["lesson", "start", "first-set", "--answers", "answers"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    for expect in
        ["7 of 8 cells are right", "✗ www-web-0, is www-web-3", "does not share the disk", "✗ No.", "✗ not yet:"]
    {
        assert!(text(&output).contains(expect), "{expect}: {}", text(&output));
    }
    let acts = ["sh -c 'echo hello > /usr/share/nginx/html/hello.txt'"];
    let exec =
        ["--lab", "lesson-first-set", "kubectl", "exec", "web-0", "--", "sh", "-c", &acts[0][7..acts[0].len() - 1]];
    assert!(lab(home.path(), &exec).status.success());
    assert_eq!(lab(home.path(), &["lesson", "verify"]).status.code(), Some(1));
    assert!(lab(home.path(), &["--lab", "lesson-first-set", "delete", "pod", "web-0"]).status.success());
    let verify = lab(home.path(), &["lesson", "verify", "-o", "json"]);
    assert!(verify.status.success() && text(&verify).contains("\"done\": true"), "{}", text(&verify));
    let mistakes = std::fs::read_to_string(home.path().join("home/mistakes.jsonl")).expect("mistakes are kept");
    assert_eq!(mistakes.lines().count(), 2, "{mistakes}");
    assert!(mistakes.contains("web-3 www-web-0") && mistakes.contains("\"one, www-web-0\""), "{mistakes}");
    assert!(lab(home.path(), &["lesson", "next", "--yes"]).status.success());
}

/// A terminal that somebody types into.
struct Terminal {
    socket: PathBuf,
    _home: tempfile::TempDir,
}

impl Terminal {
    fn open() -> Option<Terminal> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "tmux is missing: the test of the first lesson needs it");
            eprintln!("NOT TESTED: tmux is missing");
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let terminal = Terminal { socket: home.path().join("tmux"), _home: home };
        let dir = terminal.socket.parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let program = Path::new(PROGRAM).parent().unwrap().display().to_string();
        let shell = format!(
            "cd {dir}; export PATH={program}:{path} HOME={dir} STS_LAB_HOME={dir}/home PS1='% '; unset STS_LAB NO_COLOR; exec bash --norc --noprofile",
            dir = dir.display()
        );
        terminal.tmux(&["new-session", "-d", "-x", "90", "-y", "700", &shell]);
        terminal.sees("%");
        Some(terminal)
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").arg("-S").arg(&self.socket).args(args).output().expect("tmux runs");
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until this is on the screen more often than so many times.
    fn sees_again(&self, words: &str, times: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.screen().matches(words).count() <= times {
            assert!(Instant::now() < end, "never saw {words:?}:\n{}", self.screen().trim_end());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn sees(&self, words: &str) {
        self.sees_again(words, 0);
    }

    /// Types a line, and waits for what must come of it. `<Down Enter>` are keys.
    fn types(&self, line: &str, then: &str) {
        let before = self.screen().matches(then).count();
        let keys = line.strip_prefix('<').and_then(|keys| keys.strip_suffix('>'));
        if keys.is_none() && !line.is_empty() {
            self.tmux(&["send-keys", "-l", line]);
        }
        for key in keys.unwrap_or("Enter").split(' ') {
            self.tmux(&["send-keys", key]);
        }
        self.sees_again(then, before);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}

/// Nobody tells the newcomer anything but what stands on the screen. After each line: what must be seen of it.
#[test]
fn a_newcomer_comes_from_the_first_screen_to_the_end_of_the_first_lesson() {
    let Some(terminal) = Terminal::open() else { return };
    let lines = [
        ("sts-lab", "sts-lab lesson start"),
        ("sts-lab lesson start", "Enter goes on"),
        ("help", "`quit` leaves"),
        ("", "step 2 of 10"),
        ("", "step 3 of 10"),
        ("", "Pod Claim>"),
        ("help", "takes the last row back"),
        ("hint", "Hint 1 of 3"),
        ("web-0 www web-0 x", "A row has 2 cells"),
        ("web-0 www-web-0", "Pod Claim> web-0 www-web-0"),
        ("web-1 www-web-1", "Pod Claim> web-1 www-web-1"),
        ("web-2 www-web-2", "Pod Claim> web-2 www-web-2"),
        ("web-3 www-web-0", "Pod Claim> web-3 www-web-0"),
        ("", "does not share the disk"),
        ("", "step 5 of 10"),
        ("", "Pod>"),
        ("web-3 web-2 web-1", "Pod> web-3 web-2 web-1"),
        ("", "All right."),
        ("", "Arrows move, Enter picks"),
        ("<Down Enter>", "three lost databases"),
        ("<Escape>", "Type the number"),
        ("banana", "Type the number"),
        ("<Enter>", "Right."),
        ("", "In another terminal"),
        ("kubectl get podz", "doesn't have a resource type"),
        ("check", "not yet: web-0 was deleted"),
        ("kubectl exec web-0 -- sh -c 'echo hello > /tmp/hello.txt'", "$ kubectl exec web-0"),
        ("kubectl delete pod web-0", "\"web-0\" deleted"),
        ("check", "The new web-0 has no hello.txt"),
        ("kubectl exec web-0 -- sh -c 'echo hello > /usr/share/nginx/html/hello.txt'", "✓ Done."),
        ("", "Space marks"),
        ("<Enter>", "Nothing is marked"),
        ("<Space Up Space Enter>", "CronJob"),
        ("<Space Down Space Enter>", "Right."),
        ("", "Your first StatefulSet is done."),
    ];
    for (line, then) in lines {
        terminal.types(line, then);
    }
    terminal.sees("sts-lab lesson next");
}
