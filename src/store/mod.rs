//! The store: every object with its version, an index by uid and by owner, and what changed since somebody last looked.
//! It knows no rules of any kind; the API server ([`crate::apiserver`]) is its only writer.

mod history;
pub mod milestone;
mod trace;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use history::{Actor, Cause, Change, ChangeId, History, Write};
pub use milestone::{Milestone, Word};

use crate::resource::hash::hash_of;
use crate::resource::meta::{Meta, Slot, Text, Uid};
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
}

impl WatchEvent {
    /// The object, as it is now or as it last was.
    #[must_use]
    pub fn object(&self) -> &Arc<Object> {
        self.new.as_ref().or(self.old.as_ref()).expect("a write has an object before or after it")
    }

    /// The kind of the object.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.object().kind()
    }
}

/// The objects of one kind in one namespace: their places. Looking one up is what happens all the time, so they are
/// hashed; who wants them in order sorts them.
type Names = HashTable<Named>;

/// The place of an object and the hash of its name: what has another hash is never looked at.
#[derive(Clone, Copy, Debug)]
struct Named {
    hash: u32,
    slot: Slot,
}

/// A place for an object. It keeps its place as long as it exists, and knows it ([`Meta::slot`]), so that a change of it
/// looks nothing up.
#[derive(Clone, Debug)]
struct Place {
    object: Option<Arc<Object>>,
    /// The object's number in the history, once it has one.
    subject: Option<u32>,
}

/// The objects of a cluster.
#[derive(Clone, Debug)]
pub struct Store {
    places: Vec<Place>,
    /// Places whose object is gone.
    vacant: Vec<Slot>,
    kinds: Vec<BTreeMap<Text, Names>>,
    by_uid: FxHashMap<Uid, Slot>,
    dependents: FxHashMap<Uid, FxHashSet<Uid>>,
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
            places: Vec::new(),
            vacant: Vec::new(),
            kinds: vec![BTreeMap::new(); Kind::COUNT],
            by_uid: FxHashMap::default(),
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
        self.at(self.kinds[kind as usize].get(namespace)?.find(spread(hash as u32), named)?.slot)
    }

    /// The object with a uid; Events are not found this way.
    #[must_use]
    pub fn by_uid(&self, uid: Uid) -> Option<&Arc<Object>> {
        self.at(*self.by_uid.get(&uid)?)
    }

    /// The object as it is now of which `object` is a copy; `None` if it is gone, or never was stored.
    #[must_use]
    pub fn current(&self, object: &Object) -> Option<&Arc<Object>> {
        self.at(object.meta.slot).filter(|stored| stored.meta.uid == object.meta.uid && stored.kind() == object.kind())
    }

    fn is_named(&self, slot: Slot, name: &str) -> bool {
        self.at(slot).is_some_and(|object| object.meta.name == name)
    }

    fn at(&self, slot: Slot) -> Option<&Arc<Object>> {
        self.places.get(slot.0 as usize)?.object.as_ref()
    }

    /// The objects of a kind in a namespace, by name. Cluster-scoped objects live in the namespace `""`.
    pub fn in_namespace(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        self.kinds[kind as usize].get(namespace).into_iter().flat_map(|names| self.sorted(names))
    }

    /// Whether there never was an object of a kind: who asks for those there are can stop here.
    #[must_use]
    pub fn has_none(&self, kind: Kind) -> bool {
        self.kinds[kind as usize].is_empty()
    }

    /// The objects of a kind in a namespace, in any order: for who looks for one of them, whatever the order.
    pub fn unsorted(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        self.kinds[kind as usize]
            .get(namespace)
            .into_iter()
            .flat_map(Names::iter)
            .filter_map(|named| self.at(named.slot))
    }

    /// All objects of a kind, by namespace and name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.kinds[kind as usize].values().flat_map(|names| self.sorted(names))
    }

    fn sorted(&self, names: &Names) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        let mut objects: Vec<&Arc<Object>> = names.iter().filter_map(|named| self.at(named.slot)).collect();
        objects.sort_unstable_by(|a, b| a.meta.name.cmp(&b.meta.name));
        objects.into_iter()
    }

    /// How many objects of a kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.kinds[kind as usize].values().map(Names::len).sum()
    }

    /// The keys of the objects that have an owner reference to `owner`, in order.
    #[must_use]
    pub fn dependents(&self, owner: Uid) -> Vec<Key> {
        let uids = self.dependents.get(&owner).into_iter().flatten();
        let mut keys: Vec<Key> = uids.filter_map(|uid| self.by_uid(*uid)).map(|object| Key::of(object)).collect();
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

    fn set(&mut self, slot: Slot, mut object: Object, write: Write) -> Arc<Object> {
        self.revision += 1;
        object.meta.resource_version = self.revision;
        object.meta.slot = slot;
        let object = Arc::new(object);
        let old = self.places[slot.0 as usize].object.replace(Arc::clone(&object));
        if object.kind() != Kind::Event {
            self.index(old.as_deref(), Some(&object));
        }
        self.notify(slot, old, Some(Arc::clone(&object)), write);
        object
    }

    /// A place for a new object.
    fn place(&mut self, object: &Object) -> Slot {
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.places.push(Place { object: None, subject: None });
            Slot((self.places.len() - 1) as u32)
        });
        self.name(slot, &object.meta, object.kind());
        slot
    }

    /// Makes a place known by the name of its object.
    fn name(&mut self, slot: Slot, meta: &Meta, kind: Kind) {
        let hash = hash_of(&*meta.name) as u32;
        let names = self.kinds[kind as usize].entry(meta.namespace.clone()).or_default();
        names.insert_unique(spread(hash), Named { hash, slot }, |named| spread(named.hash));
    }

    /// Removes an object and tells the watchers.
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str, write: Write) -> Option<Arc<Object>> {
        let slot = self.get(kind, namespace, name)?.meta.slot;
        let names = self.kinds[kind as usize].get_mut(namespace)?;
        names.find_entry(spread(hash_of(name) as u32), |named| named.slot == slot).ok()?.remove();
        if names.is_empty() {
            self.kinds[kind as usize].remove(namespace);
        }
        let old = self.places[slot.0 as usize].object.take()?;
        self.revision += 1;
        if kind != Kind::Event {
            self.index(Some(&old), None);
        }
        self.notify(slot, Some(Arc::clone(&old)), None, write);
        self.places[slot.0 as usize].subject = None;
        self.vacant.push(slot);
        Some(old)
    }

    /// Forgets what happened until now: history begins with the next write.
    pub fn begin_history(&mut self) {
        self.history = History::default();
        self.places.iter_mut().for_each(|place| place.subject = None);
    }

    /// The oldest write that no watcher has seen yet.
    pub fn next_event(&mut self) -> Option<WatchEvent> {
        self.watch.pop_front()
    }

    fn notify(&mut self, slot: Slot, old: Option<Arc<Object>>, new: Option<Arc<Object>>, write: Write) {
        let subject = &mut self.places[slot.0 as usize].subject;
        let change = self.history.record(old.as_deref(), new.as_deref(), subject, write);
        self.watch.push_back(WatchEvent { old, new, change });
    }

    fn index(&mut self, old: Option<&Object>, new: Option<&Arc<Object>>) {
        if old.map(|old| old.meta.uid) != new.map(|new| new.meta.uid) {
            old.map(|old| self.by_uid.remove(&old.meta.uid));
            new.map(|new| self.by_uid.insert(new.meta.uid, new.meta.slot));
        }
        let same = |old: &Object, new: &Object| old.meta.uid == new.meta.uid && old.meta.owners == new.meta.owners;
        if old.zip(new).is_some_and(|(old, new)| same(old, new)) {
            return;
        }
        for (object, owner) in old.iter().flat_map(|old| old.meta.owners.iter().map(move |owner| (old, owner))) {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(&object.meta.uid);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
        for (object, owner) in new.iter().flat_map(|new| new.meta.owners.iter().map(move |owner| (new, owner))) {
            self.dependents.entry(owner.uid).or_default().insert(object.meta.uid);
        }
    }
}

/// A store as it is kept: the indexes follow from the objects.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(with = "crate::resource::stored::each")]
    objects: Vec<Arc<Object>>,
    subjects: Vec<Option<u32>>,
    vacant: Vec<Slot>,
    revision: u64,
    history: History,
}

impl Serialize for Store {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let taken = || self.places.iter().filter_map(|place| Some((place.object.as_ref()?, place.subject)));
        let stored = Stored {
            objects: taken().map(|(object, _)| Arc::clone(object)).collect(),
            subjects: taken().map(|(_, subject)| subject).collect(),
            vacant: self.vacant.clone(),
            revision: self.revision,
            history: self.history.clone(),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Store {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Store, D::Error> {
        let Stored { objects, subjects, vacant, revision, history } = Stored::deserialize(deserializer)?;
        let vacancy = Place { object: None, subject: None };
        let places = vec![vacancy; objects.len() + vacant.len()];
        let mut store = Store { places, vacant, revision, history, ..Store::default() };
        for (object, subject) in objects.into_iter().zip(subjects) {
            let slot = object.meta.slot;
            store.name(slot, &object.meta, object.kind());
            if object.kind() != Kind::Event {
                store.index(None, Some(&object));
            }
            let place =
                store.places.get_mut(slot.0 as usize).ok_or_else(|| D::Error::custom("an object has no place"))?;
            *place = Place { object: Some(object), subject };
        }
        Ok(store)
    }
}

/// 32 bits of a hash as the 64 that a table wants: it takes places from the lower bits and marks from the upper ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
