//! Dynamic provisioning: the host-path provisioner of the lab's cluster, and the wait for all others (rules V20 to V26).
//!
//! Upstream: `pv_controller.go` (`provisionClaim`), `pkg/volume/hostpath` (`Provision`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::index::claim_reference;
use super::names::{
    BETA_STORAGE_PROVISIONER, BOUND_BY_CONTROLLER, CREATED_BY, HOST_PATH, PROVISIONED_BY, PV_CONTROLLER, PV_PROTECTION,
    SELECTED_NODE, STORAGE_PROVISIONER, class_of,
};
use super::{Controller, PROVISIONING};
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::{Details, Labels, Meta, Text, joined};
use crate::resource::model::{PersistentVolume, VolumePhase, VolumeSpec};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ACTOR: Actor = Actor::PersistentVolumeController;

/// What provisioned volumes share: class, size, access modes, volume mode, reclaim policy.
pub(super) type SpecKey = (Text, Text, Arc<[Text]>, Text, Text);

impl Controller {
    /// Begins to provision for a claim, or says why it cannot.
    pub(super) fn start_provisioning(&mut self, claim: &Arc<Object>, class_name: &Text, context: &mut Context) {
        let Some(class) = context.api.store.get(Kind::StorageClass, "", class_name).cloned() else {
            let message = format!("storageclass.storage.k8s.io \"{class_name}\" not found");
            return self.fail(claim, message, context);
        };
        let provisioner = member(&class, "provisioner");
        let external = !provisioner.starts_with("kubernetes.io/");
        if !external && provisioner != HOST_PATH {
            return self.fail(claim, format!("no volume plugin matched name: {provisioner}"), context);
        }
        if !external && claim.claim().is_some_and(|c| c.spec.json.contains_key("dataSource")) {
            let message = format!(
                "plugin \"{provisioner}\" is not a CSI plugin. Only CSI plugin can provision a claim with a datasource"
            );
            return self.fail(claim, message, context);
        }
        let pairs = [(BETA_STORAGE_PROVISIONER, provisioner), (STORAGE_PROVISIONER, provisioner)];
        let mut new = (**claim).clone();
        self.siblings.annotate(&mut new.meta, &pairs);
        let write = context.write(ACTOR);
        let Ok(claim) = context.api.update(new, write) else { return };
        if external {
            let message = format!(
                "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by \
                 the system administrator. If volume creation is delayed, please verify that the provisioner is \
                 running and correctly registered."
            );
            context.event(ACTOR, &claim, false, "ExternalProvisioning", message);
            self.call_driver(provisioner, &claim, context);
            return self.wait(&claim, context);
        }
        if let Some(options) = class.plain().and_then(|c| c.get("mountOptions")).and_then(Value::as_array) {
            let options: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
            if !options.is_empty() {
                let message = format!(
                    "Mount options are not supported by the provisioner but StorageClass \"{class_name}\" has mount \
                     options [{}]",
                    options.join(" ")
                );
                return self.fail(&claim, message, context);
            }
        }
        context.enqueue(Worker::Provision, Item::Object(claim.meta.id()), PROVISIONING);
    }

    fn fail(&mut self, claim: &Object, message: String, context: &mut Context) {
        context.event(ACTOR, claim, true, "ProvisioningFailed", message);
        self.wait(claim, context);
    }

    /// Makes the volume that was asked for.
    pub(super) fn provision(&mut self, claim: &Arc<Object>, context: &mut Context) {
        let class_name = class_of(claim);
        let Some(class) = context.api.store.get(Kind::StorageClass, "", &class_name).cloned() else {
            return self.wait(claim, context);
        };
        if claim.claim().is_some_and(|c| c.volume.is_some()) {
            return;
        }
        if self.drivers.get(member(&class, "provisioner")).is_some() {
            return self.provision_externally(claim, &class, context);
        }
        let missing = |node: &&str| context.api.store.get(Kind::Node, "", node).is_none();
        if let Some(node) = claim.meta.annotations.get(SELECTED_NODE).filter(missing) {
            let message = format!("Failed to get target node: node \"{node}\" not found");
            return self.fail(claim, message, context);
        }
        let Some(spec) = self.volume_spec(claim, &class_name, &class) else { return };
        let deletes = &*spec.reclaim_policy == "Delete";
        let volume_name = joined(["pvc-", &claim.meta.uid.text()]);
        let details = self.details.get_or_insert_with(details_of_volumes);
        let mut meta = Meta::new(Text::default(), volume_name.clone(), None);
        meta.share_details(&details[usize::from(!deletes)]);
        let body = PersistentVolume {
            spec,
            claim: Some(claim_reference(claim)),
            host_path: Some(context.api.ids.uid()),
            phase: VolumePhase::Pending,
            phase_since: Some(context.now),
            message: None,
            reason: None,
        };
        let write = context.write(ACTOR);
        if context.api.create(Object { meta, body: Body::PersistentVolume(Box::new(body)) }, write).is_ok() {
            let message = joined(["Successfully provisioned volume ", &volume_name, " using ", HOST_PATH]);
            context.event(ACTOR, claim, false, "ProvisioningSucceeded", message);
        }
    }

    /// The spec of a provisioned volume (rule V26), made once for all claims that ask for the same.
    fn volume_spec(&mut self, claim: &Object, class_name: &Text, class: &Object) -> Option<Arc<VolumeSpec>> {
        let body = claim.claim()?;
        let mode = body.spec.json.get("volumeMode").and_then(Value::as_str).unwrap_or("Filesystem");
        let policy = match member(class, "reclaimPolicy") {
            "" => "Delete",
            policy => policy,
        };
        let (storage, modes) = (body.spec.storage.clone(), Arc::clone(&body.spec.access_modes));
        let key: SpecKey = (class_name.clone(), storage, modes, mode.into(), policy.into());
        let spec = self.specs.entry(key).or_insert_with(|| {
            VolumeSpec::new(&json!({
                "accessModes": body.spec.access_modes.iter().map(|m| &**m).collect::<Vec<_>>(),
                "capacity": {"storage": &*body.spec.storage},
                "hostPath": {"type": ""},
                "persistentVolumeReclaimPolicy": policy,
                "storageClassName": &**class_name,
                "volumeMode": mode,
            }))
        });
        Some(Arc::clone(spec))
    }
}

/// What the metadata of all provisioned volumes say: of those that are deleted with their claims, and of others.
fn details_of_volumes() -> [Arc<Details>; 2] {
    let pairs =
        [(CREATED_BY, "hostpath-dynamic-provisioner"), (BOUND_BY_CONTROLLER, "yes"), (PROVISIONED_BY, HOST_PATH)];
    let annotations = Labels::from_pairs(pairs.map(|(key, value)| (Text::from(key), Text::from(value))));
    [[PV_CONTROLLER, PV_PROTECTION].as_slice(), &[PV_PROTECTION]].map(|finalizers| {
        let finalizers = finalizers.iter().map(|finalizer| Text::from(*finalizer)).collect();
        Arc::new(Details { annotations: annotations.clone(), finalizers, ..Details::default() })
    })
}

/// A text member of a class, empty if absent.
pub(super) fn member<'a>(class: &'a Object, key: &str) -> &'a str {
    class.plain().and_then(|c| c.get(key)).and_then(Value::as_str).unwrap_or_default()
}
