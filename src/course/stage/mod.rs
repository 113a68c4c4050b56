//! Where the lines of lessons, exercises, drills and scripts run: a lab, a folder of files, and a shell that knows
//! `kubectl …`, `sts-lab …` and the usual small programs. What a line prints is captured. It decides nothing about what a
//! verb does: that is the command line's, handed in as a [`Program`].

mod host;
mod judge;
mod scene;

use std::path::Path;
use std::time::Duration;

pub use judge::{judge, judge_typed};
pub use scene::Scene;

use super::content::Start;
use crate::cluster::Cluster;
use crate::container::{Files, Output, Outside};
use crate::lab::Lab;

/// What a line came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Both, as they came.
    pub text: String,
}

impl Ran {
    /// A code, and what was printed.
    #[must_use]
    pub fn of(code: i32, out: Output) -> Ran {
        let mut ran = Ran { code, ..Ran::default() };
        for chunk in out.chunks {
            ran.text.push_str(&chunk.text);
            (if chunk.error { &mut ran.stderr } else { &mut ran.stdout }).push_str(&chunk.text);
        }
        ran
    }

    /// A line that was refused, with the words that say why.
    #[must_use]
    pub fn refused(code: i32, why: &str) -> Ran {
        Ran { code, stdout: String::new(), stderr: why.to_string(), text: why.to_string() }
    }
}

/// A moment on a stage, from which on checks look: what happened since, what was typed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// How many changes the lab's history had.
    pub change: u32,
    /// How many lines were typed.
    pub line: usize,
}

/// Where lines run.
pub trait Stage {
    /// Runs a line as a person types it. `! line` is one that must fail: its code is 0 if it does.
    fn run(&mut self, line: &str) -> Ran;

    /// The lab.
    fn lab(&self) -> &Lab;

    /// The cluster.
    fn cluster(&self) -> &Cluster {
        &self.lab().cluster
    }

    /// Puts a file into the working directory.
    fn put(&mut self, file: &str, text: &str);

    /// A file of the working directory.
    fn file(&self, name: &str) -> Option<String>;

    /// The lines typed so far, also in another terminal as far as they wrote something.
    fn typed(&self) -> &[String];

    /// Looks whether another terminal has changed the lab meanwhile, and takes that in.
    fn refresh(&mut self) -> Result<(), String>;

    /// A stage in memory that is as this one is now: what is done there changes nothing here.
    fn copy(&self) -> Result<Box<dyn Stage>, String>;

    /// Now.
    fn mark(&self) -> Mark {
        Mark { change: self.cluster().api.store.history.len() as u32, line: self.typed().len() }
    }
}

/// Makes stages. The command line implements it; all above gets it as a parameter.
pub trait Stages {
    /// A stage on a new lab in memory, of which nothing is kept.
    fn fresh(&self, start: &Start) -> Result<Box<dyn Stage>, String>;

    /// A stage on a lab on disk, by its name or folder; `None` is the one in use. Its files are those of the folder in
    /// which the person works.
    fn on_disk(&self, lab: Option<&str>) -> Result<Box<dyn Stage>, String>;

    /// A stage on a lab on disk with a folder of its own for the files. With a start it begins anew: what was in the lab
    /// before is gone.
    fn kept(&self, lab: &str, files: &Path, anew: Option<&Start>) -> Result<Box<dyn Stage>, String>;

    /// A stage on a lab in memory, without files.
    fn of(&self, lab: Lab) -> Result<Box<dyn Stage>, String>;
}

/// The programs `kubectl` and `sts-lab`, and the lab and the files that they work on.
pub trait Program {
    /// Runs one of them.
    fn call(&mut self, call: &Outside<'_>, stdin: &str, out: &mut Output) -> i32;

    /// Lets virtual time pass, as `sleep` does.
    fn pass(&mut self, time: Duration);

    /// The lab.
    fn lab(&self) -> &Lab;

    /// Takes in what other terminals did.
    fn refresh(&mut self) -> Result<(), String>;

    /// The files.
    fn files(&self) -> &dyn Files;

    /// The files, to be written.
    fn files_mut(&mut self) -> &mut dyn Files;

    /// The same programs on a copy of the lab in memory.
    fn copy(&self) -> Result<Self, String>
    where
        Self: Sized;
}
