//! The trace for people: every milestone since the lab began, with who did it.

use super::reason::{Reasons, who};
use super::section::Section;
use super::since::Since;
use super::style::Tone;
use super::table::Cell;
use super::words;
use crate::cluster::Cluster;
use crate::resource::Time;
use crate::store::Milestone;

/// All milestones, of those after `from` if it is given.
#[must_use]
pub fn log(cluster: &Cluster, from: Option<Time>) -> Section {
    let about = "Every milestone since the lab began: when, who, what. `-o jsonl` has all details.";
    let mut section = Section::new("TRACE", about, &["TIME", "WHO", "~WHAT"]);
    let since = Since::begin(cluster);
    let mut reasons = Reasons::new(cluster, &since);
    for change in since.changes(cluster) {
        for milestone in change.milestones {
            let step = reasons.step(&change, milestone);
            let (what, tone) = match milestone {
                Milestone::Said(event) => {
                    let tone = if event.warning { Tone::Bad } else { Tone::Faint };
                    let object = format!("{}/{}", event.about.of.kind, event.about.name);
                    (format!("event {} {object}: {}", event.reason, event.message), tone)
                }
                Milestone::SetStatus(status) => {
                    let text =
                        format!("StatefulSet {} status: {} of {} Ready", change.name, status.ready, status.replicas);
                    (text, Tone::Faint)
                }
                _ => (step.what, step.tone),
            };
            if what.is_empty() || from.is_some_and(|from| change.time < from) {
                continue;
            }
            let who = who(change.actor);
            let time = words::span(change.time.since(cluster.start));
            section.table.row([time.into(), who.into(), Cell::new(what, tone)]);
        }
    }
    if section.table.is_empty() {
        section.about =
            if from.is_some() { "Nothing has happened since then." } else { "Nothing has happened yet." }.into();
    }
    section
}
