//! Protection: a claim that a Pod on a node uses, and a volume that a claim has, do not vanish (rules V32, V33).
//!
//! Upstream: `pkg/controller/volume/{pvcprotection,pvprotection}`.

use super::names::{PV_PROTECTION, PVC_PROTECTION};
use super::{Controller, REACTION};
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::{Id, Text};
use crate::resource::model::VolumePhase;
use crate::resource::{Kind, Object};
use crate::store::Actor;

fn protected(object: &Object, finalizer: &str) -> bool {
    object.meta.terminating() && object.meta.finalizers.iter().any(|f| **f == *finalizer)
}

/// Queues a look at a claim if it is going and its protection still holds it.
pub(super) fn check_claim(namespace: &Text, name: &Text, context: &mut Context) {
    let claim = context.api.store.get(Kind::PersistentVolumeClaim, namespace, name);
    if claim.is_some_and(|c| protected(c, PVC_PROTECTION)) {
        context.enqueue(Worker::ClaimProtection, Item::Name(namespace.clone(), name.clone()), REACTION);
    }
}

impl Controller {
    /// Lets a claim go that no Pod with a node uses. Pods that ended still count, Pods without a node do not.
    pub(super) fn release_claim(&mut self, namespace: &Text, name: &Text, context: &mut Context) {
        let store = &context.api.store;
        let Some(claim) = store.get(Kind::PersistentVolumeClaim, namespace, name).cloned() else { return };
        let assigned = |id: Id| store.by_id(id).and_then(|o| o.pod()).is_some_and(|pod| pod.node.is_some());
        let used = context.indexes.users.of(&claim.meta).any(assigned);
        if protected(&claim, PVC_PROTECTION) && !used {
            let write = context.write(Actor::VolumeProtection);
            context.api.remove_finalizer(&claim, PVC_PROTECTION, write);
        }
    }
}

/// Lets a volume go that no claim has.
pub(super) fn release_volume(name: &Text, context: &mut Context) {
    let Some(volume) = context.api.store.get(Kind::PersistentVolume, "", name).cloned() else { return };
    let bound = volume.volume().is_some_and(|v| v.phase == VolumePhase::Bound);
    if protected(&volume, PV_PROTECTION) && !bound {
        let write = context.write(Actor::VolumeProtection);
        context.api.remove_finalizer(&volume, PV_PROTECTION, write);
    }
}
