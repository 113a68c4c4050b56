//! What a set waits for now, in words: from the decision that its controller would make.

use super::pods::state;
use super::since::Name;
use crate::cluster::Cluster;
use crate::cluster::statefulset::decide::{Action, Decision, Waiting};
use crate::resource::Kind;
use crate::resource::model::UpdateStrategy;

/// What a set waits for, one sentence each; none if it is as its spec says.
#[must_use]
pub fn waiting(cluster: &Cluster, set: &Name) -> Vec<String> {
    let mut out = blocked(cluster, set);
    out.extend(outdated(cluster, set));
    out
}

/// What keeps a set from being as its spec says; that Pods keep an old revision on purpose does not count.
#[must_use]
pub fn blocked(cluster: &Cluster, set: &Name) -> Vec<String> {
    let store = &cluster.api.store;
    let Some(sts) = store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|o| o.stateful_set()) else {
        return Vec::new();
    };
    let Some(decision) = cluster.decision(&set.0, &set.1) else { return Vec::new() };
    let mut out = Vec::new();
    let pod = |ordinal: i64| format!("{}-{ordinal}", set.1);
    // In a Parallel set only an update waits for anybody.
    let updating = super::pods::pods_of(store, set)
        .iter()
        .any(|pod| pod.meta.labels.get("controller-revision-hash") != Some(&*sts.status.update_revision));
    if let Some(waiting) = decision.waiting.filter(|_| !sts.spec.parallel || updating) {
        let ordinal = ordinal_of(waiting);
        let next = next_after(cluster, set, ordinal);
        let what = match waiting {
            Waiting::ToTerminate(_) => format!("{} is gone", pod(ordinal)),
            Waiting::ToBeReady(_) => format!("{} is Running and Ready", pod(ordinal)),
            Waiting::ToBeAvailable(_) => {
                format!("{} has been Ready for {} s (minReadySeconds)", pod(ordinal), sts.spec.min_ready_seconds)
            }
            Waiting::ToBeReplaced(_) => format!("{}, which ended, is replaced", pod(ordinal)),
        };
        let state = store.get(Kind::Pod, &set.0, &pod(ordinal)).map(|p| state(p, cluster.now).1.text);
        let state = state.filter(|s| s != "Running").map(|s| format!(" It is {s}.")).unwrap_or_default();
        out.push(format!("{next} until {what}.{state}"));
        out.extend(stuck(cluster, set, ordinal));
        out.extend(store.get(Kind::Pod, &set.0, &pod(ordinal)).and_then(|p| super::nodes::lost(cluster, p)));
    } else if sts.spec.parallel {
        let mut unready = super::pods::pods_of(store, set);
        unready.retain(|p| p.pod().is_some_and(|p| !p.is_running_and_ready()) || p.meta.terminating());
        let lost: Vec<String> = unready.iter().filter_map(|pod| super::nodes::lost(cluster, pod)).collect();
        let unready: Vec<String> = unready.iter().map(|pod| pod.meta.name.to_string()).collect();
        if !unready.is_empty() {
            let is = if unready.len() == 1 { "is" } else { "are" };
            out.push(format!("{} {is} not Ready; Parallel, so nothing waits for that.", brief(&unready)));
        }
        out.extend(lost.into_iter().take(3));
    }
    out.extend(failing(&decision, set));
    out
}

/// The trap of ordered updates: a Pod that is not Ready is not replaced by a better template (rule S82).
fn stuck(cluster: &Cluster, set: &Name, ordinal: i64) -> Option<String> {
    let store = &cluster.api.store;
    let sts = store.get(Kind::StatefulSet, &set.0, &set.1)?.stateful_set()?;
    let name = format!("{}-{ordinal}", set.1);
    let pod = store.get(Kind::Pod, &set.0, &name)?;
    let old = pod.meta.labels.get("controller-revision-hash").is_some_and(|r| *r != *sts.status.update_revision);
    let unready = pod.pod().is_some_and(|pod| !pod.status.is_ready()) && !pod.meta.terminating();
    (old && unready && sts.spec.in_range(ordinal)).then(|| {
        format!(
            "{name} has an old revision, and a better template does not replace a Pod that is not Ready: delete it."
        )
    })
}

fn ordinal_of(waiting: Waiting) -> i64 {
    match waiting {
        Waiting::ToTerminate(o) | Waiting::ToBeReady(o) | Waiting::ToBeAvailable(o) | Waiting::ToBeReplaced(o) => o,
    }
}

/// What does not go on.
fn next_after(cluster: &Cluster, set: &Name, blocking: i64) -> String {
    let store = &cluster.api.store;
    let Some(sts) = store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|o| o.stateful_set()) else {
        return "Nothing goes on".into();
    };
    let spec = &sts.spec;
    let missing =
        (blocking + 1..=spec.end()).find(|o| store.get(Kind::Pod, &set.0, &format!("{}-{o}", set.1)).is_none());
    if let Some(ordinal) = missing.filter(|_| spec.in_range(blocking)) {
        return format!("{}-{ordinal} is not made", set.1);
    }
    let condemned =
        super::pods::pods_of(store, set).into_iter().rev().find(|p| !spec.in_range(super::pods::ordinal(p)));
    if let Some(condemned) = condemned.filter(|p| super::pods::ordinal(p) != blocking) {
        return format!("{} is not deleted", condemned.meta.name);
    }
    format!("{} does nothing else", set.1)
}

/// Actions that the controller would do but that have not happened: they fail.
fn failing(decision: &Decision, set: &Name) -> Option<String> {
    let creates: Vec<String> = decision
        .actions
        .iter()
        .filter_map(|a| if let Action::Create(o, _) = a { Some(format!("{}-{o}", set.1)) } else { None })
        .collect();
    (!creates.is_empty()).then(|| format!("{} to be made next; see `sts-lab why sts/{}`.", brief(&creates), set.1))
}

/// Pods that keep an old revision on purpose.
#[must_use]
pub fn outdated(cluster: &Cluster, set: &Name) -> Option<String> {
    let store = &cluster.api.store;
    let sts = store.get(Kind::StatefulSet, &set.0, &set.1)?.stateful_set()?;
    let update = &sts.status.update_revision;
    let old: Vec<_> = super::pods::pods_of(store, set)
        .into_iter()
        .filter(|p| p.meta.labels.get("controller-revision-hash").is_some_and(|r| *r != **update))
        .collect();
    if old.is_empty() || update.is_empty() {
        return None;
    }
    let names: Vec<String> = old.iter().map(|p| p.meta.name.to_string()).collect();
    let (keeps, its) = if names.len() == 1 { ("keeps", "its") } else { ("keep", "their") };
    if sts.spec.update == UpdateStrategy::OnDelete {
        return Some(format!("{} {keeps} {its} old revision until somebody deletes it (OnDelete).", brief(&names)));
    }
    let below = sts.spec.start + sts.spec.partition();
    let held = old.iter().all(|p| super::pods::ordinal(p) < below);
    held.then(|| format!("{} {keeps} {its} old revision: partition is {}.", brief(&names), sts.spec.partition()))
}

/// A list of names, cut if it is long.
#[must_use]
pub fn brief(names: &[String]) -> String {
    match names {
        [first, .., last] if names.len() > 4 => format!("{first} … {last} ({})", names.len()),
        few => super::words::list(few),
    }
}
