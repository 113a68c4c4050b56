//! A small POSIX shell with the commands that people use to look around in a container. It decides nothing about the
//! cluster: what it reads comes from [`World`], and what it writes goes there.

mod builtin;
mod condition;
mod expand;
mod lex;
mod parse;
mod pattern;
mod run;
mod sum;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use run::prompt_of;

use super::files::{Errno, View};
use super::inside::{Around, Inside};
use super::streams::{Input, Output};
use crate::cluster::disk::{Change, Content, DiskId};

/// What a shell acts on.
pub trait World {
    /// What is around the container now.
    fn around(&self) -> Around<'_>;

    /// Writes on a disk.
    fn write(&mut self, id: DiskId, change: Change);

    /// Lets time pass. `false` if the process does not live to see it.
    fn pass(&mut self, time: Duration) -> bool;

    /// How many commands it may run.
    fn patience(&self) -> u32;
}

/// Why a shell does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// It exits with this code.
    Exit(i32),
    /// Its container was ended, or its time is over.
    Killed,
    /// It leaves so many loops.
    Break(u32),
    /// It goes on with the next turn of a loop.
    Continue(u32),
}

/// A shell at work.
pub struct Shell<'w> {
    /// The world.
    pub world: &'w mut dyn World,
    /// The container.
    pub inside: Inside,
    /// The working directory.
    pub directory: String,
    /// The first command that the lab does not know, if there was one.
    pub unknown: Option<String>,
    /// Why it does not go on, if it does not.
    pub halt: Option<Halt>,
    /// The exit code of the last command.
    pub status: i32,
    variables: BTreeMap<String, String>,
    exported: BTreeSet<String>,
    /// `$0`, `$1` and so on.
    arguments: Vec<String>,
    exit_on_error: bool,
    steps: u32,
    depth: u32,
}

impl<'w> Shell<'w> {
    /// A shell in a container, in the directory in which its commands start.
    pub fn new(world: &'w mut dyn World, inside: Inside) -> Shell<'w> {
        let directory = inside.spec["workingDir"].as_str().filter(|dir| !dir.is_empty()).unwrap_or("/").to_string();
        let variables: BTreeMap<String, String> = inside.env.iter().cloned().collect();
        Shell {
            world,
            directory,
            unknown: None,
            halt: None,
            status: 0,
            exported: variables.keys().cloned().collect(),
            variables,
            arguments: vec!["sh".into()],
            exit_on_error: false,
            steps: 0,
            depth: 0,
            inside,
        }
    }

    /// How many commands it has run.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Whether it was stopped because it ran too many.
    #[must_use]
    pub fn is_tired(&self) -> bool {
        self.steps > self.world.patience()
    }

    /// Its files.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View { inside: &self.inside, around: self.world.around() }
    }

    /// An absolute path.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        super::files::absolute(&self.directory, path)
    }

    /// Puts a file or directory somewhere.
    pub fn put(&mut self, path: &str, content: Content) -> Result<(), Errno> {
        let (id, change) = self.view().put(&self.path(path), content)?;
        self.world.write(id, change);
        Ok(())
    }

    /// Adds to the end of a file.
    pub fn append(&mut self, path: &str, text: &str) -> Result<(), Errno> {
        let (id, change) = self.view().append(&self.path(path), text)?;
        self.world.write(id, change);
        Ok(())
    }

    /// Removes a file or directory.
    pub fn remove(&mut self, path: &str) -> Result<(), Errno> {
        let (id, change) = self.view().remove(&self.path(path))?;
        self.world.write(id, change);
        Ok(())
    }

    /// The text of a file, or of standard input for `-`.
    pub fn read(&self, path: &str, input: &mut Input<'_>) -> Result<String, Errno> {
        if path == "-" || path == "/dev/stdin" {
            return Ok(input.all());
        }
        if path == "/dev/null" {
            return Ok(String::new());
        }
        self.view().read(&self.path(path))
    }

    /// Lets time pass, if the container lives to see it.
    pub fn pass(&mut self, time: Duration) {
        if !self.world.pass(time) {
            self.halt = Some(Halt::Killed);
        }
    }

    /// The variables that commands see.
    pub fn exported(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = self.inside.env.iter().map(|(name, _)| name.as_str());
        let added = self.exported.iter().map(String::as_str).filter(|name| self.inside.variable(name).is_none());
        known.chain(added).filter_map(|name| Some((name, self.variables.get(name)?.as_str())))
    }

    /// Runs a command as a container runtime does: no shell reads its words.
    pub fn exec(&mut self, words: &[String], input: &mut Input<'_>, out: &mut Output) -> i32 {
        self.status = self.command(words, input, out);
        self.code()
    }

    /// Runs a script.
    pub fn script(&mut self, text: &str, input: &mut Input<'_>, out: &mut Output) -> i32 {
        self.source(text, input, out);
        self.code()
    }

    fn code(&self) -> i32 {
        match self.halt {
            Some(Halt::Exit(code)) => code,
            Some(Halt::Killed) => 137,
            _ => self.status,
        }
    }
}
