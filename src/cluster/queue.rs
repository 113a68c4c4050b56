//! What is due when. Entries run in the order of their time, then of their coming. Adding what is queued already keeps
//! the earlier time, as controllers' work queues do.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::resource::Time;
use crate::resource::hash::hash_of;
use crate::resource::meta::{Id, Text, Uid};
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
    /// [`super::service`]
    Service,
    /// [`super::service`], the cloud's answer about a load balancer
    LoadBalancer,
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
    /// [`super::kubelet`], a Pod whose time is limited
    ActiveDeadline,
}

/// What the work is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Item {
    /// An object by namespace (empty for cluster-scoped kinds) and name.
    Name(Text, Text),
    /// An object that is stored: what most work is about.
    Object(Id),
    /// An object by uid, which may be gone.
    Uid(Uid),
    /// Everything the worker looks after.
    All,
}

impl Item {
    /// The index of the stored object that it is, if it is one.
    fn object(&self) -> Option<usize> {
        match self {
            Item::Object(id) if !id.slot.is_of_event() => Some(id.slot.index()),
            _ => None,
        }
    }
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
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// By time; the places of tasks of one time in the order of their coming, with what tells whether they still stand
    /// for that.
    times: BTreeMap<Time, VecDeque<(u64, Place)>>,
    places: Vec<Option<Queued>>,
    /// Empty places. The one that is empty for the longest is used first: then tasks that come and run in waves lie in
    /// their order.
    vacant: VecDeque<Place>,
    queued: Index,
    sequence: u64,
    /// Lists that were used up, to be used again.
    spare: Vec<VecDeque<(u64, Place)>>,
}

type Place = u32;

/// No place.
const NOWHERE: Place = Place::MAX;

/// Where what is queued is found again.
#[derive(Clone, Debug, Default)]
struct Index {
    /// For each object, by its own place: that of the last task about it. The tasks before hang on it
    /// ([`Queued::before`]). Waves of tasks go through the objects in their order, and so through this list.
    objects: Vec<Place>,
    /// What is about anything else, with the hashes of the tasks.
    others: HashTable<(u64, Place)>,
}

/// How many used lists are kept.
const SPARE: usize = 64;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Queued {
    task: Task,
    due: Time,
    sequence: u64,
    cause: Cause,
    /// The task about the same object that was queued before.
    #[serde(skip)]
    before: Place,
}

impl Index {
    /// The place of the last task about an object.
    fn last(&self, object: usize) -> Place {
        self.objects.get(object).copied().unwrap_or(NOWHERE)
    }

    /// Takes note of a task; the answer is the place of the one on the same object before it.
    fn insert(&mut self, task: &Task, place: Place) -> Place {
        let Some(object) = task.item.object() else {
            let hash = hash_of(task);
            self.others.insert_unique(hash, (hash, place), |(hash, _)| *hash);
            return NOWHERE;
        };
        if self.objects.len() <= object {
            self.objects.resize(object + 1, NOWHERE);
        }
        std::mem::replace(&mut self.objects[object], place)
    }

    /// Forgets a task that is about no object.
    fn forget(&mut self, task: &Task, place: Place) {
        if let Ok(entry) = self.others.find_entry(hash_of(task), |(_, other)| *other == place) {
            entry.remove();
        }
    }
}

impl Queue {
    /// Queues a task; one that is queued for an earlier time stays there.
    pub fn add(&mut self, task: Task, due: Time, cause: Cause) {
        let sequence = self.sequence + 1;
        match self.find(&task) {
            Some(place) => match &mut self.places[place as usize] {
                Some(queued) if queued.due > due => {
                    (queued.due, queued.sequence, queued.cause) = (due, sequence, cause);
                    self.list(due, place, sequence);
                }
                _ => {}
            },
            None => self.put(Queued { task, due, sequence, cause, before: NOWHERE }),
        }
    }

    fn put(&mut self, mut queued: Queued) {
        let Queued { due, sequence, .. } = queued;
        let place = self.vacant.pop_front().unwrap_or_else(|| {
            self.places.push(None);
            (self.places.len() - 1) as Place
        });
        queued.before = self.queued.insert(&queued.task, place);
        self.places[place as usize] = Some(queued);
        self.list(due, place, sequence);
    }

    fn list(&mut self, due: Time, place: Place, sequence: u64) {
        self.sequence = sequence;
        let spare = &mut self.spare;
        self.times.entry(due).or_insert_with(|| spare.pop().unwrap_or_default()).push_back((sequence, place));
    }

    fn at(&self, place: Place) -> Option<&Queued> {
        self.places.get(place as usize)?.as_ref()
    }

    fn find(&self, task: &Task) -> Option<Place> {
        let Some(object) = task.item.object() else {
            let hash = hash_of(task);
            let same = |(other, place): &(u64, Place)| {
                *other == hash && self.at(*place).is_some_and(|queued| queued.task == *task)
            };
            return self.queued.others.find(hash, same).map(|(_, place)| *place);
        };
        let mut place = self.queued.last(object);
        while let Some(queued) = self.at(place) {
            if queued.task == *task {
                return Some(place);
            }
            place = queued.before;
        }
        None
    }

    /// Takes what is at a place out.
    fn take(&mut self, place: Place) -> Option<Queued> {
        let queued = self.places[place as usize].take()?;
        match queued.task.item.object() {
            Some(object) => self.unhang(object, place, queued.before),
            None => self.queued.forget(&queued.task, place),
        }
        self.vacant.push_back(place);
        Some(queued)
    }

    /// The task about an object at `place` is queued no more: what hangs on it hangs on the next one.
    fn unhang(&mut self, object: usize, place: Place, before: Place) {
        let mut later = self.queued.last(object);
        if later == place {
            self.queued.objects[object] = before;
            return;
        }
        while let Some(queued) = self.places.get_mut(later as usize).and_then(Option::as_mut) {
            if queued.before == place {
                queued.before = before;
                return;
            }
            later = queued.before;
        }
    }

    /// Forgets a task.
    pub fn cancel(&mut self, task: &Task) {
        if let Some(place) = self.find(task) {
            self.take(place);
        }
    }

    /// Whether a task is queued.
    #[must_use]
    pub fn contains(&self, task: &Task) -> bool {
        self.find(task).is_some()
    }

    /// The place of the next task, with its time. What no longer stands for anything is dropped on the way.
    fn first(&mut self) -> Option<(Time, Place)> {
        while let Some(mut first) = self.times.first_entry() {
            while let Some((sequence, place)) = first.get().front().copied() {
                if self.places[place as usize].as_ref().is_some_and(|queued| queued.sequence == sequence) {
                    return Some((*first.key(), place));
                }
                first.get_mut().pop_front();
            }
            let used = first.remove();
            if self.spare.len() < SPARE {
                self.spare.push(used);
            }
        }
        None
    }

    /// When the next task is due.
    pub fn next_due(&mut self) -> Option<Time> {
        self.first().map(|(due, _)| due)
    }

    /// Takes the next task, if it is due by `deadline`.
    pub fn pop_by(&mut self, deadline: Time) -> Option<(Time, Task, Cause)> {
        let (_, place) = self.first().filter(|(due, _)| *due <= deadline)?;
        let Queued { task, due, cause, .. } = self.take(place)?;
        Some((due, task, cause))
    }

    fn in_order(&self) -> Vec<&Queued> {
        let mut list: Vec<&Queued> = self.places.iter().flatten().collect();
        list.sort_by_key(|queued| (queued.due, queued.sequence));
        list
    }

    /// Everything that is queued, in the order it will run.
    #[must_use]
    pub fn pending(&self) -> Vec<(Time, &Task)> {
        self.in_order().into_iter().map(|queued| (queued.due, &queued.task)).collect()
    }
}

/// A queue is kept as what is queued, in its order, and the number of the last.
impl Serialize for Queue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.in_order(), self.sequence).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Queue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Queue, D::Error> {
        let (list, sequence) = <(Vec<Queued>, u64)>::deserialize(deserializer)?;
        let mut queue = Queue::default();
        for queued in list {
            queue.put(queued);
        }
        queue.sequence = sequence;
        Ok(queue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::meta::Slot;

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
        let order: Vec<_> =
            std::iter::from_fn(|| queue.pop_by(Time(i64::MAX))).map(|(due, task, _)| (due.0, task)).collect();
        assert_eq!(order, [(3, task("late")), (5, task("a")), (5, task("b"))]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn tasks_about_one_object_are_told_apart() {
        let object = |uid| Item::Object(Id { slot: Slot::new(4, false), uid: Uid::new(uid) });
        let nowhere = Item::Object(Id { slot: Slot::NONE, uid: Uid::new(1) });
        let items = [object(1), object(2), object(1), nowhere];
        let workers = [Worker::Kubelet, Worker::Kubelet, Worker::Scheduler, Worker::Kubelet];
        let tasks: Vec<Task> = workers.into_iter().zip(items).map(|(worker, item)| Task { worker, item }).collect();
        let mut queue = Queue::default();
        for (due, task) in tasks.iter().enumerate() {
            queue.add(task.clone(), Time(10 + due as i64), Cause::Clock);
        }
        queue.cancel(&tasks[1]);
        assert_eq!([0, 1, 2, 3].map(|index| queue.contains(&tasks[index])), [true, false, true, true]);
        queue.add(tasks[2].clone(), Time(1), Cause::Clock);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop_by(Time(12))).map(|(due, task, _)| (due.0, task)).collect();
        assert_eq!(order, [(1, tasks[2].clone()), (10, tasks[0].clone())]);
        assert_eq!(queue.pending(), [(Time(13), &tasks[3])]);
    }

    #[test]
    fn what_is_cancelled_does_not_run_and_its_place_is_used_again() {
        let mut queue = Queue::default();
        queue.add(task("a"), Time(5), Cause::Clock);
        queue.cancel(&task("a"));
        assert!(!queue.contains(&task("a")));
        queue.add(task("b"), Time(7), Cause::Clock);
        assert_eq!(queue.pending(), [(Time(7), &task("b"))]);
        let stored = postcard::to_allocvec(&queue).expect("a queue can be stored");
        let mut read: Queue = postcard::from_bytes(&stored).expect("and read");
        assert_eq!(read.next_due(), Some(Time(7)));
        assert_eq!(read.pop_by(Time(7)).map(|(_, task, _)| task), Some(task("b")));
    }
}
