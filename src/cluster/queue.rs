//! What is due when. Entries run in the order of their time, then of their coming. Adding what is queued already keeps
//! the earlier time, as controllers' work queues do.

use std::collections::{BTreeMap, VecDeque, hash_map};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::resource::Time;
use crate::resource::hash::Hashed;
use crate::resource::meta::{Text, Uid};
use crate::store::Cause;

/// Who has work to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Worker {
    /// [`super::statefulset`]
    StatefulSet,
    /// [`super::statefulset`]: another look after a while, which what happens before does not replace
    StatefulSetLater,
    /// [`super::deployment`]
    Deployment,
    /// [`super::replicaset`]
    ReplicaSet,
    /// [`super::daemonset`]
    DaemonSet,
    /// [`super::scheduler`]
    Scheduler,
    /// [`super::kubelet`]
    Kubelet,
    /// [`super::volume`], claims
    Claim,
    /// [`super::volume`], volumes
    Volume,
    /// [`super::volume`], provisioning for a claim
    Provision,
    /// [`super::volume`], protection of claims
    ClaimProtection,
    /// [`super::volume`], protection of volumes
    VolumeProtection,
    /// [`super::volume`], attaching volumes to nodes
    AttachDetach,
    /// [`super::kubelet`], volumes that Pods wait for
    VolumeManager,
    /// [`super::volume`], expansion
    Expander,
    /// [`super::endpointslice`]
    EndpointSlice,
    /// [`super::garbage`]
    Garbage,
    /// [`super::disruption`]
    Disruption,
    /// [`super::namespace`]
    Namespace,
    /// [`super::quota`]
    ResourceQuota,
    /// [`super::node`], what a kubelet reports of its node
    NodeStatus,
    /// [`super::node`], the periodic look at a node
    NodeMonitor,
    /// [`super::node`], what follows from a node's conditions at once
    NodeTaints,
    /// [`super::node`], the nodes that wait for a `NoExecute` taint
    NodeNoExecute,
    /// [`super::node`], nodes (with an empty namespace) and Pods that taints may send away
    TaintEviction,
    /// [`super::node`], a Pod whose tolerated time is over
    TaintEvictionTimer,
    /// [`super::node`], the Pod garbage collector
    PodGc,
}

/// What the work is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Item {
    /// An object by namespace (empty for cluster-scoped kinds) and name.
    Name(Text, Text),
    /// An object by uid.
    Uid(Uid),
    /// Everything the worker looks after.
    All,
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Task {
    /// Who does it.
    pub worker: Worker,
    /// About what.
    pub item: Item,
}

/// The queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Queue {
    /// By time; tasks of one time in the order of their coming. Some are no longer queued, or for another time.
    times: BTreeMap<Time, VecDeque<(u64, Hashed<Task>)>>,
    queued: FxHashMap<Hashed<Task>, Queued>,
    sequence: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Queued {
    due: Time,
    sequence: u64,
    cause: Cause,
}

impl Queue {
    /// Queues a task; one that is queued for an earlier time stays there.
    pub fn add(&mut self, task: Task, due: Time, cause: Cause) {
        let (sequence, task) = (self.sequence + 1, Hashed::new(task));
        match self.queued.entry(task.clone()) {
            hash_map::Entry::Occupied(queued) if queued.get().due <= due => return,
            entry => {
                entry.insert_entry(Queued { due, sequence, cause });
            }
        }
        self.sequence = sequence;
        self.times.entry(due).or_default().push_back((sequence, task));
    }

    /// Forgets a task.
    pub fn cancel(&mut self, task: &Task) {
        self.queued.remove(&Hashed::new(task.clone()));
    }

    /// Whether a task is queued.
    #[must_use]
    pub fn contains(&self, task: &Task) -> bool {
        self.queued.contains_key(&Hashed::new(task.clone()))
    }

    /// When the next task is due.
    pub fn next_due(&mut self) -> Option<Time> {
        while let Some(mut first) = self.times.first_entry() {
            while let Some((sequence, task)) = first.get().front() {
                if self.queued.get(task).is_some_and(|queued| queued.sequence == *sequence) {
                    return Some(*first.key());
                }
                first.get_mut().pop_front();
            }
            first.remove();
        }
        None
    }

    /// Takes the next task.
    pub fn pop(&mut self) -> Option<(Time, Task, Cause)> {
        while let Some(mut first) = self.times.first_entry() {
            while let Some((sequence, task)) = first.get_mut().pop_front() {
                match self.queued.entry(task) {
                    hash_map::Entry::Occupied(queued) if queued.get().sequence == sequence => {
                        let (task, Queued { due, cause, .. }) = queued.remove_entry();
                        return Some((due, task.into_key(), cause));
                    }
                    _ => {}
                }
            }
            first.remove();
        }
        None
    }

    /// Everything that is queued, in the order it will run.
    #[must_use]
    pub fn pending(&self) -> Vec<(Time, &Task)> {
        let mut list: Vec<_> =
            self.queued.iter().map(|(task, queued)| (queued.due, queued.sequence, &**task)).collect();
        list.sort_by_key(|(due, sequence, _)| (*due, *sequence));
        list.into_iter().map(|(due, _, task)| (due, task)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str) -> Task {
        Task { worker: Worker::StatefulSet, item: Item::Name("default".into(), name.into()) }
    }

    #[test]
    fn the_earliest_comes_first_and_once() {
        let mut queue = Queue::default();
        queue.add(task("late"), Time(9), Cause::Clock);
        queue.add(task("a"), Time(5), Cause::Clock);
        queue.add(task("b"), Time(5), Cause::Clock);
        queue.add(task("late"), Time(3), Cause::Clock);
        queue.add(task("late"), Time(7), Cause::Clock);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).map(|(due, task, _)| (due.0, task)).collect();
        assert_eq!(order, [(3, task("late")), (5, task("a")), (5, task("b"))]);
        assert_eq!(queue.next_due(), None);
    }
}
