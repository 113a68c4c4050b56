//! The Pods that come, go and restart, in the order in which they do, each with its reason; and those that keep an old
//! revision.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Worlds, seconds};
use crate::cluster::statefulset::identity::{REVISION, parse_pod_name};
use crate::resource::model::UpdateStrategy;
use crate::resource::{Kind, Object};
use crate::store::{Actor, Change, Milestone, Word};
use crate::view::pods::{ordinal, pods_of};
use crate::view::reason::Reasons;
use crate::view::since::{Name, name_of};
use crate::view::words;

/// What becomes of a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PodAction {
    /// It is made.
    Start,
    /// It goes, and one of the same name comes.
    Restart,
    /// It goes.
    Stop,
}

/// A Pod that comes, goes or restarts.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodStep {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub pod: String,
    /// What controls it: `StatefulSet/web`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What becomes of it.
    pub action: PodAction,
    /// When that begins, in seconds after the command.
    pub at: f64,
    /// When the new Pod is Ready; absent if it never is, or none comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<f64>,
    /// Why, in words.
    pub why: String,
    /// The revision it has, or had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_revision: Option<String>,
    /// The revision of the Pod that comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_revision: Option<String>,
}

/// A Pod that keeps an old revision, or that its set leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptPod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub pod: String,
    /// Why: `OnDelete`, `partition`, `stuck`; or `orphaned`, if its set leaves it behind.
    pub why: &'static str,
}

/// What becomes of the Pods of a set that is deleted.
const DELETED: &str =
    "A deleted set takes its Pods with it, all at once and in no order. To stop them in order, scale to 0 first.";

/// What becomes of a Pod that a person deletes.
const BY_HAND: &str = "A Pod of a set that is deleted is made again: same name, same claims, new IP.";

/// The steps, in order.
pub(super) fn steps(worlds: &Worlds<'_>) -> Vec<PodStep> {
    let mut reasons = Reasons::new(worlds.after, worlds.since);
    let mut out: Vec<PodStep> = Vec::new();
    // The last step of each Pod.
    let mut last: BTreeMap<Name, usize> = BTreeMap::new();
    let mut going: BTreeMap<Name, bool> = worlds
        .since
        .objects
        .iter()
        .filter(|o| o.kind() == Kind::Pod)
        .map(|object| (name_of(object), object.meta.terminating()))
        .collect();
    for change in worlds.since.changes(worlds.after) {
        for milestone in change.milestones {
            let why = reasons.step(&change, milestone).why;
            if change.kind != Kind::Pod {
                continue;
            }
            let name = (change.namespace.to_string(), change.name.to_string());
            let at = seconds(change.time.since(worlds.since.time));
            match milestone {
                Milestone::Terminating => {
                    going.insert(name.clone(), true);
                    last.insert(name.clone(), out.len());
                    out.push(step(worlds, &name, PodAction::Stop, at, why));
                }
                Milestone::Deleted => {
                    if going.remove(&name) == Some(false) {
                        last.insert(name.clone(), out.len());
                        out.push(step(worlds, &name, PodAction::Stop, at, why));
                    }
                }
                Milestone::Created(created) => {
                    going.insert(name.clone(), false);
                    let new_revision = created.revision.as_ref().and_then(revision_of);
                    match last.get(&name).filter(|index| out[**index].action == PodAction::Stop) {
                        Some(index) => {
                            out[*index].action = PodAction::Restart;
                            out[*index].new_revision = new_revision;
                        }
                        None => {
                            last.insert(name.clone(), out.len());
                            let started = step(worlds, &name, PodAction::Start, at, why);
                            out.push(PodStep { old_revision: None, new_revision, ..started });
                        }
                    }
                }
                Milestone::Word(Word::Ready) => {
                    if let Some(index) = last.get(&name).filter(|index| out[**index].action != PodAction::Stop) {
                        out[*index].ready_at.get_or_insert(at);
                    }
                }
                _ => {}
            }
        }
    }
    out
}

fn step(worlds: &Worlds<'_>, name: &Name, action: PodAction, at: f64, why: String) -> PodStep {
    let before = worlds.before.api.store.get(Kind::Pod, &name.0, &name.1);
    let after = worlds.after.api.store.get(Kind::Pod, &name.0, &name.1);
    let owner = before.or(after).and_then(|pod| pod.meta.controller()).map(|o| format!("{}/{}", o.kind, o.name));
    let old_revision = before.and_then(|pod| pod.meta.labels.get(REVISION)).map(ToString::to_string);
    let (namespace, pod) = name.clone();
    PodStep { namespace, pod, owner, action, at, ready_at: None, why, old_revision, new_revision: None }
}

fn revision_of(revision: &crate::store::milestone::Revision) -> Option<String> {
    match revision {
        crate::store::milestone::Revision::Label(label) => Some(label.to_string()),
        crate::store::milestone::Revision::Number(_) => None,
    }
}

/// The Pods of touched sets that keep an old revision to the end, and those without an owner.
pub(super) fn kept(worlds: &Worlds<'_>) -> Vec<KeptPod> {
    let store = &worlds.after.api.store;
    let mut out = orphaned(worlds);
    for set in worlds.since.touched(worlds.after) {
        let Some(sts) = store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|set| set.stateful_set()) else {
            continue;
        };
        let update = &sts.status.update_revision;
        let outdated = |pod: &Object| pod.meta.labels.get(REVISION).is_some_and(|own| *own != **update);
        for pod in pods_of(store, &set).iter().filter(|pod| !update.is_empty() && outdated(pod)) {
            let why = if sts.spec.update == UpdateStrategy::OnDelete {
                "OnDelete"
            } else if ordinal(pod) < sts.spec.start + sts.spec.partition() {
                "partition"
            } else {
                "stuck"
            };
            let (namespace, pod) = name_of(pod);
            out.push(KeptPod { namespace, pod, why });
        }
    }
    out
}

fn orphaned(worlds: &Worlds<'_>) -> Vec<KeptPod> {
    let owned = worlds.since.objects.iter().filter(|o| o.kind() == Kind::Pod && o.meta.controller().is_some());
    let left = owned.filter(|old| {
        let new = worlds.after.api.store.get(Kind::Pod, &old.meta.namespace, &old.meta.name);
        new.is_some_and(|new| new.meta.uid == old.meta.uid && new.meta.controller().is_none())
    });
    let kept = |pod: &std::sync::Arc<Object>| {
        let (namespace, pod) = name_of(pod);
        KeptPod { namespace, pod, why: "orphaned" }
    };
    left.map(kept).collect()
}

/// The rules of the sets that are at work, in the words in which every view says them.
pub(super) fn rules(worlds: &Worlds<'_>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in worlds.since.touched(worlds.after) {
        let Some(set) = worlds.since.set(worlds.after, &name) else { continue };
        let (mut made, mut gone, mut replaced) = (false, false, false);
        let by_set = |change: &Change<'_>| change.actor == Actor::StatefulSetController && is_of(worlds, change, &name);
        for change in worlds.since.changes(worlds.after).filter(by_set) {
            let wanted = parse_pod_name(change.name).is_some_and(|(_, ordinal)| set.spec.in_range(ordinal));
            let terminates = change.milestones.contains(&Milestone::Terminating);
            made |= change.milestones.iter().any(|m| matches!(m, Milestone::Created(_)));
            gone |= terminates && !wanted;
            replaced |= terminates && wanted;
        }
        let template =
            worlds.since.spec_before(&name).is_some_and(|old| old.json["template"] != set.spec.json["template"]);
        let told = [
            (replaced || template && set.spec.update == UpdateStrategy::OnDelete, words::update_order(&set.spec)),
            (gone, words::stop_order(&set.spec)),
            (deleted(worlds, &name), DELETED.to_string()),
            (by_hand(worlds, &name), BY_HAND.to_string()),
            (made && !replaced, words::start_order(&set.spec)),
        ];
        for (_, sentence) in told.into_iter().filter(|(holds, _)| *holds) {
            if !out.contains(&sentence) {
                out.push(sentence);
            }
        }
    }
    out
}

/// Whether a set goes and its Pods with it.
fn deleted(worlds: &Worlds<'_>, set: &Name) -> bool {
    let gone = worlds.after.api.store.get(Kind::StatefulSet, &set.0, &set.1).is_none();
    gone && terminated(worlds, set, Actor::GarbageCollector)
}

/// Whether a person takes Pods of a set that makes them again.
fn by_hand(worlds: &Worlds<'_>, set: &Name) -> bool {
    let there = worlds.after.api.store.get(Kind::StatefulSet, &set.0, &set.1).is_some();
    there && terminated(worlds, set, Actor::User)
}

/// Whether somebody asks Pods of a set to go.
fn terminated(worlds: &Worlds<'_>, set: &Name, by: Actor) -> bool {
    worlds.since.changes(worlds.after).any(|change| {
        change.actor == by && change.milestones.contains(&Milestone::Terminating) && is_of(worlds, &change, set)
    })
}

/// Whether a change is one of a Pod of a set.
fn is_of(worlds: &Worlds<'_>, change: &Change<'_>, set: &Name) -> bool {
    change.kind == Kind::Pod
        && worlds.since.set_of_pod(worlds.after, change.namespace, change.name).is_some_and(|(name, _)| name == *set)
}
