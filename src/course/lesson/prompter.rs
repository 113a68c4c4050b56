//! Whom a lesson talks to: a person at a terminal, a pipe, or a script that plays answers.

use std::collections::VecDeque;

use super::super::content::{Action, Question, Step};
use crate::view::style::Look;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line.
    Line(String),
    /// Nothing more comes.
    End,
}

/// Whom a lesson talks to.
pub trait Prompter {
    /// What it is written on.
    fn look(&self) -> Look;
    /// Says something.
    fn say(&mut self, text: &str);
    /// Waits until a page is read; what does not read does not wait.
    fn pause(&mut self) -> Heard;
    /// Asks for a line.
    fn hear(&mut self, prompt: &str) -> Heard;
    /// Tells which step begins; only scripts need to know.
    fn step(&mut self, _index: usize, _step: &Step) {}
}

/// A script: it answers each step as its author would, or from a list.
#[derive(Debug)]
pub struct Script {
    look: Look,
    /// The answers that are left.
    lines: VecDeque<String>,
    /// Whether they come from the steps themselves.
    model: bool,
    /// Whether it asks for all hints first.
    hints: bool,
    /// All that was said.
    pub said: String,
}

impl Script {
    /// One that plays the model answers.
    #[must_use]
    pub fn model(look: Look) -> Script {
        Script { model: true, ..Script::lines(look, []) }
    }

    /// One that asks for every hint before it plays the model answer.
    #[must_use]
    pub fn curious(look: Look) -> Script {
        Script { hints: true, ..Script::model(look) }
    }

    /// One that plays these lines.
    #[must_use]
    pub fn lines(look: Look, lines: impl IntoIterator<Item = String>) -> Script {
        let lines = lines.into_iter().collect();
        Script { look, lines, model: false, hints: false, said: String::new() }
    }
}

impl Prompter for Script {
    fn look(&self) -> Look {
        self.look
    }

    fn say(&mut self, text: &str) {
        self.said.push_str(text);
    }

    fn pause(&mut self) -> Heard {
        Heard::Line(String::new())
    }

    fn hear(&mut self, prompt: &str) -> Heard {
        let Some(line) = self.lines.pop_front() else { return Heard::End };
        self.say(&format!("{}\n", format!("{prompt}{line}").trim_end()));
        Heard::Line(line)
    }

    fn step(&mut self, _index: usize, step: &Step) {
        if !self.model {
            return;
        }
        self.lines.clear();
        if self.hints {
            self.lines.extend(step.hints.iter().map(|_| "hint".to_string()));
        }
        self.lines.extend(model_answer(step));
    }
}

/// What somebody types who knows the answer.
#[must_use]
pub fn model_answer(step: &Step) -> Vec<String> {
    match &step.action {
        Action::Tell(_) | Action::Show(_) => Vec::new(),
        Action::Predict(predict) if predict.answer.0.is_empty() => vec!["none".into()],
        Action::Predict(predict) => predict.answer.0.iter().map(|row| row.join(" ")).chain([String::new()]).collect(),
        Action::Do(act) => act.solution.iter().map(|line| line.0.trim().to_string()).collect(),
        Action::Ask(ask) => match &ask.answer {
            Question::Choice(options) | Question::Several(options) => {
                let right = options.iter().enumerate().filter(|(_, option)| option.right);
                let numbers: Vec<String> = right.map(|(index, _)| (index + 1).to_string()).collect();
                vec![if numbers.is_empty() { "none".into() } else { numbers.join(" ") }]
            }
            Question::Text { answer, .. } => vec![answer.split_whitespace().collect::<Vec<_>>().join(" ")],
            Question::Order { right, .. } => {
                let shuffled = super::ask::shuffled(right);
                let place = |item: &String| shuffled.iter().position(|other| other == item).unwrap_or(0) + 1;
                vec![right.iter().map(|item| place(item).to_string()).collect::<Vec<_>>().join(" ")]
            }
        },
    }
}
