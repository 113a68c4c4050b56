//! Pods that found no node: why, and what may help them. They wait in groups, one for each template, since what one of
//! a group cannot have the others mostly cannot either.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::filter::Hope;
use crate::resource::meta::{BySlot, Id};

/// One Pod that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    id: Id,
    group: Group,
    sequence: u64,
    hope: Hope,
}

/// Pods of higher priority come first, then by template.
type Group = (Reverse<i64>, u64);

/// The Pods that wait.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unschedulable {
    pods: BySlot<Box<Waiting>>,
    groups: BTreeMap<Group, BTreeMap<u64, Id>>,
    sequence: u64,
    /// For each hope, how many Pods have it.
    hopes: [usize; 8],
}

impl Unschedulable {
    /// Notes that a Pod waits. One that waited already keeps its place.
    pub fn insert(&mut self, id: Id, priority: i64, template: u64, hope: Hope) {
        let sequence = self.remove(id).unwrap_or_else(|| {
            self.sequence += 1;
            self.sequence
        });
        let group = (Reverse(priority), template);
        self.count(hope, 1);
        self.groups.entry(group).or_default().insert(sequence, id);
        self.pods.insert(id, Box::new(Waiting { id, group, sequence, hope }));
    }

    /// Forgets a Pod; the answer is its place.
    pub fn remove(&mut self, id: Id) -> Option<u64> {
        let waiting = self.pods.remove(id)?;
        self.count(waiting.hope, -1);
        if let Some(group) = self.groups.get_mut(&waiting.group) {
            group.remove(&waiting.sequence);
            if group.is_empty() {
                self.groups.remove(&waiting.group);
            }
        }
        Some(waiting.sequence)
    }

    fn count(&mut self, hope: Hope, change: isize) {
        for (bit, count) in self.hopes.iter_mut().enumerate() {
            if hope.0 & (1 << bit) != 0 {
                *count = count.saturating_add_signed(change);
            }
        }
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether a Pod waits.
    #[must_use]
    pub fn has(&self, id: Id) -> bool {
        self.pods.get(id).is_some_and(|waiting| waiting.id == id)
    }

    /// Whether any Pod may be helped by this.
    #[must_use]
    pub fn hopes_for(&self, hope: Hope) -> bool {
        self.hopes.iter().enumerate().any(|(bit, count)| *count > 0 && hope.0 & (1 << bit) != 0)
    }

    /// The groups in their order.
    #[must_use]
    pub fn groups(&self) -> Vec<(Reverse<i64>, u64)> {
        self.groups.keys().copied().collect()
    }

    /// The next Pod of a group after a place whose hope this meets, with its place.
    #[must_use]
    pub fn next(&self, group: Group, after: u64, hope: Hope) -> Option<(u64, Id)> {
        let mut later = self.groups.get(&group)?.range(after + 1..);
        later.find(|(_, id)| self.pods.get(**id).is_some_and(|w| w.hope.meets(hope))).map(|(at, id)| (*at, *id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::meta::{Slot, Uid};

    fn id(number: usize) -> Id {
        Id { slot: Slot::new(number, false), uid: Uid::new(number as u128) }
    }

    #[test]
    fn pods_keep_their_place_and_are_found_by_hope() {
        let mut queue = Unschedulable::default();
        let [a, b, c] = [1, 2, 3].map(id);
        queue.insert(a, 0, 1, Hope::NODE);
        queue.insert(b, 0, 1, Hope::ROOM);
        queue.insert(a, 0, 1, Hope::ROOM);
        queue.insert(c, 7, 2, Hope::NODE);
        assert_eq!(queue.groups(), [(Reverse(7), 2), (Reverse(0), 1)]);
        let (first, next) = queue.next((Reverse(0), 1), 0, Hope::ROOM).expect("a waits for room");
        assert_eq!(next, a);
        assert_eq!(queue.next((Reverse(0), 1), first, Hope::ROOM).map(|(_, id)| id), Some(b));
        assert_eq!(queue.next((Reverse(0), 1), 0, Hope::NODE), None);
        assert!(queue.has(b) && !queue.has(Id { uid: Uid::new(9), ..b }));
        queue.remove(b);
        assert!(!queue.has(b));
        assert!(queue.hopes_for(Hope::NODE) && !queue.hopes_for(Hope::VOLUME));
        queue.remove(a);
        queue.remove(c);
        assert!(queue.is_empty() && !queue.hopes_for(Hope::NODE));
    }
}
