//! The person who is asked: at a terminal, or behind a pipe whose lines are their answers.

use std::io::{BufRead, BufReader, Read};

use crate::cli::desk::Desk;
use crate::course::drill::learner::Learner;
use crate::resource::Time;

/// Who types.
pub struct Person<'d> {
    desk: Desk<'d>,
    /// Lines of a pipe; none at a terminal.
    lines: Option<BufReader<Box<dyn Read + 'd>>>,
    /// The moment that it always is, if it was said.
    now: Option<Time>,
    /// Whether nothing is shown.
    quiet: bool,
}

impl<'d> Person<'d> {
    /// Whoever sits there.
    pub fn new(desk: &'d Desk<'d>, now: Option<Time>) -> Person<'d> {
        let lines = (!desk.is_terminal()).then(|| BufReader::new(desk.stdin()));
        Person { desk: *desk, lines, now, quiet: false }
    }

    /// Shows nothing if so: what comes out is for programs.
    pub fn quiet(self, quiet: bool) -> Person<'d> {
        Person { quiet, ..self }
    }
}

/// What time it is, or was said to be.
pub fn clock(now: Option<Time>) -> Time {
    now.unwrap_or_else(|| Time(jiff::Timestamp::now().as_microsecond()))
}

impl Learner for Person<'_> {
    fn tell(&mut self, text: &str) {
        if !self.quiet {
            self.desk.out(text);
        }
    }

    fn answer(&mut self, prompt: &str) -> Option<String> {
        let Some(lines) = &mut self.lines else {
            // An interrupted or closed terminal is the end.
            return dialoguer::Input::<String>::new().with_prompt(prompt).allow_empty(true).interact_text().ok();
        };
        let mut line = String::new();
        match lines.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => {
                let line = line.trim_end_matches(['\n', '\r']).to_string();
                self.tell(&format!("{prompt}: {line}\n"));
                Some(line)
            }
        }
    }

    fn is_present(&self) -> bool {
        self.lines.is_none()
    }

    fn now(&mut self) -> Time {
        clock(self.now)
    }
}
