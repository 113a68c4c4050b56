//! Questions as authors write them: `lessons/drill/TOPIC.yaml`, and what must hold in such a file.

use std::collections::BTreeMap;
use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::mark;
use crate::course::content::{Choice, Document, Fault, File, Kind, LabSpec, Line, Start, is_name};

/// The fewest options of a choice.
const FEWEST_OPTIONS: usize = 3;

/// Who is asked such things.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Somebody who has worked with Kubernetes for some months.
    Junior,
    /// Somebody who runs stateful applications on it.
    Mid,
    /// Somebody who is asked when those break.
    Senior,
}

impl Level {
    /// All, the easiest first.
    pub const ALL: [Level; 3] = [Level::Junior, Level::Mid, Level::Senior];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        ["junior", "mid", "senior"][self as usize]
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How an answer is given.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// In one's own words.
    Short,
    /// One of several.
    Choice,
    /// What a command prints.
    Output,
    /// What is wrong in a manifest.
    Spot,
    /// What one would do.
    Scenario,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 5] = [Form::Short, Form::Choice, Form::Output, Form::Spot, Form::Scenario];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        ["short", "choice", "output", "spot", "scenario"][self as usize]
    }

    /// How many seconds an interview gives it.
    #[must_use]
    pub fn seconds(self) -> i64 {
        [120, 60, 90, 120, 240][self as usize]
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A wrong answer that people give.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// What they say.
    pub says: String,
    /// Why it is wrong.
    pub because: String,
}

/// Lines that show that the answer is right.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The cluster.
    #[serde(default)]
    pub lab: LabSpec,
    /// The files beside the lines.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// What runs first, unseen.
    #[serde(default)]
    pub setup: Vec<Line>,
    /// The lines.
    pub run: Vec<Line>,
    /// A regular expression that is found in the output of the last one.
    pub shows: String,
}

impl Proof {
    /// How its lab begins.
    #[must_use]
    pub fn start(&self) -> Start {
        Start::of(&self.lab, &self.files, &self.setup)
    }
}

/// A question.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name, unlike that of any other question.
    pub name: String,
    /// Who is asked it.
    pub level: Level,
    /// How it is answered.
    #[serde(rename = "type")]
    pub form: Form,
    /// What of the study notes it is about.
    #[serde(default)]
    pub covers: Vec<String>,
    /// The question, in Markdown.
    pub ask: String,
    /// What there is to choose from.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// Regular expressions that are all found in a right answer; without any, people judge their answers themselves.
    #[serde(default)]
    pub accept: Vec<String>,
    /// Regular expressions of which none is found in a right answer: with them it says this, and nothing else.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// The answer as one would say it.
    pub answer: String,
    /// Wrong ones that people give.
    #[serde(default)]
    pub wrong: Vec<Wrong>,
    /// Where the answer comes from.
    pub source: String,
    /// What shows it in a lab.
    #[serde(default)]
    pub proof: Option<Proof>,
}

/// The questions of a topic.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// The version of the format.
    pub format: u32,
    /// `Questions`.
    pub kind: Kind,
    /// The topic: the file's name.
    pub topic: String,
    /// Its heading.
    pub title: String,
    /// The questions.
    pub questions: Vec<Question>,
}

impl Document for Questions {
    const KIND: Kind = Kind::Questions;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !is_name(&self.topic) {
            faults.push(
                Fault::new("topic", format!("`{}` is no name", self.topic)).help("kebab-case: update-strategies"),
            );
        }
        if self.questions.is_empty() {
            faults.push(Fault::new("questions", "there are none"));
        }
        for (index, question) in self.questions.iter().enumerate() {
            faults.extend(question.faults(&format!("questions[{index}]")));
        }
        faults
    }
}

impl Question {
    fn faults(&self, at: &str) -> Vec<Fault> {
        let name = &self.name;
        let fault = |field: &str, message: String| Fault::new(format!("{at}.{field}"), format!("{name}: {message}"));
        let mut faults = Vec::new();
        if !is_name(name) {
            faults.push(
                Fault::new(format!("{at}.name"), format!("`{name}` is no name")).help("kebab-case: scale-down-order"),
            );
        }
        for (field, text) in [("ask", &self.ask), ("answer", &self.answer), ("source", &self.source)] {
            if text.trim().is_empty() {
                faults.push(fault(field, "it is empty".into()));
            }
        }
        if self.form == Form::Choice {
            faults.extend(self.choice_faults(at));
        } else {
            if !self.options.is_empty() {
                faults.push(fault("options", format!("a question of type {} has none", self.form)));
            }
            if self.wrong.is_empty() {
                let none = fault("wrong", "it names no wrong answer that people give".into());
                faults.push(Fault { field: at.into(), ..none }.help("`wrong: [{says: …, because: …}]`"));
            }
        }
        faults.extend(self.accept_faults(at));
        match &self.proof {
            None => faults.push(
                Fault::new(at, format!("{name}: nothing proves the answer"))
                    .help("`proof: {run: [lines], shows: regex}`"),
            ),
            Some(proof) => faults.extend(proof.faults(name, &format!("{at}.proof"))),
        }
        faults
    }

    fn choice_faults(&self, at: &str) -> Vec<Fault> {
        let name = &self.name;
        let mut faults = Vec::new();
        let right = self.options.iter().filter(|option| option.right).count();
        if right != 1 {
            let message = format!("{name}: one option is right in a choice, and here are {right}");
            faults.push(Fault::new(format!("{at}.options"), message).help("`right: true` on it"));
        }
        if self.options.len() < FEWEST_OPTIONS {
            let message = format!("{name}: a choice has at least {FEWEST_OPTIONS} options");
            faults.push(Fault::new(format!("{at}.options"), message));
        }
        for (index, option) in self.options.iter().enumerate() {
            let silent = option.because.as_ref().is_none_or(|because| because.trim().is_empty());
            if !option.right && silent {
                let message = format!("{name}: nobody is told why this option is wrong");
                faults.push(Fault::new(format!("{at}.options[{index}]"), message).help("say it in `because:`"));
            }
            if self.options[..index].iter().any(|other| other.text.trim() == option.text.trim()) {
                faults
                    .push(Fault::new(format!("{at}.options[{index}]"), format!("{name}: this option is there twice")));
            }
        }
        for (field, patterns) in [("accept", &self.accept), ("lacks", &self.lacks)] {
            if !patterns.is_empty() {
                faults.push(Fault::new(format!("{at}.{field}"), format!("{name}: a choice is marked by its options")));
            }
        }
        faults
    }

    fn accept_faults(&self, at: &str) -> Vec<Fault> {
        let name = &self.name;
        let mut faults = Vec::new();
        for (field, patterns) in [("accept", &self.accept), ("lacks", &self.lacks)] {
            for (index, pattern) in patterns.iter().enumerate() {
                if let Err(error) = mark::pattern(pattern) {
                    let message = format!("{name}: no regular expression: {error}");
                    faults.push(Fault::new(format!("{at}.{field}[{index}]"), message));
                }
            }
        }
        if self.accept.is_empty() && !self.lacks.is_empty() {
            let message = format!("{name}: without `accept` nobody compares an answer");
            faults.push(Fault::new(format!("{at}.lacks"), message));
        }
        if self.accept.is_empty() || !faults.is_empty() {
            return faults;
        }
        if let Some(index) = mark::extra(&self.lacks, &self.answer).first() {
            let message = format!("{name}: the model answer has `{}` in it", self.lacks[*index]);
            faults.push(Fault::new(format!("{at}.lacks[{index}]"), message).help("who types the answer must be right"));
        }
        if let Some(index) = mark::missing(&self.accept, &self.answer).first() {
            let message = format!("{name}: the model answer does not have `{}` in it", self.accept[*index]);
            faults
                .push(Fault::new(format!("{at}.accept[{index}]"), message).help("who types the answer must be right"));
        }
        for (index, wrong) in self.wrong.iter().enumerate() {
            let lacks_all = mark::extra(&self.lacks, &wrong.says).is_empty();
            if lacks_all && mark::missing(&self.accept, &wrong.says).is_empty() {
                let message = format!("{name}: the wrong answer `{}` is accepted as right", wrong.says);
                faults.push(Fault::new(format!("{at}.wrong[{index}].says"), message));
            }
        }
        faults
    }
}

impl Proof {
    fn faults(&self, name: &str, at: &str) -> Vec<Fault> {
        let mut faults = self.start().faults(&format!("{at}."));
        if self.run.is_empty() {
            faults.push(Fault::new(format!("{at}.run"), format!("{name}: the proof runs nothing")));
        }
        if let Err(error) = Regex::new(&self.shows) {
            faults.push(Fault::new(format!("{at}.shows"), format!("{name}: no regular expression: {error}")));
        } else if self.shows.trim().is_empty() {
            faults.push(Fault::new(format!("{at}.shows"), format!("{name}: the proof shows nothing")));
        }
        faults
    }
}
