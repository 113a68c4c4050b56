//! What a class has done, as people and programs read it. Each form is a pure function of the grades.

mod csv;
mod html;
mod junit;
mod table;

pub use csv::csv;
pub use html::html;
pub use junit::junit;
pub use table::{one, table};

use serde::Serialize;
use serde_json::Value;

use super::alike::Pair;
use super::{Grade, Standing};

/// A graded class.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Class {
    /// The exercise's name.
    pub exercise: String,
    /// Its title.
    pub title: String,
    /// Which text of it.
    pub version: String,
    /// The program that graded.
    pub program: String,
    /// The points there are.
    pub of: u32,
    /// The grades, in the order of the files' names.
    pub submissions: Vec<Grade>,
    /// Submissions that are alike.
    pub alike: Vec<Pair>,
}

impl Class {
    /// The points in the middle of those that count; none if none does.
    #[must_use]
    pub fn median(&self) -> Option<u32> {
        let counts = self.submissions.iter().filter(|grade| grade.standing != Standing::Rejected);
        let mut points: Vec<u32> = counts.map(|grade| grade.points).collect();
        points.sort_unstable();
        points.get(points.len().checked_sub(1)? / 2).copied()
    }

    /// How many have all points.
    #[must_use]
    pub fn full(&self) -> usize {
        self.submissions.iter().filter(|grade| grade.is_full()).count()
    }

    /// How many have this standing.
    #[must_use]
    pub fn with(&self, standing: Standing) -> usize {
        self.submissions.iter().filter(|grade| grade.standing == standing).count()
    }

    /// How many fail each check, the check that most fail first.
    #[must_use]
    pub fn hardest(&self) -> Vec<(String, usize)> {
        let mut failed: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for finding in self.submissions.iter().flat_map(Grade::findings).filter(|finding| !finding.holds) {
            *failed.entry(&finding.name).or_default() += 1;
        }
        let mut failed: Vec<(String, usize)> = failed.into_iter().map(|(name, n)| (name.to_string(), n)).collect();
        failed.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        failed
    }

    /// In one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let median =
            self.median().map_or_else(String::new, |median| format!("; the median is {median} of {}", self.of));
        let count = self.submissions.len();
        let plural = if count == 1 { "" } else { "s" };
        format!(
            "{count} submission{plural}: {} with all points, {} rejected, {} to be looked at{median}.",
            self.full(),
            self.with(Standing::Rejected),
            self.with(Standing::Suspicious)
        )
    }
}

/// The class as JSON.
#[must_use]
pub fn json(class: &Class) -> String {
    let value = serde_json::to_value(class).unwrap_or(Value::Null);
    format!("{value:#}\n")
}

/// What a standing is called.
fn standing(grade: &Grade) -> &'static str {
    match grade.standing {
        Standing::Graded if grade.is_full() => "full",
        Standing::Graded => "graded",
        Standing::Suspicious => "look at it",
        Standing::Rejected => "rejected",
    }
}
