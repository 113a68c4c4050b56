//! A cluster that begins as another one is: its objects as they are, with their uids, versions and statuses, and
//! controllers that take them over as controllers do that have been started again. What is in the state and how it
//! was made whole is for [`crate::import`] to say.

mod drivers;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cluster, ClusterConfig, Context, Fault, node};
use crate::resource::hash::mix;
use crate::resource::meta::Uid;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Cause, Write};

/// The state of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When it was so.
    pub at: Time,
    /// Its objects, decoded and with defaults, each with `apiVersion`, `kind` and a uid.
    pub objects: Vec<Value>,
    /// What is broken in it, as far as it shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl Cluster {
    /// The world becomes that of a state; `input` is the import's place in the journal. No time passes.
    pub fn import(&mut self, state: &State, input: u32) {
        *self = imported(self.node.config(), state, input);
    }
}

fn imported(config: &ClusterConfig, state: &State, input: u32) -> Cluster {
    let objects: Vec<Object> = state.objects.iter().filter_map(read).collect();
    // New uids must not be those of the state, which may come from a lab with the same seed.
    let salt = objects.iter().fold(config.seed, |salt, object| mix(salt ^ object.meta.uid.high ^ object.meta.uid.low));
    let profile = config.profile.clone().or_else(|| drivers::profile(config, &objects));
    let mut cluster = Cluster::new(&ClusterConfig { seed: salt, bare: true, profile, ..config.clone() });
    (cluster.now, cluster.start, cluster.last_write) = (state.at, state.at, state.at);
    let api = &mut cluster.api;
    api.ids.reserve(objects.iter().flat_map(addresses), objects.iter().flat_map(node_ports));
    let there: BTreeSet<Uid> = objects.iter().map(|object| object.meta.uid).collect();
    let owners = objects.iter().flat_map(|object| object.meta.owners.iter().map(|owner| owner.uid));
    api.store.outside = owners.filter(|uid| !there.contains(uid)).collect();
    let cause = Cause::Input(input);
    let write = Write { now: state.at, actor: Actor::User, cause };
    for object in objects {
        if api.store.get(object.kind(), &object.meta.namespace, &object.meta.name).is_none() {
            api.store.restore(object, write);
        }
    }
    // They know the nodes that the cluster begins with.
    cluster.node = node::Controllers::new(config, &cluster.api.store);
    for fault in &state.faults {
        cluster.faults.apply(fault);
    }
    cluster.dispatch();
    for fault in state.faults.iter().filter(|fault| matches!(fault, Fault::Node { .. })) {
        let Cluster { api, queue, recorder, indexes, faults, node, now, .. } = &mut cluster;
        node.fault(fault, &mut Context { api, queue, recorder, indexes, faults, now: *now, cause });
    }
    cluster
}

fn read(value: &Value) -> Option<Object> {
    let kind = Kind::of(value["apiVersion"].as_str()?, value["kind"].as_str()?)?;
    Some(Object::from_json(kind, value))
}

/// The addresses that an object has.
fn addresses(object: &Object) -> Vec<Ipv4Addr> {
    if let Some(pod) = object.pod() {
        return pod.status.pod_ip.into_iter().collect();
    }
    let spec = object.plain().filter(|_| object.kind() == Kind::Service).and_then(|body| body.get("spec"));
    let listed = spec.and_then(|spec| spec["clusterIPs"].as_array()).into_iter().flatten();
    listed.filter_map(|ip| ip.as_str()?.parse().ok()).collect()
}

fn node_ports(object: &Object) -> Vec<u32> {
    let spec = object.plain().filter(|_| object.kind() == Kind::Service).and_then(|body| body.get("spec"));
    let ports = spec.and_then(|spec| spec["ports"].as_array()).into_iter().flatten();
    ports.filter_map(|port| u32::try_from(port["nodePort"].as_u64()?).ok()).collect()
}
