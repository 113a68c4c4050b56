//! The `StatefulSet` controller: one sync brings a set one step closer to what its spec says.
//!
//! `decide` says what to do, `sync` does it; `replicas` is what is known of the Pods, `membership` decides which Pods
//! are the set's, `revisions` keeps its history, `claims` its claims. Upstream: `pkg/controller/statefulset`.

mod by_ordinal;
mod claims;
pub mod decide;
pub mod identity;
mod membership;
mod ordinals;
pub mod replicas;
pub mod revisions;
mod sync;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::queue::{Item, Worker};
use crate::resource::meta::{Id, Meta, Text, Uid};
use crate::resource::model::StatefulSetSpec;
use crate::resource::{Kind, Object};
use crate::store::WatchEvent;
use replicas::Replicas;
use revisions::Revisions;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use template::{ClaimSource, PodSource};

/// How soon the controller notices a write.
const NOTICE: Duration = Duration::from_millis(2);

/// A namespace and a name.
type Name = (Text, Text);

/// What is known of one set.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    id: Id,
    name: Name,
    #[serde(with = "crate::resource::stored::shared")]
    spec: Arc<StatefulSetSpec>,
    replicas: Replicas,
    /// Pods that the set controls but should not (rule S33).
    strays: BTreeSet<Text>,
    sources: Vec<PodSource>,
    claims: Option<ClaimSource>,
    revisions: Option<(u64, Revisions)>,
    failures: u32,
}

impl Known {
    fn new(meta: &Meta, spec: Arc<StatefulSetSpec>) -> Known {
        Known {
            id: meta.id(),
            name: (meta.namespace.clone(), meta.name.clone()),
            spec,
            replicas: Replicas::default(),
            strays: BTreeSet::new(),
            sources: Vec::new(),
            claims: None,
            revisions: None,
            failures: 0,
        }
    }
}

/// The controller.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    sets: FxHashMap<Uid, Known>,
    /// By namespace and name.
    names: BTreeMap<Text, BTreeMap<Text, Uid>>,
    /// Pods without a controller, by namespace and the set that their name says.
    orphans: BTreeMap<Name, BTreeSet<Text>>,
    /// Counts writes of revisions, so that a sync knows whether it has to look at them again.
    revision_writes: u64,
}

impl Controller {
    /// What is known of the Pods of a set, for those who explain it.
    #[must_use]
    pub fn replicas(&self, namespace: &str, name: &str) -> Option<&Replicas> {
        let uid = self.names.get(namespace)?.get(name)?;
        self.sets.get(uid).map(|known| &known.replicas)
    }

    /// Notices what concerns sets: themselves, Pods, claims, revisions.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        match event.kind() {
            Kind::StatefulSet => self.observe_set(event, context),
            Kind::Pod => self.observe_pod(event, context),
            Kind::PersistentVolumeClaim => self.observe_claim(event),
            Kind::ControllerRevision => self.revision_writes += 1,
            // The default class of claims may be another one now.
            Kind::StorageClass => {
                for uid in self.names.values().flat_map(BTreeMap::values) {
                    self.sets.entry(*uid).and_modify(|known| known.claims = None);
                }
            }
            _ => {}
        }
    }

    fn observe_set(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let Meta { uid, namespace, name, .. } = &event.object().meta;
        let Some((object, set)) = event.new.as_ref().and_then(|object| Some((object, object.stateful_set()?))) else {
            self.sets.remove(uid);
            if let Some(names) = self.names.get_mut(namespace) {
                names.remove(name);
            }
            return;
        };
        match self.sets.get_mut(uid) {
            Some(known) => {
                let policy = |spec: &StatefulSetSpec| (spec.when_deleted, spec.when_scaled);
                if policy(&known.spec) != policy(&set.spec) {
                    known.replicas.uncheck_all();
                }
                known.spec = Arc::clone(&set.spec);
            }
            None => {
                self.sets.insert(*uid, Known::new(&object.meta, Arc::clone(&set.spec)));
                self.names.entry(namespace.clone()).or_default().insert(name.clone(), *uid);
            }
        }
        enqueue(object.meta.id(), context);
    }

    /// A claim that came, went, is to go, or changed its owners has to be looked at in the next sync. It does not cause
    /// one (S24).
    fn observe_claim(&mut self, event: &WatchEvent) {
        let same = |old: &Meta, new: &Meta| old.owners == new.owners && old.terminating() == new.terminating();
        if event.old.as_ref().zip(event.new.as_ref()).is_some_and(|(old, new)| same(&old.meta, &new.meta)) {
            return;
        }
        let object = event.object();
        let name = &object.meta.name;
        let Some((stem, ordinal)) = identity::parse_pod_name(name) else { return };
        let Some(names) = self.names.get(&object.meta.namespace) else { return };
        for (index, _) in stem.match_indices('-') {
            if let Some(known) = names.get(&stem[index + 1..]).and_then(|uid| self.sets.get_mut(uid)) {
                if known.spec.claim_templates.iter().any(|template| *template.name == stem[..index]) {
                    known.replicas.uncheck(ordinal);
                }
            }
        }
    }

    fn known(&mut self, id: Id) -> Option<&mut Known> {
        self.sets.get_mut(&id.uid)
    }

    fn set_of(&mut self, object: &Object) -> Option<&mut Known> {
        let owner = object.meta.controller().filter(|owner| *owner.kind == *Kind::StatefulSet.info().name)?;
        let known = self.sets.get_mut(&owner.uid)?;
        (known.name.1 == owner.name && known.name.0 == object.meta.namespace).then_some(known)
    }
}

fn enqueue(id: Id, context: &mut Context<'_>) {
    context.enqueue(Worker::StatefulSet, Item::Object(id), NOTICE);
}
