//! What the recorder remembers, up to a limit: the oldest goes first. The newest lies where the oldest was, so that a
//! recorder that forgets with each Event it hears still works in one small piece of memory.

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::resource::hash::{mix, spread};

/// Entries each cache holds.
const CACHE: usize = 4096;

/// A map that holds at most [`CACHE`] entries. Its keys are hashes already.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, V)>", into = "Vec<(u64, V)>", bound(serialize = "V: Clone + Serialize"))]
pub(super) struct Cache<V> {
    /// A digest of each key, and where its entry is.
    places: HashTable<(u32, u32)>,
    entries: Vec<(u64, V)>,
    /// Where the oldest is, once there are [`CACHE`].
    oldest: usize,
}

impl<V> Default for Cache<V> {
    fn default() -> Cache<V> {
        Cache { places: HashTable::new(), entries: Vec::new(), oldest: 0 }
    }
}

/// What of a key is kept beside its place.
fn digest(key: u64) -> u32 {
    mix(key) as u32
}

impl<V> Cache<V> {
    fn place(&self, key: u64) -> Option<usize> {
        let is = |(own, place): &(u32, u32)| *own == digest(key) && self.entries[*place as usize].0 == key;
        self.places.find(spread(digest(key)), is).map(|(_, place)| *place as usize)
    }

    /// What is remembered under a key.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        let place = self.place(key)?;
        Some(&mut self.entries[place].1)
    }

    /// The same; what is not remembered is made, for which the oldest may have to go.
    pub fn entry(&mut self, key: u64, new: impl FnOnce() -> V) -> &mut V {
        let place = self.place(key).unwrap_or_else(|| self.add(key, new()));
        &mut self.entries[place].1
    }

    fn add(&mut self, key: u64, value: V) -> usize {
        let place = if self.entries.len() < CACHE {
            self.entries.push((key, value));
            self.entries.len() - 1
        } else {
            let place = self.oldest;
            self.oldest = (place + 1) % CACHE;
            let (gone, _) = std::mem::replace(&mut self.entries[place], (key, value));
            if let Ok(entry) = self.places.find_entry(spread(digest(gone)), |(_, at)| *at as usize == place) {
                entry.remove();
            }
            place
        };
        self.places.insert_unique(spread(digest(key)), (digest(key), place as u32), |(own, _)| spread(*own));
        place
    }
}

/// A cache is kept as its entries, the oldest first.
impl<V> From<Cache<V>> for Vec<(u64, V)> {
    fn from(mut cache: Cache<V>) -> Vec<(u64, V)> {
        cache.entries.rotate_left(cache.oldest);
        cache.entries
    }
}

impl<V> From<Vec<(u64, V)>> for Cache<V> {
    fn from(entries: Vec<(u64, V)>) -> Cache<V> {
        let mut cache = Cache::default();
        for (key, value) in entries {
            cache.entry(key, || value);
        }
        cache
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use super::*;

    #[test]
    fn it_forgets_the_oldest_as_a_plain_map_with_a_list_does() {
        let (mut cache, mut plain, mut order) = (Cache::default(), BTreeMap::new(), VecDeque::new());
        for step in 0..40_000_u64 {
            let key = mix(step * step % 9_000);
            let known = plain.contains_key(&key);
            assert_eq!(cache.get_mut(key).copied(), plain.get(&key).copied());
            assert_eq!(*cache.entry(key, || step), *plain.entry(key).or_insert(step));
            if !known {
                order.push_back(key);
                if order.len() > CACHE {
                    plain.remove(&order.pop_front().expect("there are some"));
                }
            }
            if step % 5_000 == 0 {
                cache = Cache::from(Vec::from(cache));
            }
        }
        assert_eq!(Vec::from(cache).iter().map(|(key, _)| *key).collect::<Vec<_>>(), Vec::from(order));
    }
}
