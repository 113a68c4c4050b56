//! `apps/v1.Deployment`: the spec read once, and the status.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::list;
use super::workload::{IntOrPercent, WorkloadCondition};
use crate::resource::selector::Selector;

/// `strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeploymentStrategy {
    /// All old Pods go before the first new one comes.
    Recreate,
    /// Old and new Pods change places bit by bit.
    RollingUpdate {
        /// `maxSurge`: how many more than wanted there may be.
        max_surge: IntOrPercent,
        /// `maxUnavailable`: how many fewer than wanted may be available.
        max_unavailable: IntOrPercent,
    },
}

/// The spec.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeploymentSpec {
    /// The spec as the API serves it.
    #[serde(with = "crate::resource::stored::json")]
    pub json: Value,
    /// `replicas`.
    pub replicas: i64,
    /// `selector`.
    pub selector: Selector,
    /// `strategy`.
    pub strategy: DeploymentStrategy,
    /// `minReadySeconds`.
    pub min_ready_seconds: i64,
    /// `revisionHistoryLimit`; `None` keeps all.
    pub history_limit: Option<i64>,
    /// `paused`.
    pub paused: bool,
    /// `progressDeadlineSeconds`; `None` is no deadline.
    pub progress_deadline_seconds: Option<i64>,
}

impl PartialEq for DeploymentSpec {
    fn eq(&self, other: &DeploymentSpec) -> bool {
        std::ptr::eq(self, other) || self.json == other.json
    }
}

impl DeploymentSpec {
    /// Reads a defaulted, valid spec.
    #[must_use]
    pub fn new(spec: Value) -> Arc<DeploymentSpec> {
        let rolling = &spec["strategy"]["rollingUpdate"];
        // The largest number of 32 bits means none (`HasProgressDeadline`, `HasRevisionHistoryLimit`).
        let limit = |key: &str| spec[key].as_i64().filter(|number| *number != i64::from(i32::MAX));
        Arc::new(DeploymentSpec {
            replicas: spec["replicas"].as_i64().unwrap_or(1),
            selector: Selector::from_label_selector(&spec["selector"]).unwrap_or_else(|_| Selector::nothing()),
            strategy: if spec["strategy"]["type"] == "Recreate" {
                DeploymentStrategy::Recreate
            } else {
                DeploymentStrategy::RollingUpdate {
                    max_surge: IntOrPercent::from_json(&rolling["maxSurge"]),
                    max_unavailable: IntOrPercent::from_json(&rolling["maxUnavailable"]),
                }
            },
            min_ready_seconds: spec["minReadySeconds"].as_i64().unwrap_or(0),
            history_limit: limit("revisionHistoryLimit"),
            paused: spec["paused"] == true,
            progress_deadline_seconds: limit("progressDeadlineSeconds"),
            json: spec,
        })
    }

    /// The Pod template.
    #[must_use]
    pub fn template(&self) -> &Value {
        &self.json["template"]
    }

    /// How many Pods more than wanted there may be.
    #[must_use]
    pub fn max_surge(&self) -> i64 {
        self.fenceposts().0
    }

    /// How many Pods fewer than wanted may be available.
    #[must_use]
    pub fn max_unavailable(&self) -> i64 {
        if self.replicas == 0 { 0 } else { self.fenceposts().1.min(self.replicas) }
    }

    /// Surge rounds up, unavailable down; one of them is at least 1 (rule R3, `ResolveFenceposts`).
    fn fenceposts(&self) -> (i64, i64) {
        let DeploymentStrategy::RollingUpdate { max_surge, max_unavailable } = self.strategy else { return (0, 0) };
        match (max_surge.of(self.replicas, true), max_unavailable.of(self.replicas, false)) {
            (0, 0) => (0, 1),
            both => both,
        }
    }
}

/// The status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentStatus {
    /// The generation the controller last worked on.
    pub observed_generation: i64,
    /// Pods of all `ReplicaSet`s.
    pub replicas: i64,
    /// Pods of the `ReplicaSet` with the present template.
    pub updated: i64,
    /// Ready Pods.
    pub ready: i64,
    /// Pods that have been Ready for `minReadySeconds`.
    pub available: i64,
    /// How many are wanted beyond those.
    pub unavailable: i64,
    /// Pods that were asked to go and are still there; absent before the first sync.
    pub terminating: Option<i64>,
    /// The conditions.
    pub conditions: Vec<WorkloadCondition>,
    /// How often the name of a new `ReplicaSet` was taken; absent if never.
    pub collision_count: Option<i64>,
}

impl DeploymentStatus {
    fn from_json(value: &Value) -> DeploymentStatus {
        let number = |key: &str| value[key].as_i64().unwrap_or(0);
        DeploymentStatus {
            observed_generation: number("observedGeneration"),
            replicas: number("replicas"),
            updated: number("updatedReplicas"),
            ready: number("readyReplicas"),
            available: number("availableReplicas"),
            unavailable: number("unavailableReplicas"),
            terminating: value["terminatingReplicas"].as_i64(),
            conditions: list(value, "conditions").iter().map(WorkloadCondition::from_json).collect(),
            collision_count: value["collisionCount"].as_i64(),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({});
        let numbers = [
            ("observedGeneration", self.observed_generation),
            ("replicas", self.replicas),
            ("updatedReplicas", self.updated),
            ("readyReplicas", self.ready),
            ("availableReplicas", self.available),
            ("unavailableReplicas", self.unavailable),
        ];
        for (key, number) in numbers {
            if number != 0 {
                out[key] = number.into();
            }
        }
        for (key, number) in [("terminatingReplicas", self.terminating), ("collisionCount", self.collision_count)] {
            if let Some(number) = number {
                out[key] = number.into();
            }
        }
        if !self.conditions.is_empty() {
            out["conditions"] = self.conditions.iter().map(WorkloadCondition::to_json).collect();
        }
        out
    }
}

/// A Deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// The spec.
    #[serde(with = "crate::resource::stored::shared")]
    pub spec: Arc<DeploymentSpec>,
    /// The status.
    pub status: DeploymentStatus,
}

impl Deployment {
    /// Reads a Deployment.
    #[must_use]
    pub fn from_json(value: &Value) -> Deployment {
        Deployment {
            spec: DeploymentSpec::new(value["spec"].clone()),
            status: DeploymentStatus::from_json(&value["status"]),
        }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("spec".into(), self.spec.json.clone());
        out.insert("status".into(), self.status.to_json());
        out
    }
}
