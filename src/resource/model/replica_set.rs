//! `apps/v1.ReplicaSet`: the spec read once, and the status.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::list;
use super::workload::WorkloadCondition;
use crate::resource::meta::Labels;
use crate::resource::selector::Selector;

/// The spec.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplicaSetSpec {
    /// The spec as the API serves it.
    #[serde(with = "crate::resource::stored::json")]
    pub json: Value,
    /// `replicas`.
    pub replicas: i64,
    /// `minReadySeconds`.
    pub min_ready_seconds: i64,
    /// `selector`.
    pub selector: Selector,
    /// The labels of the template.
    pub template_labels: Labels,
}

impl PartialEq for ReplicaSetSpec {
    fn eq(&self, other: &ReplicaSetSpec) -> bool {
        std::ptr::eq(self, other) || self.json == other.json
    }
}

impl ReplicaSetSpec {
    /// Reads a defaulted, valid spec.
    #[must_use]
    pub fn new(spec: Value) -> Arc<ReplicaSetSpec> {
        Arc::new(ReplicaSetSpec {
            replicas: spec["replicas"].as_i64().unwrap_or(1),
            min_ready_seconds: spec["minReadySeconds"].as_i64().unwrap_or(0),
            selector: Selector::from_label_selector(&spec["selector"]).unwrap_or_else(|_| Selector::nothing()),
            template_labels: Labels::from_json(spec["template"]["metadata"].get("labels")),
            json: spec,
        })
    }

    /// The same spec with another number of replicas.
    #[must_use]
    pub fn scaled(&self, replicas: i64) -> Arc<ReplicaSetSpec> {
        let mut json = self.json.clone();
        json["replicas"] = replicas.into();
        ReplicaSetSpec::new(json)
    }
}

/// The status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaSetStatus {
    /// Pods that have neither ended nor been asked to go.
    pub replicas: i64,
    /// Of these, those with all labels of the template.
    pub fully_labeled: i64,
    /// Those that are Ready.
    pub ready: i64,
    /// Those that have been Ready for `minReadySeconds`.
    pub available: i64,
    /// Pods that were asked to go and are still there; absent before the first sync.
    pub terminating: Option<i64>,
    /// The generation the controller last worked on.
    pub observed_generation: i64,
    /// The conditions.
    pub conditions: Vec<WorkloadCondition>,
}

impl ReplicaSetStatus {
    fn from_json(value: &Value) -> ReplicaSetStatus {
        let number = |key: &str| value[key].as_i64().unwrap_or(0);
        ReplicaSetStatus {
            replicas: number("replicas"),
            fully_labeled: number("fullyLabeledReplicas"),
            ready: number("readyReplicas"),
            available: number("availableReplicas"),
            terminating: value["terminatingReplicas"].as_i64(),
            observed_generation: number("observedGeneration"),
            conditions: list(value, "conditions").iter().map(WorkloadCondition::from_json).collect(),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({"replicas": self.replicas});
        let numbers = [
            ("fullyLabeledReplicas", self.fully_labeled),
            ("readyReplicas", self.ready),
            ("availableReplicas", self.available),
            ("observedGeneration", self.observed_generation),
        ];
        for (key, number) in numbers {
            if number != 0 {
                out[key] = number.into();
            }
        }
        if let Some(terminating) = self.terminating {
            out["terminatingReplicas"] = terminating.into();
        }
        if !self.conditions.is_empty() {
            out["conditions"] = self.conditions.iter().map(WorkloadCondition::to_json).collect();
        }
        out
    }
}

/// A `ReplicaSet`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicaSet {
    /// The spec.
    #[serde(with = "crate::resource::stored::shared")]
    pub spec: Arc<ReplicaSetSpec>,
    /// The status.
    pub status: ReplicaSetStatus,
}

impl ReplicaSet {
    /// Reads a `ReplicaSet`.
    #[must_use]
    pub fn from_json(value: &Value) -> ReplicaSet {
        ReplicaSet {
            spec: ReplicaSetSpec::new(value["spec"].clone()),
            status: ReplicaSetStatus::from_json(&value["status"]),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("spec".into(), self.spec.json.clone());
        out.insert("status".into(), self.status.to_json());
        out
    }
}
