//! The first objects of a cluster that has a profile: its nodes, classes and volumes.

use serde_json::{Value, json};

use super::{Material, NodeGroup, Profile};
use crate::apiserver::{ApiServer, Request, Status};
use crate::cluster::defaults;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Cause, Write};

/// Puts a profile's nodes, classes and volumes into the store. What the API server refuses, `try_out` has refused.
pub fn populate(api: &mut ApiServer, profile: &Profile, now: Time) {
    let _ = attempt(api, profile, now);
}

/// Whether an API server takes everything a profile holds.
pub(super) fn try_out(profile: &Profile) -> Result<(), String> {
    attempt(&mut ApiServer::new(1), profile, Time::LAB_START)
}

fn attempt(api: &mut ApiServer, profile: &Profile, now: Time) -> Result<(), String> {
    let write = Write { now, actor: Actor::ApiServer, cause: Cause::Clock };
    let (mut number, mut place) = (0, 0);
    for (index, group) in profile.nodes.iter().enumerate() {
        for member in 0..group.count {
            let own = if group.name.contains("{n}") { number } else { 0 };
            number += u32::from(group.name.contains("{n}"));
            let node = node(group, own, member, place, now);
            place += 1;
            let spec = node["spec"].clone();
            let refused = |why: Status| format!("nodes[{index}]: {}", why.message);
            let mut made = create(api, Kind::Node, node, write).map_err(refused)?;
            // Admission says of a new node that it is not ready yet; these are.
            made["spec"] = spec;
            api.update(Object::from_json(Kind::Node, &made), write).map_err(refused)?;
        }
    }
    for driver in profile.drivers.iter().filter(|driver| driver.volumes == Material::Csi) {
        let driver = json!({"metadata": {"name": driver.name}, "spec": {"attachRequired": driver.attach.is_some()}});
        create(api, Kind::CSIDriver, typed(Kind::CSIDriver, &driver), write)
            .map_err(|why| format!("drivers: {}", why.message))?;
    }
    for (index, class) in profile.storage_classes.iter().enumerate() {
        let class = defaults::applied(typed(Kind::StorageClass, class));
        create(api, Kind::StorageClass, class, write)
            .map_err(|why| format!("storageClasses[{index}]: {}", why.message))?;
    }
    for (index, volume) in profile.persistent_volumes.iter().enumerate() {
        let mut made = create(api, Kind::PersistentVolume, typed(Kind::PersistentVolume, volume), write)
            .map_err(|why| format!("persistentVolumes[{index}]: {}", why.message))?;
        made["status"] = json!({"phase": "Available", "lastPhaseTransitionTime": now.rfc3339()});
        let available = Object::from_json(Kind::PersistentVolume, &made);
        api.update(available, write).map_err(|why| format!("persistentVolumes[{index}]: {}", why.message))?;
    }
    Ok(())
}

fn create(api: &mut ApiServer, kind: Kind, body: Value, write: Write) -> Result<Value, Status> {
    api.handle(&Request::create(kind, "", body), write).map(|made| made.object)
}

/// An object with its type, which profiles may leave out.
fn typed(kind: Kind, value: &Value) -> Value {
    let mut out = json!({"apiVersion": kind.api_version(), "kind": kind.info().name});
    for (key, value) in value.as_object().into_iter().flatten() {
        out[key] = value.clone();
    }
    out
}

/// A node of a group: the one of this number, the `member`-th of its group, the `place`-th of the cluster.
fn node(group: &NodeGroup, number: u32, member: u32, place: u32, now: Time) -> Value {
    let name = group.name_of(number);
    let mut labels = json!({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64"});
    let zone = group.zones.get(member as usize % group.zones.len().max(1));
    let optional = [
        ("topology.kubernetes.io/zone", zone),
        ("topology.kubernetes.io/region", group.region.as_ref()),
        ("node.kubernetes.io/instance-type", group.instance_type.as_ref()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            labels[key] = value.as_str().into();
        }
    }
    for (key, value) in &group.labels {
        labels[key] = value.as_str().into();
    }
    let spec = if group.taints.is_empty() { json!({}) } else { json!({"taints": group.taints}) };
    json!({"apiVersion": "v1", "kind": "Node", "spec": spec, "status": node_status(group, &name, place, now),
        "metadata": {"name": name, "labels": labels, "annotations": {"node.alpha.kubernetes.io/ttl": "0"}}})
}

/// What the kubelet of a node of a group reports when it is well.
#[must_use]
pub fn node_status(group: &NodeGroup, name: &str, place: u32, now: Time) -> Value {
    let resources = json!({"cpu": group.cpu, "memory": group.memory, "pods": group.pods.to_string(),
        "ephemeral-storage": group.ephemeral_storage});
    defaults::status_of(name, place, &resources, now)
}
