//! `apps/v1.DaemonSet`: the spec read once, and the status.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::list;
use super::workload::{IntOrPercent, WorkloadCondition};
use crate::resource::selector::Selector;

/// `updateStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DaemonSetStrategy {
    /// Pods are replaced when somebody deletes them.
    OnDelete,
    /// Pods are replaced node by node.
    RollingUpdate {
        /// `maxUnavailable`: on how many nodes the Pod may be missing.
        max_unavailable: IntOrPercent,
        /// `maxSurge`: on how many nodes a new Pod may run beside the old one.
        max_surge: IntOrPercent,
    },
}

/// The spec.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DaemonSetSpec {
    /// The spec as the API serves it.
    #[serde(with = "crate::resource::stored::json")]
    pub json: Value,
    /// `selector`.
    pub selector: Selector,
    /// `updateStrategy`.
    pub strategy: DaemonSetStrategy,
    /// `minReadySeconds`.
    pub min_ready_seconds: i64,
    /// `revisionHistoryLimit`.
    pub history_limit: i64,
}

impl PartialEq for DaemonSetSpec {
    fn eq(&self, other: &DaemonSetSpec) -> bool {
        std::ptr::eq(self, other) || self.json == other.json
    }
}

impl DaemonSetSpec {
    /// Reads a defaulted, valid spec.
    #[must_use]
    pub fn new(spec: Value) -> Arc<DaemonSetSpec> {
        let rolling = &spec["updateStrategy"]["rollingUpdate"];
        Arc::new(DaemonSetSpec {
            selector: Selector::from_label_selector(&spec["selector"]).unwrap_or_else(|_| Selector::nothing()),
            strategy: if spec["updateStrategy"]["type"] == "OnDelete" {
                DaemonSetStrategy::OnDelete
            } else {
                DaemonSetStrategy::RollingUpdate {
                    max_unavailable: IntOrPercent::from_json(&rolling["maxUnavailable"]),
                    max_surge: IntOrPercent::from_json(&rolling["maxSurge"]),
                }
            },
            min_ready_seconds: spec["minReadySeconds"].as_i64().unwrap_or(0),
            history_limit: spec["revisionHistoryLimit"].as_i64().unwrap_or(10),
            json: spec,
        })
    }

    /// The Pod template.
    #[must_use]
    pub fn template(&self) -> &Value {
        &self.json["template"]
    }
}

/// The status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonSetStatus {
    /// Nodes that should have the Pod and have it.
    pub current: i64,
    /// Nodes that should not have the Pod and have it.
    pub misscheduled: i64,
    /// Nodes that should have the Pod.
    pub desired: i64,
    /// Of these, those whose Pod is Ready.
    pub ready: i64,
    /// The generation the controller last worked on.
    pub observed_generation: i64,
    /// Nodes whose Pod has the present template.
    pub updated: i64,
    /// Nodes whose Pod has been Ready for `minReadySeconds`.
    pub available: i64,
    /// Nodes that should have an available Pod and have none.
    pub unavailable: i64,
    /// How often the name of a revision was taken; absent if never.
    pub collision_count: Option<i64>,
    /// The conditions; no controller sets any.
    pub conditions: Vec<WorkloadCondition>,
}

impl DaemonSetStatus {
    fn from_json(value: &Value) -> DaemonSetStatus {
        let number = |key: &str| value[key].as_i64().unwrap_or(0);
        DaemonSetStatus {
            current: number("currentNumberScheduled"),
            misscheduled: number("numberMisscheduled"),
            desired: number("desiredNumberScheduled"),
            ready: number("numberReady"),
            observed_generation: number("observedGeneration"),
            updated: number("updatedNumberScheduled"),
            available: number("numberAvailable"),
            unavailable: number("numberUnavailable"),
            collision_count: value["collisionCount"].as_i64(),
            conditions: list(value, "conditions").iter().map(WorkloadCondition::from_json).collect(),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({
            "currentNumberScheduled": self.current, "numberMisscheduled": self.misscheduled,
            "desiredNumberScheduled": self.desired, "numberReady": self.ready,
        });
        let numbers = [
            ("observedGeneration", self.observed_generation),
            ("updatedNumberScheduled", self.updated),
            ("numberAvailable", self.available),
            ("numberUnavailable", self.unavailable),
        ];
        for (key, number) in numbers {
            if number != 0 {
                out[key] = number.into();
            }
        }
        if let Some(count) = self.collision_count {
            out["collisionCount"] = count.into();
        }
        if !self.conditions.is_empty() {
            out["conditions"] = self.conditions.iter().map(WorkloadCondition::to_json).collect();
        }
        out
    }
}

/// A `DaemonSet`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaemonSet {
    /// The spec.
    #[serde(with = "crate::resource::stored::shared")]
    pub spec: Arc<DaemonSetSpec>,
    /// The status.
    pub status: DaemonSetStatus,
}

impl DaemonSet {
    /// Reads a `DaemonSet`.
    #[must_use]
    pub fn from_json(value: &Value) -> DaemonSet {
        DaemonSet {
            spec: DaemonSetSpec::new(value["spec"].clone()),
            status: DaemonSetStatus::from_json(&value["status"]),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("spec".into(), self.spec.json.clone());
        out.insert("status".into(), self.status.to_json());
        out
    }
}
