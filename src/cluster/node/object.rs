//! Reading and changing Node objects.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::cluster::context::Context;
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Actor;

/// The node is not Ready.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// Nobody knows how the node is.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// A person says that the node is off.
pub const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";
/// The effect that keeps new Pods away.
pub const NO_SCHEDULE: &str = "NoSchedule";
/// The effect that sends Pods away.
pub const NO_EXECUTE: &str = "NoExecute";

/// A taint by key and effect.
pub type Key<'a> = (&'a str, &'a str);

/// `spec` or `status`.
pub fn part<'a>(node: &'a Object, key: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    node.plain().and_then(|body| body.get(key)).unwrap_or(&NULL)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// `status.conditions`.
pub fn conditions(node: &Object) -> &[Value] {
    list(part(node, "status"), "conditions")
}

/// The status of the condition `Ready`, if there is one.
pub fn ready(node: &Object) -> Option<&str> {
    conditions(node).iter().find(|c| c["type"] == "Ready").and_then(|c| c["status"].as_str())
}

/// `spec.taints`.
pub fn taints(node: &Object) -> &[Value] {
    list(part(node, "spec"), "taints")
}

/// Whether a node has a taint.
pub fn has_taint(node: &Object, (key, effect): Key<'_>) -> bool {
    taints(node).iter().any(|t| t["key"] == key && t["effect"] == effect)
}

/// Adds taints that are not there, and removes others.
pub fn swap_taints(name: &str, add: &[Key<'_>], remove: &[Key<'_>], context: &mut Context<'_>) {
    let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
    let is = |taint: &Value, keys: &[Key<'_>]| keys.iter().any(|(k, e)| taint["key"] == *k && taint["effect"] == *e);
    let mut taints: Vec<Value> = taints(&node).iter().filter(|t| !is(t, remove)).cloned().collect();
    for (key, effect) in add {
        if !taints.iter().any(|t| is(t, &[(key, effect)])) {
            taints.push(json!({"key": key, "effect": effect, "timeAdded": context.now.rfc3339()}));
        }
    }
    update(&node, Actor::NodeController, context, |body| {
        let spec = body.entry("spec").or_insert_with(|| json!({}));
        if taints.is_empty() {
            spec.as_object_mut().map(|spec| spec.remove("taints"));
        } else {
            spec["taints"] = taints.into();
        }
    });
}

/// Writes a changed node; the answer is the node as it is then.
pub fn update(
    node: &Arc<Object>,
    actor: Actor,
    context: &mut Context<'_>,
    change: impl FnOnce(&mut Map<String, Value>),
) -> Arc<Object> {
    let mut body = node.plain().cloned().unwrap_or_default();
    change(&mut body);
    let new = Object { meta: node.meta.clone(), body: Body::Plain(Kind::Node, Arc::new(body)) };
    let write = context.write(actor);
    // A node that changed meanwhile is looked at again.
    context.api.update(new, write).unwrap_or_else(|_| Arc::clone(node))
}
