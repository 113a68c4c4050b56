//! A real terminal for tests: tmux, with a program in it that is typed at.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A terminal of 80 columns.
pub struct Terminal {
    socket: PathBuf,
    home: tempfile::TempDir,
}

impl Terminal {
    /// Starts a command line of the program, in an empty home and folder. `None` if there is no tmux.
    pub fn open(args: &str) -> Option<Terminal> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "tmux is missing: the tests of the terminal need it");
            eprintln!("NOT TESTED: tmux is missing");
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let terminal = Terminal { socket: home.path().join("tmux"), home };
        let (dir, program) = (terminal.dir().display().to_string(), env!("CARGO_BIN_EXE_sts-lab"));
        let line =
            format!("cd {dir}; unset STS_LAB; HOME={dir} STS_LAB_HOME={dir}/home {program} {args}; echo left; cat");
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "200", &line]);
        Some(terminal)
    }

    /// The folder it stands in.
    pub fn dir(&self) -> &Path {
        self.home.path()
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").arg("-S").arg(&self.socket).args(args).output().expect("tmux runs");
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until this is on the screen so many times.
    pub fn sees(&self, words: &str, times: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.screen().matches(words).count() < times {
            assert!(Instant::now() < end, "never saw {words:?} {times} times:\n{}", self.screen().trim_end());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses keys, by tmux's names.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types text.
    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}
