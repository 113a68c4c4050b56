//! Which Services want a load balancer, and which changes of a Service or a node are work for the service controller
//! (`controller.go`: `wantsLoadBalancer`, `needsUpdate`, `needsCleanup`, `stableNodeSetPredicates`).

use serde_json::Value;

use super::spec;
use crate::resource::Object;
use crate::store::WatchEvent;

/// Holds a Service until its load balancer is gone.
pub const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// Keeps load balancers away from a node.
const EXCLUDE: &str = "node.kubernetes.io/exclude-from-external-load-balancers";
/// What a cluster autoscaler puts on a node that it is about to delete.
const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";

/// What of a Service's spec concerns its balancer, besides its ports.
const WATCHED: &[&str] = &[
    "loadBalancerSourceRanges",
    "sessionAffinity",
    "sessionAffinityConfig",
    "loadBalancerIP",
    "externalIPs",
    "externalTrafficPolicy",
    "healthCheckNodePort",
];
/// What of its ports.
const WATCHED_OF_PORTS: &[&str] = &["name", "protocol", "port", "nodePort", "targetPort", "appProtocol"];

/// Whether a Service is to have a load balancer of the cloud; one with a class of its own is somebody else's.
#[must_use]
pub fn wants_load_balancer(service: &Object) -> bool {
    let spec = spec(service);
    spec["type"] == "LoadBalancer" && spec["loadBalancerClass"].is_null()
}

/// Whether a Service has a balancer that it should not have.
pub(super) fn needs_cleanup(service: &Object) -> bool {
    let held = service.meta.finalizers.iter().any(|finalizer| **finalizer == *FINALIZER);
    held && (service.meta.terminating() || spec(service)["type"] != "LoadBalancer")
}

/// Whether a change of a Service is one of its balancer.
pub(super) fn needs_update(old: &Object, new: &Object) -> bool {
    let (wanted, wants) = (wants_load_balancer(old), wants_load_balancer(new));
    if !wanted && !wants {
        return false;
    }
    let (was, is) = (spec(old), spec(new));
    let families = |spec: &Value| spec["ipFamilies"].as_array().map_or(0, Vec::len);
    wanted != wants
        || WATCHED.iter().any(|key| was[key] != is[key])
        || ports(was) != ports(is)
        || old.meta.annotations != new.meta.annotations
        || old.meta.uid != new.meta.uid
        || families(was) != families(is)
}

fn ports(spec: &Value) -> Vec<Vec<&Value>> {
    let list = spec["ports"].as_array().into_iter().flatten();
    list.map(|port| WATCHED_OF_PORTS.iter().map(|key| &port[key]).collect()).collect()
}

/// Whether balancers may lead to a node. That it is well does not count: they look for themselves.
pub(super) fn takes_traffic(node: &Object) -> bool {
    let taints = spec(node)["taints"].as_array().into_iter().flatten();
    !node.meta.terminating() && !is_excluded(node) && taints.into_iter().all(|taint| taint["key"] != TO_BE_DELETED)
}

/// What Go's `strconv.ParseBool` takes as false lets a node in.
fn is_excluded(node: &Object) -> bool {
    let label = node.meta.labels.get(EXCLUDE);
    label.is_some_and(|value| !matches!(value, "0" | "f" | "F" | "false" | "FALSE" | "False"))
}

/// Whether a node came, went, or is to be left out from now on, or no longer.
pub(super) fn node_set_changes(event: &WatchEvent) -> bool {
    match (&event.old, &event.new) {
        (Some(old), Some(new)) => is_excluded(old) != is_excluded(new),
        _ => true,
    }
}
