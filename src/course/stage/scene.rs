//! The one implementation of [`Stage`]: a [`Program`] with a shell around it, and the lines that were typed. Lines without
//! shell in them go to the program at once.

use super::host::Host;
use super::{Program, Ran, Stage};
use crate::cluster::disk::Content;
use crate::container::{Input, Output, Outside, Shell, State, absolute, plain};
use crate::course::content::Start;
use crate::lab::Lab;

/// A stage.
pub struct Scene<P> {
    program: P,
    state: State,
    typed: Vec<String>,
    /// How many inputs of the lab's journal are known to be of lines typed here, or are taken in.
    known: usize,
    left: bool,
    /// Words that mean `sts-lab WORD`.
    verbs: Vec<String>,
}

impl<P: Program + 'static> Scene<P> {
    /// A stage on a program's lab, on which nothing was typed yet.
    pub fn new(program: P, state: State) -> Scene<P> {
        let known = program.lab().entries().len();
        Scene { program, state, typed: Vec::new(), known, left: false, verbs: Vec::new() }
    }

    /// Puts the files of a start in place and runs its lines. An error names the line that failed and what it said.
    pub fn set_up(&mut self, start: &Start) -> Result<(), String> {
        for (name, file) in &start.files {
            let text = file.text().ok_or_else(|| format!("{name}: no such manifest comes with sts-lab"))?;
            self.put(name, text);
        }
        for line in &start.setup {
            let ran = self.run(&line.0);
            if ran.code != 0 {
                return Err(format!("setup: `{}` failed with code {}: {}", line.0, ran.code, ran.text.trim_end()));
            }
        }
        self.typed.clear();
        Ok(())
    }

    /// The program.
    pub fn program(&mut self) -> &mut P {
        &mut self.program
    }

    /// Takes words as verbs of `sts-lab` wherever the shell has no program of that name.
    pub fn also(&mut self, verbs: Vec<String>) {
        self.verbs = verbs;
    }

    /// Whether a line was `exit`.
    pub fn is_left(&self) -> bool {
        self.left
    }

    /// What the shell keeps between lines.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The words of a call of `kubectl` or `sts-lab` that needs no shell.
    #[must_use]
    pub fn call_of(line: &str) -> Option<Vec<String>> {
        plain(line).filter(|words| words.first().is_some_and(|word| matches!(word.as_str(), "kubectl" | "sts-lab")))
    }

    /// Runs a call at once. `by` carries it out; it is given the call as the shell would make it.
    pub fn call(&mut self, words: &[String], by: impl FnOnce(&mut P, &Outside<'_>) -> i32) -> i32 {
        let State { directory, exported, variables, .. } = &self.state;
        let own = |name: &String| Some((name.clone(), variables.get(name)?.clone()));
        let env = exported.iter().filter_map(own).collect();
        self.state.status = by(&mut self.program, &Outside { words, directory, env: &env });
        self.state.status
    }

    /// Keeps a line as typed, and what it did as known.
    pub fn note(&mut self, line: &str) {
        self.typed.push(line.to_string());
        self.known = self.program.lab().entries().len();
    }

    fn carry_out(&mut self, line: &str) -> Ran {
        match Self::call_of(line) {
            Some(words) => {
                let mut out = Output::default();
                let code = self.call(&words, |program, call| program.call(call, "", &mut out));
                Ran::of(code, out)
            }
            None => self.script(line),
        }
    }

    fn script(&mut self, text: &str) -> Ran {
        let mut host = Host::new(&mut self.program, &self.verbs);
        let mut out = Output::default();
        let mut shell = Shell::outside(&mut host, self.state.clone());
        let code = shell.script(text, &mut Input::default(), &mut out);
        if shell.is_killed() {
            let why = if shell.is_tired() { "it ran too many commands" } else { "a day has passed" };
            out.error(format!("sts-lab: the line was stopped: {why}\n"));
        }
        self.left = shell.is_left();
        self.state = shell.state();
        Ran::of(code, out)
    }
}

impl<P: Program + 'static> Stage for Scene<P> {
    fn run(&mut self, line: &str) -> Ran {
        let line = line.trim();
        let ran = match line.strip_prefix("! ") {
            Some(rest) => {
                let mut ran = self.carry_out(rest.trim_start());
                ran.code = i32::from(ran.code == 0);
                ran
            }
            None => self.carry_out(line),
        };
        self.note(line);
        ran
    }

    fn lab(&self) -> &Lab {
        self.program.lab()
    }

    fn put(&mut self, file: &str, text: &str) {
        let path = absolute(&self.state.directory, file);
        for (at, _) in path.match_indices('/').skip(1) {
            // A folder that is there already is what is wanted.
            let _ = self.program.files_mut().put(&path[..at], Content::Directory);
        }
        // Content's names of files are checked when it is read; nothing else can go wrong in a folder of the stage's own.
        let _ = self.program.files_mut().put(&path, Content::Text(text.to_string()));
    }

    fn file(&self, name: &str) -> Option<String> {
        match self.program.files().get(&absolute(&self.state.directory, name)).ok()?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    fn typed(&self) -> &[String] {
        &self.typed
    }

    fn copy(&self) -> Result<Box<dyn Stage>, String> {
        let program = self.program.copy()?;
        let (state, typed) = (self.state.clone(), self.typed.clone());
        Ok(Box::new(Scene { program, state, typed, known: self.known, left: false, verbs: Vec::new() }))
    }

    fn refresh(&mut self) -> Result<(), String> {
        self.program.refresh()?;
        let entries = self.program.lab().entries();
        for entry in entries.get(self.known..).unwrap_or_default() {
            let words = entry.words.join(" ");
            let own = entry.words.first().is_some_and(|word| word == "kubectl");
            self.typed.push(if own { words } else { format!("sts-lab {words}") });
        }
        self.known = entries.len();
        Ok(())
    }
}
