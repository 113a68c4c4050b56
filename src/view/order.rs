//! What happened since a command, in which order, and why: read from the history and the causes it keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::reason::{Reasons, Step};
use super::section::{Section, folded};
use super::since::{Name, Since};
use super::style::Tone;
use super::table::Cell;
use super::words;
use crate::cluster::Cluster;
use crate::resource::Kind;
use crate::store::{Actor, Change, Milestone, Word};

/// The order of what happened. With `all`, every milestone; without it, those of sets, Pods and what a person did.
#[must_use]
pub fn order(cluster: &Cluster, since: &Since, all: bool) -> Section {
    let steps = steps(cluster, since, all);
    let mut section = Section::new("ORDER", about(cluster, since), &["#STEP", "TIME", "~WHAT", "~WHY"]);
    let numbered: Vec<(usize, &Step)> = steps.iter().enumerate().collect();
    let (shown, left_out) = folded(&numbered);
    for (index, step) in shown {
        let time = format!("+{}", words::span(step.time.since(since.time)));
        let what = Cell::new(step.what.clone(), step.tone);
        section.table.row([(index + 1).to_string().into(), time.into(), what, step.why.clone().into()]);
    }
    section.left_out(left_out, "sts-lab trace");
    section
}

/// The steps, oldest first.
#[must_use]
pub fn steps(cluster: &Cluster, since: &Since, all: bool) -> Vec<Step> {
    let mut reasons = Reasons::new(cluster, since);
    let mut steps: Vec<Step> = Vec::new();
    let mut claims: BTreeMap<(Name, i64), Vec<String>> = BTreeMap::new();
    let mut waiting: BTreeSet<(String, String)> = BTreeSet::new();
    for change in since.changes(cluster) {
        for milestone in change.milestones {
            let mut step = reasons.step(&change, milestone);
            match (change.kind, milestone) {
                (Kind::PersistentVolumeClaim, Milestone::Created(_)) if !all && change.actor != Actor::User => {
                    if let Some(key) = since.set_of_claim(cluster, change.namespace, change.name) {
                        claims.entry(key).or_default().push(change.name.to_string());
                        continue;
                    }
                }
                (Kind::Pod, Milestone::Created(_)) => {
                    let key = since.set_of_pod(cluster, change.namespace, change.name);
                    if let Some(made) = key.and_then(|key| claims.remove(&key)) {
                        step.what = format!("Pod {} + PVC {}", change.name, made.join(", "));
                    }
                }
                (_, Milestone::Said(event)) if !all && event.warning => {
                    // What was said again counts once, as it was said last.
                    let what = step.what.clone();
                    steps.retain(|earlier| earlier.what != what);
                }
                (Kind::Pod, Milestone::Waiting(reason))
                    if !all && !waiting.insert((change.name.to_string(), reason.to_string())) =>
                {
                    continue;
                }
                _ => {}
            }
            if !step.what.is_empty() && (all || counts(&change, milestone, &reasons)) {
                steps.push(step);
            }
        }
    }
    for ((_, ordinal), names) in claims {
        let what = format!("PVC {} created", names.join(", "));
        steps.push(Step {
            time: cluster.now,
            what,
            why: format!("for the Pod of ordinal {ordinal}"),
            tone: Tone::Plain,
        });
    }
    steps
}

/// Whether a milestone is one of those that are always told.
fn counts(change: &Change<'_>, milestone: &Milestone, reasons: &Reasons<'_>) -> bool {
    if change.actor == Actor::User {
        return !matches!(milestone, Milestone::Said(_) | Milestone::Owners(_));
    }
    match (change.kind, milestone) {
        (Kind::Pod, Milestone::Word(Word::Unready | Word::Succeeded | Word::Failed)) => !reasons.is_terminating(change),
        (Kind::Pod, Milestone::Word(word)) => *word == Word::Ready,
        (Kind::Pod, Milestone::Created(_) | Milestone::Terminating | Milestone::Deleted | Milestone::Waiting(_))
        | (Kind::StatefulSet, Milestone::Terminating)
        | (Kind::StatefulSet | Kind::PersistentVolumeClaim | Kind::PersistentVolume, Milestone::Deleted)
        | (Kind::PersistentVolumeClaim, Milestone::Word(Word::Lost) | Milestone::Resized(_))
        | (Kind::PersistentVolume, Milestone::Word(Word::Released | Word::Failed))
        | (Kind::Node, Milestone::Status(_)) => true,
        (Kind::ControllerRevision, Milestone::Created(_)) => reasons.is_known(change),
        (_, Milestone::Said(event)) => event.warning && reasons.is_unresolved(event),
        _ => false,
    }
}

/// Whether a set is there to make its Pods again.
fn is_alive(cluster: &Cluster, set: &Name) -> bool {
    cluster.api.store.get(Kind::StatefulSet, &set.0, &set.1).is_some()
}

/// Which rules the order follows: those that were at work.
fn about(cluster: &Cluster, since: &Since) -> String {
    let mut sentences: Vec<String> = Vec::new();
    for name in since.touched(cluster) {
        let Some(set) = since.set(cluster, &name) else { continue };
        let (mut made, mut gone, mut replaced) = (false, false, false);
        let pods = since.changes(cluster).filter(|c| c.kind == Kind::Pod && **c.namespace == *name.0);
        for change in pods.filter(|c| c.actor == Actor::StatefulSetController) {
            let Some((_, ordinal)) = since.set_of_pod(cluster, change.namespace, change.name).filter(|s| s.0 == name)
            else {
                continue;
            };
            let terminates = change.milestones.contains(&Milestone::Terminating);
            made |= change.milestones.iter().any(|m| matches!(m, Milestone::Created(_)));
            gone |= terminates && !set.spec.in_range(ordinal);
            replaced |= terminates && set.spec.in_range(ordinal);
        }
        let told = [
            (replaced, words::update_order(&set.spec)),
            (gone, words::stop_order(&set.spec)),
            (made && !replaced, words::start_order(&set.spec)),
        ];
        for (_, sentence) in told.into_iter().filter(|(holds, _)| *holds) {
            if !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
    }
    let deleted = |change: &Change<'_>| {
        let asked = change.actor == Actor::User && change.milestones.contains(&Milestone::Terminating);
        let set = || since.set_of_pod(cluster, change.namespace, change.name).map(|(set, _)| set);
        asked && change.kind == Kind::Pod && set().is_some_and(|set| is_alive(cluster, &set))
    };
    if since.changes(cluster).any(|change| deleted(&change)) {
        sentences = vec!["A Pod of a set that is deleted is made again: same name, same claims, new IP.".into()];
    }
    if sentences.is_empty() { "What happened, and what caused it.".into() } else { sentences.join(" ") }
}
