//! Which nodes get a Pod and which Pods go: pure functions from what is known of the nodes and their Pods.
//!
//! Upstream: `pkg/controller/daemon` (`podsShouldBeOnNode` in `daemon_controller.go`, `rollingUpdate` in `update.go`).

use std::time::Duration;

use crate::resource::Time;
use crate::resource::meta::Text;
use crate::resource::model::{DaemonSetSpec, DaemonSetStrategy, Phase};

/// The most Pods that one sync makes, and the most it deletes (`BurstReplicas`).
pub const BURST: usize = 250;

/// What counts of one Pod.
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonPod {
    /// Its name.
    pub name: Text,
    /// When it was made.
    pub created: Time,
    /// Whether it has a node.
    pub assigned: bool,
    /// Its phase.
    pub phase: Phase,
    /// Whether it was asked to go.
    pub terminating: bool,
    /// Whether it is Ready.
    pub ready: bool,
    /// Whether it has been Ready for `minReadySeconds`.
    pub available: bool,
    /// Whether it has the present template.
    pub updated: bool,
}

/// One node and the Pods it has or is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeView {
    /// Its name.
    pub name: Text,
    /// Whether there is such a node.
    pub exists: bool,
    /// Whether a Pod is to run there.
    pub runs: bool,
    /// Whether a Pod that runs there may stay.
    pub stays: bool,
    /// Its Pods, those with a node first, then the older.
    pub pods: Vec<DaemonPod>,
    /// How long a failed Pod is left alone yet.
    pub back_off: Option<Duration>,
}

impl NodeView {
    /// Puts the Pod that counts to the front (`podByCreationTimestampAndPhase`).
    pub fn sort(&mut self) {
        self.pods.sort_by(|a, b| (!a.assigned, a.created, &a.name).cmp(&(!b.assigned, b.created, &b.name)));
    }
}

/// A Pod that has ended, which is said before it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The Pod.
    pub pod: Text,
    /// Its node.
    pub node: Text,
    /// Whether it failed.
    pub failed: bool,
}

/// What a sync does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Say that these have ended.
    pub ended: Vec<Ended>,
    /// Make a Pod for each of these nodes.
    pub create: Vec<Text>,
    /// Delete these Pods.
    pub delete: Vec<Text>,
    /// Look again after this time.
    pub again: Option<Duration>,
}

/// The next actions of a set: the Pods that nodes lack or have too many of; if there are none, the update.
#[must_use]
pub fn decide(spec: &DaemonSetSpec, nodes: &[NodeView]) -> Decision {
    let mut decision = manage(spec, nodes);
    if decision.create.is_empty() && decision.delete.is_empty() {
        match spec.strategy {
            DaemonSetStrategy::OnDelete => {}
            DaemonSetStrategy::RollingUpdate { max_unavailable, max_surge } => {
                let desired = nodes.iter().filter(|node| node.runs).count() as i64;
                let (surge, unavailable) = (max_surge.of(desired, true), max_unavailable.of(desired, true));
                if surge == 0 {
                    let unavailable = if desired > 0 { unavailable.max(1) } else { unavailable };
                    replace(nodes, unavailable, &mut decision);
                } else {
                    overlap(nodes, surge, desired, &mut decision);
                }
            }
        }
    }
    decision.create.truncate(BURST);
    decision.delete.truncate(BURST);
    decision
}

fn manage(spec: &DaemonSetSpec, nodes: &[NodeView]) -> Decision {
    let surges =
        matches!(spec.strategy, DaemonSetStrategy::RollingUpdate { max_surge, .. } if max_surge.of(1, true) > 0);
    let mut decision = Decision::default();
    for node in nodes.iter().filter(|node| node.exists) {
        if node.runs && node.pods.is_empty() {
            decision.create.push(node.name.clone());
        } else if node.stays {
            keep_one(node, surges, &mut decision);
        } else {
            let here = node.pods.iter().filter(|pod| !pod.terminating);
            decision.delete.extend(here.map(|pod| pod.name.clone()));
        }
    }
    for node in nodes.iter().filter(|node| !node.exists) {
        let waiting = node.pods.iter().filter(|pod| !pod.assigned);
        decision.delete.extend(waiting.map(|pod| pod.name.clone()));
    }
    decision
}

/// Of several Pods on a node one stays; while templates change with a surge, one of each.
fn keep_one(node: &NodeView, surges: bool, decision: &mut Decision) {
    let mut running = Vec::new();
    for pod in node.pods.iter().filter(|pod| !pod.terminating) {
        match (pod.phase, node.back_off) {
            (Phase::Failed, Some(delay)) => {
                decision.again = Some(decision.again.map_or(delay, |again| again.min(delay)));
            }
            (Phase::Failed | Phase::Succeeded, _) => {
                let failed = pod.phase == Phase::Failed;
                decision.ended.push(Ended { pod: pod.name.clone(), node: node.name.clone(), failed });
                decision.delete.push(pod.name.clone());
            }
            _ => running.push(pod),
        }
    }
    if !surges {
        decision.delete.extend(running.iter().skip(1).map(|pod| pod.name.clone()));
        return;
    }
    if running.is_empty() && node.runs {
        decision.create.push(node.name.clone());
    }
    if running.len() < 2 {
        return;
    }
    let (new, old): (Vec<&DaemonPod>, Vec<&DaemonPod>) = running.into_iter().partition(|pod| pod.updated);
    let surplus = new.iter().skip(1).chain(old.iter().skip(1));
    decision.delete.extend(surplus.map(|pod| pod.name.clone()));
    if let (Some(new), Some(old)) = (new.first(), old.first()) {
        if !old.ready || new.available {
            decision.delete.push(old.name.clone());
        }
    }
}

/// The one new and the one old Pod of a node; `None` if there are more of a sort.
fn pair(node: &NodeView) -> Option<(Option<&DaemonPod>, Option<&DaemonPod>)> {
    let here: Vec<&DaemonPod> = node.pods.iter().filter(|pod| !pod.terminating).collect();
    let (new, old): (Vec<&DaemonPod>, Vec<&DaemonPod>) = here.into_iter().partition(|pod| pod.updated);
    (new.len() < 2 && old.len() < 2).then(|| (new.first().copied(), old.first().copied()))
}

/// The nodes an update is about: those that have Pods, and those that are to.
fn concerned(nodes: &[NodeView]) -> impl Iterator<Item = &NodeView> {
    nodes.iter().filter(|node| node.runs || !node.pods.is_empty())
}

/// Without a surge: an old Pod goes, and the next sync makes the new one.
fn replace(nodes: &[NodeView], most: i64, decision: &mut Decision) {
    let (mut unavailable, mut candidates) = (0, Vec::new());
    for node in concerned(nodes) {
        match pair(node) {
            None | Some((None, None) | (Some(_), Some(_))) => unavailable += 1,
            Some((Some(new), None)) => unavailable += i64::from(!new.available),
            Some((None, Some(old))) if !old.available => {
                decision.delete.push(old.name.clone());
                unavailable += 1;
            }
            Some((None, Some(old))) if unavailable < most => candidates.push(old.name.clone()),
            Some((None, Some(_))) => {}
        }
    }
    let room = (most - unavailable).max(0) as usize;
    decision.delete.extend(candidates.into_iter().take(room));
}

/// With a surge: a new Pod comes beside the old one, which goes when the new one is available.
fn overlap(nodes: &[NodeView], most: i64, desired: i64, decision: &mut Decision) {
    let (mut surge, mut available) = (0, 0);
    let (mut candidates, mut misplaced) = (Vec::new(), Vec::new());
    for node in concerned(nodes) {
        let Some((new, old)) = pair(node) else {
            surge += 1;
            continue;
        };
        available += i64::from(old.or(new).is_some_and(|pod| pod.available));
        match (new, old) {
            (_, None) => {}
            (None, Some(old)) if !node.runs && !old.available => decision.delete.push(old.name.clone()),
            (None, Some(old)) if !node.runs => misplaced.push(old.name.clone()),
            (None, Some(old)) if !old.available => decision.create.push(node.name.clone()),
            (None, Some(_)) if surge < most => candidates.push(node.name.clone()),
            (None, Some(_)) => {}
            (Some(new), Some(_)) if !new.available => surge += 1,
            (Some(_), Some(old)) => decision.delete.push(old.name.clone()),
        }
    }
    decision.delete.extend(misplaced.into_iter().take((available - desired).max(0) as usize));
    decision.create.extend(candidates.into_iter().take((most - surge).max(0) as usize));
}
