//! The drivers' parts on nodes: each tells the kubelet of its node that it is there, which the kubelet writes into the
//! node's CSINode (how many volumes the node can have), and on the node where the driver's volumes can be reached from.
//!
//! Upstream: `pkg/volume/csi/nodeinfomanager`, `kubernetes-csi/node-driver-registrar`.

use serde_json::{Value, json};

use crate::cluster::context::Context;
use crate::cluster::profile::{Driver, Material, Topology};
use crate::cluster::volume::driver::Drivers;
use crate::resource::meta::Text;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ZONE: &str = "topology.kubernetes.io/zone";

/// A node is new: all drivers register there.
pub(super) fn register(node: &Object, drivers: &Drivers, context: &mut Context<'_>) {
    let plugins: Vec<&Driver> = drivers.all().filter(|driver| driver.volumes == Material::Csi).collect();
    if plugins.is_empty() {
        return;
    }
    let name = &node.meta.name;
    let list: Vec<Value> = plugins.iter().map(|driver| registered(driver, name)).collect();
    let write = context.write(Actor::Kubelet);
    let owner = json!({"apiVersion": "v1", "kind": "Node", "name": &**name, "uid": node.meta.uid.to_string()});
    let body = json!({"metadata": {"name": &**name, "ownerReferences": [owner]}, "spec": {"drivers": list}});
    // One that is left from an earlier node of that name is gone with it soon.
    let _ = context.api.create(Object::from_json(Kind::CSINode, &body), write);
    // It may have changed since it was made.
    let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
    let Some(zone) = node.meta.labels.get_text(ZONE).cloned() else { return };
    let lacking = plugins.iter().filter(|driver| driver.topology == Topology::Zone);
    let lacking = lacking.filter_map(|d| d.topology_label()).filter(|key| node.meta.labels.get(key).is_none());
    let pairs: Vec<(Text, Text)> = lacking.map(|key| (Text::from(key), zone.clone())).collect();
    if !pairs.is_empty() {
        let mut new = (*node).clone();
        new.meta.labels = new.meta.labels.with(pairs);
        let _ = context.api.update(new, write);
    }
}

/// What a node's CSINode says of a driver.
fn registered(driver: &Driver, node: &str) -> Value {
    let keys: Vec<&str> = driver.topology_label().into_iter().collect();
    let mut out = json!({"name": driver.name, "nodeID": node, "topologyKeys": keys});
    if keys.is_empty() {
        out["topologyKeys"] = Value::Null;
    }
    if let Some(limit) = driver.attach.and_then(|attach| attach.limit) {
        out["allocatable"] = json!({"count": limit});
    }
    out
}
