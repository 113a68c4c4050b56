//! A set of ordinals: 64 neighbours share a word, so that a set of a million is small and quickly asked for the next one.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// How many ordinals share a word, as a power of two.
const SHIFT: u32 = 6;

/// A set of ordinals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordinals(BTreeMap<i64, u64>);

fn place(ordinal: i64) -> (i64, u64) {
    (ordinal >> SHIFT, 1 << (ordinal & 63))
}

impl Ordinals {
    /// Adds an ordinal.
    pub fn insert(&mut self, ordinal: i64) {
        let (word, bit) = place(ordinal);
        *self.0.entry(word).or_default() |= bit;
    }

    /// Adds all ordinals of a range.
    pub fn insert_all(&mut self, range: RangeInclusive<i64>) {
        let (mut from, end) = (*range.start(), *range.end());
        while from <= end {
            let last = (from | 63).min(end);
            let bits = (u64::MAX << (from & 63)) & (u64::MAX >> (63 - (last & 63)));
            *self.0.entry(from >> SHIFT).or_default() |= bits;
            from = last + 1;
        }
    }

    /// Takes an ordinal out. The answer is whether it was in.
    pub fn remove(&mut self, ordinal: i64) -> bool {
        let (word, bit) = place(ordinal);
        let Some(bits) = self.0.get_mut(&word).filter(|bits| **bits & bit != 0) else { return false };
        *bits &= !bit;
        if *bits == 0 {
            self.0.remove(&word);
        }
        true
    }

    /// Keeps the ordinals of a range.
    pub fn retain(&mut self, range: &RangeInclusive<i64>) {
        let strays: Vec<i64> = self.iter().filter(|ordinal| !range.contains(ordinal)).collect();
        for ordinal in strays {
            self.remove(ordinal);
        }
    }

    /// Whether an ordinal is in it.
    #[must_use]
    pub fn contains(&self, ordinal: i64) -> bool {
        let (word, bit) = place(ordinal);
        self.0.get(&word).is_some_and(|bits| bits & bit != 0)
    }

    /// Whether none is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lowest ordinal of a range that is in it.
    #[must_use]
    pub fn first(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let (word, bit) = place(*range.start());
        // Of the first word, what is below the range does not count.
        let words = self.0.range(word..).map(|(at, bits)| (*at, if *at == word { *bits & !(bit - 1) } else { *bits }));
        let (at, bits) = words.take(2).find(|(_, bits)| *bits != 0)?;
        Some((at << SHIFT) + i64::from(bits.trailing_zeros())).filter(|ordinal| range.contains(ordinal))
    }

    /// The highest ordinal of a range that is in it.
    #[must_use]
    pub fn last(&self, range: RangeInclusive<i64>) -> Option<i64> {
        self.range(range).next_back()
    }

    /// The ordinals of a range that are in it, in order.
    pub fn range(&self, range: RangeInclusive<i64>) -> impl DoubleEndedIterator<Item = i64> + use<'_> {
        let (from, to) = if range.is_empty() { (0, 0) } else { (range.start() >> SHIFT, (range.end() >> SHIFT) + 1) };
        self.0.range(from..to).flat_map(|(word, bits)| members(*word, *bits)).filter(move |o| range.contains(o))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = i64> + use<'_> {
        self.0.iter().flat_map(|(word, bits)| members(*word, *bits))
    }
}

fn members(word: i64, bits: u64) -> impl DoubleEndedIterator<Item = i64> {
    Bits(bits).map(move |bit| (word << SHIFT) + i64::from(bit))
}

/// The places of the bits of a word.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let bit = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (bit < 64).then_some(bit)
    }
}

impl DoubleEndedIterator for Bits {
    fn next_back(&mut self) -> Option<u32> {
        let bit = 63_u32.checked_sub(self.0.leading_zeros())?;
        self.0 &= !(1 << bit);
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_whole_range_is_added_at_once() {
        for range in [0..=0, 5..=63, 0..=64, 63..=200, -70..=3] {
            let mut ordinals = Ordinals::default();
            ordinals.insert_all(range.clone());
            assert_eq!(ordinals.iter().collect::<Vec<_>>(), range.collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn it_answers_as_a_plain_set_does(changes in prop::collection::vec((-70_i64..300, any::<bool>()), 0..80), from in -80_i64..300, to in -80_i64..300) {
            let (mut ordinals, mut plain) = (Ordinals::default(), BTreeSet::new());
            for (ordinal, there) in changes {
                if there {
                    ordinals.insert(ordinal);
                    plain.insert(ordinal);
                } else {
                    prop_assert_eq!(ordinals.remove(ordinal), plain.remove(&ordinal));
                }
            }
            let inside: Vec<i64> = plain.iter().copied().filter(|o| (from..=to).contains(o)).collect();
            prop_assert_eq!(ordinals.first(from..=to), inside.first().copied());
            prop_assert_eq!(ordinals.last(from..=to), inside.last().copied());
            prop_assert_eq!(ordinals.range(from..=to).collect::<Vec<_>>(), inside);
            prop_assert_eq!(ordinals.is_empty(), plain.is_empty());
            prop_assert!(plain.iter().all(|o| ordinals.contains(*o)));
            ordinals.retain(&(from..=to));
            plain.retain(|o| (from..=to).contains(o));
            prop_assert_eq!(ordinals.iter().collect::<Vec<_>>(), plain.into_iter().collect::<Vec<_>>());
        }
    }
}
