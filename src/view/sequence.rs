//! The order in which a set's Pods come up, go down and are updated: not written down, but seen by running it on a copy
//! of the cluster that is thrown away.

use std::time::Duration;

use serde_json::{Value, json};

use super::pods::pods_of;
use super::section::{Extent, Section};
use super::since::{Name, Since};
use super::waiting::brief;
use super::words;
use crate::apiserver::{PatchType, Request};
use crate::cluster::statefulset::decide::Waiting;
use crate::cluster::{Cluster, QUIET};
use crate::resource::Kind;
use crate::store::{Actor, Milestone};

/// How many Pods are waited for at most.
const MOST: usize = 400;

/// The orders of one set: start, stop, update, deletion.
#[must_use]
pub fn orders(cluster: &Cluster, set: &Name, extent: Extent) -> Vec<Section> {
    let store = &cluster.api.store;
    let Some(sts) = store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|o| o.stateful_set()) else {
        return Vec::new();
    };
    let spec = &sts.spec;
    let replicas = spec.replicas.max(1);
    let mut empty = cluster.clone();
    change(&mut empty, set, json!({"spec": {"replicas": 0}}));
    let start = run(
        &empty,
        (set, extent),
        "START",
        words::start_order(spec),
        &Does::Patch(json!({"spec": {"replicas": replicas}})),
    );
    let mut full = cluster.clone();
    change(&mut full, set, json!({"spec": {"replicas": replicas}}));
    let stop =
        run(&full, (set, extent), "DOWN", words::stop_order(spec), &Does::Patch(json!({"spec": {"replicas": 0}})));
    let stamp = json!({"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"});
    let restart = json!({"spec": {"template": {"metadata": {"annotations": stamp}}}});
    let update = run(&full, (set, extent), "UPDATE", words::update_order(spec), &Does::Patch(restart));
    let about = "Deleting the set itself deletes all Pods at once, in no order.";
    let delete = run(&full, (set, extent), "DELETE", about.into(), &Does::Delete);
    vec![start, stop, update, delete]
}

enum Does {
    Patch(Value),
    Delete,
}

/// Does something to a copy, and tells in which order Pods came or went.
fn run(cluster: &Cluster, (set, extent): (&Name, Extent), title: &'static str, about: String, does: &Does) -> Section {
    let mut copy = cluster.clone();
    let since = Since::now(&copy);
    match does {
        Does::Patch(patch) => change(&mut copy, set, patch.clone()),
        Does::Delete => {
            let _ = copy.request(&Request::delete(Kind::StatefulSet, &set.0, &set.1), 0);
            settle(&mut copy, set);
        }
    }
    let mut section = Section::new(title, about, &["##", "TIME", "POD", "~WHY"]);
    let starts = title == "START";
    let mut reasons = super::reason::Reasons::new(&copy, &since);
    let mut rows = Vec::new();
    for change in since.changes(&copy) {
        for milestone in change.milestones {
            let step = reasons.step(&change, milestone);
            let counts = match milestone {
                Milestone::Created(_) => starts,
                Milestone::Terminating => !starts,
                _ => false,
            };
            let of_set =
                || since.set_of_pod(&copy, change.namespace, change.name).is_some_and(|(name, _)| name == *set);
            if counts && change.kind == Kind::Pod && change.actor != Actor::User && of_set() {
                rows.push((change.time, change.name.to_string(), step.why));
            }
        }
    }
    let numbered: Vec<_> = rows.iter().enumerate().collect();
    let (shown, left_out) = extent.of(&numbered);
    for (index, (time, pod, why)) in shown {
        let time = format!("+{}", words::span(time.since(since.time)));
        section.table.row([(index + 1).to_string().into(), time.into(), pod.clone().into(), why.clone().into()]);
    }
    section.left_out(left_out, "each like the ones before it");
    section.notes.extend(kept(&copy, set, title, &rows.iter().map(|row| row.1.clone()).collect::<Vec<_>>()));
    section
}

/// What an update leaves as it is, or what does not come about.
fn kept(copy: &Cluster, set: &Name, title: &str, told: &[String]) -> Option<String> {
    if title == "DELETE" {
        return None;
    }
    let waiting = super::waiting::waiting(copy, set);
    if title != "UPDATE" {
        let then = if available_in(copy, set).is_some() { "Then it waits" } else { "Then it stops" };
        return waiting.first().map(|sentence| format!("{then}: {sentence}"));
    }
    let left: Vec<String> = pods_of(&copy.api.store, set)
        .iter()
        .map(|pod| pod.meta.name.to_string())
        .filter(|pod| !told.contains(pod))
        .collect();
    (!left.is_empty()).then(|| format!("Not replaced: {}. {}", brief(&left), waiting.join(" ")))
}

fn change(cluster: &mut Cluster, set: &Name, patch: Value) {
    let request = Request::patch(Kind::StatefulSet, &set.0, &set.1, PatchType::Merge, patch);
    let _ = cluster.request(&request, 0);
    settle(cluster, set);
}

/// Lets time run until nothing goes on any more; that a Pod becomes available (`minReadySeconds`) is waited for.
fn settle(cluster: &mut Cluster, set: &Name) {
    for _ in 0..MOST {
        super::rest::settle_all(cluster, |cluster| cluster.settle(QUIET), |cluster| cluster);
        let Some(time) = available_in(cluster, set) else { return };
        let until = cluster.now + time;
        cluster.run_until(until);
    }
}

/// If a set waits for nothing but that a Pod was Ready long enough: how long that takes at most.
fn available_in(cluster: &Cluster, set: &Name) -> Option<Duration> {
    let waiting = cluster.decision(&set.0, &set.1)?.waiting;
    let Some(Waiting::ToBeAvailable(ordinal)) = waiting else { return None };
    let pod = cluster.api.store.get(Kind::Pod, &set.0, &format!("{}-{ordinal}", set.1))?;
    if !pod.pod()?.is_running_and_ready() {
        return None;
    }
    let spec = &cluster.api.store.get(Kind::StatefulSet, &set.0, &set.1)?.stateful_set()?.spec;
    Some(Duration::from_secs(spec.min_ready_seconds.unsigned_abs()))
}
