//! The one implementation of [`Stage`]: a [`Program`] with a shell around it, and the lines that were typed.

use super::words::plain;
use super::{Program, Ran, Stage};
use crate::course::content::Start;
use crate::lab::Lab;

/// A stage.
pub struct Scene<P> {
    program: P,
    typed: Vec<String>,
}

impl<P: Program + 'static> Scene<P> {
    /// A stage on a program's lab, on which nothing was typed yet.
    pub fn new(program: P) -> Scene<P> {
        Scene { program, typed: Vec::new() }
    }

    /// Puts the files of a start in place and runs its lines. An error names the line that failed and what it said.
    pub fn set_up(&mut self, start: &Start) -> Result<(), String> {
        for (name, file) in &start.files {
            let text = file.text().ok_or_else(|| format!("{name}: no such manifest comes with sts-lab"))?;
            self.program.put(name, text);
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

    fn carry_out(&mut self, line: &str) -> Ran {
        match plain(line) {
            Some(words) if words.is_empty() => Ran::default(),
            Some(words) if matches!(words[0].as_str(), "kubectl" | "sts-lab") => self.program.call(&words, ""),
            _ => Ran::refused(127, "sts-lab: only `kubectl …` and `sts-lab …` can be run here\n"),
        }
    }
}

impl<P: Program + 'static> Stage for Scene<P> {
    fn run(&mut self, line: &str) -> Ran {
        let line = line.trim();
        self.typed.push(line.to_string());
        match line.strip_prefix("! ") {
            Some(rest) => {
                let mut ran = self.carry_out(rest);
                ran.code = i32::from(ran.code == 0);
                ran
            }
            None => self.carry_out(line),
        }
    }

    fn lab(&self) -> &Lab {
        self.program.lab()
    }

    fn put(&mut self, file: &str, text: &str) {
        self.program.put(file, text);
    }

    fn file(&self, name: &str) -> Option<String> {
        self.program.file(name)
    }

    fn typed(&self) -> &[String] {
        &self.typed
    }

    fn copy(&self) -> Result<Box<dyn Stage>, String> {
        Ok(Box::new(Scene { program: self.program.copy()?, typed: self.typed.clone() }))
    }

    fn refresh(&mut self) -> Result<(), String> {
        self.program.refresh()
    }
}
