//! `v1.PodStatus`: what the kubelet, the scheduler and the evictors say of a Pod.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{list, text};
use crate::resource::Time;
use crate::resource::meta::Text;

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Accepted; not all init containers are done, or no container has started.
    #[default]
    Pending,
    /// At least one container has started.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// Not known.
    Unknown,
}

impl Phase {
    /// The word of the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Pending => "Pending",
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
            Phase::Unknown => "Unknown",
        }
    }

    fn parse(word: &str) -> Phase {
        match word {
            "Running" => Phase::Running,
            "Succeeded" => Phase::Succeeded,
            "Failed" => Phase::Failed,
            "Unknown" => Phase::Unknown,
            _ => Phase::Pending,
        }
    }

    /// Whether the Pod has ended for good.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Phase::Succeeded | Phase::Failed)
    }
}

/// A condition's `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// `True`.
    True,
    /// `False`.
    False,
    /// `Unknown`.
    Unknown,
}

impl ConditionStatus {
    fn name(self) -> &'static str {
        match self {
            ConditionStatus::True => "True",
            ConditionStatus::False => "False",
            ConditionStatus::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(value: bool) -> ConditionStatus {
        if value { ConditionStatus::True } else { ConditionStatus::False }
    }
}

/// A condition's `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionType {
    /// The sandbox exists and has its network.
    PodReadyToStartContainers,
    /// All init containers are done.
    Initialized,
    /// The Pod can serve.
    Ready,
    /// All containers are ready.
    ContainersReady,
    /// The Pod has a node.
    PodScheduled,
    /// The Pod is about to be ended by a disruption.
    DisruptionTarget,
    /// Any other (readiness gates).
    Other(Text),
}

impl ConditionType {
    fn name(&self) -> &str {
        match self {
            ConditionType::PodReadyToStartContainers => "PodReadyToStartContainers",
            ConditionType::Initialized => "Initialized",
            ConditionType::Ready => "Ready",
            ConditionType::ContainersReady => "ContainersReady",
            ConditionType::PodScheduled => "PodScheduled",
            ConditionType::DisruptionTarget => "DisruptionTarget",
            ConditionType::Other(name) => name,
        }
    }

    fn parse(word: &str) -> ConditionType {
        match word {
            "PodReadyToStartContainers" => ConditionType::PodReadyToStartContainers,
            "Initialized" => ConditionType::Initialized,
            "Ready" => ConditionType::Ready,
            "ContainersReady" => ConditionType::ContainersReady,
            "PodScheduled" => ConditionType::PodScheduled,
            "DisruptionTarget" => ConditionType::DisruptionTarget,
            other => ConditionType::Other(other.into()),
        }
    }
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What it is about.
    pub kind: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, in one word.
    pub reason: Option<Text>,
    /// Why, in a sentence.
    pub message: Option<Text>,
    /// When `status` last changed.
    pub last_transition: Time,
    /// The generation of the Pod it was found for.
    pub observed_generation: i64,
}

impl Condition {
    fn from_json(value: &Value) -> Condition {
        Condition {
            kind: ConditionType::parse(value["type"].as_str().unwrap_or_default()),
            status: match value["status"].as_str() {
                Some("True") => ConditionStatus::True,
                Some("False") => ConditionStatus::False,
                _ => ConditionStatus::Unknown,
            },
            reason: text(value, "reason"),
            message: text(value, "message"),
            last_transition: time(value, "lastTransitionTime").unwrap_or_default(),
            observed_generation: value["observedGeneration"].as_i64().unwrap_or(0),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({"type": self.kind.name(), "status": self.status.name(), "lastProbeTime": null});
        let known = self.last_transition != Time::default();
        out["lastTransitionTime"] = if known { self.last_transition.rfc3339().into() } else { Value::Null };
        if self.observed_generation > 0 {
            out["observedGeneration"] = self.observed_generation.into();
        }
        for (key, value) in [("reason", &self.reason), ("message", &self.message)] {
            if let Some(value) = value {
                out[key] = (**value).into();
            }
        }
        out
    }
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminated {
    /// Its exit code.
    pub exit_code: i64,
    /// The signal that ended it, 0 if none.
    pub signal: i64,
    /// `Completed`, `Error`, `OOMKilled`…
    pub reason: Option<Text>,
    /// A sentence, if any.
    pub message: Option<Text>,
    /// When it started.
    pub started: Time,
    /// When it ended.
    pub finished: Time,
}

/// `v1.ContainerState`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContainerState {
    /// No state (`{}`), as `lastState` has before the first restart.
    None,
    /// Not running yet, or not any more for now.
    Waiting {
        /// `ContainerCreating`, `CrashLoopBackOff`…
        reason: Option<Text>,
        /// A sentence, if any.
        message: Option<Text>,
    },
    /// Running.
    Running {
        /// Since when.
        started: Time,
    },
    /// Ended.
    Terminated(Box<Terminated>),
}

impl ContainerState {
    fn from_json(value: &Value) -> ContainerState {
        if let Some(waiting) = value.get("waiting") {
            ContainerState::Waiting { reason: text(waiting, "reason"), message: text(waiting, "message") }
        } else if let Some(running) = value.get("running") {
            ContainerState::Running { started: time(running, "startedAt").unwrap_or_default() }
        } else if let Some(end) = value.get("terminated") {
            ContainerState::Terminated(Box::new(Terminated {
                exit_code: end["exitCode"].as_i64().unwrap_or(0),
                signal: end["signal"].as_i64().unwrap_or(0),
                reason: text(end, "reason"),
                message: text(end, "message"),
                started: time(end, "startedAt").unwrap_or_default(),
                finished: time(end, "finishedAt").unwrap_or_default(),
            }))
        } else {
            ContainerState::None
        }
    }

    fn to_json(&self) -> Value {
        let mut inner = Map::new();
        let mut words = |reason: &Option<Text>, message: &Option<Text>| {
            for (key, value) in [("reason", reason), ("message", message)] {
                if let Some(value) = value {
                    inner.insert(key.into(), (**value).into());
                }
            }
        };
        match self {
            ContainerState::None => json!({}),
            ContainerState::Waiting { reason, message } => {
                words(reason, message);
                json!({"waiting": inner})
            }
            ContainerState::Running { started } => json!({"running": {"startedAt": started.rfc3339()}}),
            ContainerState::Terminated(end) => {
                words(&end.reason, &end.message);
                inner.insert("exitCode".into(), end.exit_code.into());
                if end.signal != 0 {
                    inner.insert("signal".into(), end.signal.into());
                }
                inner.insert("startedAt".into(), end.started.rfc3339().into());
                inner.insert("finishedAt".into(), end.finished.rfc3339().into());
                json!({"terminated": inner})
            }
        }
    }
}

/// `v1.ContainerStatus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerStatus {
    /// The container's name.
    pub name: Text,
    /// The image that runs.
    pub image: Text,
    /// The image's id, empty until it is on the node.
    pub image_id: Text,
    /// The number behind `containerID`, 0 if it never ran.
    pub container_id: u64,
    /// What it does now.
    pub state: ContainerState,
    /// How it ended before its last restart.
    pub last_state: ContainerState,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether it has started; absent if not known.
    pub started: Option<bool>,
    /// How often it was restarted.
    pub restart_count: i64,
}

impl ContainerStatus {
    fn from_json(value: &Value) -> ContainerStatus {
        let id = value["containerID"].as_str().and_then(|s| s.strip_prefix("containerd://"));
        ContainerStatus {
            name: text(value, "name").unwrap_or_default(),
            image: text(value, "image").unwrap_or_default(),
            image_id: text(value, "imageID").unwrap_or_default(),
            container_id: id.and_then(|s| u64::from_str_radix(s.get(..16)?, 16).ok()).unwrap_or(0),
            state: ContainerState::from_json(&value["state"]),
            last_state: ContainerState::from_json(&value["lastState"]),
            ready: value["ready"].as_bool().unwrap_or(false),
            started: value["started"].as_bool(),
            restart_count: value["restartCount"].as_i64().unwrap_or(0),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({
            "name": &*self.name, "image": &*self.image, "imageID": &*self.image_id, "state": self.state.to_json(),
            "lastState": self.last_state.to_json(), "ready": self.ready, "restartCount": self.restart_count,
        });
        if self.container_id != 0 {
            let id = format!("containerd://{:016x}{}", self.container_id, digest(self.container_id, 3));
            out["containerID"] = id.into();
        }
        if let Some(started) = self.started {
            out["started"] = started.into();
        }
        out
    }
}

/// `words` × 16 hexadecimal digits that depend on `seed` only.
fn digest(seed: u64, words: u64) -> String {
    use std::fmt::Write;
    (1..=words).fold(String::new(), |mut out, word| {
        let _ = write!(out, "{:016x}", crate::resource::hash::mix(seed.wrapping_add(word)));
        out
    })
}

/// `v1.PodStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodStatus {
    /// The phase.
    pub phase: Phase,
    /// Why the Pod is in this state (`Evicted`), if anything special.
    pub reason: Option<Text>,
    /// The sentence to it.
    pub message: Option<Text>,
    /// The conditions, in the order they are listed.
    pub conditions: Vec<Condition>,
    /// The node's address.
    pub host_ip: Option<Text>,
    /// The Pod's address.
    pub pod_ip: Option<Ipv4Addr>,
    /// When a kubelet first saw it.
    pub start_time: Option<Time>,
    /// The containers.
    pub containers: Vec<ContainerStatus>,
    /// The init containers.
    pub init_containers: Vec<ContainerStatus>,
    /// `Guaranteed`, `Burstable` or `BestEffort`.
    pub qos_class: Option<Text>,
    /// The generation a kubelet last acted on.
    pub observed_generation: i64,
}

impl PodStatus {
    /// The condition of a type.
    #[must_use]
    pub fn condition(&self, kind: &ConditionType) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == *kind)
    }

    /// Whether the Ready condition is True.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.condition(&ConditionType::Ready).is_some_and(|c| c.status == ConditionStatus::True)
    }

    /// Adds or changes a condition; its transition time moves only if its status does.
    pub fn set_condition(&mut self, condition: Condition) {
        match self.conditions.iter_mut().find(|c| c.kind == condition.kind) {
            Some(old) => {
                let since =
                    if old.status == condition.status { old.last_transition } else { condition.last_transition };
                *old = Condition { last_transition: since, ..condition };
            }
            None => self.conditions.push(condition),
        }
    }

    /// Reads `status`.
    #[must_use]
    pub fn from_json(value: &Value) -> PodStatus {
        PodStatus {
            phase: Phase::parse(value["phase"].as_str().unwrap_or_default()),
            reason: text(value, "reason"),
            message: text(value, "message"),
            conditions: list(value, "conditions").iter().map(Condition::from_json).collect(),
            host_ip: text(value, "hostIP"),
            pod_ip: value["podIP"].as_str().and_then(|s| s.parse().ok()),
            start_time: time(value, "startTime"),
            containers: list(value, "containerStatuses").iter().map(ContainerStatus::from_json).collect(),
            init_containers: list(value, "initContainerStatuses").iter().map(ContainerStatus::from_json).collect(),
            qos_class: text(value, "qosClass"),
            observed_generation: value["observedGeneration"].as_i64().unwrap_or(0),
        }
    }

    /// `status` as the API serves it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = json!({"phase": self.phase.name()});
        for (key, value) in [("reason", &self.reason), ("message", &self.message), ("qosClass", &self.qos_class)] {
            if let Some(value) = value {
                out[key] = (**value).into();
            }
        }
        if !self.conditions.is_empty() {
            out["conditions"] = self.conditions.iter().map(Condition::to_json).collect();
        }
        if let Some(ip) = &self.host_ip {
            out["hostIP"] = (**ip).into();
            out["hostIPs"] = json!([{"ip": &**ip}]);
        }
        if let Some(ip) = self.pod_ip {
            out["podIP"] = ip.to_string().into();
            out["podIPs"] = json!([{"ip": ip.to_string()}]);
        }
        if let Some(time) = self.start_time {
            out["startTime"] = time.rfc3339().into();
        }
        if !self.containers.is_empty() {
            out["containerStatuses"] = self.containers.iter().map(ContainerStatus::to_json).collect();
        }
        if !self.init_containers.is_empty() {
            out["initContainerStatuses"] = self.init_containers.iter().map(ContainerStatus::to_json).collect();
        }
        if self.observed_generation > 0 {
            out["observedGeneration"] = self.observed_generation.into();
        }
        out
    }
}

fn time(value: &Value, key: &str) -> Option<Time> {
    value[key].as_str().and_then(Time::parse)
}
