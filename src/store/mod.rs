//! The store: every object with its version, an index by uid and by owner, and what changed since somebody last looked.
//! It knows no rules of any kind; the API server ([`crate::apiserver`]) is its only writer.

mod history;
pub mod milestone;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use history::{Actor, Cause, Change, ChangeId, History, Write};
pub use milestone::Milestone;

use crate::resource::meta::{Text, Uid};
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

/// The objects of one kind in one namespace. Looking one up is what happens all the time, so they are hashed; who wants
/// them in order sorts them.
type Names = FxHashMap<Text, Arc<Object>>;

/// The objects of a cluster.
#[derive(Clone, Debug)]
pub struct Store {
    kinds: Vec<BTreeMap<Text, Names>>,
    by_uid: FxHashMap<Uid, Arc<Object>>,
    dependents: FxHashMap<Uid, FxHashSet<Uid>>,
    revision: u64,
    watch: VecDeque<WatchEvent>,
    /// What happened, with the cause of each change.
    pub history: History,
}

impl Default for Store {
    fn default() -> Store {
        Store {
            kinds: vec![BTreeMap::new(); Kind::COUNT],
            by_uid: FxHashMap::default(),
            dependents: FxHashMap::default(),
            revision: 0,
            watch: VecDeque::new(),
            history: History::default(),
        }
    }
}

impl Store {
    /// An object.
    #[must_use]
    pub fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.kinds[kind as usize].get(namespace)?.get(name)
    }

    /// The object with a uid; Events are not found this way.
    #[must_use]
    pub fn by_uid(&self, uid: Uid) -> Option<&Arc<Object>> {
        self.by_uid.get(&uid)
    }

    /// The objects of a kind in a namespace, by name. Cluster-scoped objects live in the namespace `""`.
    pub fn in_namespace(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &Arc<Object>> + use<'_> {
        self.kinds[kind as usize].get(namespace).into_iter().flat_map(sorted)
    }

    /// All objects of a kind, by namespace and name.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.kinds[kind as usize].values().flat_map(sorted)
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
        let mut keys: Vec<Key> = uids.filter_map(|uid| self.by_uid.get(uid)).map(|object| Key::of(object)).collect();
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
    pub fn put(&mut self, mut object: Object, write: Write) -> Arc<Object> {
        self.revision += 1;
        object.meta.resource_version = self.revision;
        let kind = object.kind();
        let (namespace, name) = (object.meta.namespace.clone(), object.meta.name.clone());
        let object = Arc::new(object);
        let names = self.kinds[kind as usize].entry(namespace).or_default();
        let old = names.insert(name, Arc::clone(&object));
        if kind != Kind::Event {
            self.index(old.as_deref(), Some(&object));
        }
        self.notify(old, Some(Arc::clone(&object)), write);
        object
    }

    /// Removes an object and tells the watchers.
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str, write: Write) -> Option<Arc<Object>> {
        let names = self.kinds[kind as usize].get_mut(namespace)?;
        let old = names.remove(name)?;
        if names.is_empty() {
            self.kinds[kind as usize].remove(namespace);
        }
        self.revision += 1;
        if kind != Kind::Event {
            self.index(Some(&old), None);
        }
        self.notify(Some(Arc::clone(&old)), None, write);
        Some(old)
    }

    /// The oldest write that no watcher has seen yet.
    pub fn next_event(&mut self) -> Option<WatchEvent> {
        self.watch.pop_front()
    }

    fn notify(&mut self, old: Option<Arc<Object>>, new: Option<Arc<Object>>, write: Write) {
        let change = self.history.record(old.as_deref(), new.as_deref(), write);
        self.watch.push_back(WatchEvent { old, new, change });
    }

    fn index(&mut self, old: Option<&Object>, new: Option<&Arc<Object>>) {
        if let Some(old) = old.filter(|old| new.is_none_or(|new| new.meta.uid != old.meta.uid)) {
            self.by_uid.remove(&old.meta.uid);
        }
        if let Some(new) = new {
            self.by_uid.insert(new.meta.uid, Arc::clone(new));
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

fn sorted(names: &Names) -> impl Iterator<Item = &Arc<Object>> {
    let mut objects: Vec<&Arc<Object>> = names.values().collect();
    objects.sort_unstable_by(|a, b| a.meta.name.cmp(&b.meta.name));
    objects.into_iter()
}
