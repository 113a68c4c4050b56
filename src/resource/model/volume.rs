//! `v1.PersistentVolume`: a spec shared by the volumes a class provisions, and the claim each is bound to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{list, text};
use crate::resource::Time;
use crate::resource::meta::{Hint, Text, Uid};

/// The shared part of volumes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VolumeSpec {
    /// The spec as the API serves it, less `claimRef`, and less `hostPath.path` of a provisioned volume.
    #[serde(with = "crate::resource::stored::json")]
    pub json: Map<String, Value>,
    /// `capacity.storage`.
    pub storage: Text,
    /// `accessModes`, long names.
    pub access_modes: Arc<[Text]>,
    /// `storageClassName`, empty if none.
    pub storage_class: Text,
    /// `persistentVolumeReclaimPolicy`.
    pub reclaim_policy: Text,
}

impl PartialEq for VolumeSpec {
    fn eq(&self, other: &VolumeSpec) -> bool {
        std::ptr::eq(self, other) || self.json == other.json
    }
}

impl VolumeSpec {
    /// Reads a defaulted volume spec; `claimRef` is dropped.
    #[must_use]
    pub fn new(spec: &Value) -> Arc<VolumeSpec> {
        let mut json = spec.as_object().cloned().unwrap_or_default();
        json.remove("claimRef");
        Arc::new(VolumeSpec {
            storage: text(&spec["capacity"], "storage").unwrap_or_default(),
            access_modes: list(spec, "accessModes").iter().filter_map(Value::as_str).map(Text::from).collect(),
            storage_class: text(spec, "storageClassName").unwrap_or_default(),
            reclaim_policy: text(spec, "persistentVolumeReclaimPolicy").unwrap_or_else(|| "Retain".into()),
            json,
        })
    }
}

/// `status.phase` of a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VolumePhase {
    /// Just made.
    #[default]
    Pending,
    /// Free.
    Available,
    /// Taken by a claim.
    Bound,
    /// Its claim is gone.
    Released,
    /// Could not be reclaimed.
    Failed,
}

impl VolumePhase {
    /// The word of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            VolumePhase::Pending => "Pending",
            VolumePhase::Available => "Available",
            VolumePhase::Bound => "Bound",
            VolumePhase::Released => "Released",
            VolumePhase::Failed => "Failed",
        }
    }
}

/// `spec.claimRef`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRef {
    /// The claim's namespace.
    pub namespace: Text,
    /// The claim's name.
    pub name: Text,
    /// The claim's uid; `None` reserves the volume for a claim of that name.
    pub uid: Option<Uid>,
    /// The claim's version when it was bound, 0 if unknown.
    pub resource_version: u64,
    /// Whether apiVersion and kind are given (a reference made by a controller has them).
    pub typed: bool,
    /// Where the claim was when the reference was made.
    pub hint: Hint,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersistentVolume {
    /// What volumes of one class and size share.
    #[serde(with = "crate::resource::stored::shared")]
    pub spec: Arc<VolumeSpec>,
    /// The claim that has it.
    pub claim: Option<ClaimRef>,
    /// The directory of a volume that the host-path provisioner made.
    pub host_path: Option<Uid>,
    /// The phase.
    pub phase: VolumePhase,
    /// When the phase last changed.
    pub phase_since: Option<Time>,
    /// `status.message`, if any.
    pub message: Option<Text>,
    /// `status.reason`, if any.
    pub reason: Option<Text>,
}

const PROVISIONED: &str = "/tmp/hostpath_pv/";

impl PersistentVolume {
    /// Reads a volume.
    #[must_use]
    pub fn from_json(value: &Value) -> PersistentVolume {
        let (reference, status) = (&value["spec"]["claimRef"], &value["status"]);
        let path = value["spec"]["hostPath"]["path"].as_str().and_then(|p| p.strip_prefix(PROVISIONED));
        let mut spec = value["spec"].clone();
        let host_path = path.and_then(Uid::parse);
        if host_path.is_some() {
            spec["hostPath"].as_object_mut().and_then(|h| h.remove("path"));
        }
        PersistentVolume {
            spec: VolumeSpec::new(&spec),
            claim: reference.is_object().then(|| ClaimRef {
                namespace: text(reference, "namespace").unwrap_or_default(),
                name: text(reference, "name").unwrap_or_default(),
                uid: reference["uid"].as_str().and_then(Uid::parse),
                resource_version: reference["resourceVersion"].as_str().and_then(|s| s.parse().ok()).unwrap_or(0),
                typed: reference["kind"].is_string(),
                hint: Hint::default(),
            }),
            host_path,
            phase: match status["phase"].as_str() {
                Some("Available") => VolumePhase::Available,
                Some("Bound") => VolumePhase::Bound,
                Some("Released") => VolumePhase::Released,
                Some("Failed") => VolumePhase::Failed,
                _ => VolumePhase::Pending,
            },
            phase_since: status["lastPhaseTransitionTime"].as_str().and_then(Time::parse),
            message: text(status, "message"),
            reason: text(status, "reason"),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut spec = self.spec.json.clone();
        if let Some(claim) = &self.claim {
            let mut reference = Map::new();
            let mut put = |key: &str, value: String| reference.insert(key.into(), value.into());
            if claim.typed {
                put("apiVersion", "v1".into());
                put("kind", "PersistentVolumeClaim".into());
            }
            put("namespace", claim.namespace.to_string());
            put("name", claim.name.to_string());
            if let Some(uid) = claim.uid {
                put("uid", uid.to_string());
            }
            if claim.resource_version > 0 {
                put("resourceVersion", claim.resource_version.to_string());
            }
            spec.insert("claimRef".into(), reference.into());
        }
        if let Some(path) = self.host_path {
            spec.insert("hostPath".into(), json!({"path": format!("{PROVISIONED}{path}"), "type": ""}));
        }
        let mut status = json!({"phase": self.phase.name()});
        if let Some(since) = self.phase_since {
            status["lastPhaseTransitionTime"] = since.rfc3339().into();
        }
        for (key, value) in [("message", &self.message), ("reason", &self.reason)] {
            if let Some(value) = value {
                status[key] = (**value).into();
            }
        }
        let mut out = Map::new();
        out.insert("spec".into(), spec.into());
        out.insert("status".into(), status);
        out
    }
}
