//! Mixing numbers: where uids, name suffixes and container ids come from. No randomness: the same seed gives the same
//! lab everywhere.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Deref;

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One round of `SplitMix64`: a bijection whose output looks random.
#[must_use]
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 32 bits of a hash as the 64 that a table wants: it takes places from the lower bits and marks from the upper ones.
#[must_use]
pub fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

/// A key that knows its hash: a table that grows, or that compares, need not read what is behind it.
#[derive(Clone, Debug)]
pub struct Hashed<K> {
    hash: u64,
    key: K,
}

impl<K: Hash> Hashed<K> {
    /// The key and its hash.
    pub fn new(key: K) -> Hashed<K> {
        Hashed { hash: hash_of(&key), key }
    }
}

/// The hash of a key.
pub fn hash_of(key: &(impl Hash + ?Sized)) -> u64 {
    FxBuildHasher.hash_one(key)
}

impl<K> Deref for Hashed<K> {
    type Target = K;
    fn deref(&self) -> &K {
        &self.key
    }
}

impl<K> Hash for Hashed<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl<K: PartialEq> PartialEq for Hashed<K> {
    fn eq(&self, other: &Hashed<K>) -> bool {
        self.hash == other.hash && self.key == other.key
    }
}

impl<K: Eq> Eq for Hashed<K> {}

impl<K: Serialize> Serialize for Hashed<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.key.serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Hash> Deserialize<'de> for Hashed<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hashed<K>, D::Error> {
        K::deserialize(deserializer).map(Hashed::new)
    }
}

impl<K: Ord> PartialOrd for Hashed<K> {
    fn partial_cmp(&self, other: &Hashed<K>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> Ord for Hashed<K> {
    fn cmp(&self, other: &Hashed<K>) -> Ordering {
        self.key.cmp(&other.key)
    }
}
