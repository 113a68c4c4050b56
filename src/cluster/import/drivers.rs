//! The storage drivers of an imported cluster: those that its StorageClasses name. What the drivers of the shipped
//! profiles can do is known; of others it is taken that they make what is asked for. Its cloud gives load balancers, if
//! there is one that a cloud gave.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cluster::ClusterConfig;
use crate::cluster::profile::{Driver, LoadBalancers, Material, Profile, Topology, shipped};
use crate::cluster::service::FINALIZER;
use crate::resource::{Kind, Object};

/// A profile with the drivers of a state, and with its cloud's load balancers; none if it has neither.
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
    let balancers = balancers(objects);
    (!drivers.is_empty() || balancers.is_some()).then(|| {
        Arc::new(Profile {
            name: "imported".into(),
            node_monitor_grace_seconds: config.node_monitor_grace.as_secs(),
            kubelet: config.kubelet,
            nodes: Vec::new(),
            drivers: drivers.into_values().collect(),
            storage_classes: Vec::new(),
            persistent_volumes: Vec::new(),
            load_balancer: balancers,
        })
    })
}

/// The cloud that made the load balancers there are: its finalizer says that it is there, their addresses of what sort
/// they are.
fn balancers(objects: &[Object]) -> Option<LoadBalancers> {
    let held = |object: &&Object| object.meta.finalizers.iter().any(|finalizer| **finalizer == *FINALIZER);
    let service = objects.iter().filter(|object| object.kind() == Kind::Service).find(held)?;
    let ingress = service.plain().and_then(|body| body.get("status")?["loadBalancer"]["ingress"].as_array()?.first());
    let named = ingress.is_some_and(|ingress| ingress["hostname"].is_string());
    Some(LoadBalancers {
        hostname: named.then(|| "{name}-{number}.elb.example.com".to_string()),
        addresses: (!named).then(|| "203.0.113.0/24".to_string()),
        missing: None,
        seconds: 5,
        delete_seconds: 5,
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
