//! The places of objects. An object keeps its place as long as it exists, and knows it ([`Meta::slot`]), so that a change
//! of it looks nothing up. Events have places of their own: there are more of them than of all else, and who keeps
//! something for each object ([`crate::resource::meta::BySlot`]) keeps nothing for them.
//!
//! [`Meta::slot`]: crate::resource::Meta

use std::sync::Arc;

use super::events::Events;
use super::history::Subject;
use crate::resource::meta::Slot;
use crate::resource::{Kind, Object};

/// A place for an object.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// What is there.
    pub object: Option<Arc<Object>>,
    /// The object's number in the history, once it has one.
    pub subject: Subject,
    /// Its index among the objects of its kind and namespace.
    pub index: u32,
}

const VACANCY: Place = Place { object: None, subject: Subject::NONE, index: 0 };

/// The places of one sort.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub places: Vec<Place>,
    vacant: Vec<Slot>,
}

impl Row {
    /// A place for a new object.
    pub fn take(&mut self, events: bool) -> Slot {
        self.vacant.pop().unwrap_or_else(|| {
            self.places.push(VACANCY);
            Slot::new(self.places.len() - 1, events)
        })
    }
}

/// All places: those of Events, and those of all else.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    others: Row,
    /// Events, with their names.
    pub events: Events,
}

impl Places {
    fn row(&self, events: bool) -> &Row {
        if events { &self.events.read().row } else { &self.others }
    }

    fn row_mut(&mut self, events: bool) -> &mut Row {
        if events { &mut self.events.read_mut().row } else { &mut self.others }
    }

    /// A place, if there is one.
    pub fn get(&self, slot: Slot) -> Option<&Place> {
        if slot == Slot::NONE {
            return None;
        }
        self.row(slot.is_of_event()).places.get(slot.index())
    }

    /// The object in a place.
    pub fn object(&self, slot: Slot) -> Option<&Arc<Object>> {
        self.get(slot)?.object.as_ref()
    }

    /// A place, to be changed.
    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut Place> {
        if slot == Slot::NONE {
            return None;
        }
        self.row_mut(slot.is_of_event()).places.get_mut(slot.index())
    }

    /// A place for a new object of a kind.
    pub fn take(&mut self, kind: Kind) -> Slot {
        let events = kind == Kind::Event;
        self.row_mut(events).take(events)
    }

    /// The opposite: the place may be had by another object.
    pub fn give_back(&mut self, slot: Slot) {
        if let Some(place) = self.get_mut(slot) {
            *place = VACANCY;
            self.row_mut(slot.is_of_event()).vacant.push(slot);
        }
    }

    /// All objects with their numbers in the history.
    pub fn taken(&self) -> impl Iterator<Item = (&Arc<Object>, Subject)> {
        let places = self.others.places.iter().chain(&self.row(true).places);
        places.filter_map(|place| Some((place.object.as_ref()?, place.subject)))
    }

    /// All objects but Events.
    pub fn others(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.others.places.iter().filter_map(|place| place.object.as_ref())
    }

    /// The empty places, the one that is taken next last.
    pub fn vacant(&self) -> Vec<Slot> {
        self.others.vacant.iter().chain(&self.row(true).vacant).copied().collect()
    }

    /// Forgets the numbers that objects have in the history.
    pub fn forget_subjects(&mut self) {
        self.others.places.iter_mut().for_each(|place| place.subject = Subject::NONE);
    }

    /// Room for so many objects, Events and others, and these empty places.
    pub fn with_room(events: usize, others: usize, vacant: Vec<Slot>) -> Places {
        let mut all = Places::default();
        for slot in vacant {
            all.row_mut(slot.is_of_event()).vacant.push(slot);
        }
        for (events, count) in [(true, events), (false, others)] {
            let row = all.row_mut(events);
            row.places = vec![VACANCY; count + row.vacant.len()];
        }
        all
    }
}
