//! What a new cluster holds: its namespaces, nodes and storage classes. The default is the cluster of the recordings:
//! three nodes in three zones, five storage classes.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kubelet::Pace;
use super::profile::{self, Profile};
use crate::apiserver::ApiServer;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Cause, Write};

/// How a cluster begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterConfig {
    /// Where ids and choices come from.
    pub seed: u64,
    /// How many nodes; node N is in zone `a` + N mod 3.
    pub nodes: u32,
    /// How many Pods a node takes.
    pub pods_per_node: u32,
    /// A node's cores.
    pub cpu: u32,
    /// A node's memory in GiB.
    pub memory_gi: u32,
    /// How long a node may be silent until it counts as lost.
    pub node_monitor_grace: Duration,
    /// Whether it begins with nothing at all, for objects that come from elsewhere.
    pub bare: bool,
    /// The pace of its kubelets.
    pub kubelet: Pace,
    /// What else it begins with, in the place of the nodes and classes of the default cluster.
    #[serde(with = "crate::resource::stored::json")]
    pub profile: Option<Arc<Profile>>,
}

impl ClusterConfig {
    /// How often the node lifecycle controller looks at the nodes: every five seconds, more often if it is to notice
    /// sooner.
    #[must_use]
    pub fn node_monitor_period(&self) -> Duration {
        (self.node_monitor_grace / 6).min(Duration::from_secs(5))
    }
}

impl Default for ClusterConfig {
    fn default() -> ClusterConfig {
        ClusterConfig {
            seed: 1,
            nodes: 3,
            pods_per_node: 110,
            cpu: 16,
            memory_gi: 64,
            node_monitor_grace: Duration::from_secs(6),
            bare: false,
            kubelet: Pace::default(),
            profile: None,
        }
    }
}

/// Puts the first objects of a cluster into the store.
pub fn populate(api: &mut ApiServer, config: &ClusterConfig, now: Time) {
    if config.bare {
        return;
    }
    let write = Write { now, actor: Actor::ApiServer, cause: Cause::Clock };
    let mut make = |kind: Kind, value: &Value| {
        let made = api.create(Object::from_json(kind, value), write);
        debug_assert!(made.is_ok(), "the first objects have different names");
    };
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        make(
            Kind::Namespace,
            &json!({"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}),
        );
    }
    make(
        Kind::ConfigMap,
        &json!({"metadata": {"name": "kube-root-ca.crt", "namespace": "default",
        "annotations": {"kubernetes.io/description": CA_DESCRIPTION}}, "data": {"ca.crt": ""}}),
    );
    if let Some(profile) = &config.profile {
        return profile::populate(api, profile, now);
    }
    for index in 0..config.nodes {
        make(Kind::Node, &node(index, config, now));
    }
    for class in storage_classes() {
        make(Kind::StorageClass, &class);
    }
}

const CA_DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
    endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
    distributions of Kubernetes clusters.";

/// The node of this number.
#[must_use]
pub fn node(index: u32, config: &ClusterConfig, now: Time) -> Value {
    let name = format!("node-{index}");
    let zone = format!("zone-{}", char::from(b'a' + (index % 3) as u8));
    json!({
        "metadata": {"name": name, "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux",
                "topology.kubernetes.io/zone": zone}},
        "spec": {},
        "status": node_status(&name, index, config, now),
    })
}

/// What the kubelet of the machine of this number reports of a node that is well.
#[must_use]
pub fn node_status(name: &str, index: u32, config: &ClusterConfig, now: Time) -> Value {
    // A node that is added later is like those of the first group.
    if let Some(group) = config.profile.as_ref().and_then(|profile| profile.nodes.first()) {
        return profile::node_status(group, name, index, now);
    }
    let resources = json!({"cpu": config.cpu.to_string(), "memory": format!("{}Gi", config.memory_gi),
        "pods": config.pods_per_node.to_string(), "ephemeral-storage": "100Gi"});
    status_of(name, index, &resources, now)
}

/// The status of a node that is well and has these resources.
pub(super) fn status_of(name: &str, index: u32, resources: &Value, now: Time) -> Value {
    let since = now.rfc3339();
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "lastHeartbeatTime": since, "lastTransitionTime": since,
            "reason": reason, "message": message})
    };
    json!({
        "capacity": resources, "allocatable": resources,
        "conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID",
                "kubelet has sufficient PID available"),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ],
        "addresses": [{"type": "InternalIP", "address": format!("192.168.{}.{}", index / 240, 10 + index % 240)},
            {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
        "nodeInfo": {"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "6.1.0",
            "osImage": "sts-lab", "containerRuntimeVersion": "containerd://2.1.0", "kubeletVersion": "v1.36.2",
            "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64"},
    })
}

/// The storage classes of a new cluster.
#[must_use]
pub fn storage_classes() -> Vec<Value> {
    let class = |name: &str, provisioner: &str, reclaim: &str, mode: &str| {
        json!({"metadata": {"name": name}, "provisioner": provisioner, "reclaimPolicy": reclaim,
            "volumeBindingMode": mode})
    };
    let host_path = "kubernetes.io/host-path";
    let mut standard = class("standard", host_path, "Delete", "Immediate");
    standard["metadata"]["annotations"] = json!({"storageclass.kubernetes.io/is-default-class": "true"});
    let mut expandable = class("expandable", host_path, "Delete", "Immediate");
    expandable["allowVolumeExpansion"] = true.into();
    let classes = [
        standard,
        class("retain", host_path, "Retain", "Immediate"),
        class("wait", host_path, "Delete", "WaitForFirstConsumer"),
        expandable,
        class("manual", "kubernetes.io/no-provisioner", "Delete", "WaitForFirstConsumer"),
    ];
    classes.into_iter().map(applied).collect()
}

/// The object as `kubectl apply` leaves it: with the annotation that holds what was applied.
pub(super) fn applied(mut value: Value) -> Value {
    let mut written = value.clone();
    written["apiVersion"] = Kind::StorageClass.api_version().into();
    written["kind"] = Kind::StorageClass.info().name.into();
    if written["metadata"].get("annotations").is_none() {
        written["metadata"]["annotations"] = json!({});
    }
    value["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        format!("{written}\n").into();
    value
}
