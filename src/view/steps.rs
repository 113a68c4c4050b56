//! What is due next, and what one step did: the queue of the cluster in words.

use super::section::{Section, folded};
use super::words;
use crate::cluster::Cluster;
use crate::cluster::queue::{Item, Task, Worker};

/// The tasks that are due, in the order in which they will run.
#[must_use]
pub fn pending(cluster: &Cluster) -> Section {
    let due = cluster.pending();
    let about = if due.is_empty() {
        "Nothing is due: the world rests."
    } else {
        "What is due, in the order in which it will run. `sts-lab tick` runs the first."
    };
    let mut section = Section::new("NEXT", about, &["#", "TIME", "WHO", "~WHAT"]);
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

/// Who works on what.
#[must_use]
pub fn words_of(cluster: &Cluster, task: &Task) -> (&'static str, String) {
    let (who, kind) = match task.worker {
        Worker::StatefulSet => ("statefulset-controller", "StatefulSet"),
        Worker::Scheduler => ("scheduler", "Pod"),
        Worker::Kubelet => ("kubelet", "Pod"),
        Worker::Claim => ("volume binder", "PVC"),
        Worker::Volume => ("volume binder", "PV"),
        Worker::Provision => ("provisioner", "PVC"),
        Worker::ClaimProtection => ("pvc-protection", "PVC"),
        Worker::VolumeProtection => ("pv-protection", "PV"),
        Worker::Expander => ("resizer", "PVC"),
        Worker::EndpointSlice => ("endpointslice-controller", "Service"),
        Worker::Garbage => ("garbage-collector", "the dependents of"),
        Worker::Disruption => ("disruption-controller", "PodDisruptionBudget"),
    };
    let what = match &task.item {
        Item::Name(_, name) => format!("{kind} {name}"),
        Item::Uid(uid) => match cluster.api.store.by_uid(*uid) {
            Some(object) => format!("{} {}", object.kind().info().name, object.meta.name),
            None => format!("{kind} an object that is gone"),
        },
        Item::All => format!("every {kind}"),
    };
    (who, what)
}
