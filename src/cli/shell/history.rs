//! The lines typed at the prompt, kept in the labs' home: one on a line, with its newlines escaped.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file's name.
const FILE: &str = "shell-history";
/// So many lines are read again.
const MOST: usize = 1000;

/// The history.
pub struct History {
    path: PathBuf,
    /// The lines that were there, oldest first.
    pub lines: Vec<String>,
}

/// Reads the history of a home; without one it is empty.
pub fn open(home: &Path) -> History {
    let path = home.join(FILE);
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(read).collect();
    lines.drain(..lines.len().saturating_sub(MOST));
    History { path, lines }
}

impl History {
    /// Adds a line. A history that cannot be kept is no reason to stop.
    pub fn add(&self, line: &str) {
        if let Some(dir) = self.path.parent() {
            let _ = std::fs::create_dir_all(dir);
        }
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&self.path);
        let _ = file.and_then(|mut file| file.write_all(written(line).as_bytes()));
    }
}

fn written(line: &str) -> String {
    line.replace('\\', "\\\\").replace('\n', "\\n") + "\n"
}

fn read(line: &str) -> String {
    let (mut out, mut letters) = (String::new(), line.chars());
    while let Some(c) = letters.next() {
        match (c, letters.clone().next()) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('\\')) => out.push('\\'),
            (c, _) => {
                out.push(c);
                continue;
            }
        }
        letters.next();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_were_typed() {
        let home = tempfile::tempdir().unwrap();
        assert!(open(home.path()).lines.is_empty());
        let history = open(&home.path().join("new"));
        for line in ["get pods", "for i in 1\ndo echo \\n $i\ndone", "echo 'a\\\\b'"] {
            history.add(line);
        }
        let lines = open(&home.path().join("new")).lines;
        assert_eq!(lines, ["get pods", "for i in 1\ndo echo \\n $i\ndone", "echo 'a\\\\b'"]);
    }
}
