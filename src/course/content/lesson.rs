//! A lesson: what it is about, how its lab begins, and its steps.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Document, Fault, File, Kind, LabSpec, Level, Line, Start, Step, step};

/// A lesson.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The version of the format.
    pub format: u32,
    /// `Lesson`.
    pub kind: Kind,
    /// Its name: that of its file.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// How hard it is.
    pub level: Level,
    /// How long it takes.
    pub minutes: u32,
    /// What it is about, in a line.
    pub summary: String,
    /// What of the study notes it teaches.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Lessons that come first.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Where its facts come from.
    pub sources: Vec<String>,
    /// Its cluster.
    #[serde(default)]
    pub lab: LabSpec,
    /// The files beside its lines.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// What runs first, unseen.
    #[serde(default)]
    pub setup: Vec<Line>,
    /// The steps.
    #[serde(deserialize_with = "step::all")]
    pub steps: Vec<Step>,
}

impl Lesson {
    /// How its lab begins.
    #[must_use]
    pub fn start(&self) -> Start {
        Start::of(&self.lab, &self.files, &self.setup)
    }
}

impl Document for Lesson {
    const KIND: Kind = Kind::Lesson;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !is_name(&self.name) {
            let fault = Fault::new("name", format!("`{}` is no name", self.name));
            faults.push(fault.help("lower case letters, digits and -: ordered-start"));
        }
        if self.steps.is_empty() {
            faults.push(Fault::new("steps", "a lesson without steps teaches nothing"));
        }
        faults.extend(self.start().faults(""));
        for (index, step) in self.steps.iter().enumerate() {
            faults.extend(step.faults(&format!("steps[{index}]")));
        }
        faults
    }
}

/// Whether a text can be the name of something taught: kebab-case, so that it can be typed and be a lab's name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let good = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.len() <= 50 && name.split('-').all(good)
}
