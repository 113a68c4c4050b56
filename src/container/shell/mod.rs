//! A small POSIX shell with the commands that people use to look around in a container. It decides nothing about the
//! cluster: what it reads comes from [`World`], and what it writes goes there.

mod builtin;
mod condition;
mod expand;
mod files;
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

use super::files::Files;
use super::inside::{Around, Inside};
use super::streams::{Input, Output};
use crate::cluster::disk::{Change, DiskId};

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

    /// Whether nothing is known of what comes after a program that the lab does not have.
    fn gives_up(&self, program: &str) -> bool {
        let _ = program;
        false
    }

    /// The files, if they are not a container's.
    fn files(&self) -> Option<&dyn Files> {
        None
    }

    /// The same, to be written.
    fn files_mut(&mut self) -> Option<&mut dyn Files> {
        None
    }

    /// Runs a program that the shell does not have; `None` if there is none of this name here either.
    fn call(&mut self, call: &Outside<'_>, input: &mut Input<'_>, out: &mut Output) -> Option<i32> {
        let _ = (call, input, out);
        None
    }
}

/// A call of a program that is none of the shell's own.
#[derive(Clone, Copy, Debug)]
pub struct Outside<'c> {
    /// Its words; the first is its name.
    pub words: &'c [String],
    /// Where it starts.
    pub directory: &'c str,
    /// The variables that it sees.
    pub env: &'c BTreeMap<String, String>,
}

/// What a shell outside of containers keeps from one line to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The working directory.
    pub directory: String,
    /// The exit code of the last command.
    pub status: i32,
    /// Variables.
    pub variables: BTreeMap<String, String>,
    /// Those that programs see.
    pub exported: BTreeSet<String>,
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
    /// The container, if it is in one.
    container: Option<Inside>,
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
            container: Some(inside),
        }
    }

    /// A shell outside of containers.
    pub fn outside(world: &'w mut dyn World, state: State) -> Shell<'w> {
        Shell {
            world,
            directory: state.directory,
            unknown: None,
            halt: None,
            status: state.status,
            exported: state.exported,
            variables: state.variables,
            arguments: vec!["sh".into()],
            exit_on_error: false,
            steps: 0,
            depth: 0,
            container: None,
        }
    }

    /// What the next line of such a shell begins with.
    #[must_use]
    pub fn state(self) -> State {
        State { directory: self.directory, status: self.status, variables: self.variables, exported: self.exported }
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.halt == Some(Halt::Killed)
    }

    /// Whether it was left, with `exit`.
    #[must_use]
    pub fn is_left(&self) -> bool {
        matches!(self.halt, Some(Halt::Exit(_)))
    }

    /// The container. Only programs that containers alone have ask for it.
    pub(super) fn inside(&self) -> &Inside {
        self.container.as_ref().expect("this program is found in containers only")
    }

    /// Whether it is in a container.
    pub(super) fn is_inside(&self) -> bool {
        self.container.is_some()
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

    /// Lets time pass, if the container lives to see it.
    pub fn pass(&mut self, time: Duration) {
        if !self.world.pass(time) {
            self.halt = Some(Halt::Killed);
        } else if let Some(inside) = &mut self.container {
            inside.refresh(self.world.around());
        }
    }

    /// The variables that commands see.
    pub fn exported(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self.container.as_ref().map_or(&[][..], |inside| &inside.env);
        let known = given.iter().map(|(name, _)| name.as_str());
        let own = |name: &&str| self.container.as_ref().is_none_or(|inside| inside.variable(name).is_none());
        let added = self.exported.iter().map(String::as_str).filter(own);
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
