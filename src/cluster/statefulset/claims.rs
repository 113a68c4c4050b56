//! The claims of a set's Pods: making them, and who owns them (rules S50–S53, S58–S64).
//!
//! Upstream: `pkg/controller/statefulset/stateful_pod_control.go`, `stateful_set_utils.go`.

use std::sync::Arc;

use crate::apiserver::Status;
use crate::cluster::context::Context;
use crate::cluster::volume::index::mounted;
use crate::resource::meta::{Meta, OwnerReference, Text, Uid, joined};
use crate::resource::model::{ClaimVolume, Pod, PolicyAction, StatefulSetSpec};
use crate::resource::{Kind, Object};
use crate::store::{Actor, Store};

use super::identity::{claim_name, claim_ordinal, pod_name};
use super::template::ClaimSource;

const ACTOR: Actor = Actor::StatefulSetController;

/// A Pod as its claims see it: there may be none yet.
#[derive(Clone, Copy, Debug)]
pub struct Tenant<'a> {
    /// The set.
    pub set: &'a Object,
    /// Its spec.
    pub spec: &'a StatefulSetSpec,
    /// The Pod's ordinal.
    pub ordinal: i64,
    /// The Pod's uid; zero if there is no Pod yet.
    pub pod: Uid,
}

impl Tenant<'_> {
    fn pod_name(&self) -> Text {
        pod_name(&self.set.meta.name, self.ordinal)
    }

    fn claim_names(&self) -> impl Iterator<Item = Text> {
        let names = self.spec.claim_templates.iter();
        names.map(|template| claim_name(&template.name, &self.set.meta.name, self.ordinal))
    }

    fn retains(&self) -> bool {
        self.spec.when_deleted == PolicyAction::Retain && self.spec.when_scaled == PolicyAction::Retain
    }

    fn names_set(&self, owner: &OwnerReference) -> bool {
        names(owner, Kind::StatefulSet, &self.set.meta.name)
    }

    fn names_pod(&self, owner: &OwnerReference) -> bool {
        names(owner, Kind::Pod, &self.pod_name())
    }

    /// A reference to the set or Pod by name, but to another object of that name (rule S60).
    fn is_stale(&self, claim: &Meta) -> bool {
        let set = claim.owners.iter().find(|owner| self.names_set(owner)).is_some_and(|o| o.uid != self.set.meta.uid);
        set || self.has_stale_pod(claim)
    }

    fn has_stale_pod(&self, claim: &Meta) -> bool {
        claim.owners.iter().find(|owner| self.names_pod(owner)).is_some_and(|owner| owner.uid != self.pod)
    }

    /// Somebody else manages the claim (rule S62).
    fn has_foreign_controller(&self, claim: &Meta) -> bool {
        if self.retains() {
            return false;
        }
        claim.owners.iter().any(|owner| {
            if self.names_set(owner) {
                owner.uid != self.set.meta.uid
            } else if self.names_pod(owner) {
                owner.uid != self.pod
            } else {
                owner.controller
            }
        })
    }

    /// Whether set and Pod are to own the claim (rule S58).
    fn wanted(&self) -> (bool, bool) {
        let condemned = !self.spec.in_range(self.ordinal);
        let scaled = self.spec.when_scaled == PolicyAction::Delete && condemned;
        (self.spec.when_deleted == PolicyAction::Delete && !scaled, scaled)
    }

    fn is_up_to_date(&self, claim: &Meta) -> bool {
        if claim.owners.is_empty() {
            return self.wanted() == (false, false);
        }
        let owned_by = |uid: Uid| claim.owners.iter().any(|owner| owner.uid == uid);
        let (by_set, by_pod) = (owned_by(self.set.meta.uid), owned_by(self.pod));
        if self.is_stale(claim) {
            return true;
        }
        if self.has_foreign_controller(claim) {
            return !by_set && !by_pod;
        }
        let ours = |owner: &&OwnerReference| owner.uid == self.set.meta.uid || owner.uid == self.pod;
        if claim.owners.iter().filter(ours).any(|owner| !owner.controller) {
            return false;
        }
        (by_set, by_pod) == self.wanted()
    }

    fn put_right(&self, claim: &mut Meta) {
        let foreign = self.has_foreign_controller(claim);
        claim.owners.retain(|owner| !self.names_set(owner) && !self.names_pod(owner));
        if foreign {
            return;
        }
        let (set, pod) = self.wanted();
        let mut own = |kind: Kind, name: Text, uid: Uid| {
            if claim.owners.iter().all(|owner| owner.uid != uid) {
                claim.owners.push(OwnerReference::controller(kind, name, uid));
            }
        };
        if set {
            own(Kind::StatefulSet, self.set.meta.name.clone(), self.set.meta.uid);
        }
        if pod {
            own(Kind::Pod, self.pod_name(), self.pod);
        }
    }

    /// Whether a claim still belongs to an earlier Pod of this name, so that the Pod cannot be made yet (rule S60).
    #[must_use]
    pub fn waits_for_stale_claim(&self, context: &Context<'_>) -> bool {
        self.spec.when_scaled == PolicyAction::Delete
            && self.claim_names().any(|name| {
                let claim = context.api.store.get(Kind::PersistentVolumeClaim, &self.set.meta.namespace, &name);
                claim.is_some_and(|claim| self.has_stale_pod(&claim.meta))
            })
    }

    /// Makes the claims that are not there; the answer is the volumes of the Pod that uses them. Every claim is tried; the
    /// errors are reported together (rule S52).
    pub fn create(
        &self,
        source: &ClaimSource,
        mounts: &[ClaimVolume],
        context: &mut Context<'_>,
    ) -> Result<Vec<ClaimVolume>, String> {
        let mut errors = Vec::new();
        let mut volumes: Vec<ClaimVolume> = Vec::with_capacity(source.templates().len());
        // Of two templates with one name the last one counts (rule S16a lets them pass).
        let mut mount = |template: &Text, claim: &Meta| {
            let volume = ClaimVolume { volume: template.clone(), claim: claim.name.clone(), hint: claim.hint() };
            if !volumes.contains(&volume) {
                volumes.push(volume);
            }
        };
        for template in source.templates() {
            let (name, known) = self.look_up(template.name(), mounts, &context.api.store);
            if let Some(known) = known {
                if known.meta.terminating() {
                    errors.push(format!("pvc {name} is being deleted"));
                }
                mount(template.name(), &known.meta);
                continue;
            }
            let write = context.write(ACTOR);
            let made = context.api.create(template.claim(name.clone()), write);
            self.say(&name, made.as_ref().err(), context);
            match made {
                Ok(made) => mount(template.name(), &made.meta),
                Err(status) => errors.push(format!("failed to create PVC {name}: {status}")),
            }
        }
        aggregate(errors).map(|()| volumes)
    }

    fn say(&self, claim: &str, error: Option<&Status>, context: &mut Context<'_>) {
        let (pod, set) = (self.pod_name(), &self.set.meta.name);
        match error {
            None => {
                let message = joined(["Create Claim ", claim, " Pod ", &pod, " in StatefulSet ", set, " success"]);
                context.event(ACTOR, self.set, false, "SuccessfulCreate", message);
            }
            Some(error) => {
                let message = format!("Create Claim {claim} for Pod {pod} in StatefulSet {set} failed error: {error}");
                context.event(ACTOR, self.set, true, "FailedCreate", message);
            }
        }
    }

    /// Whether a volume of the Pod is the one that a template stands for.
    fn is_of(&self, volume: &ClaimVolume, template: &str) -> bool {
        *volume.volume == *template && claim_ordinal(&volume.claim, template, &self.set.meta.name) == Some(self.ordinal)
    }

    /// Whether the Pod has all the volumes that the templates stand for (rule S55).
    #[must_use]
    pub fn mounts_all(&self, pod: &Pod) -> bool {
        self.spec.claim_templates.iter().all(|template| pod.claims().any(|own| self.is_of(own, &template.name)))
    }

    /// The name of a template's claim, and the claim if it is there. What the Pod mounts is found the quick way.
    fn look_up<'a>(&self, template: &str, mounts: &[ClaimVolume], store: &'a Store) -> (Text, Option<&'a Arc<Object>>) {
        let namespace = &self.set.meta.namespace;
        match mounts.iter().find(|volume| self.is_of(volume, template)) {
            Some(volume) => (volume.claim.clone(), mounted(volume, namespace, store)),
            None => {
                let name = claim_name(template, &self.set.meta.name, self.ordinal);
                let claim = store.get(Kind::PersistentVolumeClaim, namespace, &name);
                (name, claim)
            }
        }
    }

    /// The claims that are there.
    fn claims<'a>(
        &'a self,
        mounts: &'a [ClaimVolume],
        store: &'a Store,
    ) -> impl Iterator<Item = &'a Arc<Object>> + use<'a> {
        let templates = self.spec.claim_templates.iter();
        templates.filter_map(move |template| self.look_up(&template.name, mounts, store).1)
    }

    /// Whether every claim that is there has the owners it should have; `mounts` are the Pod's volumes.
    #[must_use]
    pub fn owners_match(&self, mounts: &[ClaimVolume], context: &Context<'_>) -> bool {
        self.claims(mounts, &context.api.store).all(|claim| self.is_up_to_date(&claim.meta))
    }

    /// Gives every claim that is there the owners it should have.
    pub fn update_owners(&self, mounts: &[ClaimVolume], context: &mut Context<'_>) -> Result<(), String> {
        if self.owners_match(mounts, context) && self.retains() {
            return Ok(());
        }
        let claims: Vec<Arc<Object>> = self.claims(mounts, &context.api.store).cloned().collect();
        for claim in claims {
            let name = &claim.meta.name;
            if self.has_foreign_controller(&claim.meta) {
                let message = format!(
                    "PersistentVolumeClaim {name} has a conflicting OwnerReference that acts as a manging controller, \
                     the retention policy is ignored for this claim"
                );
                context.event(ACTOR, self.set, true, "ConflictingController", message);
            }
            if self.is_up_to_date(&claim.meta) {
                continue;
            }
            let mut new = (*claim).clone();
            self.put_right(&mut new.meta);
            let write = context.write(ACTOR);
            let updated = context.api.update(new, write);
            updated.map_err(|e| format!("could not update claim {name} for delete policy ownerRefs: {e}"))?;
        }
        Ok(())
    }
}

fn names(owner: &OwnerReference, kind: Kind, name: &str) -> bool {
    *owner.kind == *kind.info().name && *owner.api_version == *kind.api_version() && *owner.name == *name
}

/// Several errors as upstream's aggregate shows them.
fn aggregate(mut errors: Vec<String>) -> Result<(), String> {
    let mut unique: Vec<String> = Vec::new();
    for error in errors.drain(..) {
        if !unique.contains(&error) {
            unique.push(error);
        }
    }
    match unique.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    }
}
