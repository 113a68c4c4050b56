//! What is due when. Entries run in the order of their time, then of their coming. Adding what is queued already keeps
//! the earlier time, as controllers' work queues do.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::resource::Time;
use crate::resource::meta::{Text, Uid};
use crate::store::Cause;

/// Who has work to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// [`super::volume`], expansion
    Expander,
    /// [`super::endpointslice`]
    EndpointSlice,
    /// [`super::garbage`]
    Garbage,
    /// [`super::disruption`]
    Disruption,
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// An object by namespace (empty for cluster-scoped kinds) and name.
    Name(Text, Text),
    /// An object by uid.
    Uid(Uid),
    /// Everything the worker looks after.
    All,
}

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task {
    /// Who does it.
    pub worker: Worker,
    /// About what.
    pub item: Item,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    due: Time,
    sequence: u64,
    task: Task,
}

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
    queued: FxHashMap<Task, (Time, u64, Cause)>,
    sequence: u64,
}

impl Queue {
    /// Queues a task; one that is queued for an earlier time stays there.
    pub fn add(&mut self, task: Task, due: Time, cause: Cause) {
        if self.queued.get(&task).is_some_and(|(at, ..)| *at <= due) {
            return;
        }
        self.sequence += 1;
        self.queued.insert(task.clone(), (due, self.sequence, cause));
        self.heap.push(Reverse(Entry { due, sequence: self.sequence, task }));
    }

    /// Forgets a task.
    pub fn cancel(&mut self, task: &Task) {
        self.queued.remove(task);
    }

    /// Whether a task is queued.
    #[must_use]
    pub fn contains(&self, task: &Task) -> bool {
        self.queued.contains_key(task)
    }

    /// When the next task is due.
    pub fn next_due(&mut self) -> Option<Time> {
        while let Some(Reverse(entry)) = self.heap.peek() {
            if self.is_current(entry) {
                return Some(entry.due);
            }
            self.heap.pop();
        }
        None
    }

    /// Takes the next task.
    pub fn pop(&mut self) -> Option<(Time, Task, Cause)> {
        while let Some(Reverse(entry)) = self.heap.pop() {
            if self.is_current(&entry) {
                let (due, _, cause) = self.queued.remove(&entry.task)?;
                return Some((due, entry.task, cause));
            }
        }
        None
    }

    /// Everything that is queued, in the order it will run.
    #[must_use]
    pub fn pending(&self) -> Vec<(Time, &Task)> {
        let mut list: Vec<_> = self.queued.iter().map(|(task, (due, sequence, _))| (*due, *sequence, task)).collect();
        list.sort_by_key(|(due, sequence, _)| (*due, *sequence));
        list.into_iter().map(|(due, _, task)| (due, task)).collect()
    }

    fn is_current(&self, entry: &Entry) -> bool {
        self.queued.get(&entry.task).is_some_and(|(due, sequence, _)| (*due, *sequence) == (entry.due, entry.sequence))
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
