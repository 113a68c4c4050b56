//! Events until somebody reads them. Components say a lot, most of it to nobody: an Event is kept as what it says, and
//! becomes an object like others, with a name and a place, once somebody asks for any of them.

use std::sync::{Arc, OnceLock};

use super::names::{Names, Namespaces};
use super::places::Row;
use crate::resource::digits::Hex;
use crate::resource::meta::{Id, Meta, Slot, Uid, joined};
use crate::resource::model::Event;
use crate::resource::object::Body;
use crate::resource::{Object, Time};

/// An Event that nobody read yet: its name is that of what it is about, a dot and the nanosecond in which it was made
/// (client-go `tools/record/event.go`, `makeEvent`).
#[derive(Clone, Debug)]
pub struct Said {
    /// What it says.
    pub event: Arc<Event>,
    /// The nanosecond in its name.
    pub nanosecond: u64,
    /// Its uid.
    pub uid: Uid,
    pub(super) resource_version: u64,
}

impl Said {
    /// An Event that is made in this nanosecond.
    #[must_use]
    pub fn new(event: Event, nanosecond: u64, uid: Uid) -> Said {
        Said { event: Arc::new(event), nanosecond, uid, resource_version: 0 }
    }

    fn created(&self) -> Time {
        Time((self.nanosecond / 1000) as i64).to_the_second()
    }

    /// What an object is as an Event that has all that this form has room for, and no more.
    fn of(object: &Object) -> Option<Said> {
        let Body::Event(event) = &object.body else { return None };
        let Meta { name, uid, resource_version, .. } = &object.meta;
        let digits = name.strip_prefix(&*event.about.name)?.strip_prefix('.')?;
        let nanosecond = u64::from_str_radix(digits, 16).ok()?;
        let said = Said { event: Arc::clone(event), nanosecond, uid: *uid, resource_version: *resource_version };
        (said.object(object.meta.slot) == *object).then_some(said)
    }

    /// The object it is.
    pub(super) fn object(&self, slot: Slot) -> Object {
        let about = &self.event.about;
        let name = joined([&about.name, ".", &Hex::of(self.nanosecond)]);
        let mut meta = Meta::new(about.namespace_of_events(), name, None);
        (meta.uid, meta.resource_version, meta.created) = (self.uid, self.resource_version, self.created());
        meta.slot = slot;
        Object { meta, body: Body::Event(Arc::clone(&self.event)) }
    }
}

/// Events as objects: their places and names.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub row: Row,
    pub names: Namespaces,
}

/// All Events.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    said: Vec<Said>,
    /// Once somebody asked.
    read: OnceLock<Read>,
}

impl Read {
    /// Puts an object into its place, under its name.
    fn keep(&mut self, object: Arc<Object>) {
        let slot = object.meta.slot;
        let names = self.names.entry(&object.meta.namespace, Names::default);
        if let Some(place) = self.row.places.get_mut(slot.index()) {
            (place.index, place.object) = (names.slots.len() as u32, Some(object));
        }
        names.slots.push(slot);
    }
}

impl Events {
    /// Events as objects.
    pub fn read(&self) -> &Read {
        self.read.get_or_init(|| {
            let mut read = Read::default();
            for said in &self.said {
                let slot = read.row.take(true);
                read.keep(Arc::new(said.object(slot)));
            }
            read
        })
    }

    /// The same, to be changed.
    ///
    /// # Panics
    /// Never: they were made a line before.
    pub fn read_mut(&mut self) -> &mut Read {
        self.read();
        self.said = Vec::new();
        self.read.get_mut().expect("they were made a line before")
    }

    /// Keeps what Events say and no objects, if that is all there is to each of them.
    pub fn close(&mut self) {
        let said = |read: &Read| read.row.places.iter().map(|place| Said::of(place.object.as_ref()?)).collect();
        if let Some(said) = self.read.get().and_then(said) {
            *self = Events { said, read: OnceLock::new() };
        }
    }

    /// Keeps a new Event; `None` if they are objects by now.
    pub fn say(&mut self, said: &Said) -> Option<Slot> {
        let unread = self.read.get().is_none();
        unread.then(|| {
            self.said.push(said.clone());
            Slot::new(self.said.len() - 1, true)
        })
    }

    /// The Event with this id, if nobody read it yet.
    pub fn unread(&mut self, id: Id) -> Option<&mut Said> {
        let unread = id.slot.is_of_event() && self.read.get().is_none();
        self.said.get_mut(id.slot.index()).filter(|said| unread && said.uid == id.uid)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::Kind;
    use crate::store::{Actor, Cause, Store, Write};

    const WRITE: Write = Write { now: Time(1_700_000_000_000_000), actor: Actor::User, cause: Cause::Clock };

    fn event(about: &str) -> Event {
        let about = json!({"kind": "Pod", "namespace": "default", "name": about});
        Event::from_json(&json!({"involvedObject": about, "message": "m", "reason": "R", "count": 1}))
    }

    fn say(store: &mut Store, about: &str, number: u64) -> Id {
        let uid = Uid { high: 7, low: number };
        store.say(Said::new(event(about), number, uid), WRITE)
    }

    fn unread(store: &Store) -> bool {
        store.places.events.read.get().is_none()
    }

    fn names(store: &Store) -> Vec<String> {
        store.in_namespace(Kind::Event, "default").map(|object| object.meta.name.to_string()).collect()
    }

    #[test]
    fn events_are_objects_once_somebody_asks() {
        let mut store = Store::default();
        let first = say(&mut store, "web-1", 0x17b);
        say(&mut store, "web-0", 2);
        let again = |count: u32| Event { count, ..event("web-1") };
        assert!(store.repeat(first, again(2), WRITE));
        store.put(Object::from_json(Kind::Namespace, &json!({"metadata": {"name": "default"}})), WRITE);
        store.put(Object::from_json(Kind::Namespace, &json!({"metadata": {"name": "default"}})), WRITE);
        assert!(unread(&store), "nobody asked");
        assert_eq!(names(&store), ["web-0.2", "web-1.17b"]);
        let stored = |store: &Store| {
            let object = store.get(Kind::Event, "default", "web-1.17b").cloned();
            object.and_then(|object| Some((object.meta.resource_version, object.meta.uid.low, object.event()?.count)))
        };
        assert_eq!(stored(&store), Some((3, 0x17b, 2)));
        assert!(store.repeat(first, again(3), WRITE));
        assert_eq!(stored(&store), Some((6, 0x17b, 3)));
        say(&mut store, "web-1", 3);
        store.remove(Kind::Event, "default", "web-1.17b", WRITE);
        assert_eq!(names(&store), ["web-0.2", "web-1.3"]);
        assert!(!store.repeat(first, again(4), WRITE), "it is gone");
        assert_eq!(store.history.len(), 8);
    }

    #[test]
    fn what_an_event_is_does_not_depend_on_who_reads() {
        let (mut read, mut never) = (Store::default(), Store::default());
        for (about, number) in [("web-1", 5), ("web-0", 9), ("web-1", 7)] {
            assert_eq!(say(&mut read, about, number), say(&mut never, about, number));
            assert!(read.all(Kind::Event).count() > 0);
        }
        assert!(!unread(&read) && unread(&never));
        assert_eq!(read.history.digest(), never.history.digest());
        assert!(read.all(Kind::Event).eq(never.all(Kind::Event)));
    }

    #[test]
    fn a_stored_state_has_them_all() {
        let mut store = Store::default();
        say(&mut store, "web-0", 1);
        say(&mut store, "web-1", 2);
        let load = |store: &Store| -> Store {
            let bytes = crate::resource::stored::to_bytes(store).expect("a store can be kept");
            crate::resource::stored::from_bytes(&bytes).expect("what was kept can be read")
        };
        let closed = load(&store);
        assert!(unread(&closed), "nobody asked");
        assert_eq!(names(&closed), ["web-0.1", "web-1.2"]);
        let label = json!({"metadata": {"name": "web-0.3", "namespace": "default", "labels": {"a": "b"}}});
        store.add(Object::from_json(Kind::Event, &label), WRITE);
        assert!(!unread(&load(&store)), "one of them is more than what it says");
        store.remove(Kind::Event, "default", "web-0.3", WRITE);
        store.remove(Kind::Event, "default", "web-0.1", WRITE);
        assert_eq!(names(&load(&store)), ["web-1.2"]);
    }
}
