//! What Node objects say of volumes: which are attached (this controller writes that), which the kubelet uses; and what
//! this controller asks of a node's state.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cluster::context::Context;
use crate::resource::meta::Text;
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// A list of a node.
fn list<'a>(node: &'a Object, part: &str, key: &str) -> &'a [Value] {
    let list = node.plain().and_then(|body| body.get(part)).and_then(|part| part[key].as_array());
    list.map(Vec::as_slice).unwrap_or_default()
}

/// The unique names of the volumes that the kubelet uses.
pub(super) fn in_use(node: &Object) -> BTreeSet<Text> {
    list(node, "status", "volumesInUse").iter().filter_map(Value::as_str).map(Text::from).collect()
}

/// Whether a node is Ready.
pub(super) fn is_ready(node: &Object) -> bool {
    list(node, "status", "conditions").iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

/// Whether a person has put a node out of service.
pub(super) fn is_out_of_service(node: &Object) -> bool {
    list(node, "spec", "taints").iter().any(|taint| taint["key"] == OUT_OF_SERVICE)
}

/// What of a node decides about its volumes.
pub(super) fn state(node: &Object) -> (bool, bool, BTreeSet<Text>) {
    (is_ready(node), is_out_of_service(node), in_use(node))
}

/// Writes on a node that a volume is attached to it, or no longer.
pub(super) fn report(name: &Text, volume: &Text, attached: bool, context: &mut Context) {
    let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
    let mut volumes: Vec<Value> = list(&node, "status", "volumesAttached").to_vec();
    volumes.retain(|entry| entry["name"] != **volume);
    if attached {
        volumes.push(json!({"name": &**volume, "devicePath": ""}));
    }
    write_list(&node, "volumesAttached", volumes, Actor::AttachDetachController, context);
}

/// Writes a list of volumes into a node's status; an empty one is left out.
pub(in crate::cluster) fn write_list(node: &Object, key: &str, list: Vec<Value>, actor: Actor, context: &mut Context) {
    let mut body = node.plain().cloned().unwrap_or_default();
    let Some(status) = body.entry("status").or_insert_with(|| json!({})).as_object_mut() else { return };
    if list.is_empty() {
        status.remove(key);
    } else {
        status.insert(key.into(), list.into());
    }
    let new = Object { meta: node.meta.clone(), body: Body::Plain(Kind::Node, Arc::new(body)) };
    let write = context.write(actor);
    // A node that changed meanwhile is written when the volume is looked at again.
    let _ = context.api.update(new, write);
}
