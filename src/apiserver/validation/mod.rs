//! What the API server refuses and what it warns of: every violation of an object that has its defaults, with the words
//! and in the order of Kubernetes (S16–S22, V2, V4–V6, D2–D4, N15). Rules that need other objects (classes, quotas, who
//! may do what) are the caller's.

mod container;
mod csi;
mod diff;
mod env;
mod errors;
mod ingress;
mod internal;
mod ip;
mod meta;
pub mod names;
mod plain;
mod pod;
mod probe;
mod quantity;
mod scheduling;
mod security;
mod selector;
mod service;
mod statefulset;
mod storage;
#[cfg(test)]
mod tests;
mod volume;
mod warnings;
mod workload;

use serde_json::Value;

use super::field::FieldError;
use crate::resource::Kind;
use errors::{Errors, Path, nothing};

/// The violations of a new object.
#[must_use]
pub fn create(kind: Kind, object: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match kind {
        Kind::StatefulSet => statefulset::create(object, &mut errors),
        Kind::ControllerRevision => statefulset::create_revision(object, &mut errors),
        Kind::Deployment => workload::deployment(object, None, &mut errors),
        Kind::ReplicaSet => workload::replica_set(object, None, &mut errors),
        Kind::DaemonSet => workload::daemon_set(object, None, &mut errors),
        Kind::Pod => pod::create(object, &mut errors),
        Kind::Service => service::create(object, &mut errors),
        Kind::PersistentVolumeClaim => storage::create_claim(object, &mut errors),
        Kind::PersistentVolume => storage::create_volume(object, &mut errors),
        Kind::StorageClass => storage::create_class(object, &mut errors),
        Kind::CSIDriver => csi::driver(object, None, &mut errors),
        Kind::CSINode => csi::node(object, None, &mut errors),
        Kind::VolumeAttachment => csi::attachment(object, None, &mut errors),
        Kind::PodDisruptionBudget => {
            plain::disruption_budget(object, &mut errors);
            if errors.0.is_empty() {
                meta::create(object, true, names::path_segment, &mut errors);
            }
        }
        Kind::ConfigMap => plain::config_map(object, None, &mut errors),
        Kind::Secret => plain::secret(object, None, &mut errors),
        Kind::Namespace => plain::create_namespace(object, &mut errors),
        Kind::Node => plain::node(object, None, &mut errors),
        Kind::ResourceQuota => plain::resource_quota(object, None, &mut errors),
        Kind::LimitRange => plain::limit_range(object, &mut errors),
        Kind::PriorityClass => plain::priority_class(object, None, &mut errors),
        Kind::Ingress => ingress::ingress(object, &mut errors),
        Kind::Endpoints | Kind::EndpointSlice | Kind::Event | Kind::ServiceAccount => {
            meta::create(object, true, names::dns_subdomain, &mut errors);
        }
    }
    distinct(errors)
}

/// The violations of a changed object.
#[must_use]
pub fn update(kind: Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::update(new, old, &mut errors);
    match kind {
        Kind::StatefulSet => statefulset::update(new, old, &mut errors),
        Kind::ControllerRevision => statefulset::update_revision(new, old, &mut errors),
        Kind::Deployment => workload::deployment(new, Some(old), &mut errors),
        Kind::ReplicaSet => workload::replica_set(new, Some(old), &mut errors),
        Kind::DaemonSet => workload::daemon_set(new, Some(old), &mut errors),
        Kind::Pod => pod::update(new, old, &mut errors),
        Kind::Service => service::update(new, old, &mut errors),
        Kind::PersistentVolumeClaim => storage::update_claim(new, old, &mut errors),
        Kind::PersistentVolume => storage::update_volume(new, old, &mut errors),
        Kind::StorageClass => storage::update_class(new, old, &mut errors),
        Kind::CSIDriver => csi::driver(new, Some(old), &mut errors),
        Kind::CSINode => csi::node(new, Some(old), &mut errors),
        Kind::VolumeAttachment => csi::attachment(new, Some(old), &mut errors),
        Kind::PodDisruptionBudget => plain::disruption_budget(new, &mut errors),
        Kind::ConfigMap => plain::config_map(new, Some(old), &mut errors),
        Kind::Secret => plain::secret(new, Some(old), &mut errors),
        Kind::Node => plain::node(new, Some(old), &mut errors),
        Kind::ResourceQuota => plain::resource_quota(new, Some(old), &mut errors),
        Kind::LimitRange => plain::limit_range(new, &mut errors),
        Kind::PriorityClass => plain::priority_class(new, Some(old), &mut errors),
        Kind::Ingress => ingress::ingress(new, &mut errors),
        Kind::EndpointSlice => errors.immutable(new, old, "addressType", &Path::new("addressType")),
        Kind::Namespace | Kind::Endpoints | Kind::Event | Kind::ServiceAccount => {}
    }
    distinct(errors)
}

/// The violations of an update through `/status`.
#[must_use]
pub fn status_update(kind: Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match kind {
        Kind::StatefulSet => statefulset::status_update(new, old, &mut errors),
        Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => workload::status_update(new, old, &mut errors),
        Kind::PodDisruptionBudget => {
            meta::update(new, old, &mut errors);
            let status = new.get("status").unwrap_or(nothing());
            for member in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
                errors.non_negative(status, member, &Path::new("status"));
            }
        }
        _ => meta::update(new, old, &mut errors),
    }
    distinct(errors)
}

/// The violations of a `Scale`: `spec.replicas` is from 0.
#[must_use]
pub fn scale(scale: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.non_negative(scale.get("spec").unwrap_or(nothing()), "replicas", &Path::new("spec"));
    distinct(errors)
}

/// What is accepted but advised against, in a new object or in a changed one.
#[must_use]
pub fn warnings(kind: Kind, new: &Value, old: Option<&Value>) -> Vec<String> {
    warnings::warnings(kind, new, old)
}

/// Each violation once: the server checks some things twice, but its messages say them once.
fn distinct(errors: Errors) -> Vec<FieldError> {
    let mut distinct: Vec<FieldError> = Vec::with_capacity(errors.0.len());
    for error in errors.0 {
        if !distinct.contains(&error) {
            distinct.push(error);
        }
    }
    distinct
}
