//! Where one command line is carried out. A [`Room`] is what is around it: the streams, the folder, the environment, and
//! the labs within reach; the process's own, or ones held in memory, so that a lesson can run lines and read what they
//! print. A [`Desk`] is one parsed command line in a room: all that a verb gets.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Cursor, IsTerminal, Read, Write};
use std::path::PathBuf;

use super::args::Cli;
use super::look;
use crate::lab::Lab;
use crate::view::style::Look;

/// What was printed, as it came: whether it went to standard error, and the bytes.
pub type Printed = Vec<(bool, Vec<u8>)>;

/// Where output goes and input comes from.
enum Streams {
    /// To the process's own.
    Process,
    /// To memory; input is a text.
    Kept { printed: RefCell<Printed>, stdin: RefCell<Cursor<Vec<u8>>> },
}

/// The labs within reach.
#[derive(Debug)]
pub enum Labs {
    /// Those on disk.
    Disk,
    /// Those on disk; the one that was worked on last stays open between commands, unlocked.
    Open(RefCell<Option<Lab>>),
    /// One in memory, and no other.
    Held(RefCell<Option<Lab>>),
}

/// What is around a command.
pub struct Room {
    streams: Streams,
    /// Where relative paths start.
    pub dir: PathBuf,
    env: Option<BTreeMap<String, String>>,
    /// The labs within reach.
    pub labs: Labs,
}

impl Room {
    /// The process's own surroundings.
    pub fn of_process() -> std::io::Result<Room> {
        let dir = std::env::current_dir()?;
        Ok(Room { streams: Streams::Process, dir, env: None, labs: Labs::Disk })
    }

    /// The process's streams, with a folder, an environment and labs of the caller's.
    pub fn at_terminal(dir: PathBuf, env: Option<BTreeMap<String, String>>, labs: Labs) -> Room {
        Room { streams: Streams::Process, dir, env, labs }
    }

    /// Output is kept, input is a text.
    pub fn kept(stdin: Vec<u8>, dir: PathBuf, env: Option<BTreeMap<String, String>>, labs: Labs) -> Room {
        let streams = Streams::Kept { printed: RefCell::new(Printed::new()), stdin: RefCell::new(Cursor::new(stdin)) };
        Room { streams, dir, env, labs }
    }

    /// What was printed, and the lab that was held or left open.
    pub fn leave(self) -> (Printed, Option<Lab>) {
        let printed = match self.streams {
            Streams::Process => Printed::new(),
            Streams::Kept { printed, .. } => printed.into_inner(),
        };
        let lab = match self.labs {
            Labs::Disk => None,
            Labs::Open(lab) | Labs::Held(lab) => lab.into_inner(),
        };
        (printed, lab)
    }

    /// Whether output goes to a terminal's width and manners, as far as the process's own does.
    pub fn is_process(&self) -> bool {
        matches!(self.streams, Streams::Process)
    }

    /// Whether no other lab is within reach than one in memory.
    pub fn is_alone(&self) -> bool {
        matches!(self.labs, Labs::Held(_))
    }

    /// A variable of the environment.
    pub fn var(&self, name: &str) -> Option<OsString> {
        match &self.env {
            None => std::env::var_os(name),
            Some(env) => env.get(name).map(Into::into),
        }
    }

    /// The environment, as far as it is text.
    pub fn env(&self) -> BTreeMap<String, String> {
        let text = |(key, value): (OsString, OsString)| Some((key.into_string().ok()?, value.into_string().ok()?));
        self.env.clone().unwrap_or_else(|| std::env::vars_os().filter_map(text).collect())
    }

    /// Whether the environment is the room's own: the process's is clap's to read.
    pub fn has_own_env(&self) -> bool {
        self.env.is_some()
    }

    /// The lab that the room's own environment names.
    pub fn lab_of_env(&self) -> Option<String> {
        let named = self.env.as_ref()?.get("STS_LAB");
        named.filter(|lab| !lab.is_empty() && !self.is_alone()).cloned()
    }

    /// Writes to one of the streams. A reader that went away (`| head`) is no failure of the command.
    pub fn write(&self, error: bool, bytes: &[u8]) {
        match &self.streams {
            Streams::Process if error => {
                let _ = std::io::stderr().lock().write_all(bytes);
            }
            Streams::Process => {
                let mut stdout = std::io::stdout().lock();
                let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
            }
            Streams::Kept { printed, .. } => {
                let mut printed = printed.borrow_mut();
                match printed.last_mut().filter(|(last, _)| *last == error) {
                    Some((_, text)) => text.extend_from_slice(bytes),
                    None => printed.push((error, bytes.to_vec())),
                }
            }
        }
    }

    /// Standard output as a stream.
    pub fn stdout(&self) -> Box<dyn Write + '_> {
        if self.is_process() { Box::new(std::io::stdout()) } else { Box::new(Port { room: self, error: false }) }
    }

    /// Standard error as a stream.
    pub fn stderr(&self) -> Box<dyn Write + '_> {
        if self.is_process() { Box::new(std::io::stderr()) } else { Box::new(Port { room: self, error: true }) }
    }

    /// Standard input.
    pub fn stdin(&self) -> Box<dyn Read + '_> {
        match &self.streams {
            Streams::Process => Box::new(std::io::stdin()),
            Streams::Kept { stdin, .. } => Box::new(Given(stdin)),
        }
    }

    /// Which of standard input, output and error are terminals.
    pub fn terminals(&self) -> [bool; 3] {
        match self.streams {
            Streams::Process => {
                [std::io::stdin().is_terminal(), std::io::stdout().is_terminal(), std::io::stderr().is_terminal()]
            }
            Streams::Kept { .. } => [false; 3],
        }
    }
}

/// A stream of a room.
struct Port<'r> {
    room: &'r Room,
    error: bool,
}

impl Write for Port<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.room.write(self.error, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The standard input of a room.
struct Given<'r>(&'r RefCell<Cursor<Vec<u8>>>);

impl Read for Given<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().read(into)
    }
}

/// One command line, in a room.
#[derive(Clone, Copy)]
pub struct Desk<'r> {
    /// What was typed, parsed.
    pub cli: &'r Cli,
    /// What is around it.
    pub room: &'r Room,
}

impl Desk<'_> {
    /// Writes results.
    pub fn out(&self, text: &str) {
        self.room.write(false, text.as_bytes());
    }

    /// Writes a notice.
    pub fn note(&self, text: &str) {
        self.room.write(true, text.as_bytes());
    }

    /// How standard output looks.
    pub fn look(&self) -> Look {
        look::of_stdout(self)
    }

    /// Whether standard error shows colours.
    pub fn err_color(&self) -> bool {
        look::of_stderr(self)
    }

    /// Where relative paths start.
    pub fn dir(&self) -> PathBuf {
        self.room.dir.clone()
    }

    /// Standard input.
    pub fn stdin(&self) -> Box<dyn Read + '_> {
        self.room.stdin()
    }

    /// Whether somebody sits there: both ends are a terminal.
    pub fn is_terminal(&self) -> bool {
        let [stdin, stdout, _] = self.room.terminals();
        stdin && stdout
    }
}
