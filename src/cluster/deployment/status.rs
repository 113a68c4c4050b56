//! What a Deployment says of itself: counts and conditions, word for word (rules R6, R7). Pure functions (upstream
//! `sync.go`, `calculateStatus`; `progress.go`).

use std::time::Duration;

use crate::resource::Time;
use crate::resource::meta::Text;
use crate::resource::model::{
    DeploymentSpec, DeploymentStatus, ReplicaSet, ReplicaSetStatus, WorkloadCondition, condition, remove_condition,
    set_condition,
};

const AVAILABLE: &str = "Available";
const PROGRESSING: &str = "Progressing";
const REPLICA_FAILURE: &str = "ReplicaFailure";
const NEW_SET_AVAILABLE: &str = "NewReplicaSetAvailable";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const PAUSED: &str = "DeploymentPaused";

/// What the status is made of.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The Deployment's name.
    pub name: &'a str,
    /// Its generation.
    pub generation: i64,
    /// Its spec.
    pub spec: &'a DeploymentSpec,
    /// Its last status.
    pub status: &'a DeploymentStatus,
    /// The set with the present template: its name and what it says of itself.
    pub new: Option<(&'a Text, &'a ReplicaSet)>,
    /// All other sets.
    pub old: &'a [&'a ReplicaSet],
    /// The time.
    pub now: Time,
}

/// A condition that holds from now on.
#[must_use]
pub fn new_condition(kind: &str, status: &str, reason: &str, message: impl Into<Text>, now: Time) -> WorkloadCondition {
    WorkloadCondition {
        kind: kind.into(),
        status: status.into(),
        reason: reason.into(),
        message: message.into(),
        last_update: Some(now),
        last_transition: now,
    }
}

/// Notes that the set with the present template was made, was there already, or could not be made.
pub fn note_progress(status: &mut DeploymentStatus, reason: &str, message: String, now: Time) {
    let holds = if reason == "ReplicaSetCreateError" { "False" } else { "True" };
    set_condition(&mut status.conditions, new_condition(PROGRESSING, holds, reason, message, now));
}

/// Whether nothing is said of progress although there is a deadline for it.
#[must_use]
pub fn says_nothing_of_progress(spec: &DeploymentSpec, status: &DeploymentStatus) -> bool {
    spec.progress_deadline_seconds.is_some() && condition(&status.conditions, PROGRESSING).is_none()
}

/// Notes that the Deployment was paused or resumed, so that the time in between is no lack of progress. `true` if that
/// is news.
pub fn note_pause(spec: &DeploymentSpec, status: &mut DeploymentStatus, now: Time) -> bool {
    let reason = condition(&status.conditions, PROGRESSING).map(|condition| condition.reason.clone());
    let reason = reason.as_deref().unwrap_or_default();
    if spec.progress_deadline_seconds.is_none() || reason == TIMED_OUT || spec.paused == (reason == PAUSED) {
        return false;
    }
    let (reason, message) =
        if spec.paused { (PAUSED, "Deployment is paused") } else { ("DeploymentResumed", "Deployment is resumed") };
    set_condition(&mut status.conditions, new_condition(PROGRESSING, "Unknown", reason, message, now));
    true
}

/// Whether all Pods wanted are new and available, and no others are left.
#[must_use]
pub fn is_complete(spec: &DeploymentSpec, status: &DeploymentStatus, generation: i64) -> bool {
    [status.updated, status.replicas, status.available].iter().all(|count| *count == spec.replicas)
        && status.observed_generation >= generation
}

/// The counts, and whether enough Pods are available.
#[must_use]
pub fn calculate(view: View<'_>) -> DeploymentStatus {
    let sets = || view.old.iter().copied().chain(view.new.map(|(_, set)| set));
    let sum = |count: fn(&ReplicaSetStatus) -> i64| sets().map(|set| count(&set.status)).sum::<i64>();
    let available = sum(|status| status.available);
    let wanted: i64 = sets().map(|set| set.spec.replicas).sum();
    let mut status = DeploymentStatus {
        observed_generation: view.generation,
        replicas: sum(|status| status.replicas),
        updated: view.new.map_or(0, |(_, set)| set.status.replicas),
        ready: sum(|status| status.ready),
        available,
        unavailable: (wanted - available).max(0),
        terminating: terminating(sets()),
        conditions: view.status.conditions.clone(),
        collision_count: view.status.collision_count,
    };
    let enough = available >= view.spec.replicas - view.spec.max_unavailable();
    let (holds, reason, message) = if enough {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    set_condition(&mut status.conditions, new_condition(AVAILABLE, holds, reason, message, view.now));
    status
}

/// Sets that their controller has not seen yet have nothing to tell; one that tells nothing otherwise spoils the sum.
fn terminating<'a>(sets: impl Iterator<Item = &'a ReplicaSet>) -> Option<i64> {
    let mut sum = 0;
    for set in sets {
        match set.status.terminating {
            Some(count) => sum += count,
            None if set.status.observed_generation == 0 => {}
            None => return None,
        }
    }
    Some(sum)
}

/// The same during a rollout, with what is to be said of its progress.
#[must_use]
pub fn of_rollout(view: View<'_>) -> DeploymentStatus {
    let mut status = calculate(view);
    if view.spec.progress_deadline_seconds.is_none() {
        remove_condition(&mut status.conditions, PROGRESSING);
    }
    let current = condition(&view.status.conditions, PROGRESSING);
    let finished = status.replicas == status.updated && current.is_some_and(|c| *c.reason == *NEW_SET_AVAILABLE);
    if view.spec.progress_deadline_seconds.is_some() && !finished {
        progress(view, current, &mut status);
    }
    match failure(view) {
        Some(failure) => set_condition(&mut status.conditions, failure),
        None => remove_condition(&mut status.conditions, REPLICA_FAILURE),
    }
    status
}

fn progress(view: View<'_>, current: Option<&WorkloadCondition>, status: &mut DeploymentStatus) {
    let subject = match view.new {
        Some((name, _)) => format!("ReplicaSet \"{name}\""),
        None => format!("Deployment \"{}\"", view.name),
    };
    if is_complete(view.spec, status, view.generation) {
        let message = format!("{subject} has successfully progressed.");
        let done = new_condition(PROGRESSING, "True", NEW_SET_AVAILABLE, message, view.now);
        set_condition(&mut status.conditions, done);
    } else if has_progressed(view.status, status) {
        let message = format!("{subject} is progressing.");
        let mut condition = new_condition(PROGRESSING, "True", "ReplicaSetUpdated", message, view.now);
        if let Some(current) = current {
            if *current.status == *"True" {
                condition.last_transition = current.last_transition;
            }
            remove_condition(&mut status.conditions, PROGRESSING);
        }
        set_condition(&mut status.conditions, condition);
    } else if has_timed_out(view, status) {
        let message = format!("{subject} has timed out progressing.");
        set_condition(&mut status.conditions, new_condition(PROGRESSING, "False", TIMED_OUT, message, view.now));
    }
}

/// Whether more Pods are new, ready or available than before, or fewer are old.
fn has_progressed(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    new.updated > old.updated
        || new.replicas - new.updated < old.replicas - old.updated
        || new.ready > old.ready
        || new.available > old.available
}

fn has_timed_out(view: View<'_>, status: &DeploymentStatus) -> bool {
    let Some(condition) = condition(&status.conditions, PROGRESSING) else { return false };
    match &*condition.reason {
        NEW_SET_AVAILABLE => false,
        TIMED_OUT => true,
        _ => deadline(view.spec, condition).is_some_and(|deadline| deadline < view.now),
    }
}

fn deadline(spec: &DeploymentSpec, condition: &WorkloadCondition) -> Option<Time> {
    let seconds = spec.progress_deadline_seconds?;
    Some(condition.last_update.unwrap_or_default() + Duration::from_secs(seconds.unsigned_abs()))
}

/// In how long to look whether the rollout has timed out, if it has to be looked at (`requeueStuckDeployment`).
#[must_use]
pub fn next_check(view: View<'_>, status: &DeploymentStatus) -> Option<Duration> {
    let current = condition(&view.status.conditions, PROGRESSING)?;
    let deadline = deadline(view.spec, current)?;
    if is_complete(view.spec, status, view.generation) || *current.reason == *TIMED_OUT {
        return None;
    }
    Some(deadline.since(view.now) + Duration::from_secs(1))
}

/// The trouble of the new set, or else of any other, with making Pods.
fn failure(view: View<'_>) -> Option<WorkloadCondition> {
    let new = view.new.map(|(_, set)| set);
    let mut sets = new.into_iter().chain(view.old.iter().copied());
    let found = sets.find_map(|set| condition(&set.status.conditions, REPLICA_FAILURE))?;
    Some(WorkloadCondition { last_update: Some(found.last_transition), ..found.clone() })
}
