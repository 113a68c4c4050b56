//! Something for each of a set's ordinals, which are never negative: a list of those that follow one another, and a map
//! of the few that are far away.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// How much longer than what it holds the list may be: twice, and this.
const SLACK: usize = 64;

/// Something for each of some ordinals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ByOrdinal<T> {
    /// From ordinal 0 on; the last is never empty.
    near: Vec<Option<T>>,
    /// How many `near` holds.
    count: usize,
    /// Those that are not below the length of `near`.
    far: BTreeMap<i64, T>,
}

impl<T> Default for ByOrdinal<T> {
    fn default() -> ByOrdinal<T> {
        ByOrdinal { near: Vec::new(), count: 0, far: BTreeMap::new() }
    }
}

impl<T> ByOrdinal<T> {
    fn index(&self, ordinal: i64) -> Option<usize> {
        usize::try_from(ordinal).ok().filter(|index| *index < self.near.len())
    }

    /// What is kept for an ordinal.
    pub fn get(&self, ordinal: i64) -> Option<&T> {
        match self.index(ordinal) {
            Some(index) => self.near[index].as_ref(),
            None => self.far.get(&ordinal),
        }
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, ordinal: i64) -> Option<&mut T> {
        match self.index(ordinal) {
            Some(index) => self.near[index].as_mut(),
            None => self.far.get_mut(&ordinal),
        }
    }

    /// Keeps something for an ordinal; the answer is what was kept before.
    pub fn insert(&mut self, ordinal: i64, what: T) -> Option<T> {
        let index = usize::try_from(ordinal).ok().filter(|index| *index < self.near.len().max(2 * self.count + SLACK));
        let Some(index) = index else { return self.far.insert(ordinal, what) };
        let before = self.far.remove(&ordinal);
        if index >= self.near.len() {
            self.lengthen(index + 1);
        }
        let old = self.near[index].replace(what);
        self.count += usize::from(old.is_none());
        old.or(before)
    }

    fn lengthen(&mut self, length: usize) {
        self.near.resize_with(length, || None);
        while let Some(entry) = self.far.first_entry().filter(|entry| *entry.key() < length as i64) {
            let (ordinal, what) = entry.remove_entry();
            self.near[ordinal as usize] = Some(what);
            self.count += 1;
        }
    }

    /// Forgets what is kept for an ordinal; the answer is what that was.
    pub fn remove(&mut self, ordinal: i64) -> Option<T> {
        let Some(index) = self.index(ordinal) else { return self.far.remove(&ordinal) };
        let old = self.near[index].take();
        self.count -= usize::from(old.is_some());
        while self.near.last().is_some_and(Option::is_none) {
            self.near.pop();
        }
        old
    }

    /// What is kept for the ordinals of a range, in order.
    pub fn range(&self, range: RangeInclusive<i64>) -> impl DoubleEndedIterator<Item = (i64, &T)> + use<'_, T> {
        let length = self.near.len() as i64;
        let from = (*range.start()).clamp(0, length);
        let to = range.end().saturating_add(1).clamp(from, length);
        let near = self.near[from as usize..to as usize].iter().enumerate();
        let near = near.filter_map(move |(index, what)| Some((from + index as i64, what.as_ref()?)));
        let far = if range.is_empty() { None } else { Some(self.far.range(range)) };
        near.chain(far.into_iter().flatten().map(|(ordinal, what)| (*ordinal, what)))
    }

    /// What is kept for all ordinals, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i64, &T)> + use<'_, T> {
        self.range(0..=i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ordinal() -> impl Strategy<Value = i64> {
        prop_oneof![4 => 0_i64..12, 2 => 40_i64..300, 1 => (i64::MAX - 2)..=i64::MAX]
    }

    proptest! {
        #[test]
        fn it_answers_as_a_plain_map_does(
            changes in prop::collection::vec((ordinal(), any::<bool>()), 0..200),
            from in ordinal(),
            to in ordinal(),
        ) {
            let (mut kept, mut plain) = (ByOrdinal::default(), BTreeMap::new());
            for (change, (ordinal, there)) in changes.into_iter().enumerate() {
                if there {
                    prop_assert_eq!(kept.insert(ordinal, change), plain.insert(ordinal, change));
                } else {
                    prop_assert_eq!(kept.remove(ordinal), plain.remove(&ordinal));
                }
                prop_assert_eq!(kept.get(ordinal), plain.get(&ordinal));
                prop_assert!(kept.near.len() <= 2 * kept.count + SLACK + 300, "no longer than what it once held");
            }
            let all: Vec<(i64, usize)> = kept.iter().map(|(ordinal, what)| (ordinal, *what)).collect();
            prop_assert_eq!(all, plain.clone().into_iter().collect::<Vec<_>>());
            let inside: Vec<i64> = plain.keys().copied().filter(|ordinal| (from..=to).contains(ordinal)).collect();
            prop_assert_eq!(kept.range(from..=to).map(|(ordinal, _)| ordinal).collect::<Vec<_>>(), inside.clone());
            let backwards: Vec<i64> = kept.range(from..=to).rev().map(|(ordinal, _)| ordinal).collect();
            prop_assert_eq!(backwards, inside.into_iter().rev().collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_ordinal_far_away_takes_no_room() {
        let mut kept = ByOrdinal::default();
        for power in 0..62 {
            kept.insert(1_i64 << power, power);
        }
        assert!(kept.near.len() < 300, "{}", kept.near.len());
        assert_eq!(kept.iter().count(), 62);
    }
}
