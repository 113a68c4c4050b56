//! Pods that found no node: why, and what may help them. They wait in groups, one for each template, since what one of
//! a group cannot have the others mostly cannot either.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::PodKey;
use super::filter::Hope;
use crate::resource::hash::Hashed;
use crate::resource::meta::Text;

/// One Pod that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    group: Group,
    sequence: u64,
    hope: Hope,
    claims: Vec<Text>,
}

/// Pods of higher priority come first, then by template.
type Group = (Reverse<i64>, u64);

/// The Pods that wait.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unschedulable {
    pods: FxHashMap<PodKey, Waiting>,
    groups: BTreeMap<Group, BTreeMap<u64, PodKey>>,
    /// The names of the Pods that use a claim, sorted.
    by_claim: FxHashMap<PodKey, Vec<Text>>,
    sequence: u64,
    /// For each hope, how many Pods have it.
    hopes: [usize; 8],
}

impl Unschedulable {
    /// Notes that a Pod waits. One that waited already keeps its place.
    pub fn insert(&mut self, key: PodKey, priority: i64, template: u64, hope: Hope, claims: Vec<Text>) {
        let sequence = self.remove(&key).unwrap_or_else(|| {
            self.sequence += 1;
            self.sequence
        });
        let group = (Reverse(priority), template);
        for claim in &claims {
            let claim = Hashed::new((key.0.clone(), claim.clone()));
            let pods = self.by_claim.entry(claim).or_insert_with(|| Vec::with_capacity(1));
            if let Err(place) = pods.binary_search(&key.1) {
                pods.insert(place, key.1.clone());
            }
        }
        self.count(hope, 1);
        self.groups.entry(group).or_default().insert(sequence, key.clone());
        self.pods.insert(key, Waiting { group, sequence, hope, claims });
    }

    /// Forgets a Pod; the answer is its place.
    pub fn remove(&mut self, key: &PodKey) -> Option<u64> {
        let waiting = self.pods.remove(key)?;
        self.count(waiting.hope, -1);
        if let Some(group) = self.groups.get_mut(&waiting.group) {
            group.remove(&waiting.sequence);
            if group.is_empty() {
                self.groups.remove(&waiting.group);
            }
        }
        for claim in waiting.claims {
            let claim = Hashed::new((key.0.clone(), claim));
            if let Some(pods) = self.by_claim.get_mut(&claim) {
                pods.retain(|pod| *pod != key.1);
                if pods.is_empty() {
                    self.by_claim.remove(&claim);
                }
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
        self.pods.is_empty()
    }

    /// Whether any Pod may be helped by this.
    #[must_use]
    pub fn hopes_for(&self, hope: Hope) -> bool {
        self.hopes.iter().enumerate().any(|(bit, count)| *count > 0 && hope.0 & (1 << bit) != 0)
    }

    /// The names of the Pods that use a claim.
    #[must_use]
    pub fn users_of(&self, claim: &PodKey) -> Vec<Text> {
        self.by_claim.get(claim).into_iter().flatten().cloned().collect()
    }

    /// The groups in their order.
    #[must_use]
    pub fn groups(&self) -> Vec<(Reverse<i64>, u64)> {
        self.groups.keys().copied().collect()
    }

    /// The next Pod of a group after a place whose hope this meets, with its place.
    #[must_use]
    pub fn next(&self, group: Group, after: u64, hope: Hope) -> Option<(u64, PodKey)> {
        let mut later = self.groups.get(&group)?.range(after + 1..);
        later
            .find(|(_, key)| self.pods.get(*key).is_some_and(|w| w.hope.meets(hope)))
            .map(|(at, key)| (*at, key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> PodKey {
        Hashed::new(("default".into(), name.into()))
    }

    #[test]
    fn pods_keep_their_place_and_are_found_by_hope_and_claim() {
        let mut queue = Unschedulable::default();
        queue.insert(key("a"), 0, 1, Hope::NODE, vec![]);
        queue.insert(key("b"), 0, 1, Hope::ROOM, vec!["data-b".into()]);
        queue.insert(key("a"), 0, 1, Hope::ROOM, vec![]);
        queue.insert(key("c"), 7, 2, Hope::NODE, vec![]);
        assert_eq!(queue.groups(), [(Reverse(7), 2), (Reverse(0), 1)]);
        let (first, name) = queue.next((Reverse(0), 1), 0, Hope::ROOM).expect("a waits for room");
        assert_eq!(name, key("a"));
        assert_eq!(queue.next((Reverse(0), 1), first, Hope::ROOM).map(|(_, k)| k), Some(key("b")));
        assert_eq!(queue.next((Reverse(0), 1), 0, Hope::NODE), None);
        assert_eq!(queue.users_of(&key("data-b")), ["b"]);
        queue.remove(&key("b"));
        assert!(queue.users_of(&key("data-b")).is_empty());
        assert!(queue.hopes_for(Hope::NODE) && !queue.hopes_for(Hope::VOLUME));
        queue.remove(&key("a"));
        queue.remove(&key("c"));
        assert!(queue.is_empty() && !queue.hopes_for(Hope::NODE));
    }
}
