//! Lists by claim. Almost every claim has one Pod that uses it, and at most one volume that names it: that one lies by the
//! claim's place. Only more than one, and what concerns claims that are not there, is found by the claim's name.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::resource::Meta;
use crate::resource::hash::Hashed;
use crate::resource::meta::{BySlot, Hint, Text};

/// A claim by its namespace and name, and where it is, as far as is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    /// Its namespace.
    pub namespace: &'a Text,
    /// Its name.
    pub name: &'a Text,
    /// Where it is.
    pub hint: Hint,
}

impl<'a> Claim<'a> {
    /// A claim that is there.
    pub fn of(meta: &'a Meta) -> Claim<'a> {
        Claim { namespace: &meta.namespace, name: &meta.name, hint: meta.hint() }
    }

    fn key(self) -> Hashed<(Text, Text)> {
        Hashed::new((self.namespace.clone(), self.name.clone()))
    }
}

/// A list for each claim.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ByClaim<T> {
    first: BySlot<T>,
    others: FxHashMap<Hashed<(Text, Text)>, Vec<T>>,
}

impl<T> Default for ByClaim<T> {
    fn default() -> ByClaim<T> {
        ByClaim { first: BySlot::default(), others: FxHashMap::default() }
    }
}

impl<T: PartialEq> ByClaim<T> {
    fn others(&self, claim: Claim<'_>) -> &[T] {
        if self.others.is_empty() {
            return &[];
        }
        self.others.get(&claim.key()).map(Vec::as_slice).unwrap_or_default()
    }

    /// A claim's list, in the order in which it came about.
    pub fn of<'a>(&'a self, claim: Claim<'_>) -> impl Iterator<Item = &'a T> + use<'a, T> {
        self.first.get(claim.hint).into_iter().chain(self.others(claim))
    }

    /// Puts something on a claim's list, if it is not there yet.
    pub fn add(&mut self, claim: Claim<'_>, what: T) {
        if self.of(claim).any(|known| *known == what) {
            return;
        }
        let alone = claim.hint.is_some() && self.first.get(claim.hint).is_none();
        if alone && self.others(claim).is_empty() {
            self.first.insert(claim.hint, what);
        } else {
            self.others.entry(claim.key()).or_default().push(what);
        }
    }

    /// Takes something off a claim's list.
    pub fn remove(&mut self, claim: Claim<'_>, what: &T) {
        if self.first.get(claim.hint).is_some_and(|known| known == what) {
            self.first.remove(claim.hint);
            return;
        }
        let Some(others) = self.others.get_mut(&claim.key()) else { return };
        others.retain(|known| known != what);
        if others.is_empty() {
            self.others.remove(&claim.key());
        }
    }

    /// A claim is gone: another object may get its place.
    pub fn forget_place(&mut self, claim: &Meta) {
        if let Some(first) = self.first.remove(claim) {
            self.others.entry(Claim::of(claim).key()).or_default().insert(0, first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::meta::Slot;

    #[test]
    fn a_list_stays_in_its_order_wherever_its_parts_are() {
        let (namespace, name) = (Text::from("default"), Text::from("data"));
        let place = Slot::new(3, false);
        let gone = Claim { namespace: &namespace, name: &name, hint: Hint::default() };
        let here = Claim { hint: Hint(place), ..gone };
        let list = |lists: &ByClaim<u32>, claim: Claim<'_>| lists.of(claim).copied().collect::<Vec<_>>();
        let mut lists = ByClaim::default();
        for what in [1, 2, 2, 3] {
            lists.add(here, what);
        }
        assert_eq!(list(&lists, here), [1, 2, 3]);
        lists.remove(here, &1);
        lists.add(here, 4);
        assert_eq!(list(&lists, here), [2, 3, 4]);
        for what in [2, 3, 4] {
            lists.remove(here, &what);
        }
        lists.add(here, 5);
        lists.add(here, 6);
        let mut meta = Meta::new(namespace.clone(), name.clone(), None);
        meta.slot = place;
        lists.forget_place(&meta);
        assert_eq!((list(&lists, gone), list(&lists, here)), (vec![5, 6], vec![5, 6]));
        let other = Text::from("other");
        assert!(list(&lists, Claim { name: &other, ..here }).is_empty());
        lists.remove(gone, &5);
        lists.remove(gone, &6);
        assert!(lists.others.is_empty());
    }
}
