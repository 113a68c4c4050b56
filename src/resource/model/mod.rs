//! Small model types of the kinds that controllers work on. Each converts from and to the API's JSON in one place;
//! what siblings have in common (a Pod's template, a claim's spec) is shared, only what differs is stored per object.

mod care;
mod claim;
mod daemon_set;
mod deployment;
mod endpoint_slice;
mod event;
mod pod;
mod pod_status;
mod pod_template;
mod replica_set;
mod revision;
mod script;
mod stateful_set;
mod volume;
mod workload;

pub use care::{Care, Handler, Probe, ProbeKind, Source, SourceVolume};
pub use claim::{ClaimCondition, ClaimPhase, ClaimSpec, ClaimStatus, PersistentVolumeClaim};
pub use daemon_set::{DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetStrategy};
pub use deployment::{Deployment, DeploymentSpec, DeploymentStatus, DeploymentStrategy};
pub use endpoint_slice::{Endpoint, EndpointSlice};
pub use event::{Event, EventSource, ObjectReference};
pub use pod::{ClaimVolume, Pod};
pub use pod_status::{
    Condition, ConditionStatus, ConditionType, ContainerState, ContainerStatus, Phase, PodStatus, Terminated,
};
pub use pod_template::{Container, ContainerPort, PodTemplate, Resources};
pub use replica_set::{ReplicaSet, ReplicaSetSpec, ReplicaSetStatus};
pub use revision::ControllerRevision;
pub use script::Script;
pub use stateful_set::{
    ClaimTemplate, PolicyAction, RollingUpdate, StatefulSet, StatefulSetSpec, StatefulSetStatus, UpdateStrategy,
};
pub use volume::{ClaimRef, PersistentVolume, VolumePhase, VolumeSpec};
pub use workload::{IntOrPercent, WorkloadCondition, condition, remove_condition, set_condition};

use serde_json::Value;

use super::meta::Text;

/// A string member as shared text; `None` if absent, empty or of another type.
fn text(value: &Value, key: &str) -> Option<Text> {
    value[key].as_str().filter(|s| !s.is_empty()).map(Text::from)
}

/// The elements of an array member; none if it is absent or of another type.
fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}
