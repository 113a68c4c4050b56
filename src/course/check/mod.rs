//! Checks: what must hold for a step to be done, an exercise to be solved, a claim to be true. One check is one condition
//! over the cluster as it is, over what happened since a mark, or over what was typed and what a command prints; judging
//! it changes nothing. Wording of lessons and counting of points are not here.

mod cel;
mod happened;
mod partial;
mod raw;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use cel::Program;
pub use happened::{Happening, names};
pub use partial::Partial;
pub use words::Pattern;

use crate::cluster::Cluster;
use crate::store::ChangeId;

/// One check, as the format's page describes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "raw::RawCheck")]
pub struct Check {
    /// What a person reads.
    pub name: String,
    /// What must hold.
    pub condition: Condition,
    /// What the learner is told if it does not.
    pub otherwise: Option<String>,
    /// What it is worth; only exercises count points.
    pub points: u32,
}

/// What must hold: exactly one of these.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "raw::RawCondition")]
pub enum Condition {
    /// Some object contains this.
    Object(Partial),
    /// No object contains this.
    Absent(Partial),
    /// So many objects contain this.
    Count(Count),
    /// This expression is true.
    Cel(Program),
    /// These happened, in this order.
    Order(Vec<Happening>),
    /// None of these happened.
    Never(Vec<Happening>),
    /// What a line prints.
    Output(Output),
    /// What was typed.
    Typed(Typed),
}

/// How many objects contain something.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// What they contain.
    pub of: Partial,
    /// How many there may be at least.
    pub at_least: usize,
    /// How many there may be at most.
    pub at_most: usize,
}

/// What a line prints, both streams together.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The line.
    pub of: String,
    /// What its output must be like: all of these.
    pub wants: Vec<Wanted>,
}

/// What some text must be like.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// It has this in it.
    Contains(String),
    /// It does not have this in it.
    Lacks(String),
    /// It is this, but for white space around it.
    Equals(String),
    /// The pattern is found in it.
    Matches(Pattern),
}

/// What was typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// Some line matches.
    Matches(Pattern),
    /// No line does.
    Lacks(Pattern),
}

/// What a check is judged by.
pub struct Evidence<'a> {
    /// The cluster as it is.
    pub cluster: &'a Cluster,
    /// The first change of the history that counts.
    pub since: ChangeId,
    /// The lines typed since then.
    pub typed: &'a [String],
    /// Runs a line on a copy of the cluster and returns what it prints, both streams together.
    pub run: &'a mut dyn FnMut(&str) -> String,
}

/// What became of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check's name.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
    /// What it is worth.
    pub points: u32,
    /// What the author says to who fails it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// What was wanted and what is there, if it does not hold.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Finding {
    /// The points it earns.
    #[must_use]
    pub fn earned(&self) -> u32 {
        if self.holds { self.points } else { 0 }
    }

    /// What a learner is told: the author's words, then what was found. Empty if the check holds.
    #[must_use]
    pub fn feedback(&self) -> String {
        if self.holds {
            return String::new();
        }
        match self.otherwise.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => format!("{text}\n({})", self.reason),
            None => self.reason.clone(),
        }
    }
}

impl Check {
    /// Judges the check.
    #[must_use]
    pub fn judge(&self, evidence: &mut Evidence<'_>) -> Finding {
        let verdict = self.condition.judge(evidence);
        Finding {
            name: self.name.clone(),
            holds: verdict.is_ok(),
            points: self.points,
            otherwise: self.otherwise.clone().filter(|_| verdict.is_err()),
            reason: verdict.err().unwrap_or_default(),
        }
    }
}

impl Condition {
    /// Whether it holds; if not, what was wanted and what is there.
    pub fn judge(&self, evidence: &mut Evidence<'_>) -> Result<(), String> {
        match self {
            Condition::Object(wanted) => wanted.is_there(evidence.cluster),
            Condition::Absent(wanted) => wanted.is_absent(evidence.cluster),
            Condition::Count(Count { of, at_least, at_most }) => {
                of.is_there_times(evidence.cluster, *at_least, *at_most)
            }
            Condition::Cel(program) => program.holds(evidence.cluster),
            Condition::Order(wanted) => happened::in_order(evidence.cluster, evidence.since, wanted),
            Condition::Never(unwanted) => happened::never(evidence.cluster, evidence.since, unwanted),
            Condition::Output(output) => words::output(output, &(evidence.run)(&output.of)),
            Condition::Typed(typed) => words::typed(typed, evidence.typed),
        }
    }
}

/// A value as one line of JSON, cut short if it is long.
fn brief(value: &Value) -> String {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        value => value.to_string(),
    };
    crate::view::words::cut(&text, 60)
}
