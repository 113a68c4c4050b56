//! Defaults of volumes and volume sources, of Pods and of `PersistentVolume`s (S13, V3;
//! `pkg/apis/core/v1/defaults.go`, `zz_generated.defaults.go`).

use serde_json::{Value, json};

use super::fields::{Fields, child, child_or_new, fill, fill_pointer, items};
use super::image;
use super::resources::round_list;

const FILE_MODE: i64 = 0o644;

/// A volume of a Pod.
pub(super) fn volume(volume: &mut Fields) {
    if !volume.iter().any(|(key, source)| key != "name" && !source.is_null()) {
        volume.insert("emptyDir".to_string(), json!({}));
    }
    source(volume);
    for key in ["configMap", "secret", "downwardAPI", "projected"] {
        if let Some(files) = child(volume, key) {
            fill_pointer(files, "defaultMode", FILE_MODE);
        }
    }
    if let Some(files) = child(volume, "downwardAPI") {
        downward_items(files);
    }
    if let Some(projected) = child(volume, "projected") {
        for part in items(projected, "sources") {
            if let Some(files) = child(part, "downwardAPI") {
                downward_items(files);
            }
            if let Some(token) = child(part, "serviceAccountToken") {
                fill_pointer(token, "expirationSeconds", 3600);
            }
        }
    }
    if let Some(template) = child(volume, "ephemeral").and_then(|e| child(e, "volumeClaimTemplate")) {
        child_or_new(template, "metadata");
        claim_spec(child_or_new(template, "spec"));
    }
    if let Some(artifact) = child(volume, "image") {
        let reference = artifact.get("reference").and_then(Value::as_str).unwrap_or_default();
        let policy = pull_policy(reference);
        fill(artifact, "pullPolicy", policy);
    }
}

/// `Always` for the tag `latest`, else `IfNotPresent` (S12).
pub(super) fn pull_policy(reference: &str) -> &'static str {
    if image::tag(reference) == "latest" { "Always" } else { "IfNotPresent" }
}

fn downward_items(files: &mut Fields) {
    for item in items(files, "items") {
        if let Some(reference) = child(item, "fieldRef") {
            fill(reference, "apiVersion", "v1");
        }
    }
}

/// The sources that Pods' volumes and `PersistentVolume`s have in common.
pub(super) fn source(fields: &mut Fields) {
    if let Some(path) = child(fields, "hostPath") {
        fill_pointer(path, "type", "");
    }
    let constant: [(&str, &[(&str, &str)]); 3] = [
        ("iscsi", &[("iscsiInterface", "default")]),
        ("rbd", &[("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")]),
        ("scaleIO", &[("storageMode", "ThinProvisioned"), ("fsType", "xfs")]),
    ];
    for (key, members) in constant {
        if let Some(source) = child(fields, key) {
            for (member, value) in members {
                fill(source, member, *value);
            }
        }
    }
    if let Some(disk) = child(fields, "azureDisk") {
        fill_pointer(disk, "cachingMode", "ReadWrite");
        fill_pointer(disk, "fsType", "ext4");
        fill_pointer(disk, "readOnly", false);
        fill_pointer(disk, "kind", "Shared");
    }
}

/// The spec of a claim, of a claim template and of an ephemeral volume.
pub(super) fn claim_spec(spec: &mut Fields) {
    fill_pointer(spec, "volumeMode", "Filesystem");
    if let Some(resources) = child(spec, "resources") {
        round_list(resources, "limits");
        round_list(resources, "requests");
    }
    child_or_new(spec, "resources");
}
