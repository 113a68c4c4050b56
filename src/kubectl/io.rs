//! What a command reads and writes: its three streams, the folder that relative paths start from, the environment, and
//! the warnings of the server it has already shown. Writing never fails: when nobody reads any more, output is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::apiserver::{Api, Request, Response, Status};
use crate::resource::Time;

/// The surroundings of one command.
pub struct Io<'a> {
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// Standard output.
    pub stdout: &'a mut dyn Write,
    /// Standard error.
    pub stderr: &'a mut dyn Write,
    /// Where relative paths start.
    pub dir: PathBuf,
    /// Environment variables that a verb may ask for (`EDITOR`); empty unless the caller fills it.
    pub env: BTreeMap<String, String>,
    /// Whether somebody sits at the other end of standard input and output; no, unless the caller says so.
    pub terminal: bool,
    /// Warnings of the server shown so far; each is shown once per command.
    warned: BTreeSet<String>,
    /// What was read of standard input, for a command that reads it more than once.
    kept: Option<Vec<u8>>,
}

impl<'a> Io<'a> {
    /// The surroundings with an empty environment.
    pub fn new(stdin: &'a mut dyn Read, stdout: &'a mut dyn Write, stderr: &'a mut dyn Write, dir: PathBuf) -> Io<'a> {
        Io { stdin, stdout, stderr, dir, env: BTreeMap::new(), terminal: false, warned: BTreeSet::new(), kept: None }
    }

    /// Writes to standard output; the text brings its own newline.
    pub fn out(&mut self, text: impl fmt::Display) {
        // A reader that went away (`| head`) is no failure of the command.
        let _ = write!(self.stdout, "{text}");
    }

    /// Writes to standard error; the text brings its own newline.
    pub fn err(&mut self, text: impl fmt::Display) {
        let _ = write!(self.stderr, "{text}");
    }

    /// Keeps what is read of standard input, so that it can be read again from the start.
    pub fn keep_stdin(&mut self) {
        self.kept.get_or_insert_default();
    }

    /// Standard input, from the start if it is kept.
    pub fn stdin(&mut self) -> Box<dyn Read + '_> {
        let Some(kept) = &mut self.kept else { return Box::new(&mut self.stdin) };
        // What a failing read leaves out is found again by the reader that comes after what was kept.
        let _ = self.stdin.read_to_end(kept);
        Box::new(kept.as_slice().chain(&mut self.stdin))
    }

    /// The path as the file system must be asked.
    #[must_use]
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.join(path)
    }

    /// Sends a request, and shows the warnings of its answer that were not shown before.
    pub fn send(&mut self, api: &mut dyn Api, request: Request) -> Result<Response, Status> {
        let response = api.send(request)?;
        for warning in &response.warnings {
            if self.warned.insert(warning.clone()) {
                self.err(format_args!("Warning: {warning}\n"));
            }
        }
        Ok(response)
    }

    /// How many different warnings of the server were shown.
    #[must_use]
    pub fn warning_count(&self) -> usize {
        self.warned.len()
    }

    /// A line of kubectl's own log: `W0101 00:00:00.000000       1 helpers.go:703] TEXT`.
    pub fn log_warning(&mut self, now: Time, place: &str, text: &str) {
        let stamp = now.rfc3339_micro();
        let (month, day, clock) = (&stamp[5..7], &stamp[8..10], &stamp[11..26]);
        self.err(format_args!("W{month}{day} {clock}       1 {place}] {text}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let mut errors = Vec::new();
        let (mut input, mut gone) = (std::io::empty(), Gone);
        let mut io = Io::new(&mut input, &mut gone, &mut errors, PathBuf::from("/tmp"));
        io.out("lost\n");
        io.log_warning(Time::LAB_START, "helpers.go:1", "careful");
        assert_eq!(io.path("a.yaml"), PathBuf::from("/tmp/a.yaml"));
        assert_eq!(String::from_utf8(errors).unwrap(), "W0101 00:00:00.000000       1 helpers.go:1] careful\n");
    }
}
