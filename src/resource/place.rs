//! Where objects are: their places in the store, and what is kept by place. Places are given in the order in which objects
//! are made, so that who goes through them walks through memory.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::meta::{Meta, Uid};

/// A place in the store. It is never zero, so that none at all takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Slot(NonZeroU32);

impl Slot {
    /// The place of what is not stored.
    pub const NONE: Slot = Slot(NonZeroU32::MAX);
    /// What tells the places of Events from all others.
    const EVENT: u32 = 1 << 31;

    /// The place of this index, among those of Events or the others.
    pub fn new(index: usize, of_event: bool) -> Slot {
        let number = (index as u32 + 1) | if of_event { Slot::EVENT } else { 0 };
        NonZeroU32::new(number).map_or(Slot::NONE, Slot)
    }

    /// Its index.
    pub fn index(self) -> usize {
        (self.0.get() & !Slot::EVENT) as usize - 1
    }

    /// Whether it is one of the places of Events.
    pub fn is_of_event(self) -> bool {
        self.0.get() & Slot::EVENT != 0
    }
}

impl Default for Slot {
    fn default() -> Slot {
        Slot::NONE
    }
}

/// Which stored object: by its uid, and by its place, so that nobody needs to look it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id {
    pub(crate) slot: Slot,
    /// The uid.
    pub uid: Uid,
}

/// Where an object was when another that names it was written: where it most likely still is. It is no part of what is
/// said, and so all are equal.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Hint(pub(crate) Slot);

impl Hint {
    /// Whether it says anything.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.0 != Slot::NONE
    }
}

impl PartialEq for Hint {
    fn eq(&self, _: &Hint) -> bool {
        true
    }
}

impl Eq for Hint {}

impl From<Id> for Slot {
    fn from(id: Id) -> Slot {
        id.slot
    }
}

impl From<Hint> for Slot {
    fn from(hint: Hint) -> Slot {
        hint.0
    }
}

impl From<&Meta> for Slot {
    fn from(meta: &Meta) -> Slot {
        meta.slot
    }
}

/// Something for each of many objects that are stored, but for Events: a list by their places, much smaller than a map by
/// uid, and read in the order in which the objects were made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BySlot<T>(Vec<Option<T>>);

impl<T> Default for BySlot<T> {
    fn default() -> BySlot<T> {
        BySlot(Vec::new())
    }
}

impl<T> BySlot<T> {
    /// What is kept for an object.
    pub fn get(&self, of: impl Into<Slot>) -> Option<&T> {
        self.0.get(of.into().index())?.as_ref()
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, of: impl Into<Slot>) -> Option<&mut T> {
        self.0.get_mut(of.into().index())?.as_mut()
    }

    /// Keeps something for an object that is stored.
    pub fn insert(&mut self, of: impl Into<Slot>, what: T) {
        let slot: Slot = of.into();
        if slot.is_of_event() {
            return;
        }
        let place = slot.index();
        if self.0.len() <= place {
            self.0.resize_with(place + 1, || None);
        }
        self.0[place] = Some(what);
    }

    /// Forgets what is kept for an object; the answer is what that was.
    pub fn remove(&mut self, of: impl Into<Slot>) -> Option<T> {
        self.0.get_mut(of.into().index())?.take()
    }

    /// The places of the objects for which something is kept.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        let kept = self.0.iter().enumerate().filter(|(_, kept)| kept.is_some());
        kept.map(|(index, _)| Slot::new(index, false))
    }
}
