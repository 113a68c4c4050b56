//! The person who takes a lesson: at a terminal, or behind a pipe whose lines are their answers. Everything is typed as a
//! line, and everything that a colour says a word says too: it works over any connection, and with a screen reader.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use dialoguer::{BasicHistory, Input, theme::Theme};

use super::super::desk::Desk;
use crate::course::lesson::prompter::{Heard, Prompter};
use crate::view::style::{Look, Tone};

/// Lines that are remembered.
const REMEMBERED: usize = 200;

/// Who types.
pub struct Person<'d> {
    desk: Desk<'d>,
    look: Look,
    /// Lines of a pipe; none at a terminal.
    lines: Option<BufReader<Box<dyn Read + 'd>>>,
    history: BasicHistory,
    /// Given answers, if they come from a file.
    given: Option<VecDeque<String>>,
}

impl<'d> Person<'d> {
    /// Whoever sits there; `answers` are typed for them.
    pub fn new(desk: &'d Desk<'d>, answers: Option<Vec<String>>) -> Person<'d> {
        let lines = (!desk.is_terminal()).then(|| BufReader::new(desk.stdin()));
        let history = BasicHistory::new().max_entries(REMEMBERED).no_duplicates(true);
        Person { desk: *desk, look: desk.look(), lines, history, given: answers.map(VecDeque::from) }
    }
}

/// A prompt as it is given, with nothing added.
struct Bare;

impl Theme for Bare {
    fn format_input_prompt(&self, f: &mut dyn fmt::Write, prompt: &str, _: Option<&str>) -> fmt::Result {
        f.write_str(prompt)
    }

    fn format_input_prompt_selection(&self, f: &mut dyn fmt::Write, prompt: &str, line: &str) -> fmt::Result {
        write!(f, "{prompt}{line}")
    }
}

impl Prompter for Person<'_> {
    fn look(&self) -> Look {
        self.look
    }

    fn say(&mut self, text: &str) {
        self.desk.out(text);
    }

    fn pause(&mut self) -> Heard {
        if self.lines.is_some() || self.given.is_some() {
            return Heard::Line(String::new());
        }
        let prompt = self.look.paint("Enter goes on ", Tone::Faint);
        self.desk.out("\n");
        match Input::<String>::with_theme(&Bare).with_prompt(prompt).allow_empty(true).report(false).interact_text() {
            Ok(line) => Heard::Line(line),
            Err(_) => Heard::Line("quit".into()),
        }
    }

    fn hear(&mut self, prompt: &str) -> Heard {
        if let Some(given) = &mut self.given {
            let Some(line) = given.pop_front() else { return Heard::End };
            self.desk.out(&format!("{}\n", format!("{prompt}{line}").trim_end()));
            return Heard::Line(line);
        }
        let Some(lines) = &mut self.lines else {
            let input = Input::<String>::with_theme(&Bare).with_prompt(prompt).allow_empty(true);
            return match input.history_with(&mut self.history).interact_text() {
                Ok(line) => Heard::Line(line),
                // An interrupted or closed terminal is the end.
                Err(_) => Heard::Line("quit".into()),
            };
        };
        let mut line = String::new();
        match lines.read_line(&mut line) {
            Ok(0) | Err(_) => Heard::End,
            Ok(_) => {
                let line = line.trim_end_matches(['\n', '\r']).to_string();
                self.desk.out(&format!("{}\n", format!("{prompt}{line}").trim_end()));
                Heard::Line(line)
            }
        }
    }
}

/// Nobody: the model answers are played.
pub struct Model<'d> {
    desk: Desk<'d>,
    look: Look,
    lines: VecDeque<String>,
}

impl<'d> Model<'d> {
    /// Answers as the author of the lesson would.
    pub fn new(desk: &'d Desk<'d>) -> Model<'d> {
        Model { desk: *desk, look: desk.look(), lines: VecDeque::new() }
    }
}

impl Prompter for Model<'_> {
    fn look(&self) -> Look {
        self.look
    }

    fn say(&mut self, text: &str) {
        self.desk.out(text);
    }

    fn pause(&mut self) -> Heard {
        Heard::Line(String::new())
    }

    fn hear(&mut self, prompt: &str) -> Heard {
        let Some(line) = self.lines.pop_front() else { return Heard::End };
        self.desk.out(&format!("{}\n", format!("{prompt}{line}").trim_end()));
        Heard::Line(line)
    }

    fn step(&mut self, _index: usize, step: &crate::course::content::Step) {
        self.lines = crate::course::lesson::prompter::model_answer(step).into();
    }
}
