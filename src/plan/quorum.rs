//! How many Pods of each set stay Ready at every moment, against a majority of them, and what their budgets say to it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Worlds, seconds};
use crate::resource::selector::Selector;
use crate::resource::{Kind, Time};
use crate::store::{Milestone, Word};
use crate::view::pods::pods_of;
use crate::view::since::Name;

/// Members from which a set can lose one and keep a majority.
const TOLERANT: i64 = 3;

/// How many Pods of a set stay Ready.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quorum {
    /// The set's namespace.
    pub namespace: String,
    /// The set.
    pub set: String,
    /// How many Pods it wants, before and after: the smaller number.
    pub members: i64,
    /// How many it wants before the command.
    pub members_before: i64,
    /// A majority of them: ⌊members / 2⌋ + 1.
    pub majority: i64,
    /// How many were Ready before the command.
    pub ready_before: i64,
    /// The fewest at any moment after it.
    pub fewest_ready: i64,
    /// When that is, in seconds after the command.
    pub at: f64,
    /// Whether a majority that was there is lost at some moment; said of sets of three and more only, since one and two
    /// members cannot lose any.
    pub lost: bool,
    /// Budgets that are broken meanwhile. Only evictions ask them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<Budget>,
}

/// A budget that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// How many healthy Pods it wants.
    pub desired: i64,
    /// The fewest it saw.
    pub fewest: i64,
}

/// A Pod as far as a majority is concerned.
#[derive(Clone, Copy, Default)]
struct Member {
    ready: bool,
    terminating: bool,
}

/// The sets that had Ready Pods, and have fewer of them at some moment.
pub(super) fn quorums(worlds: &Worlds<'_>) -> Vec<Quorum> {
    let touched = worlds.since.touched(worlds.after);
    touched.iter().filter_map(|set| quorum(worlds, set)).collect()
}

fn quorum(worlds: &Worlds<'_>, set: &Name) -> Option<Quorum> {
    let wanted = worlds.since.spec_before(set)?.replicas;
    let now = worlds.after.api.store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|set| set.stateful_set());
    // Who deletes a set wants its Pods to go, and who scales it down some of them.
    let members = now?.spec.replicas.min(wanted);
    if members == 0 {
        return None;
    }
    let before = pods_of(&worlds.before.api.store, set);
    let ready = |pod: &crate::resource::Object| pod.pod().is_some_and(|pod| pod.status.is_ready());
    let mut pods: BTreeMap<String, Member> = before
        .iter()
        .map(|pod| (pod.meta.name.to_string(), Member { ready: ready(pod), terminating: pod.meta.terminating() }))
        .collect();
    let count =
        |pods: &BTreeMap<String, Member>| pods.values().filter(|pod| pod.ready && !pod.terminating).count() as i64;
    let ready_before = count(&pods);
    let (mut fewest, mut at) = (ready_before, worlds.since.time);
    for change in worlds.since.changes(worlds.after).filter(|change| change.kind == Kind::Pod) {
        if worlds.since.set_of_pod(worlds.after, change.namespace, change.name).is_none_or(|(name, _)| name != *set) {
            continue;
        }
        for milestone in change.milestones {
            take(&mut pods, change.name, milestone);
        }
        if count(&pods) < fewest {
            (fewest, at) = (count(&pods), change.time);
        }
    }
    if fewest == ready_before {
        return None;
    }
    let majority = members / 2 + 1;
    Some(Quorum {
        namespace: set.0.clone(),
        set: set.1.clone(),
        members,
        members_before: wanted,
        majority,
        ready_before,
        fewest_ready: fewest,
        at: after(worlds, at),
        lost: members >= TOLERANT && fewest < majority && ready_before >= majority,
        budgets: budgets(worlds, set),
    })
}

fn after(worlds: &Worlds<'_>, at: Time) -> f64 {
    seconds(at.since(worlds.since.time))
}

fn take(pods: &mut BTreeMap<String, Member>, name: &str, milestone: &Milestone) {
    match milestone {
        Milestone::Created(_) => {
            pods.insert(name.to_string(), Member::default());
        }
        Milestone::Deleted => {
            pods.remove(name);
        }
        milestone => {
            let Some(pod) = pods.get_mut(name) else { return };
            match milestone {
                Milestone::Word(Word::Ready) => pod.ready = true,
                Milestone::Word(Word::Unready) => pod.ready = false,
                Milestone::Terminating => pod.terminating = true,
                _ => {}
            }
        }
    }
}

/// The budgets over a set's Pods that saw fewer healthy Pods than they want, which they did not before.
fn budgets(worlds: &Worlds<'_>, set: &Name) -> Vec<Budget> {
    let Some(spec) = worlds.since.spec_before(set) else { return Vec::new() };
    let labels = &spec.json["template"]["metadata"]["labels"];
    let mut out = Vec::new();
    for object in worlds.before.api.store.in_namespace(Kind::PodDisruptionBudget, &set.0) {
        let Some(body) = object.plain() else { continue };
        let number = |key: &str| body.get("status").and_then(|status| status[key].as_i64()).unwrap_or(0);
        let selector = body.get("spec").and_then(|spec| Selector::from_label_selector(&spec["selector"]).ok());
        let selects = selector.is_some_and(|selector| selector.matches_json(labels));
        if !selects || number("currentHealthy") < number("desiredHealthy") {
            continue;
        }
        let name = object.meta.name.to_string();
        let mut worst: Option<Budget> = None;
        let of_budget = worlds.since.changes(worlds.after).filter(|change| {
            change.kind == Kind::PodDisruptionBudget && **change.namespace == *set.0 && **change.name == *name
        });
        for milestone in of_budget.flat_map(|change| change.milestones) {
            let Milestone::Status(status) = milestone else { continue };
            let (Some(fewest), Some(desired)) = (status["currentHealthy"].as_i64(), status["desiredHealthy"].as_i64())
            else {
                continue;
            };
            if fewest < desired && worst.as_ref().is_none_or(|worst| fewest - desired < worst.fewest - worst.desired) {
                worst = Some(Budget { name: name.clone(), desired, fewest });
            }
        }
        out.extend(worst);
    }
    out
}
