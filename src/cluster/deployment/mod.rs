//! The Deployment controller: one `ReplicaSet` for each template, and the Pods moved from the old ones to the new one.
//!
//! `decide` says what to do, `sync` does it; `revision` knows which `ReplicaSet` is the new one and what its annotations
//! say, `status` what the Deployment says of it all. Upstream: `pkg/controller/deployment`.

pub mod decide;
pub mod revision;
mod scale;
pub mod status;
mod sync;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::context::Context;
use super::pod_control::{Name, controller_of};
use super::queue::{Item, Worker};
use crate::resource::model::DeploymentStrategy;
use crate::resource::{Kind, Object};
use crate::store::WatchEvent;

/// How soon the controller notices a write.
const NOTICE: Duration = Duration::from_millis(2);

/// The controller.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    /// How often in a row the last syncs of each Deployment have failed.
    failures: BTreeMap<Name, u32>,
}

impl Controller {
    /// Notices what concerns Deployments: themselves, `ReplicaSet`s, and the last Pod that goes.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        match event.kind() {
            Kind::Deployment => {
                let object = event.object();
                let name = (object.meta.namespace.clone(), object.meta.name.clone());
                if event.new.is_none() {
                    self.failures.remove(&name);
                    return;
                }
                self.failures.entry(name).or_default();
                enqueue(object, context);
            }
            _ if self.failures.is_empty() => {}
            Kind::ReplicaSet => observe_replica_set(event, context),
            Kind::Pod if event.new.is_none() => observe_deleted_pod(event.object(), context),
            _ => {}
        }
    }
}

fn enqueue(object: &Object, context: &mut Context<'_>) {
    let item = Item::Name(object.meta.namespace.clone(), object.meta.name.clone());
    context.enqueue(Worker::Deployment, item, NOTICE);
}

fn observe_replica_set(event: &WatchEvent, context: &mut Context<'_>) {
    let (old, new) = (event.old.as_deref(), event.new.as_deref());
    let owners = [old, new].map(|set| set.and_then(|set| controller_of(set, Kind::Deployment)));
    let sides = [old, new].into_iter().zip(owners);
    for (set, owner) in sides.filter_map(|(set, owner)| set.zip(owner)) {
        let found = context.api.store.get(Kind::Deployment, &set.meta.namespace, &owner.name);
        if let Some(deployment) = found.filter(|d| d.meta.uid == owner.uid).cloned() {
            enqueue(&deployment, context);
        }
    }
    // A set without a controller concerns every Deployment that would adopt it.
    let Some(set) = new.filter(|set| set.meta.controller().is_none()) else { return };
    if old.is_some_and(|old| old.meta.labels == set.meta.labels && old.meta.controller().is_none()) {
        return;
    }
    let deployments = context.api.store.in_namespace(Kind::Deployment, &set.meta.namespace);
    let selecting: Vec<_> = deployments.filter(|d| selects(d, set)).cloned().collect();
    for deployment in selecting {
        enqueue(&deployment, context);
    }
}

fn selects(deployment: &Object, set: &Object) -> bool {
    deployment.deployment().is_some_and(|d| d.spec.selector.matches(|key| set.meta.labels.get(key)))
}

/// A Deployment that first takes all old Pods away waits for the last of them (rule R5).
fn observe_deleted_pod(pod: &Object, context: &mut Context<'_>) {
    let store = &context.api.store;
    let Some(owner) = controller_of(pod, Kind::ReplicaSet) else { return };
    let Some(set) = store.by_uid(owner.uid) else { return };
    let Some(owner) = controller_of(set, Kind::Deployment) else { return };
    let Some(object) = store.by_uid(owner.uid).cloned() else { return };
    let Some(deployment) = object.deployment() else { return };
    if deployment.spec.strategy == DeploymentStrategy::Recreate {
        enqueue(&object, context);
    }
}
