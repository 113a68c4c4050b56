//! The person who learns: at a terminal, behind a pipe whose lines are their answers, or played by answers that were given
//! beforehand. Everything can be typed as a line, and everything that a colour says a word says too: it works over any
//! connection, and with a screen reader. At a terminal, what there is to choose from is picked from a menu.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use dialoguer::{BasicHistory, Input, theme::Theme};

use super::desk::Desk;
use super::menu;
use crate::course::learner::{Heard, Learner, Menu};
use crate::resource::Time;
use crate::view::style::{Look, Tone};

/// Lines that are remembered.
const REMEMBERED: usize = 200;

/// Who types.
pub struct Person<'d> {
    desk: Desk<'d>,
    look: Look,
    answers: Answers<'d>,
    /// The moment that it always is, if it was said.
    now: Option<Time>,
    /// Whether nothing is shown.
    quiet: bool,
}

/// Where answers come from.
enum Answers<'d> {
    Terminal(BasicHistory),
    Pipe(BufReader<Box<dyn Read + 'd>>),
    /// Lines that were given.
    Given(VecDeque<String>),
    /// The model answers of what is asked.
    Model(VecDeque<String>),
}

impl<'d> Person<'d> {
    /// Whoever sits there.
    pub fn new(desk: &'d Desk<'d>) -> Person<'d> {
        let answers = if desk.is_terminal() {
            Answers::Terminal(BasicHistory::new().max_entries(REMEMBERED).no_duplicates(true))
        } else {
            Answers::Pipe(BufReader::new(desk.stdin()))
        };
        Person { desk: *desk, look: desk.look(), answers, now: None, quiet: false }
    }

    /// Somebody for whom these lines are typed.
    pub fn given(desk: &'d Desk<'d>, lines: Vec<String>) -> Person<'d> {
        Person { answers: Answers::Given(lines.into()), ..Person::new(desk) }
    }

    /// Nobody: the model answers are played.
    pub fn model(desk: &'d Desk<'d>) -> Person<'d> {
        Person { answers: Answers::Model(VecDeque::new()), ..Person::new(desk) }
    }

    /// The same, at a moment that stays, if one is said.
    pub fn at(self, now: Option<Time>) -> Person<'d> {
        Person { now, ..self }
    }

    /// Shows nothing if so: what comes out is for programs.
    pub fn quiet(self, quiet: bool) -> Person<'d> {
        Person { quiet, ..self }
    }

    /// Whether what there is to choose from is a menu: where it can be drawn, and nobody asked for plain text.
    fn has_menus(&self) -> bool {
        let dumb = self.desk.room.var("TERM").is_some_and(|term| term == "dumb");
        self.is_present() && self.desk.room.terminals()[2] && !self.desk.cli.plain && !dumb
    }
}

/// What time it is, or was said to be.
pub fn clock(now: Option<Time>) -> Time {
    now.unwrap_or_else(|| Time(jiff::Timestamp::now().as_microsecond()))
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

impl Learner for Person<'_> {
    fn look(&self) -> Look {
        self.look
    }

    fn say(&mut self, text: &str) {
        if !self.quiet {
            self.desk.out(text);
        }
    }

    fn hear(&mut self, prompt: &str) -> Heard {
        let line = match &mut self.answers {
            Answers::Terminal(history) => {
                let input = Input::<String>::with_theme(&Bare).with_prompt(prompt).allow_empty(true);
                // An interrupted or closed terminal is the end.
                let line = input.history_with(history).interact_text().unwrap_or_else(|_| "quit".into());
                return Heard::Line(line);
            }
            Answers::Pipe(lines) => {
                let mut line = String::new();
                let read = lines.read_line(&mut line).unwrap_or(0);
                (read > 0).then(|| line.trim_end_matches(['\n', '\r']).to_string())
            }
            Answers::Given(lines) | Answers::Model(lines) => lines.pop_front(),
        };
        let Some(line) = line else { return Heard::End };
        self.say(&format!("{}\n", format!("{prompt}{line}").trim_end()));
        Heard::Line(line)
    }

    fn choose(&mut self, menu: &mut Menu) -> Heard {
        let picked = if self.has_menus() && !menu.items.is_empty() { menu::pick(menu, self.look) } else { None };
        let Some(picked) = picked else {
            self.say(&menu.to_type());
            return self.hear(menu.prompt);
        };
        let line = menu.line(&picked);
        self.say(&format!("{}{}{line}\n", menu.page(), menu.prompt));
        Heard::Line(line)
    }

    fn pause(&mut self) -> Heard {
        if !self.is_present() {
            return Heard::Line(String::new());
        }
        let prompt = self.look.paint("Enter goes on ", Tone::Faint);
        self.desk.out("\n");
        let input = Input::<String>::with_theme(&Bare).with_prompt(prompt).allow_empty(true).report(false);
        Heard::Line(input.interact_text().unwrap_or_else(|_| "quit".into()))
    }

    fn is_present(&self) -> bool {
        matches!(self.answers, Answers::Terminal(_))
    }

    fn now(&mut self) -> Time {
        clock(self.now)
    }

    fn cue(&mut self, _: usize, answer: Vec<String>) {
        if let Answers::Model(lines) = &mut self.answers {
            *lines = answer.into();
        }
    }
}
