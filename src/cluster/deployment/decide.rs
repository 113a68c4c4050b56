//! What to do next: a pure function from a Deployment's spec and the sizes of its `ReplicaSet`s to new sizes. It writes
//! nothing; `sync` does what it says.
//!
//! Upstream: `pkg/controller/deployment` (`deployment_controller.go`, `rolling.go`, `recreate.go`, `sync.go`).

use super::scale;
use crate::resource::Time;
use crate::resource::meta::Text;
use crate::resource::model::{DeploymentSpec, DeploymentStatus, DeploymentStrategy};

/// What counts of one `ReplicaSet`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sized {
    /// Its name; empty if it is yet to be made.
    pub name: Text,
    /// When it was made.
    pub created: Time,
    /// `spec.replicas`.
    pub wanted: i64,
    /// `status.replicas`.
    pub actual: i64,
    /// `status.availableReplicas`.
    pub available: i64,
    /// The Deployment's size when it last set this one's.
    pub desired: Option<i64>,
    /// That size and the surge.
    pub max: Option<i64>,
    /// Its revision, if that can be read.
    pub revision: Option<i64>,
    /// Whether it is going already, or its controller has not seen its last size.
    pub busy: bool,
}

/// Everything the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The spec.
    pub spec: &'a DeploymentSpec,
    /// The status at the start of the sync.
    pub status: &'a DeploymentStatus,
    /// The Deployment's generation.
    pub generation: i64,
    /// The set with the present template.
    pub new: Option<&'a Sized>,
    /// The others, oldest first.
    pub old: &'a [Sized],
    /// Whether a Pod of the others is still there and has not ended; asked of `Recreate` only.
    pub old_pods: bool,
}

/// What sort of sync this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The Deployment is paused: sizes follow, templates do not.
    Paused,
    /// The Deployment's size has changed: that comes first.
    Scaling,
    /// Pods move from the old sets to the new one.
    Rollout,
}

/// A new size of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The set.
    pub name: Text,
    /// Its new size.
    pub to: i64,
    /// Whether its annotations are brought up to date even if it has that size.
    pub always: bool,
}

/// What a sync does, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What sort of sync this is.
    pub mode: Mode,
    /// Make the set with the present template, of this size.
    pub create: Option<i64>,
    /// Set these sizes.
    pub scale: Vec<Scale>,
    /// Delete these old sets.
    pub delete: Vec<Text>,
    /// Whether `Recreate` waits for old Pods to go.
    pub waits_for_old_pods: bool,
}

impl Decision {
    fn new(mode: Mode) -> Decision {
        Decision { mode, create: None, scale: Vec::new(), delete: Vec::new(), waits_for_old_pods: false }
    }

    /// Sets a size if the set has another one; `true` if so.
    fn scale(&mut self, set: &Sized, to: i64) -> bool {
        if set.wanted != to {
            self.scale.push(Scale { name: set.name.clone(), to, always: false });
        }
        set.wanted != to
    }
}

/// The next actions of a Deployment.
#[must_use]
pub fn decide(view: View<'_>) -> Decision {
    let active = view.new.into_iter().chain(view.old).filter(|set| set.wanted > 0);
    let scaling = active.filter_map(|set| set.desired).any(|desired| desired != view.spec.replicas);
    if view.spec.paused || scaling {
        let mut decision = Decision::new(if view.spec.paused { Mode::Paused } else { Mode::Scaling });
        decision.scale = scale::proportionally(view);
        if view.spec.paused {
            decision.delete = outlived(view);
        }
        return decision;
    }
    match view.spec.strategy {
        DeploymentStrategy::Recreate => recreate(view),
        DeploymentStrategy::RollingUpdate { .. } => roll(view),
    }
}

/// `RollingUpdate`: the new set grows as far as the surge allows, else old ones shrink as far as availability does
/// (rule R4).
fn roll(view: View<'_>) -> Decision {
    let mut decision = Decision::new(Mode::Rollout);
    let made = Sized { wanted: size_of_new(view, 0), ..Sized::default() };
    let new = view.new.unwrap_or(&made);
    if view.new.is_none() {
        decision.create = Some(made.wanted);
    }
    let replicas = view.spec.replicas;
    let to = if new.wanted > replicas { replicas } else { size_of_new(view, new.wanted) };
    if view.new.is_some() && decision.scale(new, to) {
        return decision;
    }
    if !shrink(view, new, &mut decision) && is_complete(view) {
        decision.delete = outlived(view);
    }
    decision
}

/// How large the new set may be now (`NewRSNewReplicas`).
fn size_of_new(view: View<'_>, wanted: i64) -> i64 {
    let DeploymentStrategy::RollingUpdate { max_surge, .. } = view.spec.strategy else { return view.spec.replicas };
    let most = view.spec.replicas + max_surge.of(view.spec.replicas, true);
    let all = view.old.iter().map(|set| set.wanted).sum::<i64>() + wanted;
    if wanted == view.spec.replicas || all >= most {
        return wanted;
    }
    wanted + (most - all).min(view.spec.replicas - wanted)
}

/// Takes Pods away from old sets: first those that are not available, then as many as availability allows. `true` if
/// any go.
fn shrink(view: View<'_>, new: &Sized, decision: &mut Decision) -> bool {
    let mut old: Vec<Sized> = view.old.iter().filter(|set| set.wanted > 0).cloned().collect();
    let all: i64 = old.iter().map(|set| set.wanted).sum::<i64>() + new.wanted;
    let min_available = view.spec.replicas - view.spec.max_unavailable();
    let most = all - min_available - (new.wanted - new.available);
    if old.is_empty() || most <= 0 {
        return false;
    }
    let mut unhealthy = most;
    for set in &mut old {
        if unhealthy <= 0 {
            break;
        }
        let count = unhealthy.min(set.wanted - set.available);
        // A set that has not come down to its size yet is waited for.
        if count < 0 {
            return false;
        }
        decision.scale(set, set.wanted - count);
        set.wanted -= count;
        unhealthy -= count;
    }
    let available = old.iter().map(|set| set.available).sum::<i64>() + new.available;
    let mut healthy = available - min_available;
    for set in old.iter().filter(|set| set.wanted > 0) {
        if healthy <= 0 {
            break;
        }
        let count = healthy.min(set.wanted);
        decision.scale(set, set.wanted - count);
        healthy -= count;
    }
    !decision.scale.is_empty()
}

/// `Recreate`: nothing new before all that is old has gone (rule R5).
fn recreate(view: View<'_>) -> Decision {
    let mut decision = Decision::new(Mode::Rollout);
    for set in view.old {
        decision.scale(set, 0);
    }
    if !decision.scale.is_empty() {
        return decision;
    }
    if view.old_pods || view.old.iter().any(|set| set.actual > 0) {
        decision.waits_for_old_pods = true;
        return decision;
    }
    match view.new {
        Some(new) => {
            decision.scale(new, view.spec.replicas);
        }
        None => decision.create = Some(view.spec.replicas),
    }
    if is_complete(view) {
        decision.delete = outlived(view);
    }
    decision
}

/// Whether the last status tells of a finished rollout (`DeploymentComplete`).
fn is_complete(view: View<'_>) -> bool {
    super::status::is_complete(view.spec, view.status, view.generation)
}

/// The old sets beyond the history limit, lowest revision first, without those that still have Pods.
fn outlived(view: View<'_>) -> Vec<Text> {
    let Some(limit) = view.spec.history_limit else { return Vec::new() };
    let mut old: Vec<&Sized> = view.old.iter().collect();
    let surplus = old.len() as i64 - limit;
    // Without a number the time of making counts, which is the order they come in.
    if old.iter().all(|set| set.revision.is_some()) {
        old.sort_by_key(|set| set.revision);
    }
    let beyond = old.into_iter().take(surplus.max(0) as usize);
    beyond.filter(|set| set.wanted == 0 && set.actual == 0 && !set.busy).map(|set| set.name.clone()).collect()
}
