//! The store: every object with its version, an index by uid and by owner, and what changed since somebody last looked.
//! It knows no rules of any kind; the API server ([`crate::apiserver`]) is its only writer.

mod events;
mod history;
pub mod milestone;
mod names;
mod places;
mod trace;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use events::Said;
use history::Subject;
pub use history::{Actor, Cause, Change, ChangeId, History, Write};
pub use milestone::{Milestone, Word};
use names::{Named, Names, Namespaces, add_name, add_uid, remove_uid};
use places::Places;

use crate::resource::hash::{hash_of, spread};
use crate::resource::meta::{Hint, Id, Meta, OwnerReference, Slot, Text, Uid};
use crate::resource::model::Event;
use crate::resource::object::Body;
use crate::resource::{Kind, Object};

/// Where an object lives: its kind, namespace (empty for cluster-scoped kinds) and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The namespace.
    pub namespace: Text,
    /// The name.
    pub name: Text,
}

impl Key {
    /// The key of an object.
    #[must_use]
    pub fn of(object: &Object) -> Key {
        Key { kind: object.kind(), namespace: object.meta.namespace.clone(), name: object.meta.name.clone() }
    }
}

/// One write, as watchers see it. Created objects have no `old`, deleted ones no `new`.
#[derive(Clone, Debug)]
pub struct WatchEvent {
    /// The object before.
    pub old: Option<Arc<Object>>,
    /// The object after.
    pub new: Option<Arc<Object>>,
    /// The entry of the history.
    pub change: ChangeId,
    kind: Kind,
}

impl WatchEvent {
    /// The object, as it is now or as it last was.
    ///
    /// # Panics
    /// Never: a write has an object before or after it.
    #[must_use]
    pub fn object(&self) -> &Arc<Object> {
        self.new.as_ref().or(self.old.as_ref()).expect("a write has an object before or after it")
    }

    /// The kind of the object.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// The objects of a cluster.
#[derive(Clone, Debug)]
pub struct Store {
    places: Places,
    kinds: Vec<Namespaces>,
    /// Made when somebody asks: nearly always a name or a place is known, too.
    by_uid: OnceLock<HashTable<Named>>,
    /// The places of the objects that have an owner.
    dependents: FxHashMap<Uid, FxHashSet<Slot>>,
    revision: u64,
    /// Owners of objects that exist in the cluster a lab was imported from, and not here. They count as staying.
    pub outside: BTreeSet<Uid>,
    watch: VecDeque<WatchEvent>,
    /// What happened, with the cause of each change.
    pub history: History,
}

impl Default for Store {
    fn default() -> Store {
        Store {
            places: Places::default(),
            kinds: vec![Namespaces::default(); Kind::COUNT],
            by_uid: OnceLock::new(),
            dependents: FxHashMap::default(),
            revision: 0,
            outside: BTreeSet::new(),
            watch: VecDeque::new(),
            history: History::default(),
        }
    }
}

impl Store {
    /// An object.
    #[must_use]
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        let hash = hash_of(name);
        let named = |named: &Named| named.hash == hash as u32 && self.is_named(named.slot, name);
        self.at(self.names(kind).get(namespace)?.table(&self.places).find(spread(hash as u32), named)?.slot)
    }

    /// The same, looked for first where the hint says.
    #[must_use]
    pub fn find(&self, kind: Kind, namespace: &Text, name: &Text, hint: Hint) -> Option<&Arc<Object>> {
        let is = |object: &&Arc<Object>| {
            object.meta.name == *name && object.meta.namespace == *namespace && object.kind() == kind
        };
        self.at(hint.0).filter(is).or_else(|| self.get(kind, namespace, name))
    }

    /// The object with a uid; Events are not found this way.
    #[must_use]
    pub fn by_uid(&self, uid: Uid) -> Option<&Arc<Object>> {
        let hash = hash_of(&uid) as u32;
        let has =
            |named: &Named| named.hash == hash && self.at(named.slot).is_some_and(|object| object.meta.uid == uid);
        self.at(self.uids().find(spread(hash), has)?.slot)
    }

    fn uids(&self) -> &HashTable<Named> {
        self.by_uid.get_or_init(|| {
            let mut table = HashTable::new();
            for object in self.places.others() {
                add_uid(&mut table, &object.meta);
            }
            table
        })
    }

    /// The object that an owner reference of an object in `namespace` stands for.
    #[must_use]
    pub fn owner(&self, owner: &OwnerReference, namespace: &str) -> Option<&Arc<Object>> {
        let kind = Kind::of(&owner.api_version, &owner.kind);
        let namespace = |kind: Kind| if kind.info().namespaced { namespace } else { "" };
        let named = kind.and_then(|kind| self.get(kind, namespace(kind), &owner.name));
        named.filter(|object| object.meta.uid == owner.uid).or_else(|| self.by_uid(owner.uid))
    }

    /// The object with a uid in the place where it is.
    #[must_use]
    pub fn by_id(&self, id: Id) -> Option<&Arc<Object>> {
        self.at(id.slot).filter(|object| object.meta.uid == id.uid)
    }

    /// The object with a uid, looked for first where the hint says.
    #[must_use]
    pub fn by_uid_near(&self, uid: Uid, hint: Hint) -> Option<&Arc<Object>> {
        self.by_id(Id { slot: hint.0, uid }).or_else(|| self.by_uid(uid))
    }

    /// The object as it is now of which `object` is a copy; `None` if it is gone, or never was stored.
    #[must_use]
    pub fn current(&self, object: &Object) -> Option<&Arc<Object>> {
        self.by_id(object.meta.id()).filter(|stored| stored.kind() == object.kind())
    }

    fn names(&self, kind: Kind) -> &Namespaces {
        if kind == Kind::Event { &self.places.events.read().names } else { &self.kinds[kind as usize] }
    }

    fn names_mut(&mut self, kind: Kind) -> &mut Namespaces {
        if kind == Kind::Event { &mut self.places.events.read_mut().names } else { &mut self.kinds[kind as usize] }
    }

    fn is_named(&self, slot: Slot, name: &str) -> bool {
        self.at(slot).is_some_and(|object| object.meta.name == name)
    }

    /// The object in a place.
    #[must_use]
    pub(crate) fn at(&self, slot: Slot) -> Option<&Arc<Object>> {
        self.places.object(slot)
    }

    /// The objects of a kind in a namespace, by name. Cluster-scoped objects live in the namespace `""`.
    pub fn in_namespace(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        self.names(kind).get(namespace).into_iter().flat_map(|names| self.sorted(names))
    }

    /// Whether there never was an object of a kind: who asks for those there are can stop here.
    #[must_use]
    pub fn has_none(&self, kind: Kind) -> bool {
        self.names(kind).is_empty()
    }

    /// The objects of a kind in a namespace, in any order: for who looks for one of them, whatever the order.
    pub fn unsorted(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        let slots = self.names(kind).get(namespace).into_iter().flat_map(|names| &names.slots);
        slots.filter_map(|slot| self.at(*slot))
    }

    /// All objects of a kind, by namespace and name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.names(kind).values().flat_map(|names| self.sorted(names))
    }

    fn sorted(&self, names: &Names) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        let mut objects: Vec<&Arc<Object>> = names.slots.iter().filter_map(|slot| self.at(*slot)).collect();
        objects.sort_unstable_by(|a, b| a.meta.name.cmp(&b.meta.name));
        objects.into_iter()
    }

    /// How many objects of a kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.names(kind).values().map(|names| names.slots.len()).sum()
    }

    /// The keys of the objects that have an owner reference to `owner`, in order.
    #[must_use]
    pub fn dependents(&self, owner: Uid) -> Vec<Key> {
        let slots = self.dependents.get(&owner).into_iter().flatten();
        let mut keys: Vec<Key> = slots.filter_map(|slot| self.at(*slot)).map(|object| Key::of(object)).collect();
        keys.sort();
        keys
    }

    /// Whether any object has an owner reference to `owner`.
    #[must_use]
    pub fn has_dependents(&self, owner: Uid) -> bool {
        self.dependents.contains_key(&owner)
    }

    /// The version of the last write.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Stores a new or changed object under the next version and tells the watchers.
    pub fn put(&mut self, object: Object, write: Write) -> Arc<Object> {
        let known = match self.current(&object) {
            Some(_) => Some(object.meta.slot),
            None => self.get(object.kind(), &object.meta.namespace, &object.meta.name).map(|known| known.meta.slot),
        };
        let slot = known.unwrap_or_else(|| self.place(&object));
        self.set(slot, object, write)
    }

    /// Stores an object that is not there yet, which the caller has made sure of.
    pub fn add(&mut self, object: Object, write: Write) -> Arc<Object> {
        let slot = self.place(&object);
        self.set(slot, object, write)
    }

    /// Stores an object of another cluster under the version it had there; one without a version gets the next.
    pub fn restore(&mut self, object: Object, write: Write) -> Arc<Object> {
        let (last, version) = (self.revision, object.meta.resource_version);
        self.revision = version.checked_sub(1).unwrap_or(last);
        let object = self.add(object, write);
        self.revision = self.revision.max(last);
        object
    }

    /// Stores a new Event.
    pub fn say(&mut self, mut said: Said, write: Write) -> Id {
        said.resource_version = self.revision + 1;
        let uid = said.uid;
        match self.places.events.say(&said) {
            Some(slot) => {
                self.revision += 1;
                self.history.say(&said, write);
                Id { slot, uid }
            }
            None => self.add(said.object(Slot::NONE), write).meta.id(),
        }
    }

    /// Stores an Event that is said once more; `false` if it is gone.
    pub fn repeat(&mut self, id: Id, event: Event, write: Write) -> bool {
        let event = Arc::new(event);
        if let Some(said) = self.places.events.unread(id) {
            self.revision += 1;
            (said.event, said.resource_version) = (event, self.revision);
            self.history.say(said, write);
            return true;
        }
        let Some(meta) = self.by_id(id).map(|known| known.meta.clone()) else { return false };
        self.set(id.slot, Object { meta, body: Body::Event(event) }, write);
        true
    }

    fn set(&mut self, slot: Slot, mut object: Object, write: Write) -> Arc<Object> {
        self.revision += 1;
        object.meta.resource_version = self.revision;
        object.meta.slot = slot;
        let object = Arc::new(object);
        let place = self.places.get_mut(slot);
        let old = place.and_then(|place| place.object.replace(Arc::clone(&object)));
        if object.kind() != Kind::Event {
            self.index(old.as_deref(), Some(&object));
        }
        self.notify(slot, old, Some(Arc::clone(&object)), write);
        object
    }

    /// A place for a new object.
    fn place(&mut self, object: &Object) -> Slot {
        let slot = self.places.take(object.kind());
        self.name(slot, &object.meta, object.kind());
        slot
    }

    /// Makes a place known by the name of its object.
    fn name(&mut self, slot: Slot, meta: &Meta, kind: Kind) {
        let names = self.names_mut(kind).entry(&meta.namespace, || {
            let table = if kind == Kind::Event { OnceLock::new() } else { OnceLock::from(HashTable::new()) };
            Names { slots: Vec::new(), table }
        });
        if let Some(table) = names.table.get_mut() {
            add_name(table, &meta.name, slot);
        }
        names.slots.push(slot);
        let index = names.slots.len() - 1;
        if let Some(place) = self.places.get_mut(slot) {
            place.index = index as u32;
        }
    }

    /// The opposite.
    fn unname(&mut self, slot: Slot, meta: &Meta, kind: Kind) {
        let Some(index) = self.places.get(slot).map(|place| place.index) else { return };
        let kinds = self.names_mut(kind);
        let Some(names) = kinds.get_mut(&meta.namespace) else { return };
        if let Some(table) = names.table.get_mut() {
            if let Ok(entry) = table.find_entry(spread(hash_of(&*meta.name) as u32), |named| named.slot == slot) {
                entry.remove();
            }
        }
        names.slots.swap_remove(index as usize);
        let moved = names.slots.get(index as usize).copied();
        if names.slots.is_empty() {
            kinds.remove(&meta.namespace);
        }
        if let Some(moved) = moved.and_then(|moved| self.places.get_mut(moved)) {
            moved.index = index;
        }
    }

    /// Removes an object and tells the watchers.
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str, write: Write) -> Option<Arc<Object>> {
        let slot = self.get(kind, namespace, name)?.meta.slot;
        let old = self.places.get_mut(slot)?.object.take()?;
        self.unname(slot, &old.meta, kind);
        self.revision += 1;
        if kind != Kind::Event {
            self.index(Some(&old), None);
        }
        self.notify(slot, Some(Arc::clone(&old)), None, write);
        self.places.give_back(slot);
        Some(old)
    }

    /// Forgets what happened until now: history begins with the next write.
    pub fn begin_history(&mut self) {
        self.history = History::default();
        self.places.forget_subjects();
    }

    /// The oldest write that no watcher has seen yet.
    pub fn next_event(&mut self) -> Option<WatchEvent> {
        self.watch.pop_front()
    }

    fn notify(&mut self, slot: Slot, old: Option<Arc<Object>>, new: Option<Arc<Object>>, write: Write) {
        let Some(kind) = new.as_ref().or(old.as_ref()).map(|object| object.kind()) else { return };
        let Some(place) = self.places.get_mut(slot) else { return };
        let change = self.history.record(old.as_deref(), new.as_deref(), &mut place.subject, write);
        self.watch.push_back(WatchEvent { old, new, change, kind });
    }

    fn index(&mut self, old: Option<&Object>, new: Option<&Arc<Object>>) {
        let uids = self.by_uid.get_mut().filter(|_| old.map(|old| old.meta.uid) != new.map(|new| new.meta.uid));
        if let Some(uids) = uids {
            if let Some(old) = old {
                remove_uid(uids, &old.meta);
            }
            if let Some(new) = new {
                add_uid(uids, &new.meta);
            }
        }
        let same = |old: &Object, new: &Object| old.meta.uid == new.meta.uid && old.meta.owners == new.meta.owners;
        if old.zip(new).is_some_and(|(old, new)| same(old, new)) {
            return;
        }
        for (object, owner) in old.iter().flat_map(|old| old.meta.owners.iter().map(move |owner| (old, owner))) {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(&object.meta.slot);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
        for (object, owner) in new.iter().flat_map(|new| new.meta.owners.iter().map(move |owner| (new, owner))) {
            self.dependents.entry(owner.uid).or_default().insert(object.meta.slot);
        }
    }
}

/// A store as it is kept: the indexes follow from the objects.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(with = "crate::resource::stored::each")]
    objects: Vec<Arc<Object>>,
    subjects: Vec<Subject>,
    vacant: Vec<Slot>,
    revision: u64,
    history: History,
}

impl Serialize for Store {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stored = Stored {
            objects: self.places.taken().map(|(object, _)| Arc::clone(object)).collect(),
            subjects: self.places.taken().map(|(_, subject)| subject).collect(),
            vacant: self.places.vacant(),
            revision: self.revision,
            history: self.history.clone(),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Store {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Store, D::Error> {
        let Stored { objects, subjects, vacant, revision, history } = Stored::deserialize(deserializer)?;
        let events = objects.iter().filter(|object| object.kind() == Kind::Event).count();
        let places = Places::with_room(events, objects.len() - events, vacant);
        let mut store = Store { places, revision, history, ..Store::default() };
        for (object, subject) in objects.into_iter().zip(subjects) {
            let slot = object.meta.slot;
            if store.places.get(slot).is_none() {
                return Err(D::Error::custom("an object has no place"));
            }
            store.name(slot, &object.meta, object.kind());
            if object.kind() != Kind::Event {
                store.index(None, Some(&object));
            }
            if let Some(place) = store.places.get_mut(slot) {
                (place.object, place.subject) = (Some(object), subject);
            }
        }
        store.places.events.close();
        Ok(store)
    }
}
