//! An object as the store keeps it: its metadata and its body. Kinds that come in large numbers, or that controllers
//! read all the time, have a model type; the others keep their JSON. Each model converts from and to JSON in one place.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model::{
    ControllerRevision, DaemonSet, Deployment, EndpointSlice, Event, PersistentVolume, PersistentVolumeClaim, Pod,
    ReplicaSet, StatefulSet,
};
use super::{Kind, Meta};

/// What an object is, apart from its metadata. The models are boxed, so that the many Events do not pay for a Pod's size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// A Pod.
    Pod(Box<Pod>),
    /// A claim.
    PersistentVolumeClaim(Box<PersistentVolumeClaim>),
    /// A volume.
    PersistentVolume(Box<PersistentVolume>),
    /// An Event.
    Event(#[serde(with = "crate::resource::stored::shared")] Arc<Event>),
    /// A `StatefulSet`.
    StatefulSet(Box<StatefulSet>),
    /// A `ControllerRevision`.
    ControllerRevision(Box<ControllerRevision>),
    /// An `EndpointSlice`.
    EndpointSlice(Box<EndpointSlice>),
    /// A Deployment.
    Deployment(Box<Deployment>),
    /// A `ReplicaSet`.
    ReplicaSet(Box<ReplicaSet>),
    /// A `DaemonSet`.
    DaemonSet(Box<DaemonSet>),
    /// Any other kind: all members of the JSON object but apiVersion, kind and metadata.
    Plain(Kind, #[serde(with = "crate::resource::stored::json")] Arc<Map<String, Value>>),
}

/// An object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its metadata.
    pub meta: Meta,
    /// The rest.
    pub body: Body,
}

impl Object {
    /// The object's kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.body {
            Body::Pod(_) => Kind::Pod,
            Body::PersistentVolumeClaim(_) => Kind::PersistentVolumeClaim,
            Body::PersistentVolume(_) => Kind::PersistentVolume,
            Body::Event(_) => Kind::Event,
            Body::StatefulSet(_) => Kind::StatefulSet,
            Body::ControllerRevision(_) => Kind::ControllerRevision,
            Body::EndpointSlice(_) => Kind::EndpointSlice,
            Body::Deployment(_) => Kind::Deployment,
            Body::ReplicaSet(_) => Kind::ReplicaSet,
            Body::DaemonSet(_) => Kind::DaemonSet,
            Body::Plain(kind, _) => *kind,
        }
    }

    /// Reads a decoded, defaulted and valid object of `kind`.
    #[must_use]
    pub fn from_json(kind: Kind, value: &Value) -> Object {
        let meta = Meta::from_json(&value["metadata"]);
        let body = match kind {
            Kind::Pod => Body::Pod(Box::new(Pod::from_json(value))),
            Kind::PersistentVolumeClaim => {
                Body::PersistentVolumeClaim(Box::new(PersistentVolumeClaim::from_json(value)))
            }
            Kind::PersistentVolume => Body::PersistentVolume(Box::new(PersistentVolume::from_json(value))),
            Kind::Event => Body::Event(Arc::new(Event::from_json(value))),
            Kind::StatefulSet => Body::StatefulSet(Box::new(StatefulSet::from_json(value))),
            Kind::ControllerRevision => Body::ControllerRevision(Box::new(ControllerRevision::from_json(value))),
            Kind::EndpointSlice => Body::EndpointSlice(Box::new(EndpointSlice::from_json(value))),
            Kind::Deployment => Body::Deployment(Box::new(Deployment::from_json(value))),
            Kind::ReplicaSet => Body::ReplicaSet(Box::new(ReplicaSet::from_json(value))),
            Kind::DaemonSet => Body::DaemonSet(Box::new(DaemonSet::from_json(value))),
            _ => {
                let mut rest = value.as_object().cloned().unwrap_or_default();
                for key in ["apiVersion", "kind", "metadata"] {
                    rest.remove(key);
                }
                Body::Plain(kind, Arc::new(rest))
            }
        };
        Object { meta, body }
    }

    /// The object as the API serves it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let kind = self.kind();
        let mut out = match &self.body {
            Body::Pod(pod) => pod.to_json(),
            Body::PersistentVolumeClaim(claim) => claim.to_json(),
            Body::PersistentVolume(volume) => volume.to_json(),
            Body::Event(event) => event.to_json(),
            Body::StatefulSet(set) => set.to_json(),
            Body::ControllerRevision(revision) => revision.to_json(),
            Body::EndpointSlice(slice) => slice.to_json(),
            Body::Deployment(deployment) => deployment.to_json(),
            Body::ReplicaSet(set) => set.to_json(),
            Body::DaemonSet(set) => set.to_json(),
            Body::Plain(_, rest) => (**rest).clone(),
        };
        out.insert("apiVersion".into(), kind.api_version().into());
        out.insert("kind".into(), kind.info().name.into());
        out.insert("metadata".into(), self.meta.to_json());
        out.into()
    }

    /// The Pod, if it is one.
    #[must_use]
    pub fn pod(&self) -> Option<&Pod> {
        if let Body::Pod(pod) = &self.body { Some(pod) } else { None }
    }

    /// The claim, if it is one.
    #[must_use]
    pub fn claim(&self) -> Option<&PersistentVolumeClaim> {
        if let Body::PersistentVolumeClaim(claim) = &self.body { Some(claim) } else { None }
    }

    /// The volume, if it is one.
    #[must_use]
    pub fn volume(&self) -> Option<&PersistentVolume> {
        if let Body::PersistentVolume(volume) = &self.body { Some(volume) } else { None }
    }

    /// The `StatefulSet`, if it is one.
    #[must_use]
    pub fn stateful_set(&self) -> Option<&StatefulSet> {
        if let Body::StatefulSet(set) = &self.body { Some(set) } else { None }
    }

    /// The revision, if it is one.
    #[must_use]
    pub fn revision(&self) -> Option<&ControllerRevision> {
        if let Body::ControllerRevision(revision) = &self.body { Some(revision) } else { None }
    }

    /// The Event, if it is one.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        if let Body::Event(event) = &self.body { Some(event) } else { None }
    }

    /// The slice, if it is one.
    #[must_use]
    pub fn endpoint_slice(&self) -> Option<&EndpointSlice> {
        if let Body::EndpointSlice(slice) = &self.body { Some(slice) } else { None }
    }

    /// The Deployment, if it is one.
    #[must_use]
    pub fn deployment(&self) -> Option<&Deployment> {
        if let Body::Deployment(deployment) = &self.body { Some(deployment) } else { None }
    }

    /// The `ReplicaSet`, if it is one.
    #[must_use]
    pub fn replica_set(&self) -> Option<&ReplicaSet> {
        if let Body::ReplicaSet(set) = &self.body { Some(set) } else { None }
    }

    /// The `DaemonSet`, if it is one.
    #[must_use]
    pub fn daemon_set(&self) -> Option<&DaemonSet> {
        if let Body::DaemonSet(set) = &self.body { Some(set) } else { None }
    }

    /// The JSON of a kind without a model type: all members but apiVersion, kind and metadata.
    #[must_use]
    pub fn plain(&self) -> Option<&Map<String, Value>> {
        if let Body::Plain(_, rest) = &self.body { Some(rest) } else { None }
    }
}
