//! What happened: one entry for each write, with who wrote it, because of what, and the milestones it passed. The trace,
//! the order table and `why` are read from here.

use std::sync::Arc;

use arcstr::literal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::events::Said;
use super::milestone::{Created, Milestone, milestones};
use crate::resource::hash::mix;
use crate::resource::meta::{Text, Uid};
use crate::resource::{Kind, Meta, Object, Time};

/// An index into the history.
pub type ChangeId = u32;

/// Why something was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A person's input, by its place in the journal.
    Input(u32),
    /// An earlier change that the writer was told of.
    Change(ChangeId),
    /// The clock: a time-out or a periodic check.
    Clock,
}

/// Who writes.
// The methods use arcstr's `literal!`, whose expansion says `unsafe`; an Actor promises it nothing.
#[allow(clippy::unsafe_derive_deserialize)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A person, through kubectl or the lab's verbs.
    User,
    /// The API server itself.
    ApiServer,
    /// The `StatefulSet` controller.
    StatefulSetController,
    /// The Deployment controller.
    DeploymentController,
    /// The `ReplicaSet` controller.
    ReplicaSetController,
    /// The `DaemonSet` controller.
    DaemonSetController,
    /// The scheduler.
    Scheduler,
    /// A kubelet.
    Kubelet,
    /// The controller that binds claims to volumes and provisions volumes.
    PersistentVolumeController,
    /// The controllers that keep claims and volumes in use from vanishing.
    VolumeProtection,
    /// The controller that grows volumes.
    VolumeExpander,
    /// What a storage driver's own controllers do.
    StorageDriver,
    /// The controller that attaches volumes to nodes.
    AttachDetachController,
    /// The endpoint slice controller.
    EndpointSliceController,
    /// The garbage collector.
    GarbageCollector,
    /// The disruption controller.
    DisruptionController,
    /// The resource quota controller.
    ResourceQuotaController,
    /// The node lifecycle controller.
    NodeController,
    /// The taint eviction controller.
    TaintEvictionController,
    /// The pod garbage collector.
    PodGarbageCollector,
    /// The namespace controller.
    NamespaceController,
    /// The service controller of a cloud controller manager.
    ServiceController,
}

impl Actor {
    /// The component's name as Events and people have it.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Actor::User => literal!("user"),
            Actor::ApiServer => literal!("kube-apiserver"),
            Actor::StatefulSetController => literal!("statefulset-controller"),
            Actor::DeploymentController => literal!("deployment-controller"),
            Actor::ReplicaSetController => literal!("replicaset-controller"),
            Actor::DaemonSetController => literal!("daemonset-controller"),
            Actor::Scheduler => literal!("default-scheduler"),
            Actor::Kubelet => literal!("kubelet"),
            Actor::PersistentVolumeController => literal!("persistentvolume-controller"),
            Actor::VolumeProtection => literal!("pvc-protection-controller"),
            Actor::VolumeExpander => literal!("volume_expand"),
            Actor::StorageDriver => literal!("storage-driver"),
            Actor::AttachDetachController => literal!("attachdetach-controller"),
            Actor::EndpointSliceController => literal!("endpoint-slice-controller"),
            Actor::GarbageCollector => literal!("garbage-collector"),
            Actor::DisruptionController => literal!("controllermanager"),
            Actor::ResourceQuotaController => literal!("resourcequota-controller"),
            Actor::NodeController => literal!("node-controller"),
            Actor::TaintEvictionController => literal!("taint-eviction-controller"),
            Actor::PodGarbageCollector => literal!("pod-garbage-collector-controller"),
            Actor::NamespaceController => literal!("namespace-controller"),
            Actor::ServiceController => literal!("service-controller"),
        }
    }

    /// The same.
    #[must_use]
    pub fn name(self) -> &'static str {
        Text::as_static(&self.text()).unwrap_or_default()
    }
}

/// The circumstances of a write.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// When.
    pub now: Time,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub cause: Cause,
}

/// One write.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Its place in the history.
    pub id: ChangeId,
    /// When.
    pub time: Time,
    /// Who wrote.
    pub actor: Actor,
    /// Because of what.
    pub cause: Cause,
    /// The object's kind.
    pub kind: Kind,
    /// The object's namespace.
    pub namespace: &'a Text,
    /// The object's name.
    pub name: &'a Text,
    /// The object's uid.
    pub uid: Uid,
    /// What of note it did; empty for a write that passed no milestone.
    pub milestones: &'a [Milestone],
}

/// The number of an object that was written at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject(u32);

impl Subject {
    /// Of what was never written.
    pub const NONE: Subject = Subject(u32::MAX);
}

/// An object that was written at some time.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    kind: Kind,
    namespace: Text,
    name: Text,
    uid: Uid,
}

/// A write as it is kept: there are some twenty of them for each Pod.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    time: Time,
    /// The number of an input or a change.
    cause: u32,
    subject: u32,
    first_milestone: u32,
    sort: CauseSort,
    actor: Actor,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum CauseSort {
    Input,
    Change,
    Clock,
}

impl Entry {
    fn cause(&self) -> Cause {
        match self.sort {
            CauseSort::Input => Cause::Input(self.cause),
            CauseSort::Change => Cause::Change(self.cause),
            CauseSort::Clock => Cause::Clock,
        }
    }
}

/// All writes since the lab began.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    entries: Vec<Entry>,
    milestones: Vec<Milestone>,
    subjects: Vec<Written>,
    #[serde(skip)]
    created: FxHashMap<Kind, Arc<Created>>,
    events: Option<u32>,
    digest: u64,
}

impl History {
    /// Notes a write. `subject` is the number of what was written: a new object gets one.
    pub(super) fn record(
        &mut self,
        old: Option<&Object>,
        new: Option<&Object>,
        subject: &mut Subject,
        write: Write,
    ) -> ChangeId {
        let Some(object) = new.or(old) else { return 0 };
        let first = self.milestones.len();
        milestones(old, new, &mut self.milestones);
        self.share_created(object.kind(), first);
        // All Events have one number, and their places none.
        let number = match *subject {
            _ if object.kind() == Kind::Event => self.events(),
            Subject::NONE => self.subject(object),
            Subject(known) => known,
        };
        if object.kind() != Kind::Event {
            *subject = Subject(number);
        }
        self.digest =
            fold(self.digest, object.kind(), object.meta.uid, new.is_some(), write.now, self.milestones.len() - first);
        self.enter(number, first, write)
    }

    /// Notes an Event.
    pub(super) fn say(&mut self, said: &Said, write: Write) -> ChangeId {
        let first = self.milestones.len();
        self.milestones.push(Milestone::Said(Arc::clone(&said.event)));
        self.digest = fold(self.digest, Kind::Event, said.uid, true, write.now, 1);
        let subject = self.events();
        self.enter(subject, first, write)
    }

    fn enter(&mut self, subject: u32, first: usize, write: Write) -> ChangeId {
        let (sort, cause) = match write.cause {
            Cause::Input(input) => (CauseSort::Input, input),
            Cause::Change(change) => (CauseSort::Change, change),
            Cause::Clock => (CauseSort::Clock, 0),
        };
        let Write { now: time, actor, .. } = write;
        self.entries.push(Entry { time, cause, subject, first_milestone: first as u32, sort, actor });
        (self.entries.len() - 1) as ChangeId
    }

    /// What is told of the making of siblings is the same, and kept once.
    fn share_created(&mut self, kind: Kind, first: usize) {
        let Some(Milestone::Created(created)) = self.milestones.get_mut(first) else { return };
        match self.created.get(&kind) {
            Some(known) if *known == *created => *created = Arc::clone(known),
            _ => {
                self.created.insert(kind, Arc::clone(created));
            }
        }
    }

    /// The number of a new object.
    fn subject(&mut self, object: &Object) -> u32 {
        let Meta { namespace, name, uid, .. } = &object.meta;
        self.subjects.push(Written {
            kind: object.kind(),
            namespace: namespace.clone(),
            name: name.clone(),
            uid: *uid,
        });
        (self.subjects.len() - 1) as u32
    }

    /// The one subject of all Events: what an Event is about is in its milestone.
    fn events(&mut self) -> u32 {
        *self.events.get_or_insert_with(|| {
            let none = Text::default();
            self.subjects.push(Written { kind: Kind::Event, namespace: none.clone(), name: none, uid: Uid::default() });
            (self.subjects.len() - 1) as u32
        })
    }

    /// A number that depends on every write: what was written when, and how many milestones it passed.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Who wrote a change.
    #[must_use]
    pub fn actor(&self, id: ChangeId) -> Option<Actor> {
        self.entries.get(id as usize).map(|entry| entry.actor)
    }

    /// How many changes there are; ids are below it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All changes, oldest first.
    #[must_use]
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = Change<'_>> {
        self.since(0)
    }

    /// The changes from an id on, oldest first.
    #[must_use]
    pub fn since(&self, id: ChangeId) -> impl DoubleEndedIterator<Item = Change<'_>> {
        (id..self.entries.len() as ChangeId).filter_map(|id| self.get(id))
    }

    /// One change.
    #[must_use]
    pub fn get(&self, id: ChangeId) -> Option<Change<'_>> {
        let entry = self.entries.get(id as usize)?;
        let end = self.entries.get(id as usize + 1).map_or(self.milestones.len(), |next| next.first_milestone as usize);
        let Written { kind, namespace, name, uid } = self.subjects.get(entry.subject as usize)?;
        Some(Change {
            id,
            time: entry.time,
            actor: entry.actor,
            cause: entry.cause(),
            kind: *kind,
            namespace,
            name,
            uid: *uid,
            milestones: self.milestones.get(entry.first_milestone as usize..end)?,
        })
    }
}

/// A digest, and in it a write of an object that is there or gone afterwards.
fn fold(digest: u64, kind: Kind, uid: Uid, there: bool, now: Time, milestones: usize) -> u64 {
    let what = (kind as u64) << 32 | (milestones as u64) << 1 | u64::from(there);
    mix(digest ^ mix(uid.high ^ uid.low ^ what) ^ now.0 as u64)
}
