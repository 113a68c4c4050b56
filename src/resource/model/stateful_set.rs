//! `apps/v1.StatefulSet`: the spec read once, and the status.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{list, text};
use crate::resource::meta::{Labels, Text};
use crate::resource::selector::Selector;

/// What `persistentVolumeClaimRetentionPolicy` says for one case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyAction {
    /// The claims stay.
    #[default]
    Retain,
    /// The claims go.
    Delete,
}

/// `updateStrategy.rollingUpdate`, where it is present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollingUpdate {
    /// Replicas below this index (not ordinal, rule S82a) keep the current revision.
    pub partition: i64,
}

/// `updateStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpdateStrategy {
    /// Pods are replaced one after another. The inner value is absent if the manifest gave the type only (rule S8).
    RollingUpdate(Option<RollingUpdate>),
    /// Pods are replaced when somebody deletes them.
    OnDelete,
}

/// A `volumeClaimTemplates` entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimTemplate {
    /// Its name, and the volume's.
    pub name: Text,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// Its finalizers.
    pub finalizers: Vec<Text>,
    /// Its spec.
    #[serde(with = "crate::resource::stored::json")]
    pub spec: Value,
}

/// The spec.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StatefulSetSpec {
    /// The spec as the API serves it.
    #[serde(with = "crate::resource::stored::json")]
    pub json: Value,
    /// `replicas`.
    pub replicas: i64,
    /// `selector`.
    pub selector: Selector,
    /// `selector.matchLabels`, which claims get as labels.
    pub match_labels: Labels,
    /// `serviceName`, empty if none.
    pub service_name: Text,
    /// Whether `podManagementPolicy` is `Parallel`.
    pub parallel: bool,
    /// `updateStrategy`.
    pub update: UpdateStrategy,
    /// `revisionHistoryLimit`.
    pub history_limit: i64,
    /// `minReadySeconds`.
    pub min_ready_seconds: i64,
    /// `persistentVolumeClaimRetentionPolicy.whenDeleted`.
    pub when_deleted: PolicyAction,
    /// `persistentVolumeClaimRetentionPolicy.whenScaled`.
    pub when_scaled: PolicyAction,
    /// `ordinals.start`.
    pub start: i64,
    /// `volumeClaimTemplates`.
    pub claim_templates: Vec<ClaimTemplate>,
}

impl PartialEq for StatefulSetSpec {
    fn eq(&self, other: &StatefulSetSpec) -> bool {
        std::ptr::eq(self, other) || self.json == other.json
    }
}

impl StatefulSetSpec {
    /// Reads a defaulted, valid spec.
    #[must_use]
    pub fn new(spec: Value) -> Arc<StatefulSetSpec> {
        let policy = |key: &str| {
            let delete = spec["persistentVolumeClaimRetentionPolicy"][key] == "Delete";
            if delete { PolicyAction::Delete } else { PolicyAction::Retain }
        };
        let rolling = spec["updateStrategy"].get("rollingUpdate").filter(|r| r.is_object());
        Arc::new(StatefulSetSpec {
            replicas: spec["replicas"].as_i64().unwrap_or(1),
            selector: Selector::from_label_selector(&spec["selector"]).unwrap_or_else(|_| Selector::nothing()),
            match_labels: Labels::from_json(spec["selector"].get("matchLabels")),
            service_name: text(&spec, "serviceName").unwrap_or_default(),
            parallel: spec["podManagementPolicy"] == "Parallel",
            update: if spec["updateStrategy"]["type"] == "OnDelete" {
                UpdateStrategy::OnDelete
            } else {
                UpdateStrategy::RollingUpdate(
                    rolling.map(|r| RollingUpdate { partition: r["partition"].as_i64().unwrap_or(0) }),
                )
            },
            history_limit: spec["revisionHistoryLimit"].as_i64().unwrap_or(10),
            min_ready_seconds: spec["minReadySeconds"].as_i64().unwrap_or(0),
            when_deleted: policy("whenDeleted"),
            when_scaled: policy("whenScaled"),
            start: spec["ordinals"]["start"].as_i64().unwrap_or(0),
            claim_templates: list(&spec, "volumeClaimTemplates").iter().map(claim_template).collect(),
            json: spec,
        })
    }

    /// The last ordinal of the range; `start - 1` with no replicas.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.start + self.replicas - 1
    }

    /// Whether an ordinal belongs to the range.
    #[must_use]
    pub fn in_range(&self, ordinal: i64) -> bool {
        (self.start..=self.end()).contains(&ordinal)
    }

    /// The partition, 0 if none.
    #[must_use]
    pub fn partition(&self) -> i64 {
        match self.update {
            UpdateStrategy::RollingUpdate(Some(rolling)) => rolling.partition,
            _ => 0,
        }
    }
}

fn claim_template(template: &Value) -> ClaimTemplate {
    let meta = &template["metadata"];
    ClaimTemplate {
        name: text(meta, "name").unwrap_or_default(),
        labels: Labels::from_json(meta.get("labels")),
        annotations: Labels::from_json(meta.get("annotations")),
        finalizers: list(meta, "finalizers").iter().filter_map(Value::as_str).map(Text::from).collect(),
        spec: template["spec"].clone(),
    }
}

/// The status (rule S2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatefulSetStatus {
    /// The generation the controller last worked on; 0 before its first sync.
    pub observed_generation: i64,
    /// Pods that exist, terminating and failed ones too.
    pub replicas: i64,
    /// Pods that are Running and Ready.
    pub ready: i64,
    /// Pods of the current revision, without terminating ones.
    pub current: i64,
    /// Pods of the update revision, without terminating ones.
    pub updated: i64,
    /// Pods that have been Ready for `minReadySeconds`.
    pub available: i64,
    /// The name of the current revision.
    pub current_revision: Text,
    /// The name of the update revision.
    pub update_revision: Text,
    /// How many revision names were taken; absent before the first sync.
    pub collision_count: Option<i64>,
}

impl StatefulSetStatus {
    fn from_json(value: &Value) -> StatefulSetStatus {
        let number = |key: &str| value[key].as_i64().unwrap_or(0);
        StatefulSetStatus {
            observed_generation: number("observedGeneration"),
            replicas: number("replicas"),
            ready: number("readyReplicas"),
            current: number("currentReplicas"),
            updated: number("updatedReplicas"),
            available: number("availableReplicas"),
            current_revision: text(value, "currentRevision").unwrap_or_default(),
            update_revision: text(value, "updateRevision").unwrap_or_default(),
            collision_count: value["collisionCount"].as_i64(),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({"replicas": self.replicas, "availableReplicas": self.available});
        let numbers = [
            ("observedGeneration", self.observed_generation),
            ("readyReplicas", self.ready),
            ("currentReplicas", self.current),
            ("updatedReplicas", self.updated),
        ];
        for (key, number) in numbers {
            if number != 0 {
                out[key] = number.into();
            }
        }
        for (key, name) in [("currentRevision", &self.current_revision), ("updateRevision", &self.update_revision)] {
            if !name.is_empty() {
                out[key] = (**name).into();
            }
        }
        if let Some(count) = self.collision_count {
            out["collisionCount"] = count.into();
        }
        out
    }
}

/// A `StatefulSet`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatefulSet {
    /// The spec.
    #[serde(with = "crate::resource::stored::shared")]
    pub spec: Arc<StatefulSetSpec>,
    /// The status.
    pub status: StatefulSetStatus,
}

impl StatefulSet {
    /// Reads a set.
    #[must_use]
    pub fn from_json(value: &Value) -> StatefulSet {
        StatefulSet {
            spec: StatefulSetSpec::new(value["spec"].clone()),
            status: StatefulSetStatus::from_json(&value["status"]),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("spec".into(), self.spec.json.clone());
        out.insert("status".into(), self.status.to_json());
        out
    }
}
