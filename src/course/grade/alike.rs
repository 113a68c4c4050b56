//! Submissions that are alike beyond what the exercise explains. Compared are runs of three commands, with the values of
//! the variant taken out. A run that the solution has, or that many submissions have, says nothing. Two submissions are
//! pointed out if they share many of the rest. It is a reason to look, and no proof.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Grade;
use crate::course::exercise::Variant;

/// Commands in a run.
const RUN: usize = 3;
/// Shared runs that two submissions have at least if they are pointed out.
const LEAST_SHARED: usize = 6;
/// Of the runs of the shorter one, so many in a hundred are shared at least.
const LEAST_PERCENT: usize = 70;
/// A run that more submissions have is no sign, however large the class is.
const MOST_HOLDERS: usize = 40;
/// So many pairs are told at most.
const MOST_PAIRS: usize = 500;

/// Two submissions that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// The files.
    pub files: [String; 2],
    /// Who handed them in.
    pub students: [String; 2],
    /// How many unusual runs of three commands both have.
    pub shared: usize,
    /// How many unusual ones the shorter of both has.
    pub of: usize,
    /// A shared run.
    pub example: Vec<String>,
}

impl Pair {
    /// How much of the shorter one is in the other, in a hundred.
    #[must_use]
    pub fn percent(&self) -> usize {
        self.shared * 100 / self.of.max(1)
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "{} and {}: {} of {} unusual runs of {RUN} commands are the same ({} %), such as: {}",
            self.students[0],
            self.students[1],
            self.shared,
            self.of,
            self.percent(),
            self.example.join("; ")
        )
    }
}

/// What the measure is, for who reads a report.
pub const MEASURE: &str = "Compared are runs of three commands in a row, with each student's own values taken out. Runs \
     that the model solution has, or that more than a quarter of the class has, are left out. Two submissions are named \
     here if at least 6 of the remaining runs, and at least 70 % of those of the shorter one, are the same. Short \
     solutions have too few for that. It is a reason to look at both, and no proof.";

type Runs = BTreeSet<Vec<String>>;

/// The pairs among these that are alike; `solution` are the lines of the exercise's own.
#[must_use]
pub fn alike(grades: &[Grade], variants: &[Variant], solution: &[String]) -> Vec<Pair> {
    let own = runs(solution, &Variant::default());
    let all: Vec<Runs> = grades.iter().zip(variants).map(|(grade, variant)| runs(&grade.typed, variant)).collect();
    let mut holders: BTreeMap<&Vec<String>, Vec<usize>> = BTreeMap::new();
    for (index, runs) in all.iter().enumerate() {
        for run in runs.iter().filter(|run| !own.contains(*run)) {
            holders.entry(run).or_default().push(index);
        }
    }
    let most = (grades.len() / 4).clamp(2, MOST_HOLDERS);
    let mut unusual = vec![0; all.len()];
    let mut shared: BTreeMap<(usize, usize), (usize, &Vec<String>)> = BTreeMap::new();
    for (run, who) in holders.iter().filter(|(_, who)| who.len() <= most) {
        for (place, first) in who.iter().enumerate() {
            unusual[*first] += 1;
            for second in &who[place + 1..] {
                shared.entry((*first, *second)).or_insert((0, *run)).0 += 1;
            }
        }
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for ((first, second), (count, run)) in shared {
        let of = unusual[first].min(unusual[second]);
        let same_person = grades[first].student == grades[second].student;
        if count < LEAST_SHARED || count * 100 < of * LEAST_PERCENT || same_person {
            continue;
        }
        let (a, b) = (&grades[first], &grades[second]);
        pairs.push(Pair {
            files: [a.file.clone(), b.file.clone()],
            students: [a.student.clone(), b.student.clone()],
            shared: count,
            of,
            example: run.clone(),
        });
    }
    pairs.sort_by(|a, b| (b.percent(), b.shared).cmp(&(a.percent(), a.shared)).then_with(|| a.files.cmp(&b.files)));
    pairs.truncate(MOST_PAIRS);
    pairs
}

/// The runs of three commands in what was typed.
fn runs(typed: &[String], variant: &Variant) -> Runs {
    let lines: Vec<String> = typed.iter().map(|line| normal(line, variant)).collect();
    lines.windows(RUN).map(<[String]>::to_vec).collect()
}

/// A line without what a student's variant, and habits of writing, make of it.
fn normal(line: &str, variant: &Variant) -> String {
    let line = line.replace(['\'', '"'], "");
    let words: Vec<String> = line.split_whitespace().map(str::to_lowercase).collect();
    variant.take_out(&words.join(" "))
}
