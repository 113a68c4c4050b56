//! Binding: claims find volumes, volumes learn of their claims, and both say so (rules V10 to V17, V27 to V29).
//!
//! Upstream: `pkg/controller/volume/persistentvolume/pv_controller.go` (`syncClaim`, `syncVolume`, `bind`).

use std::sync::Arc;

use super::index::{claim_of, volume_of};
use super::names::{BIND_COMPLETED, BOUND_BY_CONTROLLER, PROVISIONED_BY, SELECTED_NODE, class_of, delays_binding};
use super::{Controller, index, reclaim};
use crate::cluster::context::Context;
use crate::resource::Object;
use crate::resource::meta::{Id, Text};
use crate::resource::model::{ClaimPhase, ClaimSpec, PersistentVolumeClaim, VolumePhase};
use crate::resource::object::Body;
use crate::store::Actor;

const ACTOR: Actor = Actor::PersistentVolumeController;
const YES: &str = "yes";

impl Controller {
    /// Takes a claim as far as it can go.
    pub(super) fn sync_claim(&mut self, id: Id, context: &mut Context) {
        self.waiting.remove(id);
        let Some(claim) = context.api.store.by_id(id).cloned() else { return };
        let Some(body) = claim.claim() else { return };
        if claim.meta.annotations.get(BIND_COMPLETED).is_some() {
            self.sync_bound(&claim, body, context);
        } else if let Some(volume) = &body.volume {
            self.sync_requested(&claim, body, volume, context);
        } else {
            self.sync_unbound(&claim, context);
        }
    }

    /// A claim that takes any volume that fits.
    fn sync_unbound(&mut self, claim: &Arc<Object>, context: &mut Context) {
        let class = class_of(claim);
        let delayed = delays_binding(&context.api.store, &class);
        if let Some(volume) = context.indexes.free.best(&context.api.store, claim, delayed) {
            self.bind(&volume, claim, context);
        } else if let Some(claim) = assign_default_class(claim, context) {
            self.sync_claim(claim.meta.id(), context);
        } else if delayed && claim.meta.annotations.get(SELECTED_NODE).is_none() {
            self.tell_of_delay(claim, context);
        } else if class.is_empty() {
            let message = "no persistent volumes available for this claim and no storage class is set";
            context.event(ACTOR, claim, false, "FailedBinding", message);
            self.wait(claim, context);
        } else {
            self.start_provisioning(claim, &class, context);
        }
    }

    /// Rule V17: what a claim of a delayed class waits for. A claim that came before its Pod says so once.
    fn tell_of_delay(&mut self, claim: &Object, context: &mut Context) {
        let unused = self.unused.remove(&claim.meta).is_some();
        let users = context.indexes.users.of(&claim.meta).filter(|_| !unused);
        let pods = users.filter_map(|id| context.api.store.by_id(id));
        let unscheduled = pods.filter(|object| object.pod().is_some_and(|pod| pod.node.is_none()));
        let pods: Vec<&str> = unscheduled.map(|object| &*object.meta.name).collect();
        let (reason, message) = match pods.as_slice() {
            [] => ("WaitForFirstConsumer", "waiting for first consumer to be created before binding".to_string()),
            [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
            _ => ("WaitForPodScheduled", format!("waiting for pods {} to be scheduled", pods.join(","))),
        };
        context.event(ACTOR, claim, false, reason, message);
        self.wait(claim, context);
    }

    /// A claim that asks for one volume by name (rule V14).
    fn sync_requested(
        &mut self,
        claim: &Arc<Object>,
        body: &PersistentVolumeClaim,
        name: &Text,
        context: &mut Context,
    ) {
        let Some(volume) = volume_of(body, &context.api.store).cloned() else {
            return self.wait(claim, context);
        };
        let reference = volume.volume().and_then(|v| v.claim.as_ref());
        if volume.volume().is_some_and(|v| index::names_claim(v, claim)) {
            return self.bind(&volume, claim, context);
        }
        if reference.is_some() {
            let message = format!("volume \"{name}\" already bound to a different claim.");
            context.event(ACTOR, claim, true, "FailedBinding", message);
        } else if let Some(why) = index::mismatch(&volume, claim) {
            let message = format!("Cannot bind to requested volume \"{name}\": {why}");
            context.event(ACTOR, claim, true, "VolumeMismatch", message);
        } else {
            return self.bind(&volume, claim, context);
        }
        self.wait(claim, context);
    }

    /// A claim that was bound: is it still (rule V27)? One that has lost its volume finds it again if it comes back, as
    /// upstream's resync sees to (`syncBoundClaim`).
    fn sync_bound(&mut self, claim: &Arc<Object>, body: &PersistentVolumeClaim, context: &mut Context) {
        if body.volume.is_none() {
            let message = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!";
            return self.lose(claim, "ClaimLost", message, context);
        }
        let Some(volume) = volume_of(body, &context.api.store).cloned() else {
            let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
            return self.lose(claim, "ClaimLost", message, context);
        };
        match volume.volume().and_then(|v| v.claim.as_ref()) {
            Some(reference) if reference.uid != Some(claim.meta.uid) => {
                let message = "Two claims are bound to the same volume, this one is bound incorrectly";
                self.lose(claim, "ClaimMisbound", message, context);
            }
            _ => self.bind(&volume, claim, context),
        }
    }

    fn lose(&mut self, claim: &Object, reason: &str, message: &str, context: &mut Context) {
        self.wait(claim, context);
        let mut new = claim.clone();
        let Body::PersistentVolumeClaim(body) = &mut new.body else { return };
        if body.status.phase == ClaimPhase::Lost {
            return;
        }
        body.status.phase = ClaimPhase::Lost;
        body.status.access_modes = None;
        body.status.capacity = None;
        let write = context.write(ACTOR);
        if context.api.update(new, write).is_ok() {
            context.event(ACTOR, claim, true, reason, message);
        }
    }

    /// Ties a volume and a claim to each other, in the order of rule V16. What is there already is not written again.
    fn bind(&mut self, volume: &Arc<Object>, claim: &Arc<Object>, context: &mut Context) {
        let write = context.write(ACTOR);
        let Some(volume) = self.bind_volume(volume, claim, context) else { return };
        let Some(body) = volume.volume() else { return };
        let Some(old) = claim.claim() else { return };
        let mut new = (**claim).clone();
        let Body::PersistentVolumeClaim(bound) = &mut new.body else { return };
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(2);
        if old.volume.as_ref() != Some(&volume.meta.name) {
            bound.volume = Some(volume.meta.name.clone());
            bound.hint = volume.meta.hint();
            pairs.push((BOUND_BY_CONTROLLER, YES));
        }
        if claim.meta.annotations.get(BIND_COMPLETED).is_none() {
            pairs.push((BIND_COMPLETED, YES));
        }
        if !pairs.is_empty() {
            self.siblings.annotate(&mut new.meta, &pairs);
            let Ok(stored) = context.api.update(new, write) else { return };
            new = (*stored).clone();
        }
        let Body::PersistentVolumeClaim(bound) = &mut new.body else { return };
        let status = &mut bound.status;
        if status.phase != ClaimPhase::Bound {
            status.phase = ClaimPhase::Bound;
            status.capacity = Some(body.spec.storage.clone());
        }
        status.access_modes = Some(body.spec.access_modes.clone());
        // A claim that changed meanwhile is seen again.
        let _ = context.api.update(new, write);
    }

    fn bind_volume(&mut self, volume: &Arc<Object>, claim: &Object, context: &mut Context) -> Option<Arc<Object>> {
        let write = context.write(ACTOR);
        let mut new = (**volume).clone();
        let Body::PersistentVolume(body) = &mut new.body else { return None };
        let named = index::names_claim(body, claim);
        if !named || body.claim.as_ref().is_some_and(|r| r.uid.is_none()) {
            body.claim = Some(index::claim_reference(claim));
            if !named {
                self.siblings.annotate(&mut new.meta, &[(BOUND_BY_CONTROLLER, YES)]);
            }
            new = (*context.api.update(new, write).ok()?).clone();
        }
        set_phase(new, VolumePhase::Bound, None, context)
    }

    /// Brings a volume's phase up to date with its claim (rules V28, V29).
    pub(super) fn sync_volume(&mut self, id: Id, context: &mut Context) {
        let Some(volume) = context.api.store.by_id(id).cloned() else { return };
        let Some(volume) = reclaim::keep_finalizer(&volume, context) else { return };
        let Some(body) = volume.volume() else { return };
        let Some(reference) = body.claim.as_ref().filter(|r| r.uid.is_some()) else {
            set_phase((*volume).clone(), VolumePhase::Available, None, context);
            return;
        };
        let store = &context.api.store;
        let claim = claim_of(reference, store).cloned();
        let claim = claim.filter(|c| Some(c.meta.uid) == reference.uid);
        let Some(claim) = claim else { return reclaim::release(&volume, context) };
        match claim.claim().and_then(|c| c.volume.as_ref()) {
            None => self.sync_claim(claim.meta.id(), context),
            Some(other) if *other == volume.meta.name => {
                set_phase((*volume).clone(), VolumePhase::Bound, None, context);
            }
            Some(_)
                if volume.meta.annotations.get(PROVISIONED_BY).is_some() && &*body.spec.reclaim_policy == "Delete" =>
            {
                reclaim::release(&volume, context);
            }
            Some(_) => unbind(&volume, context),
        }
    }
}

/// Sets a volume's phase; a volume that is in it already is not written. The answer is the volume as it then is.
pub(super) fn set_phase(
    mut volume: Object,
    phase: VolumePhase,
    message: Option<Text>,
    context: &mut Context,
) -> Option<Arc<Object>> {
    let write = context.write(ACTOR);
    let Body::PersistentVolume(body) = &mut volume.body else { return None };
    if body.phase != phase {
        body.phase = phase;
        body.phase_since = Some(write.now);
    }
    body.message = message;
    context.api.update(volume, write).ok()
}

/// Frees a volume whose claim went elsewhere; one that was reserved by a person stays reserved.
fn unbind(volume: &Object, context: &mut Context) {
    let write = context.write(ACTOR);
    let mut new = volume.clone();
    let Body::PersistentVolume(body) = &mut new.body else { return };
    if new.meta.annotations.get(BOUND_BY_CONTROLLER).is_some() {
        body.claim = None;
        new.meta.annotations = new.meta.annotations.without(BOUND_BY_CONTROLLER);
    } else if let Some(reference) = &mut body.claim {
        reference.uid = None;
    }
    if let Ok(stored) = context.api.update(new, write) {
        set_phase((*stored).clone(), VolumePhase::Available, None, context);
    }
}

/// Gives a claim without class the default one that has come meanwhile (rule V9).
fn assign_default_class(claim: &Object, context: &mut Context) -> Option<Arc<Object>> {
    let body = claim.claim()?;
    if body.spec.storage_class.is_some() || !class_of(claim).is_empty() {
        return None;
    }
    let class = context.api.default_storage_class()?;
    let mut spec = body.spec.json.clone();
    spec.insert("storageClassName".into(), (*class).into());
    let mut new = claim.clone();
    let Body::PersistentVolumeClaim(changed) = &mut new.body else { return None };
    changed.spec = ClaimSpec::new(&spec.into());
    let write = context.write(ACTOR);
    context.api.update(new, write).ok()
}
