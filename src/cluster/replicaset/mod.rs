//! The `ReplicaSet` controller: as many Pods as wanted, all at once, under generated names, whichever they are (rule R2).
//!
//! `decide` says how many come or go, `rank` which go first (rule R9), `sync` does it; `membership` is what is known of
//! the Pods, counted with every write so that a sync costs nothing per Pod. Upstream: `pkg/controller/replicaset`.

pub mod decide;
mod membership;
pub mod rank;
mod sync;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::pod_control::{Name, PodSource};
use super::queue::{Item, Worker};
use crate::resource::meta::Text;
use crate::resource::{Kind, Object};
use crate::store::WatchEvent;
use membership::Members;
use serde::{Deserialize, Serialize};
use sync::Creation;

/// How soon the controller notices a write.
const NOTICE: Duration = Duration::from_millis(2);

/// What is known of one `ReplicaSet`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    members: Members,
    source: Option<PodSource>,
    /// What is left of a sync that makes Pods in several batches.
    creation: Option<Creation>,
    failures: u32,
}

/// The controller.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    /// By namespace and name.
    sets: BTreeMap<Text, BTreeMap<Text, Known>>,
}

impl Controller {
    /// Notices what concerns `ReplicaSet`s: themselves and Pods.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        match event.kind() {
            Kind::Pod if !self.sets.is_empty() => self.observe_pod(event, context),
            Kind::ReplicaSet => self.observe_set(event, context),
            _ => {}
        }
    }

    fn observe_set(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let object = event.object();
        let name = (object.meta.namespace.clone(), object.meta.name.clone());
        let Some(set) = event.new.as_ref().and_then(|o| o.replica_set()) else {
            if let Some(sets) = self.sets.get_mut(&name.0) {
                sets.remove(&name.1);
                if sets.is_empty() {
                    self.sets.remove(&name.0);
                }
            }
            return;
        };
        match self.known(&name).filter(|known| known.members.uid == object.meta.uid) {
            Some(known) => {
                if known.members.update(&set.spec, context.api) {
                    known.source = None;
                }
            }
            None => {
                let members = Members::new(object, &set.spec, context.api);
                let known = Known { members, source: None, creation: None, failures: 0 };
                self.sets.entry(name.0.clone()).or_default().insert(name.1.clone(), known);
            }
        }
        enqueue(&name, context);
    }

    fn known(&mut self, name: &Name) -> Option<&mut Known> {
        self.sets.get_mut(&name.0)?.get_mut(&name.1)
    }

    /// The set that controls a Pod.
    fn set_of(&mut self, pod: &Object) -> Option<(Name, &mut Known)> {
        let owner = super::pod_control::controller_of(pod, Kind::ReplicaSet)?;
        let name = (pod.meta.namespace.clone(), owner.name.clone());
        let known = self.sets.get_mut(&name.0)?.get_mut(&name.1).filter(|known| known.members.uid == owner.uid)?;
        Some((name, known))
    }
}

fn enqueue(name: &Name, context: &mut Context<'_>) {
    context.enqueue(Worker::ReplicaSet, Item::Name(name.0.clone(), name.1.clone()), NOTICE);
}
