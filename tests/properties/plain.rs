//! The decision of the `StatefulSet` controller once more, slow and plain: every list is built and walked as upstream
//! does it (`stateful_set_control.go`: `updateStatefulSet`, `processReplica`, `processCondemned`; rules S39–S45,
//! S67–S69, S78–S84). It shares no question with the real one, only its vocabulary.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sts_lab::cluster::statefulset::decide::{Action, Decision, DeleteReason, Waiting};
use sts_lab::cluster::statefulset::replicas::{Counts, Replica};
use sts_lab::resource::Time;
use sts_lab::resource::meta::Text;
use sts_lab::resource::model::{Phase, StatefulSetSpec, UpdateStrategy};

/// All that a decision depends on.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The spec.
    pub spec: &'a StatefulSetSpec,
    /// `status.currentReplicas` at the start of the sync.
    pub status_current: i64,
    /// The name of the current revision.
    pub current: Text,
    /// The name of the update revision.
    pub update: Text,
    /// The claimed Pods, by ordinal.
    pub pods: BTreeMap<i64, Replica>,
    /// Pods whose identity and claims are known to be right.
    pub checked: BTreeSet<i64>,
    /// The time.
    pub now: Time,
}

/// A place of the range: a Pod, or one that exists only in memory so far.
enum Slot<'a> {
    There(&'a Replica),
    New(Text),
}

/// Whether a pass goes on.
#[derive(PartialEq)]
enum Next {
    Go,
    Stop,
}

impl World<'_> {
    /// What upstream would do.
    pub fn decide(&self) -> Decision {
        let mut out = Decision::default();
        let slots: Vec<(i64, Slot<'_>)> = (self.spec.start..self.spec.start + self.spec.replicas)
            .map(|ordinal| match self.pods.get(&ordinal) {
                Some(pod) => (ordinal, Slot::There(pod)),
                None => (ordinal, Slot::New(self.revision_of_new(ordinal))),
            })
            .collect();
        let in_range = |ordinal: i64| ordinal >= self.spec.start && ordinal < self.spec.start + self.spec.replicas;
        let condemned: Vec<(i64, &Replica)> =
            self.pods.iter().rev().filter(|(o, _)| !in_range(**o)).map(|(o, pod)| (*o, pod)).collect();
        let mut first_unavailable = None;
        for (ordinal, slot) in &slots {
            if first_unavailable.is_none() && self.slot_unavailable(slot) {
                first_unavailable = Some(*ordinal);
            }
        }
        for (ordinal, pod) in condemned.iter().rev() {
            if first_unavailable.is_none() && self.unavailable(pod) {
                first_unavailable = Some(*ordinal);
            }
        }
        for (ordinal, slot) in &slots {
            if self.replica(*ordinal, slot, &mut out) == Next::Stop && !self.spec.parallel {
                return out;
            }
        }
        for (ordinal, _) in &condemned {
            if !self.checked.contains(ordinal) {
                out.actions.push(Action::FixClaims(*ordinal));
            }
        }
        for (ordinal, pod) in &condemned {
            let next = self.condemned(*ordinal, pod, first_unavailable, &mut out);
            if next == Next::Stop && !self.spec.parallel {
                return out;
            }
        }
        if self.spec.update != UpdateStrategy::OnDelete {
            self.update(&slots, &mut out);
        }
        out
    }

    /// Rules S78 to S80 (`newVersionedStatefulSetPod`).
    fn revision_of_new(&self, ordinal: i64) -> Text {
        let old = match self.spec.update {
            UpdateStrategy::RollingUpdate(None) => ordinal < self.spec.start + self.status_current,
            UpdateStrategy::RollingUpdate(Some(rolling)) => ordinal < self.spec.start + rolling.partition,
            UpdateStrategy::OnDelete => false,
        };
        if old { self.current.clone() } else { self.update.clone() }
    }

    /// `IsPodAvailable`: the phase does not count.
    fn available(&self, pod: &Replica) -> bool {
        let min = Duration::from_secs(self.spec.min_ready_seconds.unsigned_abs());
        pod.ready_since.is_some_and(|since| min.is_zero() || since + min <= self.now)
    }

    fn unavailable(&self, pod: &Replica) -> bool {
        !self.available(pod) || pod.terminating
    }

    fn slot_unavailable(&self, slot: &Slot<'_>) -> bool {
        match slot {
            Slot::There(pod) => self.unavailable(pod),
            Slot::New(_) => true,
        }
    }

    fn running_and_ready(pod: &Replica) -> bool {
        pod.phase == Phase::Running && pod.ready_since.is_some()
    }

    /// `processReplica`.
    fn replica(&self, ordinal: i64, slot: &Slot<'_>, out: &mut Decision) -> Next {
        let ordered = !self.spec.parallel;
        let pod = match slot {
            Slot::There(pod) => *pod,
            Slot::New(revision) => {
                out.actions.push(Action::Create(ordinal, revision.clone()));
                return Next::Stop;
            }
        };
        let wait = |out: &mut Decision, waiting: Waiting| {
            out.waiting = ordered.then_some(waiting);
            Next::Stop
        };
        if matches!(pod.phase, Phase::Failed | Phase::Succeeded) {
            if !pod.terminating {
                out.actions.push(Action::Delete(ordinal, DeleteReason::Ended));
            }
            return wait(out, Waiting::ToBeReplaced(ordinal));
        }
        if pod.phase == Phase::Pending && !self.checked.contains(&ordinal) {
            out.actions.push(Action::CreateClaims(ordinal));
        }
        if pod.terminating && ordered {
            return wait(out, Waiting::ToTerminate(ordinal));
        }
        if !World::running_and_ready(pod) && ordered {
            return wait(out, Waiting::ToBeReady(ordinal));
        }
        if !self.available(pod) && ordered {
            return wait(out, Waiting::ToBeAvailable(ordinal));
        }
        if !self.checked.contains(&ordinal) {
            out.actions.push(Action::Repair(ordinal));
        }
        Next::Go
    }

    /// `processCondemned`.
    fn condemned(&self, ordinal: i64, pod: &Replica, first_unavailable: Option<i64>, out: &mut Decision) -> Next {
        let ordered = !self.spec.parallel;
        let is_first = first_unavailable == Some(ordinal);
        if pod.terminating {
            if ordered {
                out.waiting = Some(Waiting::ToTerminate(ordinal));
            }
            return if ordered { Next::Stop } else { Next::Go };
        }
        if !World::running_and_ready(pod) && ordered && !is_first {
            out.waiting = Some(Waiting::ToBeReady(first_unavailable.unwrap_or(ordinal)));
            return Next::Stop;
        }
        if !self.available(pod) && ordered && !is_first {
            out.waiting = Some(Waiting::ToBeAvailable(first_unavailable.unwrap_or(ordinal)));
            return Next::Stop;
        }
        out.actions.push(Action::Delete(ordinal, DeleteReason::Condemned));
        Next::Stop
    }

    /// The end of `updateStatefulSet`, without `maxUnavailable` (rule S82). What this sync has made or deleted is still
    /// in the list as it was before.
    fn update(&self, slots: &[(i64, Slot<'_>)], out: &mut Decision) {
        let partition = match self.spec.update {
            UpdateStrategy::RollingUpdate(Some(rolling)) => rolling.partition,
            _ => 0,
        };
        for (index, (ordinal, slot)) in slots.iter().enumerate().rev() {
            if (index as i64) < partition {
                return;
            }
            let (revision, terminating) = match slot {
                Slot::There(pod) => (&pod.revision, pod.terminating),
                Slot::New(revision) => (revision, false),
            };
            if *revision != self.update && !terminating {
                out.actions.push(Action::Delete(*ordinal, DeleteReason::Outdated));
                return;
            }
            if self.slot_unavailable(slot) {
                out.waiting = Some(match slot {
                    Slot::There(pod) if pod.terminating => Waiting::ToTerminate(*ordinal),
                    Slot::There(pod) if World::running_and_ready(pod) => Waiting::ToBeAvailable(*ordinal),
                    _ => Waiting::ToBeReady(*ordinal),
                });
                return;
            }
        }
    }

    /// What a status counts (rule S86, `computeReplicaStatus`).
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for pod in self.pods.values() {
            counts.replicas += 1;
            if World::running_and_ready(pod) {
                counts.ready += 1;
                counts.available += i64::from(self.available(pod));
            }
            if !pod.terminating {
                *counts.by_revision.entry(pod.revision.clone()).or_default() += 1;
            }
        }
        counts
    }
}
