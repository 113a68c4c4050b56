//! What the API server adds to an object before it is validated: versioned defaults, the strategies' preparation for
//! creation and update, and the mutating admission plugins that need nothing but the object (spec/cluster.md part H).
//! What needs other objects (default class, priority class, addresses, quotas) is the caller's.

mod fields;
mod image;
mod plain;
mod pod;
mod resources;
mod service;
mod storage;
#[cfg(test)]
mod tests;
mod volume;
mod workload;

use serde_json::{Map, Value, json};

use crate::resource::Kind;
use fields::{Fields, child_or_new, keep, unset};

pub use plain::base64;
pub(super) use resources::billionths;

/// Makes a new object what is stored of it: versioned defaults, cleared status, admission. Idempotent.
pub fn apply(kind: Kind, object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    if clears_status(kind) {
        fields.remove("status");
    }
    versioned_fields(kind, fields);
    match kind {
        Kind::Pod => {
            pod::tolerations(fields);
            pod::priority(fields);
            pod::prepare_for_create(fields);
        }
        Kind::StatefulSet => workload::drop_max_unavailable(fields, None),
        Kind::DaemonSet => workload::template_generation(fields, None),
        Kind::Service => service::prepare_for_create(fields),
        Kind::Namespace => plain::create_namespace(fields),
        Kind::PersistentVolumeClaim => storage::protect(fields, "kubernetes.io/pvc-protection"),
        Kind::PersistentVolume => storage::protect(fields, "kubernetes.io/pv-protection"),
        _ => {}
    }
    if let Some(status) = first_status(kind) {
        fields.entry("status").or_insert(status);
    }
}

/// Versioned defaults only: what every decoded object gets, on creation and on update.
pub fn versioned(kind: Kind, object: &mut Value) {
    if let Some(fields) = object.as_object_mut() {
        versioned_fields(kind, fields);
    }
}

/// Makes the new form of a stored object what is stored of it: versioned defaults, the old status, fields the client
/// left out or may not change. `metadata` the server owns, and the generation, are the caller's.
pub fn prepare_for_update(kind: Kind, new: &mut Value, old: &Value) {
    let Some(fields) = new.as_object_mut() else { return };
    let no_fields = Map::new();
    let old_fields = old.as_object().unwrap_or(&no_fields);
    if kind == Kind::Secret && unset(fields, "type") {
        keep(fields, old_fields, "type");
    }
    versioned_fields(kind, fields);
    if has_status(kind) {
        keep(fields, old_fields, "status");
    }
    match kind {
        Kind::Pod => {
            pod::tolerations(fields);
            let spec = child_or_new(fields, "spec");
            for key in ["priority", "preemptionPolicy"] {
                if spec.get(key).is_none()
                    && let Some(value) = old["spec"].get(key)
                {
                    spec.insert(key.to_string(), value.clone());
                }
            }
        }
        Kind::StatefulSet => workload::drop_max_unavailable(fields, Some(old)),
        Kind::DaemonSet => workload::template_generation(fields, Some(old)),
        Kind::Service => service::prepare_for_update(fields, old),
        Kind::Namespace => {
            let finalizers = old.pointer("/spec/finalizers").cloned().unwrap_or_else(|| json!([]));
            child_or_new(fields, "spec").insert("finalizers".to_string(), finalizers);
        }
        _ => {}
    }
}

/// Makes an update through `/status` what is stored of it: everything but the status stays as it was.
pub fn prepare_for_status_update(kind: Kind, new: &mut Value, old: &Value) {
    let Some(fields) = new.as_object_mut() else { return };
    let no_fields = Map::new();
    let old_fields = old.as_object().unwrap_or(&no_fields);
    keep(fields, old_fields, "spec");
    versioned_fields(kind, fields);
    keep(fields, old_fields, "spec");
    let metadata = child_or_new(fields, "metadata");
    if let Some(old) = old_fields.get("metadata").and_then(Value::as_object) {
        match kind {
            Kind::Deployment => keep(metadata, old, "labels"),
            Kind::Pod => ["deletionTimestamp", "ownerReferences"].iter().for_each(|key| keep(metadata, old, key)),
            _ => {}
        }
    }
}

/// The quality of service class of a Pod's spec.
#[must_use]
pub fn qos_class(spec: &Value) -> &'static str {
    resources::qos_class(spec)
}

fn versioned_fields(kind: Kind, object: &mut Fields) {
    child_or_new(object, "metadata");
    match kind {
        Kind::StatefulSet => workload::stateful_set(object),
        Kind::Deployment => workload::deployment(object),
        Kind::ReplicaSet => workload::replica_set(object),
        Kind::DaemonSet => workload::daemon_set(object),
        Kind::Pod => pod::pod(object),
        Kind::Service => service::service(object),
        Kind::PersistentVolumeClaim => storage::claim(object),
        Kind::PersistentVolume => storage::persistent_volume(object),
        Kind::StorageClass => storage::class(object),
        Kind::CSIDriver => storage::csi_driver(object),
        Kind::CSINode | Kind::VolumeAttachment => {}
        Kind::Secret => plain::secret(object),
        Kind::Namespace => plain::namespace(object),
        Kind::Node => plain::node(object),
        Kind::ResourceQuota => plain::resource_quota(object),
        Kind::LimitRange => plain::limit_range(object),
        Kind::PriorityClass => plain::priority_class(object),
        Kind::EndpointSlice => plain::endpoint_slice(object),
        Kind::Endpoints => plain::endpoints(object),
        Kind::Ingress | Kind::PodDisruptionBudget => drop(child_or_new(object, "spec")),
        Kind::ConfigMap | Kind::Event | Kind::ServiceAccount | Kind::ControllerRevision => {}
    }
}

/// Kinds whose status no client can set through the object itself.
fn has_status(kind: Kind) -> bool {
    clears_status(kind) || matches!(kind, Kind::Node | Kind::Namespace | Kind::Pod)
}

/// Kinds whose creation clears the status (S6); a Node keeps it.
fn clears_status(kind: Kind) -> bool {
    use Kind::{DaemonSet, Deployment, Ingress, Namespace, Pod, PodDisruptionBudget, ReplicaSet, ResourceQuota};
    matches!(kind, Kind::StatefulSet | Kind::Service | Kind::PersistentVolumeClaim | Kind::PersistentVolume)
        || matches!(kind, DaemonSet | Deployment | Ingress | Namespace | Pod | PodDisruptionBudget)
        || matches!(kind, ReplicaSet | ResourceQuota)
}

/// Go's zero status as JSON shows it, for the kinds where defaulting left none (S2, S6).
fn first_status(kind: Kind) -> Option<Value> {
    match kind {
        Kind::StatefulSet => Some(json!({"replicas": 0, "availableReplicas": 0})),
        Kind::ReplicaSet => Some(json!({"replicas": 0})),
        Kind::DaemonSet => Some(json!({
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
        })),
        Kind::PodDisruptionBudget => Some(json!({
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
        })),
        Kind::Ingress => Some(json!({"loadBalancer": {}})),
        Kind::Deployment => Some(json!({})),
        _ => None,
    }
}
