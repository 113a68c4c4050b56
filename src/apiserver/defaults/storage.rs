//! Defaults of claims, volumes and classes (V1, V3; `pkg/apis/core/v1/defaults.go`, `pkg/apis/storage/v1/defaults.go`,
//! the `StorageObjectInUseProtection` admission plugin). The default class is chosen by the caller.

use serde_json::{Value, json};

use super::fields::{Fields, child_or_new, fill, fill_pointer};
use super::resources::round_list;
use super::volume;

/// A `PersistentVolumeClaim`.
pub(super) fn claim(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    volume::claim_spec(spec);
    same_data_source(spec);
    fill(child_or_new(object, "status"), "phase", "Pending");
}

/// `dataSource` and `dataSourceRef` say the same if only one is given.
fn same_data_source(spec: &mut Fields) {
    let copy = |spec: &mut Fields, from: &str, to: &str| {
        if let Some(source) = spec.get(from).filter(|s| s.get("namespace").is_none()).cloned() {
            fill_pointer(spec, to, source);
        }
    };
    copy(spec, "dataSource", "dataSourceRef");
    copy(spec, "dataSourceRef", "dataSource");
}

/// A `PersistentVolume`.
pub(super) fn persistent_volume(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    volume::source(spec);
    fill(spec, "persistentVolumeReclaimPolicy", "Retain");
    fill_pointer(spec, "volumeMode", "Filesystem");
    round_list(spec, "capacity");
    fill(child_or_new(object, "status"), "phase", "Pending");
}

/// A `StorageClass`.
pub(super) fn class(object: &mut Fields) {
    fill_pointer(object, "reclaimPolicy", "Delete");
    fill_pointer(object, "volumeBindingMode", "Immediate");
}

/// A `CSIDriver`.
pub(super) fn csi_driver(object: &mut Fields) {
    let spec = child_or_new(object, "spec");
    fill_pointer(spec, "attachRequired", true);
    for (key, value) in [("podInfoOnMount", false), ("storageCapacity", false), ("requiresRepublish", false)] {
        fill_pointer(spec, key, value);
    }
    fill_pointer(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    fill_pointer(spec, "seLinuxMount", false);
    if spec.get("volumeLifecycleModes").is_none_or(|modes| modes.as_array().is_none_or(Vec::is_empty)) {
        spec.insert("volumeLifecycleModes".into(), json!(["Persistent"]));
    }
}

/// Adds the finalizer that protects a claim or a volume in use.
pub(super) fn protect(object: &mut Fields, finalizer: &str) {
    let list = child_or_new(object, "metadata").entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(list) = list
        && !list.iter().any(|f| f == finalizer)
    {
        list.push(finalizer.into());
    }
}
