//! What a driver's own provisioner does for claims and volumes: makes volumes where its storage can be reached from, and
//! deletes what is behind released ones (rules V22, V25, V26, V30, V45).
//!
//! Upstream: `kubernetes-csi/external-provisioner` (`pkg/controller/{controller,topology}.go`), and
//! `sig-storage-lib-external-provisioner`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::driver::{driver_of, say};
use super::names::{EXTERNAL_PROVISIONER, PROVISIONED_BY, PV_PROTECTION, SELECTED_NODE, class_of};
use super::{Controller, index};
use crate::apiserver::DeleteOptions;
use crate::cluster::context::Context;
use crate::cluster::profile::{Driver, Material};
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::{Details, Id, Labels, Meta, Text};
use crate::resource::model::{PersistentVolume, VolumePhase, VolumeSpec};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ACTOR: Actor = Actor::StorageDriver;
/// How soon a driver sees what is asked of it.
const NOTICE: Duration = Duration::from_millis(5);
/// How long it waits until it tries again what went wrong.
const RETRY: Duration = Duration::from_secs(15);

impl Controller {
    /// A claim waits for this driver: if it runs, it sees that.
    pub(super) fn call_driver(&mut self, name: &str, claim: &Object, context: &mut Context) {
        let key = (claim.meta.namespace.clone(), claim.meta.name.clone());
        if self.drivers.running(name, context.faults).is_some() && !self.making.contains(&key) {
            context.enqueue(Worker::Provision, Item::Object(claim.meta.id()), NOTICE);
        }
    }

    /// The driver's provisioner looks at a claim: it begins to make a volume, or has made it.
    pub(super) fn provision_externally(&mut self, claim: &Arc<Object>, class: &Object, context: &mut Context) {
        let name = super::provisioner::member(class, "provisioner").to_string();
        let key = (claim.meta.namespace.clone(), claim.meta.name.clone());
        let begun = self.making.remove(&key);
        let Some(driver) = self.drivers.running(&name, context.faults).cloned() else { return };
        let item = Item::Object(claim.meta.id());
        if !begun {
            let message = format!("External provisioner is provisioning volume for claim \"{}/{}\"", key.0, key.1);
            say(&name, claim, false, "Provisioning", message, context);
            self.making.insert(key);
            let takes = Duration::from_secs(driver.provision_seconds);
            self.busy_until = self.busy_until.max(context.now + takes);
            return context.enqueue(Worker::Provision, item, takes);
        }
        if let Err(why) = self.make(&driver, claim, class, context) {
            let class = &class.meta.name;
            let message = format!("failed to provision volume with StorageClass \"{class}\": {why}");
            say(&name, claim, true, "ProvisioningFailed", message, context);
            self.wait(claim, context);
        }
    }

    fn make(
        &mut self,
        driver: &Driver,
        claim: &Arc<Object>,
        class: &Object,
        context: &mut Context,
    ) -> Result<(), String> {
        let Some(body) = claim.claim() else { return Ok(()) };
        check_modes(driver, &body.spec.access_modes, body.spec.json.get("volumeMode"))?;
        let place = place(driver, claim, class, context)?;
        let name: Text = format!("pvc-{}", claim.meta.uid).into();
        let mut spec = json!({
            "accessModes": body.spec.access_modes.iter().map(|m| &**m).collect::<Vec<_>>(),
            "capacity": {"storage": &*body.spec.storage},
            "persistentVolumeReclaimPolicy": or(super::provisioner::member(class, "reclaimPolicy"), "Delete"),
            "storageClassName": &*class_of(claim),
            "volumeMode": body.spec.json.get("volumeMode").and_then(Value::as_str).unwrap_or("Filesystem"),
        });
        if let Some(options) = class.plain().and_then(|c| c.get("mountOptions")).filter(|o| o.is_array()) {
            spec["mountOptions"] = options.clone();
        }
        put_source(&mut spec, driver, claim, class, &name);
        if let Some((key, value)) = place {
            let term = json!({"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]});
            spec["nodeAffinity"] = json!({"required": {"nodeSelectorTerms": [term]}});
        }
        let deletes = spec["persistentVolumeReclaimPolicy"] == "Delete" && driver.volumes == Material::Csi;
        let finalizers: &[&str] = if deletes { &[PV_PROTECTION, EXTERNAL_PROVISIONER] } else { &[PV_PROTECTION] };
        let details = Details {
            annotations: Labels::default().with([(Text::from(PROVISIONED_BY), Text::from(driver.name.as_str()))]),
            finalizers: finalizers.iter().map(|f| Text::from(*f)).collect(),
            ..Details::default()
        };
        let volume = PersistentVolume {
            spec: VolumeSpec::new(&spec),
            claim: Some(index::claim_reference(claim)),
            host_path: None,
            phase: VolumePhase::Pending,
            phase_since: Some(context.now),
            message: None,
            reason: None,
        };
        let meta = Meta::new(Text::default(), name.clone(), details);
        let write = context.write(ACTOR);
        if context.api.create(Object { meta, body: Body::PersistentVolume(Box::new(volume)) }, write).is_ok() {
            let message = format!("Successfully provisioned volume {name}");
            say(&driver.name, claim, false, "ProvisioningSucceeded", message, context);
        }
        Ok(())
    }

    /// The driver deletes what is behind a released volume, then the volume; not while it is attached to a node.
    pub(super) fn delete_externally(&mut self, volume: &Object, context: &mut Context) {
        let provisioner = volume.meta.annotations.get(PROVISIONED_BY).unwrap_or_default();
        let Some(driver) = self.drivers.running(provisioner, context.faults) else { return };
        if let Some(node) = self.attach_detach.node_of(&volume.meta.name) {
            let message = format!("persistentvolume {} is still attached to node {node}", volume.meta.name);
            say(&driver.name, volume, true, "VolumeFailedDelete", message, context);
            return context.enqueue(Worker::Provision, Item::Object(volume.meta.id()), RETRY);
        }
        let write = context.write(ACTOR);
        let options = DeleteOptions { uid: Some(volume.meta.uid), ..DeleteOptions::default() };
        // If it is gone already, so much the better.
        let _ = context.api.delete(Kind::PersistentVolume, "", &volume.meta.name, options, write);
        let left = context.api.store.get(Kind::PersistentVolume, "", &volume.meta.name).cloned();
        if let Some(left) = left.filter(|v| v.meta.finalizers.iter().any(|f| **f == *EXTERNAL_PROVISIONER)) {
            context.api.remove_finalizer(&left, EXTERNAL_PROVISIONER, write);
        }
    }

    /// A driver runs again: it sees all that waits for it.
    pub(super) fn resume_drivers(&mut self, context: &mut Context) {
        if self.drivers.is_empty() {
            return;
        }
        for id in self.waiting_claims(&context.api.store).map(|claim| claim.meta.id()).collect::<Vec<Id>>() {
            context.enqueue(Worker::Claim, Item::Object(id), NOTICE);
        }
        let released = |object: &&Arc<Object>| {
            object.volume().is_some_and(|v| v.phase == VolumePhase::Released && driver_of(v).is_some())
        };
        let volumes = context.api.store.all(Kind::PersistentVolume).filter(released);
        for id in volumes.map(|object| object.meta.id()).collect::<Vec<Id>>() {
            context.enqueue(Worker::Provision, Item::Object(id), NOTICE);
        }
    }
}

fn or<'a>(text: &'a str, usual: &'a str) -> &'a str {
    if text.is_empty() { usual } else { text }
}

/// Whether the driver can provide all modes that are asked for; the error is the driver's.
fn check_modes(driver: &Driver, asked: &[Text], volume_mode: Option<&Value>) -> Result<(), String> {
    let refused: Vec<&str> =
        asked.iter().filter(|m| !driver.access_modes.contains(&m.to_string())).map(rpc_mode).collect();
    if refused.is_empty() || volume_mode.is_some_and(|mode| mode == "Block") {
        return Ok(());
    }
    Err(format!(
        "rpc error: code = InvalidArgument desc = Volume capabilities {} not supported. Only AccessModes[{}] supported.",
        refused.join(", "),
        driver.access_modes.join(" ")
    ))
}

/// An access mode as the storage interface names it.
fn rpc_mode(mode: &Text) -> &'static str {
    match &**mode {
        "ReadOnlyMany" => "MULTI_NODE_READER_ONLY",
        "ReadWriteMany" => "MULTI_NODE_MULTI_WRITER",
        "ReadWriteOncePod" => "SINGLE_NODE_SINGLE_WRITER",
        _ => "SINGLE_NODE_WRITER",
    }
}

/// Where a volume is to be: the label of nodes and its value; `None` if it can be reached from everywhere. The node that
/// the scheduler chose decides; without one, claims take turns by their names.
fn place(
    driver: &Driver,
    claim: &Object,
    class: &Object,
    context: &Context,
) -> Result<Option<(String, String)>, String> {
    let Some(key) = driver.topology_label() else { return Ok(None) };
    let store = &context.api.store;
    if let Some(name) = claim.meta.annotations.get(SELECTED_NODE) {
        let Some(node) = store.get(Kind::Node, "", name) else {
            return Err(format!("error getting selected node: node \"{name}\" not found"));
        };
        let value = node.meta.labels.get(key).map(|value| Some((key.to_string(), value.to_string())));
        return value.ok_or_else(|| {
            format!("error generating accessibility requirements: no topology key {key} on node {name}")
        });
    }
    let values: BTreeSet<&str> = store.all(Kind::Node).filter_map(|node| node.meta.labels.get(key)).collect();
    let allowed = allowed(class, key);
    let values: Vec<&str> =
        values.into_iter().filter(|v| allowed.as_ref().is_none_or(|allowed| allowed.contains(*v))).collect();
    let Some(count) = std::num::NonZeroUsize::new(values.len()) else {
        return Err("error generating accessibility requirements: no available topology found".into());
    };
    let turn = turn(&claim.meta.name) % count;
    Ok(Some((key.to_string(), values[turn].to_string())))
}

/// The values of a label that a class allows; `None` if it allows all.
fn allowed<'a>(class: &'a Object, key: &str) -> Option<BTreeSet<&'a str>> {
    let terms = class.plain()?.get("allowedTopologies")?.as_array()?;
    let expressions = terms.iter().flat_map(|term| term["matchLabelExpressions"].as_array().into_iter().flatten());
    let own = expressions.filter(|e| e["key"] == key).flat_map(|e| e["values"].as_array().into_iter().flatten());
    Some(own.filter_map(Value::as_str).collect())
}

/// The turn of a claim: claims of one template of a set follow each other by their ordinals.
fn turn(name: &str) -> usize {
    let hash = |text: &str| {
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    };
    let numbered = name.rsplit_once('-').and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?)));
    match numbered {
        Some((stem, number)) => hash(stem).wrapping_add(number) as usize,
        None => hash(name) as usize,
    }
}

/// Writes what a volume is made of into its spec.
fn put_source(spec: &mut Value, driver: &Driver, claim: &Object, class: &Object, name: &str) {
    let parameters = class.plain().and_then(|c| c.get("parameters")).cloned().unwrap_or_default();
    let id = claim.meta.uid.to_string().replace('-', "");
    let (namespace, own) = (&*claim.meta.namespace, &*claim.meta.name);
    let fill = |pattern: &str| {
        let short = id.get(..16).unwrap_or(&id);
        let pairs = [("{id}", short), ("{name}", name), ("{namespace}", namespace), ("{claim}", own)];
        pairs.iter().fold(pattern.to_string(), |text, (key, value)| text.replace(key, value))
    };
    let path = fill(driver.volume_handle.as_deref().unwrap_or(match driver.volumes {
        Material::Csi | Material::Nfs => "{name}",
        Material::HostPath | Material::Local => "/var/lib/{namespace}/{claim}",
    }));
    match driver.volumes {
        Material::Csi => {
            spec["csi"] = json!({"driver": driver.name, "volumeHandle": path});
            if driver.attach.is_some() && spec["volumeMode"] == "Filesystem" {
                let asked = parameters["csi.storage.k8s.io/fstype"].as_str();
                spec["csi"]["fsType"] = asked.unwrap_or("ext4").into();
            }
            let identity = format!("1767225600000-1-{}", driver.name);
            spec["csi"]["volumeAttributes"] = json!({"storage.kubernetes.io/csiProvisionerIdentity": identity});
        }
        Material::HostPath => spec["hostPath"] = json!({"path": path, "type": ""}),
        Material::Local => spec["local"] = json!({"path": path}),
        Material::Nfs => {
            let text =
                |keys: [&str; 2]| keys.iter().find_map(|k| parameters[*k].as_str()).unwrap_or_default().to_string();
            let path = format!("{}/{path}", text(["share", "path"]).trim_end_matches('/'));
            spec["nfs"] = json!({"server": text(["server", "nfsServer"]), "path": path});
        }
    }
}
