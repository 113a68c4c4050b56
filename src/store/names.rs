//! Finding objects by their names: for each kind the namespaces there are, and in each the places of its objects.

use std::sync::OnceLock;

use hashbrown::HashTable;

use super::places::Places;
use crate::resource::hash::{hash_of, spread};
use crate::resource::meta::{Meta, Slot, Text};

/// The namespaces with objects of a kind, sorted: most clusters have few.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespaces(Vec<(Text, Names)>);

impl Namespaces {
    fn place(&self, namespace: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| (**own).cmp(namespace))
    }

    /// The names in a namespace.
    pub fn get(&self, namespace: &str) -> Option<&Names> {
        self.place(namespace).ok().map(|place| &self.0[place].1)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, namespace: &str) -> Option<&mut Names> {
        self.place(namespace).ok().map(|place| &mut self.0[place].1)
    }

    /// The same; what is not there is made.
    pub fn entry(&mut self, namespace: &Text, new: impl FnOnce() -> Names) -> &mut Names {
        let place = self.place(namespace).unwrap_or_else(|place| {
            self.0.insert(place, (namespace.clone(), new()));
            place
        });
        &mut self.0[place].1
    }

    /// Forgets a namespace.
    pub fn remove(&mut self, namespace: &str) {
        if let Ok(place) = self.place(namespace) {
            self.0.remove(place);
        }
    }

    /// The names of all namespaces, in their order.
    pub fn values(&self) -> impl Iterator<Item = &Names> {
        self.0.iter().map(|(_, names)| names)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The objects of one kind in one namespace: their places. Who wants them in order sorts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// All of them.
    pub slots: Vec<Slot>,
    /// By name. Looking one up is what happens all the time, but to Events: theirs is made when somebody asks.
    pub table: OnceLock<HashTable<Named>>,
}

impl Names {
    /// The table of names.
    pub fn table(&self, places: &Places) -> &HashTable<Named> {
        self.table.get_or_init(|| {
            let mut table = HashTable::with_capacity(self.slots.len());
            for slot in &self.slots {
                if let Some(object) = places.object(*slot) {
                    add_name(&mut table, &object.meta.name, *slot);
                }
            }
            table
        })
    }
}

/// Adds a name to a table.
pub(super) fn add_name(table: &mut HashTable<Named>, name: &str, slot: Slot) {
    let hash = hash_of(name) as u32;
    table.insert_unique(spread(hash), Named { hash, slot }, |named| spread(named.hash));
}

/// Adds a uid to a table.
pub(super) fn add_uid(table: &mut HashTable<Named>, meta: &Meta) {
    let hash = hash_of(&meta.uid) as u32;
    table.insert_unique(spread(hash), Named { hash, slot: meta.slot }, |named| spread(named.hash));
}

/// The opposite.
pub(super) fn remove_uid(table: &mut HashTable<Named>, meta: &Meta) {
    if let Ok(entry) = table.find_entry(spread(hash_of(&meta.uid) as u32), |named| named.slot == meta.slot) {
        entry.remove();
    }
}

/// The place of an object and the hash of its name or uid: what has another hash is never looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub hash: u32,
    pub slot: Slot,
}
