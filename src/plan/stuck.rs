//! Where a command does not come to its end: sets that wait for a Pod that will not be Ready, Pods without a node,
//! claims without a volume, objects that something holds; each with the reason.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

use super::Worlds;
use crate::cluster::statefulset::decide::Waiting;
use crate::cluster::{Cluster, QUIET};
use crate::resource::model::{ClaimPhase, Phase};
use crate::resource::{Kind, Object};
use crate::store::{Actor, Milestone};
use crate::view::pods::pods_of;
use crate::view::rest::settle_all;
use crate::view::since::{Name, Since, name_of};
use crate::view::waiting::blocked;
use crate::view::why::{Subject, why};

/// Something that does not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it waits for and why, one sentence each.
    pub why: Vec<String>,
    /// Whether it was so before the command too.
    pub before: bool,
}

/// How `why` begins to say what a plan says in another place: what an object holds up, and what became of its name.
const ELSEWHERE: &[&str] = &["What depends on it:", "Its address is", "Its name "];

/// Lets a set go on that only waits for its Pods to have been Ready for a while (minReadySeconds).
pub(super) fn wait_out(copy: &mut Cluster, since: &Since, horizon: Duration) {
    let end = copy.now + horizon;
    let waits = |copy: &Cluster| {
        since.touched(copy).into_iter().find_map(|set| {
            let decision = copy.decision(&set.0, &set.1)?;
            matches!(decision.waiting, Some(Waiting::ToBeAvailable(_))).then_some(set)
        })
    };
    while let Some(set) = waits(copy).filter(|_| copy.now < end) {
        let seconds = copy.api.store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|set| set.stateful_set());
        let seconds = seconds.map_or(1, |set| set.spec.min_ready_seconds.unsigned_abs().max(1));
        copy.run_until(copy.now + Duration::from_secs(seconds));
        settle_all(copy, |copy| copy.settle(QUIET), |copy| copy);
    }
}

/// What does not come to its end, of all that the command touched.
pub(super) fn stuck(worlds: &Worlds<'_>) -> Vec<Stuck> {
    let mut out = Vec::new();
    let mut told: BTreeSet<Name> = BTreeSet::new();
    let touched = worlds.since.touched(worlds.after);
    for set in &touched {
        out.extend(of_set(worlds, set, &mut told));
    }
    for (kind, name) in affected(worlds) {
        let Some(object) = worlds.after.api.store.get(kind, &name.0, &name.1) else { continue };
        let of_told = object.meta.controller().is_some_and(|owner| {
            let set = (name.0.clone(), owner.name.to_string());
            &*owner.kind == "StatefulSet" && touched.contains(&set)
        });
        if of_told || told.contains(&name) || !is_stuck(worlds, object) {
            continue;
        }
        let before = worlds.before.api.store.get(kind, &name.0, &name.1);
        let before = before.is_some_and(|before| before.meta.uid == object.meta.uid && is_stuck_as_it_is(before));
        out.push(Stuck {
            kind: kind.info().name,
            why: reasons(worlds.after, kind, &name),
            before,
            namespace: name.0,
            name: name.1,
        });
    }
    out
}

fn of_set(worlds: &Worlds<'_>, set: &Name, told: &mut BTreeSet<Name>) -> Option<Stuck> {
    let mut sentences = blocked(worlds.after, set);
    if sentences.is_empty() {
        return None;
    }
    let unready = |pod: &&std::sync::Arc<Object>| pod.pod().is_some_and(|pod| !pod.status.is_ready());
    let pods = pods_of(&worlds.after.api.store, set);
    if let Some(pod) = pods.iter().find(unready) {
        let name = name_of(pod);
        sentences.extend(reasons(worlds.after, Kind::Pod, &name));
        told.insert(name);
    }
    let before = !blocked(worlds.before, set).is_empty();
    Some(Stuck { kind: "StatefulSet", namespace: set.0.clone(), name: set.1.clone(), why: once(sentences), before })
}

/// Pods and claims that were written, and what a person asked to go, in order.
fn affected(worlds: &Worlds<'_>) -> BTreeSet<(Kind, Name)> {
    let counts = |change: &crate::store::Change<'_>| {
        matches!(change.kind, Kind::Pod | Kind::PersistentVolumeClaim)
            || change.actor == Actor::User && change.milestones.contains(&Milestone::Terminating)
    };
    let name =
        |change: crate::store::Change<'_>| (change.kind, (change.namespace.to_string(), change.name.to_string()));
    worlds.since.changes(worlds.after).filter(counts).map(name).collect()
}

fn is_stuck(worlds: &Worlds<'_>, object: &Object) -> bool {
    if object.meta.terminating() {
        // What is on its way out and not yet gone when all rests will not go.
        return true;
    }
    if let Some(claim) = object.claim() {
        let waits = claim.status.phase != ClaimPhase::Bound;
        let first = claim.spec.storage_class.as_deref().is_some_and(|class| waits_for_consumer(worlds.after, class));
        let used = worlds
            .after
            .api
            .store
            .in_namespace(Kind::Pod, &object.meta.namespace)
            .any(|pod| pod.pod().is_some_and(|pod| pod.claims().any(|claim| claim.claim == object.meta.name)));
        return waits && (!first || used);
    }
    is_stuck_as_it_is(object)
}

fn is_stuck_as_it_is(object: &Object) -> bool {
    match object.pod() {
        Some(pod) => pod.status.phase != Phase::Succeeded && !pod.status.is_ready(),
        None => {
            object.meta.terminating() || object.claim().is_some_and(|claim| claim.status.phase != ClaimPhase::Bound)
        }
    }
}

fn waits_for_consumer(cluster: &Cluster, class: &str) -> bool {
    let class = cluster.api.store.get(Kind::StorageClass, "", class).and_then(|class| class.plain());
    class.is_some_and(|class| class.get("volumeBindingMode").is_some_and(|mode| mode == "WaitForFirstConsumer"))
}

fn reasons(cluster: &Cluster, kind: Kind, name: &Name) -> Vec<String> {
    let subject = Subject { kind, namespace: name.0.clone(), name: name.1.clone() };
    let mut told = why(cluster, &subject, &[]).map(|why| why.now).unwrap_or_default();
    told.retain(|sentence| !ELSEWHERE.iter().any(|words| sentence.starts_with(words)));
    once(told)
}

/// The sentences without those that were said already.
fn once(sentences: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for sentence in sentences {
        if !out.contains(&sentence) {
            out.push(sentence);
        }
    }
    out
}
