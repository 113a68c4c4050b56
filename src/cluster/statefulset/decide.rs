//! What to do next: a pure function from a set's spec, its revisions and what is known of its Pods to actions with their
//! reasons. It writes nothing; `sync` does what it says, `why` and `plan` read it.
//!
//! Upstream: `pkg/controller/statefulset/stateful_set_control.go` (`updateStatefulSet`, `processReplica`,
//! `processCondemned`).

use std::ops::RangeInclusive;

use crate::resource::meta::Text;
use crate::resource::model::{Phase, StatefulSetSpec, StatefulSetStatus, UpdateStrategy};

use super::replicas::Replicas;

/// Why a Pod is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteReason {
    /// It ended; a new one takes its place (rule S43.1).
    Ended,
    /// It is beyond the range (rule S67).
    Condemned,
    /// It has another revision (rule S82).
    Outdated,
}

/// One action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make the Pod of an ordinal, and its claims, at a revision.
    Create(i64, Text),
    /// Make missing claims of a Pod that is Pending (rule S43.3).
    CreateClaims(i64),
    /// Put identity, storage and the claims' owners right (rules S54–S57).
    Repair(i64),
    /// Put the owners of a condemned Pod's claims right (rule S67).
    FixClaims(i64),
    /// Delete a Pod.
    Delete(i64, DeleteReason),
}

/// What an ordered set waits for before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A Pod that was asked to go is still there.
    ToTerminate(i64),
    /// A Pod is not Running and Ready.
    ToBeReady(i64),
    /// A Pod is Ready, but not for `minReadySeconds` yet.
    ToBeAvailable(i64),
    /// A Pod that ended is being removed.
    ToBeReplaced(i64),
}

/// What a sync does, in order, and what it waits for after that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The actions. If one fails, those after it are not tried; in a Parallel set, those of its batch still are.
    pub actions: Vec<Action>,
    /// What the set waits for, if anything.
    pub waiting: Option<Waiting>,
}

/// Everything the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The spec.
    pub spec: &'a StatefulSetSpec,
    /// The status at the start of the sync.
    pub status: &'a StatefulSetStatus,
    /// The name of the current revision.
    pub current: &'a Text,
    /// The name of the update revision.
    pub update: &'a Text,
    /// The Pods.
    pub replicas: &'a Replicas,
}

impl View<'_> {
    fn range(&self) -> RangeInclusive<i64> {
        self.spec.start..=self.spec.end()
    }

    /// The revision that a new Pod of an ordinal gets (rules S78–S80).
    #[must_use]
    pub fn revision_of_new(&self, ordinal: i64) -> Text {
        let current = match self.spec.update {
            UpdateStrategy::RollingUpdate(Some(rolling)) => ordinal < self.spec.start + rolling.partition,
            UpdateStrategy::RollingUpdate(None) => ordinal < self.spec.start + self.status.current,
            UpdateStrategy::OnDelete => false,
        };
        if current { self.current.clone() } else { self.update.clone() }
    }
}

/// The next actions of a set.
#[must_use]
pub fn decide(view: View<'_>) -> Decision {
    let mut decision = Decision::default();
    let stopped = if view.spec.parallel { burst(view, &mut decision) } else { ordered(view, &mut decision) };
    if stopped {
        return decision;
    }
    for (ordinal, _) in view.replicas.condemned(&view.range()) {
        if view.replicas.next_unchecked(ordinal, ordinal).is_some() {
            decision.actions.push(Action::FixClaims(ordinal));
        }
    }
    if !condemned(view, &mut decision) {
        update(view, &mut decision);
    }
    decision
}

/// The replica pass of an ordered set: up to the first ordinal that blocks. `true` if there is one.
fn ordered(view: View<'_>, decision: &mut Decision) -> bool {
    let range = view.range();
    let blocking = view.replicas.first_blocking(&range);
    let last_healthy = blocking.map_or(*range.end(), |ordinal| ordinal - 1);
    repair(view, *range.start(), last_healthy, decision);
    let Some(ordinal) = blocking else { return false };
    let Some(pod) = view.replicas.get(ordinal) else {
        decision.actions.push(Action::Create(ordinal, view.revision_of_new(ordinal)));
        return true;
    };
    decision.waiting = Some(if pod.phase.is_terminal() {
        if !pod.terminating {
            decision.actions.push(Action::Delete(ordinal, DeleteReason::Ended));
        }
        Waiting::ToBeReplaced(ordinal)
    } else {
        if pod.phase == Phase::Pending && view.replicas.next_unchecked(ordinal, ordinal).is_some() {
            decision.actions.push(Action::CreateClaims(ordinal));
        }
        if pod.terminating {
            Waiting::ToTerminate(ordinal)
        } else if !pod.running_and_ready() {
            Waiting::ToBeReady(ordinal)
        } else {
            Waiting::ToBeAvailable(ordinal)
        }
    });
    true
}

fn repair(view: View<'_>, from: i64, to: i64, decision: &mut Decision) {
    let mut next = from;
    while let Some(ordinal) = view.replicas.next_unchecked(next, to) {
        decision.actions.push(Action::Repair(ordinal));
        next = ordinal + 1;
    }
}

/// The replica pass of a Parallel set: every ordinal at once, whatever state the others are in.
fn burst(view: View<'_>, decision: &mut Decision) -> bool {
    let range = view.range();
    let (mut next, end) = (*range.start(), *range.end());
    let replicas = view.replicas;
    while next <= end {
        let candidates =
            [replicas.next_missing(next), replicas.next_ended(next, end), replicas.next_unchecked(next, end)];
        let Some(ordinal) = candidates.into_iter().flatten().min().filter(|ordinal| *ordinal <= end) else { break };
        match replicas.get(ordinal) {
            None => decision.actions.push(Action::Create(ordinal, view.revision_of_new(ordinal))),
            Some(pod) if pod.phase.is_terminal() => {
                if !pod.terminating {
                    decision.actions.push(Action::Delete(ordinal, DeleteReason::Ended));
                }
            }
            Some(pod) => {
                if pod.phase == Phase::Pending {
                    decision.actions.push(Action::CreateClaims(ordinal));
                }
                decision.actions.push(Action::Repair(ordinal));
            }
        }
        next = ordinal + 1;
    }
    false
}

/// The pass over Pods beyond the range. `true` if the sync ends with it.
fn condemned(view: View<'_>, decision: &mut Decision) -> bool {
    let range = view.range();
    let replicas = view.replicas;
    if view.spec.parallel {
        let going = replicas.condemned(&range).filter(|(_, pod)| !pod.terminating);
        decision.actions.extend(going.map(|(ordinal, _)| Action::Delete(ordinal, DeleteReason::Condemned)));
        return false;
    }
    let Some((ordinal, pod)) = replicas.condemned(&range).next() else { return false };
    let is_first_unavailable = || first_unavailable(view) == Some(ordinal);
    decision.waiting = if pod.terminating {
        Some(Waiting::ToTerminate(ordinal))
    } else if !pod.running_and_ready() && !is_first_unavailable() {
        Some(Waiting::ToBeReady(first_unavailable(view).unwrap_or(ordinal)))
    } else if !replicas.is_available(ordinal) && !is_first_unavailable() {
        Some(Waiting::ToBeAvailable(first_unavailable(view).unwrap_or(ordinal)))
    } else {
        decision.actions.push(Action::Delete(ordinal, DeleteReason::Condemned));
        None
    };
    true
}

/// The first Pod that is not available: of the range in ascending order, then of the condemned ones (rule S40).
fn first_unavailable(view: View<'_>) -> Option<i64> {
    let range = view.range();
    view.replicas.first_unavailable(&range).or_else(|| {
        let condemned = view.replicas.condemned(&range);
        let unavailable = condemned.filter(|(o, pod)| pod.terminating || !view.replicas.is_available(*o));
        unavailable.map(|(ordinal, _)| ordinal).min()
    })
}

/// The update pass: the highest Pod that is outdated goes, unless one above it is not available (rule S82). Upstream
/// reads the list it began with: a Pod that this sync has made at an old revision goes again at once, and one that it
/// has deleted is deleted once more.
fn update(view: View<'_>, decision: &mut Decision) {
    if view.spec.update == UpdateStrategy::OnDelete {
        return;
    }
    let targets = view.spec.start + view.spec.partition()..=view.spec.end();
    let outdated = view.replicas.last_outdated(&targets, view.update).max(last_made_outdated(view));
    let unavailable = view.replicas.last_unavailable(&targets);
    match (outdated, unavailable) {
        (Some(ordinal), above) if above.is_none_or(|above| above <= ordinal) => {
            decision.actions.push(Action::Delete(ordinal, DeleteReason::Outdated));
        }
        (_, Some(ordinal)) => {
            decision.waiting = Some(match view.replicas.get(ordinal) {
                Some(pod) if pod.terminating => Waiting::ToTerminate(ordinal),
                Some(pod) if pod.running_and_ready() => Waiting::ToBeAvailable(ordinal),
                _ => Waiting::ToBeReady(ordinal),
            });
        }
        _ => {}
    }
}

/// The highest Pod that this sync makes at the current revision although the update pass is about it: only a strategy
/// without `rollingUpdate` has such Pods (rule S79).
fn last_made_outdated(view: View<'_>) -> Option<i64> {
    if view.spec.update != UpdateStrategy::RollingUpdate(None) || view.current == view.update {
        return None;
    }
    let end = view.spec.end().min(view.spec.start + view.status.current - 1);
    view.replicas.last_missing(&(view.spec.start..=end))
}
