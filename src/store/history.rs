//! What happened: one entry for each write, with who wrote it, because of what, and the milestones it passed. The trace,
//! the order table and `why` are read from here.

use super::milestone::{Milestone, milestones};
use crate::resource::hash::mix;
use crate::resource::meta::{Text, Uid};
use crate::resource::{Kind, Object, Time};

/// An index into the history.
pub type ChangeId = u32;

/// Why something was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A person's input, by its place in the journal.
    Input(u32),
    /// An earlier change that the writer was told of.
    Change(ChangeId),
    /// The clock: a time-out or a periodic check.
    Clock,
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, through kubectl or the lab's verbs.
    User,
    /// The API server itself.
    ApiServer,
    /// The `StatefulSet` controller.
    StatefulSetController,
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
    /// The endpoint slice controller.
    EndpointSliceController,
    /// The garbage collector.
    GarbageCollector,
    /// The disruption controller.
    DisruptionController,
    /// The node lifecycle controller.
    NodeController,
    /// The pod garbage collector.
    PodGarbageCollector,
}

impl Actor {
    /// The component's name as Events and people have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Actor::User => "user",
            Actor::ApiServer => "kube-apiserver",
            Actor::StatefulSetController => "statefulset-controller",
            Actor::Scheduler => "default-scheduler",
            Actor::Kubelet => "kubelet",
            Actor::PersistentVolumeController => "persistentvolume-controller",
            Actor::VolumeProtection => "pvc-protection-controller",
            Actor::VolumeExpander => "volume_expand",
            Actor::EndpointSliceController => "endpoint-slice-controller",
            Actor::GarbageCollector => "garbage-collector",
            Actor::DisruptionController => "controllermanager",
            Actor::NodeController => "node-controller",
            Actor::PodGarbageCollector => "pod-garbage-collector-controller",
        }
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
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub time: Time,
    /// Who wrote.
    pub actor: Actor,
    /// Because of what.
    pub cause: Cause,
    /// The object's kind.
    pub kind: Kind,
    /// The object's namespace.
    pub namespace: Text,
    /// The object's name.
    pub name: Text,
    /// The object's uid.
    pub uid: Uid,
    /// The store's version after it.
    pub resource_version: u64,
    /// What of note it did; empty for a write that passed no milestone.
    pub milestones: Box<[Milestone]>,
}

/// All writes since the lab began.
#[derive(Clone, Debug, Default)]
pub struct History {
    changes: Vec<Change>,
    digest: u64,
}

impl History {
    pub(super) fn record(
        &mut self,
        old: Option<&Object>,
        new: Option<&Object>,
        resource_version: u64,
        write: Write,
    ) -> ChangeId {
        let Some(object) = new.or(old) else { return 0 };
        let milestones = milestones(old, new);
        self.digest = fold(self.digest, object, new.is_some(), write.now, milestones.len());
        self.changes.push(Change {
            time: write.now,
            actor: write.actor,
            cause: write.cause,
            kind: object.kind(),
            namespace: object.meta.namespace.clone(),
            name: object.meta.name.clone(),
            uid: object.meta.uid,
            resource_version,
            milestones,
        });
        (self.changes.len() - 1) as ChangeId
    }

    /// A number that depends on every write: what was written when, and how many milestones it passed.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// All changes, oldest first; a [`ChangeId`] is an index into them.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// One change.
    #[must_use]
    pub fn get(&self, id: ChangeId) -> Option<&Change> {
        self.changes.get(id as usize)
    }
}

fn fold(digest: u64, object: &Object, there: bool, now: Time, milestones: usize) -> u64 {
    let name = object.meta.namespace.bytes().chain(object.meta.name.bytes());
    let name = name.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let what = (object.kind() as u64) << 32 | (milestones as u64) << 1 | u64::from(there);
    mix(digest ^ mix(name ^ what) ^ now.0 as u64)
}
