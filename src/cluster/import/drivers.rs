//! The storage drivers of an imported cluster: those that its StorageClasses name. What the drivers of the shipped
//! profiles can do is known; of others it is taken that they make what is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::ClusterConfig;
use crate::cluster::profile::{Driver, Material, Profile, Topology, shipped};
use crate::resource::{Kind, Object};

/// A profile with the drivers of a state and nothing else; none if it names none.
pub(super) fn profile(config: &ClusterConfig, objects: &[Object]) -> Option<Arc<Profile>> {
    let mut drivers: BTreeMap<String, Driver> = BTreeMap::new();
    for class in objects.iter().filter(|object| object.kind() == Kind::StorageClass) {
        let Some(body) = class.plain() else { continue };
        let text = |key: &str| body.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        let name = text("provisioner");
        if name.is_empty() || name.starts_with("kubernetes.io/") {
            continue;
        }
        let waits = text("volumeBindingMode") == "WaitForFirstConsumer";
        drivers.entry(name.to_string()).or_insert_with(|| known(name).unwrap_or_else(|| unknown(name, waits)));
    }
    (!drivers.is_empty()).then(|| {
        Arc::new(Profile {
            name: "imported".into(),
            node_monitor_grace_seconds: config.node_monitor_grace.as_secs(),
            kubelet: config.kubelet,
            nodes: Vec::new(),
            drivers: drivers.into_values().collect(),
            storage_classes: Vec::new(),
            persistent_volumes: Vec::new(),
        })
    })
}

fn known(name: &str) -> Option<Driver> {
    let profiles = shipped::ALL.iter().filter_map(|shipped| shipped.profile().ok());
    profiles.flat_map(|profile| profile.drivers).find(|driver| driver.name == name)
}

fn unknown(name: &str, waits: bool) -> Driver {
    Driver {
        name: name.to_string(),
        access_modes: ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"].map(String::from).into(),
        volumes: Material::Csi,
        volume_handle: None,
        topology: if waits { Topology::Zone } else { Topology::Anywhere },
        topology_key: None,
        expands: true,
        provision_seconds: 1,
        attach: None,
        runs: true,
    }
}
