//! Columns of claims, volumes and storage classes (S113, S115).

use serde_json::Value;

use super::super::value::{annotation, flag, items, text, text_or};
use super::{AGE, NAME, Spec, age_of, col, name, wide};
use crate::resource::Time;

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

pub(super) const CLAIM: Spec = Spec {
    columns: &[
        NAME,
        col("Status"),
        col("Volume"),
        col("Capacity"),
        col("Access Modes"),
        col("StorageClass"),
        col("VolumeAttributesClass"),
        AGE,
        wide("VolumeMode"),
    ],
    cells: claim,
};

fn claim(object: &Value, now: Time) -> Vec<String> {
    let volume = text(object, "/spec/volumeName");
    let (capacity, modes) = if volume.is_empty() {
        (String::new(), String::new())
    } else {
        (text_or(object, "/status/capacity/storage", "0").to_string(), access_modes(object, "/status/accessModes"))
    };
    vec![
        name(object),
        phase(object),
        volume.to_string(),
        capacity,
        modes,
        class(object),
        optional(object, "/spec/volumeAttributesClassName"),
        age_of(object, now),
        optional(object, "/spec/volumeMode"),
    ]
}

pub(super) const VOLUME: Spec = Spec {
    columns: &[
        NAME,
        col("Capacity"),
        col("Access Modes"),
        col("Reclaim Policy"),
        col("Status"),
        col("Claim"),
        col("StorageClass"),
        col("VolumeAttributesClass"),
        col("Reason"),
        AGE,
        wide("VolumeMode"),
    ],
    cells: volume,
};

fn volume(object: &Value, now: Time) -> Vec<String> {
    let claim = object.pointer("/spec/claimRef").filter(|c| c.is_object());
    let claim = claim.map(|c| format!("{}/{}", text(c, "/namespace"), text(c, "/name")));
    vec![
        name(object),
        text_or(object, "/spec/capacity/storage", "0").to_string(),
        access_modes(object, "/spec/accessModes"),
        text(object, "/spec/persistentVolumeReclaimPolicy").to_string(),
        phase(object),
        claim.unwrap_or_default(),
        class(object),
        optional(object, "/spec/volumeAttributesClassName"),
        text(object, "/status/reason").to_string(),
        age_of(object, now),
        optional(object, "/spec/volumeMode"),
    ]
}

fn phase(object: &Value) -> String {
    let terminating = object.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string);
    if terminating { "Terminating" } else { text(object, "/status/phase") }.to_string()
}

fn class(object: &Value) -> String {
    annotation(object, BETA_CLASS).unwrap_or_else(|| text(object, "/spec/storageClassName")).to_string()
}

fn optional(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("<unset>").to_string()
}

/// The short forms of access modes, always in this order.
pub(super) fn access_modes(object: &Value, pointer: &str) -> String {
    let modes = items(object, pointer);
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let present: Vec<&str> =
        short.iter().filter(|(mode, _)| modes.iter().any(|m| m == mode)).map(|(_, short)| *short).collect();
    present.join(",")
}

pub(super) const CLASS: Spec = Spec {
    columns: &[
        NAME,
        col("Provisioner"),
        col("ReclaimPolicy"),
        col("VolumeBindingMode"),
        col("AllowVolumeExpansion"),
        AGE,
    ],
    cells: |o, now| {
        let is_default =
            ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
                .iter()
                .any(|key| annotation(o, key) == Some("true"));
        vec![
            if is_default { name(o) + " (default)" } else { name(o) },
            text(o, "/provisioner").to_string(),
            text_or(o, "/reclaimPolicy", "Delete").to_string(),
            text_or(o, "/volumeBindingMode", "Immediate").to_string(),
            flag(o, "/allowVolumeExpansion").to_string(),
            age_of(o, now),
        ]
    },
};

pub(super) const CSI_DRIVER: Spec = Spec {
    columns: &[
        NAME,
        col("AttachRequired"),
        col("PodInfoOnMount"),
        col("StorageCapacity"),
        col("TokenRequests"),
        col("RequiresRepublish"),
        col("Modes"),
        AGE,
    ],
    cells: |o, now| {
        let joined = |pointer: &str, read: fn(&Value) -> Option<&str>| {
            items(o, pointer).iter().filter_map(read).collect::<Vec<_>>().join(",")
        };
        let modes = joined("/spec/volumeLifecycleModes", Value::as_str);
        let tokens = joined("/spec/tokenRequests", |request| request["audience"].as_str());
        let requested = o.pointer("/spec/tokenRequests").is_some_and(Value::is_array);
        vec![
            name(o),
            (o.pointer("/spec/attachRequired") != Some(&false.into())).to_string(),
            flag(o, "/spec/podInfoOnMount").to_string(),
            flag(o, "/spec/storageCapacity").to_string(),
            if requested { tokens } else { "<unset>".into() },
            flag(o, "/spec/requiresRepublish").to_string(),
            if modes.is_empty() { "<none>".into() } else { modes },
            age_of(o, now),
        ]
    },
};

pub(super) const CSI_NODE: Spec = Spec {
    columns: &[NAME, col("Drivers"), AGE],
    cells: |o, now| vec![name(o), items(o, "/spec/drivers").len().to_string(), age_of(o, now)],
};

pub(super) const ATTACHMENT: Spec = Spec {
    columns: &[NAME, col("Attacher"), col("PV"), col("Node"), col("Attached"), AGE],
    cells: |o, now| {
        vec![
            name(o),
            text(o, "/spec/attacher").to_string(),
            text(o, "/spec/source/persistentVolumeName").to_string(),
            text(o, "/spec/nodeName").to_string(),
            flag(o, "/status/attached").to_string(),
            age_of(o, now),
        ]
    },
};
