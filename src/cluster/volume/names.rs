//! The annotations, finalizers and provisioners that the volume controllers and the scheduler agree on.
//!
//! Upstream: `component-helpers/storage/volume/pv_helpers.go`.

use serde_json::Value;

use crate::resource::meta::Text;
use crate::resource::{Kind, Object};
use crate::store::Store;

/// On a claim whose binding is complete.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// On a claim or volume that a controller, not a person, tied to the other.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// On a volume: who provisioned it.
pub const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a volume of the host-path provisioner.
pub const CREATED_BY: &str = "kubernetes.io/createdby";
/// On a claim: who is to provision.
pub const STORAGE_PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
/// The same, under its older name.
pub const BETA_STORAGE_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// On a claim: the node its first Pod will run on (rule V18).
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a claim: its class, as it was written before `storageClassName`.
pub const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
/// Holds a volume until its provisioner has deleted the asset.
pub const PV_CONTROLLER: &str = "kubernetes.io/pv-controller";
/// Holds a volume of a driver until the driver has deleted what is behind it.
pub const EXTERNAL_PROVISIONER: &str = "external-provisioner.volume.kubernetes.io/finalizer";
/// Holds a volume while a claim has it.
pub const PV_PROTECTION: &str = "kubernetes.io/pv-protection";
/// Holds a claim while a Pod uses it.
pub const PVC_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// The provisioner that the lab's cluster has.
pub const HOST_PATH: &str = "kubernetes.io/host-path";
/// The provisioner of classes whose volumes are made by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// The class a claim asks for, empty if none.
#[must_use]
pub fn class_of(claim: &Object) -> Text {
    match claim.meta.annotations.get_text(BETA_CLASS) {
        Some(class) => class.clone(),
        None => claim.claim().and_then(|c| c.spec.storage_class.clone()).unwrap_or_default(),
    }
}

/// Whether claims of a class wait for their first Pod before they are bound.
#[must_use]
pub fn delays_binding(store: &Store, class: &str) -> bool {
    let class = store.get(Kind::StorageClass, "", class).and_then(|c| c.plain());
    class.and_then(|c| c.get("volumeBindingMode")).and_then(Value::as_str) == Some("WaitForFirstConsumer")
}
