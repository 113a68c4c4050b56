//! The four counts: what one run shows, judged by the recorded runs.
//!
//! An item is right if it equals what one of the recorded runs shows; each count's file says what is compared more
//! loosely, and why.

mod chains;
mod events;
mod objects;
mod order;
mod output;
mod spans;

use std::collections::BTreeSet;

use serde_json::Value;

use super::case::Case;
use super::normalize::{Side, mutates};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Exit code, stdout and stderr of each kubectl command.
    Output,
    /// All objects after each settle.
    Objects,
    /// The order in which things happened.
    Order,
    /// The Events.
    Events,
}

impl Count {
    /// All four.
    pub const ALL: [Count; 4] = [Count::Output, Count::Objects, Count::Order, Count::Events];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Count::Output => "output",
            Count::Objects => "objects",
            Count::Order => "order",
            Count::Events => "events",
        }
    }
}

/// One thing that is not as in the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What it counts for.
    pub count: Count,
    /// The step, from 0.
    pub step: usize,
    /// Which thing.
    pub place: String,
    /// What the recording has.
    pub want: Value,
    /// What was found.
    pub got: Value,
}

/// What the comparison of one step can look at and add to.
struct Report {
    step: usize,
    differences: Vec<Difference>,
}

impl Report {
    fn add(&mut self, count: Count, place: impl Into<String>, want: impl Into<Value>, got: impl Into<Value>) {
        let (place, want, got) = (place.into(), want.into(), got.into());
        self.differences.push(Difference { count, step: self.step, place, want, got });
    }
}

/// What is known of the case as a whole.
struct Whole<'a> {
    case: &'a Case,
    /// The sets whose Pods are not made one after another.
    parallel: BTreeSet<String>,
}

/// Where `played` differs from all of the recorded `runs`.
#[must_use]
pub fn compare(case: &Case, runs: &[Vec<Side>], played: &[Side]) -> Vec<Difference> {
    let whole = Whole { case, parallel: parallel_sets(runs) };
    let mut report = Report { step: 0, differences: Vec::new() };
    let mut seen = events::Seen::new(runs.len(), case.serial);
    for (step, first) in runs.first().into_iter().flatten().enumerate() {
        report.step = step;
        let recorded: Vec<&Side> = runs.iter().filter_map(|run| run.get(step)).collect();
        let counts: &[Count] = match (&first.printed, &first.objects) {
            (_, Some(_)) => &[Count::Objects, Count::Order, Count::Events],
            _ => &[Count::Output],
        };
        match played.get(step) {
            Some(played) => compare_step(&whole, &mut report, &mut seen, &recorded, played, counts),
            None if first.printed.is_some() || first.objects.is_some() => {
                for count in counts {
                    report.add(*count, "the step was not run", "", "");
                }
            }
            None => {}
        }
    }
    report.differences
}

fn compare_step(
    whole: &Whole<'_>,
    report: &mut Report,
    seen: &mut events::Seen,
    recorded: &[&Side],
    played: &Side,
    counts: &[Count],
) {
    if let Some(error) = &played.error {
        for count in counts {
            report.add(*count, "the call failed", "", error.clone());
        }
        return;
    }
    if recorded[0].printed.is_some() {
        let command = whole.case.steps[report.step].kubectl().unwrap_or_default();
        output::compare(report, command, recorded, played);
    }
    if recorded[0].objects.is_none() {
        return;
    }
    match &played.objects {
        Some(_) => objects::compare(report, recorded, played),
        None => report.add(Count::Objects, "no objects", "", ""),
    }
    if played.trace.is_some() {
        let hurried = hurried(whole.case, report.step);
        order::compare(whole, report, recorded, played, hurried);
        events::compare(whole, report, seen, recorded, played);
    } else {
        report.add(Count::Order, "no trace", "", "");
        report.add(Count::Events, "no trace", "", "");
    }
}

fn parallel_sets(runs: &[Vec<Side>]) -> BTreeSet<String> {
    let objects = runs.iter().flatten().filter_map(|side| side.objects.as_ref()).flatten();
    let parallel = objects.filter(|((kind, _), siblings)| {
        kind == "StatefulSet" && siblings.iter().any(|set| set["spec"]["podManagementPolicy"] == "Parallel")
    });
    parallel.map(|((_, name), _)| name.clone()).collect()
}

/// Whether more than one command came before a settle that is not the first: then the first is still at work when the
/// second comes, and how far it got is a matter of timing.
fn hurried(case: &Case, step: usize) -> bool {
    let before = &case.steps[..step];
    let since = before.iter().rev().take_while(|step| !step.settles());
    let changes = |command: &str| mutates(command) && !command.contains("dry-run");
    let acts = since.filter(|step| step.fault().is_some() || step.kubectl().is_some_and(changes)).count();
    acts > 1 && before.iter().any(super::case::Step::settles)
}
