//! What becomes of the sets when the Deployment's size changes, in the middle of a rollout or while it is paused: each
//! keeps its share (upstream `sync.go`, `scale`; `deployment_util.go`, `GetReplicaSetProportion`).

use std::cmp::Reverse;

use super::decide::{Scale, Sized, View};
use crate::resource::model::DeploymentStrategy;

/// The new sizes of all sets.
pub(super) fn proportionally(view: View<'_>) -> Vec<Scale> {
    let replicas = view.spec.replicas;
    let active: Vec<&Sized> = view.old.iter().chain(view.new).filter(|set| set.wanted > 0).collect();
    match active.as_slice() {
        [] => {
            let newest = view.new.or(view.old.last());
            return newest.filter(|set| set.wanted != replicas).map(|set| exactly(set, replicas)).into_iter().collect();
        }
        [only] => return if only.wanted == replicas { Vec::new() } else { vec![exactly(only, replicas)] },
        _ => {}
    }
    if view.new.is_some_and(|new| is_saturated(new, replicas)) {
        return view.old.iter().filter(|set| set.wanted > 0).map(|set| exactly(set, 0)).collect();
    }
    match view.spec.strategy {
        DeploymentStrategy::RollingUpdate { .. } => shares(view, active),
        DeploymentStrategy::Recreate => Vec::new(),
    }
}

fn exactly(set: &Sized, to: i64) -> Scale {
    Scale { name: set.name.clone(), to, always: false }
}

/// Whether a set has all Pods that the Deployment wants, and knows it.
fn is_saturated(set: &Sized, replicas: i64) -> bool {
    set.wanted == replicas && set.desired == Some(replicas) && set.available == replicas
}

fn shares(view: View<'_>, mut active: Vec<&Sized>) -> Vec<Scale> {
    let replicas = view.spec.replicas;
    let allowed = if replicas > 0 { replicas + view.spec.max_surge() } else { 0 };
    let to_add = allowed - active.iter().map(|set| set.wanted).sum::<i64>();
    let age = |set: &&Sized| (set.created, set.name.clone());
    match to_add {
        // Growing begins with the newer of two of one size, shrinking with the older.
        1.. => active.sort_by_key(|set| Reverse((set.wanted, age(set)))),
        0 => {}
        _ => active.sort_by_key(|set| (Reverse(set.wanted), age(set))),
    }
    let mut added = 0;
    let mut scales = Vec::with_capacity(active.len());
    for set in active {
        let share = if to_add == added { 0 } else { fraction(view, set) };
        let share = if to_add > 0 { share.min(to_add - added) } else { share.max(to_add - added) };
        added += share;
        scales.push(Scale { name: set.name.clone(), to: set.wanted + share, always: true });
    }
    // What rounding leaves over goes to the largest.
    if let Some(first) = scales.first_mut() {
        first.to = (first.to + to_add - added).max(0);
    }
    scales
}

/// By how much a set would have to change to keep its share of the whole.
fn fraction(view: View<'_>, set: &Sized) -> i64 {
    if view.spec.replicas == 0 {
        return -set.wanted;
    }
    let before = set.max.filter(|max| *max > 0).unwrap_or(view.status.replicas);
    if before == 0 {
        return 0;
    }
    let max = view.spec.replicas + view.spec.max_surge();
    // Rounded to the nearest, halves up.
    (2 * set.wanted * max + before).div_euclid(2 * before) - set.wanted
}
