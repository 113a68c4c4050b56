//! Whom lessons, drills and myths talk to: a person at a terminal, a pipe, or a script that plays answers. All that a
//! learner is shown and asked goes through here; where it is shown and how they answer is for the command line to know.

use std::collections::VecDeque;
use std::time::Duration;

use crate::resource::Time;
use crate::view::style::Look;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line.
    Line(String),
    /// Nothing more comes.
    End,
}

impl Heard {
    /// The line; none if nothing more comes, or if they want to stop.
    #[must_use]
    pub fn unless_quit(self) -> Option<String> {
        match self {
            Heard::Line(line) if line.trim() != "quit" => Some(line),
            _ => None,
        }
    }
}

/// Somebody who learns.
pub trait Learner {
    /// What it is written on.
    fn look(&self) -> Look;

    /// Says something.
    fn say(&mut self, text: &str);

    /// Asks for a line.
    fn hear(&mut self, prompt: &str) -> Heard;

    /// Asks for something out of a menu. What is picked comes back as the line that says it, as if it had been typed.
    fn choose(&mut self, menu: &mut Menu) -> Heard {
        self.say(&menu.to_type());
        self.hear(menu.prompt)
    }

    /// Waits until a page is read; what does not read does not wait.
    fn pause(&mut self) -> Heard {
        Heard::Line(String::new())
    }

    /// Whether they can be asked back; a script of answers should not need to know when.
    fn is_present(&self) -> bool;

    /// What time it is.
    fn now(&mut self) -> Time;

    /// Tells how many hints there are for what comes next, and what somebody types who knows it; only scripts listen.
    fn cue(&mut self, _hints: usize, _answer: Vec<String>) {}
}

/// How much of a menu is picked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// One item.
    #[default]
    One,
    /// Any number of items.
    Many,
    /// All items, put into an order.
    Order,
}

/// Something to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    /// How much of it is picked.
    pub pick: Pick,
    /// The items, each in one line.
    pub items: Vec<String>,
    /// What says an item; without words its number does, from 1.
    pub words: &'static [&'static str],
    /// What comes before a typed answer.
    pub prompt: &'static str,
    /// What else can be typed.
    pub other: &'static str,
    /// The items as a page shows them; shown once.
    pub list: String,
    /// How those answer who type; told once.
    pub how: String,
}

impl Menu {
    /// The line that says these items, counted from 0.
    #[must_use]
    pub fn line(&self, picked: &[usize]) -> String {
        let word = |at: &usize| self.words.get(*at).map_or_else(|| (at + 1).to_string(), ToString::to_string);
        picked.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// The items as a page shows them, if it does not show them yet.
    pub fn page(&mut self) -> String {
        std::mem::take(&mut self.list)
    }

    /// What those have to see who type, as far as they have not seen it.
    pub fn to_type(&mut self) -> String {
        self.page() + &std::mem::take(&mut self.how)
    }
}

/// A learner of whom all is known beforehand: what they type, and when.
#[derive(Clone, Debug)]
pub struct Script {
    look: Look,
    lines: VecDeque<String>,
    /// Whether they ask for all hints, and then answer as the author does.
    curious: bool,
    present: bool,
    now: Time,
    /// How long they take for a line.
    takes: Duration,
    /// All that was said.
    pub said: String,
}

impl Script {
    /// A learner who types these lines.
    pub fn lines<L: Into<String>>(look: Look, lines: impl IntoIterator<Item = L>) -> Script {
        let lines = lines.into_iter().map(Into::into).collect();
        let (now, takes) = (Time::LAB_START, Duration::ZERO);
        Script { look, lines, curious: false, present: false, now, takes, said: String::new() }
    }

    /// A learner who asks for every hint, and then answers as the author would.
    #[must_use]
    pub fn curious(look: Look) -> Script {
        Script { curious: true, ..Script::lines::<String>(look, []) }
    }

    /// The same, but each line takes so long.
    #[must_use]
    pub fn taking(self, takes: Duration) -> Script {
        Script { takes, ..self }
    }

    /// The same, but can be asked back.
    #[must_use]
    pub fn present(self) -> Script {
        Script { present: true, ..self }
    }
}

impl Learner for Script {
    fn look(&self) -> Look {
        self.look
    }

    fn say(&mut self, text: &str) {
        self.said.push_str(text);
    }

    fn hear(&mut self, prompt: &str) -> Heard {
        let Some(line) = self.lines.pop_front() else { return Heard::End };
        self.say(&format!("{}\n", format!("{prompt}{line}").trim_end()));
        self.now = self.now + self.takes;
        Heard::Line(line)
    }

    fn is_present(&self) -> bool {
        self.present
    }

    fn now(&mut self) -> Time {
        self.now
    }

    fn cue(&mut self, hints: usize, answer: Vec<String>) {
        if self.curious {
            self.lines = std::iter::repeat_n("hint".to_string(), hints).chain(answer).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_is_shown_once_and_its_items_are_said_by_number_or_word() {
        let (list, how) = ("1. this\n2. that\n".to_string(), "Type numbers.\n".to_string());
        let mut menu = Menu { pick: Pick::Many, prompt: "> ", list, how, ..Menu::default() };
        assert_eq!(menu.line(&[1, 0]), "2 1");
        let mut learner = Script::lines(Look::PLAIN, ["x", "1"]);
        assert_eq!(learner.choose(&mut menu), Heard::Line("x".into()));
        assert_eq!(learner.choose(&mut menu), Heard::Line("1".into()));
        assert_eq!(learner.choose(&mut menu), Heard::End);
        assert_eq!(learner.said, "1. this\n2. that\nType numbers.\n> x\n> 1\n");
        let menu = Menu { words: &["yes", "no"], ..menu };
        assert_eq!(menu.line(&[1]), "no");
    }
}
