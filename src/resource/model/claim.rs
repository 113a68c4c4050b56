//! `v1.PersistentVolumeClaim`: a spec shared by claims of one template, and the volume bound to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{list, text};
use crate::resource::Time;
use crate::resource::meta::{Hint, Text};

/// The shared part of claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimSpec {
    /// The spec as the API serves it, less `volumeName`.
    #[serde(with = "crate::resource::stored::json")]
    pub json: Map<String, Value>,
    /// `storageClassName`: `None` is absent, empty is "no class".
    pub storage_class: Option<Text>,
    /// `accessModes`, long names.
    pub access_modes: Arc<[Text]>,
    /// `resources.requests.storage`.
    pub storage: Text,
}

impl PartialEq for ClaimSpec {
    fn eq(&self, other: &ClaimSpec) -> bool {
        std::ptr::eq(self, other) || self.json == other.json
    }
}

impl ClaimSpec {
    /// Reads a defaulted claim spec; `volumeName` is dropped.
    #[must_use]
    pub fn new(spec: &Value) -> Arc<ClaimSpec> {
        let mut json = spec.as_object().cloned().unwrap_or_default();
        json.remove("volumeName");
        Arc::new(ClaimSpec {
            storage_class: spec["storageClassName"].as_str().map(Text::from),
            access_modes: list(spec, "accessModes").iter().filter_map(Value::as_str).map(Text::from).collect(),
            storage: text(&spec["resources"]["requests"], "storage").unwrap_or_default(),
            json,
        })
    }
}

/// `status.phase` of a claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimPhase {
    /// Waits for a volume.
    #[default]
    Pending,
    /// Has one.
    Bound,
    /// Has lost it.
    Lost,
}

impl ClaimPhase {
    /// The word of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClaimPhase::Pending => "Pending",
            ClaimPhase::Bound => "Bound",
            ClaimPhase::Lost => "Lost",
        }
    }
}

/// A condition of a claim (`Resizing`, `FileSystemResizePending`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimCondition {
    /// Its type.
    pub kind: Text,
    /// `True` or `False`.
    pub status: Text,
    /// A sentence, if any.
    pub message: Option<Text>,
    /// When it last changed.
    pub last_transition: Time,
}

/// `status` of a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStatus {
    /// The phase.
    pub phase: ClaimPhase,
    /// The volume's access modes, once bound.
    pub access_modes: Option<Arc<[Text]>>,
    /// The volume's size, once bound.
    pub capacity: Option<Text>,
    /// What a resize is waiting for.
    pub conditions: Vec<ClaimCondition>,
    /// `allocatedResources.storage` while a resize is on its way.
    pub allocated: Option<Text>,
    /// `allocatedResourceStatuses.storage` while a resize is on its way.
    pub resize_status: Option<Text>,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersistentVolumeClaim {
    /// What claims of one template share.
    #[serde(with = "crate::resource::stored::shared")]
    pub spec: Arc<ClaimSpec>,
    /// `spec.volumeName`.
    pub volume: Option<Text>,
    /// Where that volume was when it was bound.
    pub hint: Hint,
    /// The status.
    pub status: ClaimStatus,
}

impl PersistentVolumeClaim {
    /// Reads a claim.
    #[must_use]
    pub fn from_json(value: &Value) -> PersistentVolumeClaim {
        let status = &value["status"];
        let modes: Arc<[Text]> = list(status, "accessModes").iter().filter_map(Value::as_str).map(Text::from).collect();
        PersistentVolumeClaim {
            spec: ClaimSpec::new(&value["spec"]),
            volume: text(&value["spec"], "volumeName"),
            hint: Hint::default(),
            status: ClaimStatus {
                phase: match status["phase"].as_str() {
                    Some("Bound") => ClaimPhase::Bound,
                    Some("Lost") => ClaimPhase::Lost,
                    _ => ClaimPhase::Pending,
                },
                access_modes: Some(modes).filter(|m| !m.is_empty()),
                capacity: text(&status["capacity"], "storage"),
                conditions: list(status, "conditions")
                    .iter()
                    .map(|c| ClaimCondition {
                        kind: text(c, "type").unwrap_or_default(),
                        status: text(c, "status").unwrap_or_default(),
                        message: text(c, "message"),
                        last_transition: c["lastTransitionTime"].as_str().and_then(Time::parse).unwrap_or_default(),
                    })
                    .collect(),
                allocated: text(&status["allocatedResources"], "storage"),
                resize_status: text(&status["allocatedResourceStatuses"], "storage"),
            },
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut spec = self.spec.json.clone();
        if let Some(volume) = &self.volume {
            spec.insert("volumeName".into(), (**volume).into());
        }
        let mut status = json!({"phase": self.status.phase.name()});
        if let Some(modes) = &self.status.access_modes {
            status["accessModes"] = modes.iter().map(|m| Value::from(&**m)).collect();
        }
        let amounts = [
            ("capacity", &self.status.capacity),
            ("allocatedResources", &self.status.allocated),
            ("allocatedResourceStatuses", &self.status.resize_status),
        ];
        for (key, amount) in amounts {
            if let Some(amount) = amount {
                status[key] = json!({"storage": &**amount});
            }
        }
        if !self.status.conditions.is_empty() {
            status["conditions"] = self.status.conditions.iter().map(condition_json).collect();
        }
        let mut out = Map::new();
        out.insert("spec".into(), spec.into());
        out.insert("status".into(), status);
        out
    }
}

fn condition_json(condition: &ClaimCondition) -> Value {
    let mut out = json!({"type": &*condition.kind, "status": &*condition.status, "lastProbeTime": null,
        "lastTransitionTime": condition.last_transition.rfc3339()});
    if let Some(message) = &condition.message {
        out["message"] = (**message).into();
    }
    out
}
