//! How many Pods a budget expects, and how many of them it wants healthy (rule N16).

use std::sync::Arc;

use serde_json::Value;

use super::Budget;
use crate::resource::meta::{OwnerReference, Uid};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Store;

/// What a budget's controllers say.
pub(super) struct Scale {
    /// The sum of their replicas.
    pub(super) replicas: i64,
    /// Whether there are Pods without controller.
    pub(super) unmanaged: bool,
}

/// Whether the number of Pods to expect is that of their controllers.
pub(super) fn uses_scale(spec: &Value) -> bool {
    !spec["maxUnavailable"].is_null() || spec["minAvailable"].is_string()
}

/// How many Pods must stay healthy; percentages round up.
pub(super) fn desired_healthy(spec: &Value, expected: i64) -> i64 {
    if spec["maxUnavailable"].is_null() {
        amount(&spec["minAvailable"], expected)
    } else {
        (expected - amount(&spec["maxUnavailable"], expected)).max(0)
    }
}

fn amount(value: &Value, total: i64) -> i64 {
    let percent = value.as_str().and_then(|s| s.strip_suffix('%')).and_then(|s| s.parse::<i64>().ok());
    match percent {
        Some(percent) => (percent * total + 99) / 100,
        None => value.as_i64().unwrap_or(0),
    }
}

/// The replicas of the distinct controllers of a budget's Pods; the error is what upstream says of a controller that
/// has none.
pub(super) fn scale(budget: &Budget, namespace: &str, store: &Store) -> Result<Scale, String> {
    let mut out = Scale { replicas: 0, unmanaged: false };
    let mut counted = Vec::new();
    for controller in budget.controllers.keys() {
        let Some(uid) = *controller else {
            out.unmanaged = true;
            continue;
        };
        let Some(object) = scaled_controller(uid, store) else { return Err(no_scale(budget, uid, namespace, store)) };
        if !counted.contains(&object.meta.uid) {
            counted.push(object.meta.uid);
            out.replicas += replicas(&object).unwrap_or(0);
        }
    }
    Ok(out)
}

/// The object whose replicas count: the controller, or the Deployment behind a `ReplicaSet`.
fn scaled_controller(uid: Uid, store: &Store) -> Option<Arc<Object>> {
    let object = store.by_uid(uid)?;
    let above: Option<&OwnerReference> = object.meta.controller().filter(|o| &*o.kind == "Deployment");
    let above = above.and_then(|o| store.by_uid(o.uid));
    let found = above.unwrap_or(object);
    replicas(found).map(|_| Arc::clone(found))
}

/// `spec.replicas` of a kind that has a scale.
pub(super) fn replicas(object: &Object) -> Option<i64> {
    match &object.body {
        Body::StatefulSet(set) => Some(set.spec.replicas),
        Body::Deployment(deployment) => Some(deployment.spec.replicas),
        Body::ReplicaSet(set) => Some(set.spec.replicas),
        _ => None,
    }
}

fn no_scale(budget: &Budget, controller: Uid, namespace: &str, store: &Store) -> String {
    if let Some(object) = store.by_uid(controller) {
        return format!("{} does not implement the scale subresource", object.kind().resource());
    }
    let is_its = |o: &&Arc<Object>| budget.covers(o) && o.meta.controller().is_some_and(|c| c.uid == controller);
    let pod = store.in_namespace(Kind::Pod, namespace).find(is_its);
    format!("found no controllers for pod {:?}", pod.map(|p| p.meta.name.to_string()).unwrap_or_default())
}
