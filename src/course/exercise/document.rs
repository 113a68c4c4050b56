//! An exercise as its author writes it, after the values of a variant were put in.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::course::check::{Check, Pattern};
use crate::course::content::{Document, Fault, File, Kind, LabSpec, Level, Line, Start, is_name};

/// An exercise.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The version of the format.
    pub format: u32,
    /// `Exercise`.
    pub kind: Kind,
    /// Its name: that of its folder.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// How hard it is.
    pub level: Level,
    /// How long it takes.
    pub minutes: u32,
    /// What it is about, in a line.
    pub summary: String,
    /// What of the study notes it is about.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Where its facts come from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// The values of each variable; which one a student gets, their name decides.
    #[serde(default)]
    pub variants: BTreeMap<String, Vec<serde_yaml::Value>>,
    /// Its cluster.
    #[serde(default)]
    pub lab: LabSpec,
    /// The files beside its lines.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// What runs first, unseen.
    #[serde(default)]
    pub setup: Vec<Line>,
    /// What the student reads.
    pub task: String,
    /// How much may be done.
    #[serde(default)]
    pub limits: Limits,
    /// What may not be typed.
    #[serde(default)]
    pub forbid: Vec<Forbidden>,
    /// What must hold at the end, with points.
    pub checks: Vec<Check>,
    /// How many more checks the instructor's copy has.
    #[serde(default)]
    pub hidden: usize,
    /// Hints, from the first nudge to almost the answer.
    #[serde(default)]
    pub hints: Vec<String>,
    /// One way to full points.
    pub solution: Vec<Line>,
    /// Ways to some of the points.
    #[serde(default)]
    pub partial: Vec<Credit>,
    /// Plausible wrong ways.
    #[serde(default)]
    pub wrong: Vec<Attempt>,
}

/// How much may be done; what is done beyond does not count.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// So many commands that change something or let time pass.
    pub commands: Option<usize>,
    /// So many minutes of the cluster's time.
    pub minutes: Option<u64>,
}

/// A line that may not be typed.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "RawForbidden")]
pub struct Forbidden {
    /// Which lines.
    pub matches: Pattern,
    /// Why not.
    pub because: String,
    /// The points it costs; all of them, if it does not say.
    pub costs: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForbidden {
    matches: String,
    because: String,
    costs: Option<u32>,
}

impl TryFrom<RawForbidden> for Forbidden {
    type Error = String;

    fn try_from(raw: RawForbidden) -> Result<Forbidden, String> {
        Ok(Forbidden { matches: Pattern::new(&raw.matches)?, because: raw.because, costs: raw.costs })
    }
}

/// A way to some of the points.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// What is typed.
    pub run: Vec<Line>,
    /// What it earns.
    pub points: u32,
}

/// A plausible wrong way.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// What is typed.
    pub run: Vec<Line>,
    /// Words that the feedback must have in it.
    pub says: String,
    /// The checks that must fail, at least.
    #[serde(default)]
    pub fails: Vec<String>,
}

/// The checks that only the instructor has.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// The version of the format.
    pub format: u32,
    /// `Hidden`.
    pub kind: Kind,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Exercise {
    /// How its lab begins.
    #[must_use]
    pub fn start(&self) -> Start {
        Start::of(&self.lab, &self.files, &self.setup)
    }
}

impl Document for Exercise {
    const KIND: Kind = Kind::Exercise;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = self.start().faults("");
        if !is_name(&self.name) {
            let fault = Fault::new("name", format!("`{}` is no name", self.name));
            faults.push(fault.help("lower case letters, digits and -: scale-down"));
        }
        if self.checks.is_empty() {
            faults.push(Fault::new("checks", "without a check nobody knows when it is solved"));
        }
        if let Some((index, check)) = twice(&self.checks) {
            faults.push(Fault::new(format!("checks[{index}].name"), format!("two checks are called {:?}", check.name)));
        }
        if self.solution.is_empty() {
            faults.push(Fault::new("solution", "without a solution nobody knows that there is one"));
        }
        for (index, wrong) in self.wrong.iter().enumerate() {
            let unknown = |name: &&String| !self.checks.iter().any(|check| check.name == **name);
            if let Some(name) = wrong.fails.iter().find(unknown) {
                let fault = Fault::new(format!("wrong[{index}].fails"), format!("no check is called {name:?}"));
                faults.push(fault.help("hidden checks are not named here"));
            }
        }
        faults
    }
}

impl Document for Hidden {
    const KIND: Kind = Kind::Hidden;

    fn faults(&self) -> Vec<Fault> {
        match twice(&self.checks) {
            Some((index, check)) => {
                vec![Fault::new(format!("checks[{index}].name"), format!("two checks are called {:?}", check.name))]
            }
            None => Vec::new(),
        }
    }
}

/// The first check whose name another one before it has.
fn twice(checks: &[Check]) -> Option<(usize, &Check)> {
    checks.iter().enumerate().find(|(index, check)| checks[..*index].iter().any(|other| other.name == check.name))
}
