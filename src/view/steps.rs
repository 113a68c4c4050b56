//! What is due next, and what one step did: the queue of the cluster in words.

use super::reason::{Reasons, accompanies};
use super::section::{Section, folded};
use super::since::Since;
use super::words;
use crate::cluster::Cluster;
use crate::cluster::queue::{Item, Task, Worker};
use crate::resource::Time;
use crate::resource::meta::Id;
use crate::store::{ChangeId, Milestone};

/// The tasks that are due, in the order in which they will run.
#[must_use]
pub fn pending(cluster: &Cluster) -> Section {
    let due = cluster.pending();
    let about = if due.is_empty() {
        "Nothing is due: the world rests."
    } else {
        "What is due, in the order in which it will run. `sts-lab tick` runs the first."
    };
    let mut section = Section::new("NEXT", about, &["##", "TIME", "WHO", "~WHAT"]);
    let numbered: Vec<_> = due.iter().enumerate().collect();
    let (shown, left_out) = folded(&numbered);
    for (index, (time, task)) in shown {
        let (who, what) = words_of(cluster, task);
        let time = format!("+{}", words::span(time.since(cluster.now)));
        section.table.row([(index + 1).to_string().into(), time.into(), who.into(), what.into()]);
    }
    section.left_out(left_out, "sts-lab tick -v");
    section
}

/// Steps that are told at most, the last ones.
const MANY: usize = 100;

/// What one task did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did {
    /// When.
    pub time: Time,
    /// Who.
    pub who: &'static str,
    /// On what.
    pub about: String,
    /// What came of it, one phrase for each milestone.
    pub what: Vec<String>,
}

/// What the task did that is next in `before`, `cluster` being the world after it.
#[must_use]
pub fn did(next: (&'static str, String), from: ChangeId, cluster: &Cluster) -> Did {
    let since = Since::begin(cluster);
    let mut reasons = Reasons::new(cluster, &since);
    let mut what: Vec<String> = Vec::new();
    for change in cluster.api.store.history.since(from) {
        for milestone in change.milestones {
            let step = reasons.step(&change, milestone);
            if accompanies(milestone, &change) {
                continue;
            }
            let text = match milestone {
                Milestone::Said(event) if !event.warning => String::new(),
                Milestone::Said(event) => format!("warning {}: {}", event.reason, event.message),
                Milestone::SetStatus(status) => format!("status: {} of {} Ready", status.ready, status.replicas),
                _ => step.what,
            };
            if !text.is_empty() {
                what.push(text);
            }
        }
    }
    Did { time: cluster.now, who: next.0, about: next.1, what }
}

/// What some steps did, one row each.
#[must_use]
pub fn story(steps: &[Did], start: Time) -> Section {
    let about = "Each step is one component at work on one object; what it writes wakes the others.";
    let mut section = Section::new("STEPS", about, &["##", "TIME", "WHO", "ON", "~DID"]);
    let numbered: Vec<_> = steps.iter().enumerate().collect();
    let (shown, left_out) = if steps.len() <= MANY {
        (numbered.as_slice(), 0)
    } else {
        (&numbered[steps.len() - MANY..], steps.len() - MANY)
    };
    for (index, step) in shown {
        let time = format!("+{}", words::span(step.time.since(start)));
        let what = if step.what.is_empty() { "nothing to do".to_string() } else { step.what.join("; ") };
        section.table.row([
            (index + 1).to_string().into(),
            time.into(),
            step.who.into(),
            step.about.clone().into(),
            what.into(),
        ]);
    }
    if left_out > 0 {
        section.notes.push(format!("{left_out} steps before these are not shown: sts-lab trace"));
    }
    section
}

/// Who works on what.
#[must_use]
pub fn words_of(cluster: &Cluster, task: &Task) -> (&'static str, String) {
    let (who, kind) = match task.worker {
        Worker::StatefulSet | Worker::StatefulSetLater => ("statefulset", "StatefulSet"),
        Worker::Deployment => ("deployment", "Deployment"),
        Worker::ReplicaSet => ("replicaset", "ReplicaSet"),
        Worker::DaemonSet => ("daemonset", "DaemonSet"),
        Worker::Scheduler => ("scheduler", "Pod"),
        Worker::Kubelet | Worker::ActiveDeadline => ("kubelet", "Pod"),
        Worker::Claim => ("volume binder", "PVC"),
        Worker::Volume => ("volume binder", "PV"),
        Worker::Provision => ("provisioner", "PVC"),
        Worker::ClaimProtection => ("pvc-protection", "PVC"),
        Worker::VolumeProtection => ("pv-protection", "PV"),
        Worker::AttachDetach => ("attach detach", "PV"),
        Worker::VolumeManager => ("kubelet", "Pod"),
        Worker::Expander => ("resizer", "PVC"),
        Worker::EndpointSlice => ("endpointslice", "Service"),
        Worker::Garbage => ("garbage collector", "what was owned by"),
        Worker::Disruption => ("disruption", "PDB"),
        Worker::ResourceQuota => ("quota", "ResourceQuota"),
        Worker::NodeStatus => ("kubelet", "Node"),
        Worker::NodeMonitor | Worker::NodeTaints | Worker::NodeNoExecute => ("node controller", "Node"),
        Worker::TaintEviction if matches!(&task.item, Item::Name(namespace, _) if namespace.is_empty()) => {
            ("taint eviction", "Node")
        }
        Worker::TaintEviction | Worker::TaintEvictionTimer => ("taint eviction", "Pod"),
        Worker::PodGc => ("pod gc", "Pod"),
        Worker::Namespace => ("namespaces", "Namespace"),
        Worker::Service => ("cloud controller", "Service"),
        Worker::LoadBalancer => ("cloud", "Service"),
    };
    let what = match &task.item {
        Item::Name(_, name) => format!("{kind} {name}"),
        Item::Uid(uid) | Item::Object(Id { uid, .. }) => match cluster.api.store.by_uid(*uid) {
            Some(object) => format!("{} {}", words::of_kind(object.kind()), object.meta.name),
            None => format!("{kind} an object that is gone"),
        },
        Item::All => format!("every {kind}"),
    };
    (who, what)
}
