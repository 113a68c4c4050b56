//! Cluster profiles: what a cluster begins with, as a YAML file that people can write (`profiles/default.yaml` explains
//! each key): groups of nodes, storage drivers and what each of them can do, StorageClasses, volumes made by hand. Only
//! data; [`super::defaults`] makes objects of it, [`super::volume`] does what the drivers do.

mod load_balancers;
mod populate;
pub mod shipped;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use load_balancers::LoadBalancers;
pub use populate::{node_status, populate};

use super::kubelet::Pace;
use super::{Cluster, ClusterConfig};

/// Nodes that a lab may have.
pub const MOST_NODES: u32 = 200;

/// What a cluster begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// What it is called.
    pub name: String,
    /// Seconds of silence after which a node counts as lost.
    #[serde(default = "usual_grace")]
    pub node_monitor_grace_seconds: u64,
    /// The pace of its kubelets.
    #[serde(default)]
    pub kubelet: Pace,
    /// The nodes.
    pub nodes: Vec<NodeGroup>,
    /// Storage drivers besides those that come with Kubernetes.
    #[serde(default)]
    pub drivers: Vec<Driver>,
    /// StorageClasses, as in manifests.
    #[serde(default)]
    pub storage_classes: Vec<Value>,
    /// Volumes made by hand, as in manifests.
    #[serde(default)]
    pub persistent_volumes: Vec<Value>,
    /// Who gives Services of type `LoadBalancer` their addresses; nobody, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancers>,
}

/// Nodes that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeGroup {
    /// Their name; `{n}` in it is the number of the node.
    pub name: String,
    /// How many.
    #[serde(default = "one")]
    pub count: u32,
    /// Their zones, taken in turn.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Their region.
    #[serde(default)]
    pub region: Option<String>,
    /// Their machine type.
    #[serde(default)]
    pub instance_type: Option<String>,
    /// Cores.
    pub cpu: String,
    /// Memory.
    pub memory: String,
    /// How many Pods each takes.
    #[serde(default = "usual_pods")]
    pub pods: u32,
    /// Disk for containers.
    #[serde(default = "usual_disk")]
    pub ephemeral_storage: String,
    /// Further labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Taints, as in manifests.
    #[serde(default)]
    pub taints: Vec<Value>,
}

/// What a driver's volumes are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Material {
    /// Something that only the driver understands.
    #[default]
    Csi,
    /// A directory of the node.
    HostPath,
    /// A disk of the node.
    Local,
    /// A share of an NFS server.
    Nfs,
}

/// From where a driver's volumes can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Topology {
    /// From every node.
    #[default]
    Anywhere,
    /// From the nodes of one zone.
    Zone,
    /// From one node.
    Node,
}

/// A storage driver, and what it can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Driver {
    /// Its name, which classes have as `provisioner`.
    pub name: String,
    /// The access modes it can provide.
    pub access_modes: Vec<String>,
    /// What its volumes are made of.
    #[serde(default)]
    pub volumes: Material,
    /// How a volume is called by its driver, or the path of a directory: `{name}` is the volume's name, `{id}` sixteen hex
    /// digits of its own, `{namespace}` and `{claim}` name its claim.
    #[serde(default)]
    pub volume_handle: Option<String>,
    /// From where they can be reached.
    #[serde(default)]
    pub topology: Topology,
    /// The label of nodes that says so.
    #[serde(default)]
    pub topology_key: Option<String>,
    /// Whether it can grow volumes.
    #[serde(default)]
    pub expands: bool,
    /// How long it takes to make a volume.
    #[serde(default = "usual_provisioning")]
    pub provision_seconds: u64,
    /// How volumes come to a node, if they must be attached.
    #[serde(default)]
    pub attach: Option<Attach>,
    /// Whether it runs.
    #[serde(default = "yes")]
    pub runs: bool,
}

/// How volumes are attached to nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attach {
    /// How long it takes.
    pub seconds: u64,
    /// How long it takes to detach one.
    #[serde(default = "usual_detaching")]
    pub detach_seconds: u64,
    /// How many a node can have.
    #[serde(default)]
    pub limit: Option<u32>,
}

fn usual_grace() -> u64 {
    50
}

fn one() -> u32 {
    1
}

fn usual_pods() -> u32 {
    110
}

fn usual_disk() -> String {
    "100Gi".into()
}

fn usual_provisioning() -> u64 {
    1
}

fn usual_detaching() -> u64 {
    5
}

fn yes() -> bool {
    true
}

impl NodeGroup {
    /// The name of the group's node of this number.
    #[must_use]
    pub fn name_of(&self, number: u32) -> String {
        self.name.replace("{n}", &number.to_string())
    }
}

impl Driver {
    /// The label of nodes that tells where its volumes can be reached; none if from everywhere.
    #[must_use]
    pub fn topology_label(&self) -> Option<&str> {
        let usual = match self.topology {
            Topology::Anywhere => return None,
            Topology::Zone => "topology.kubernetes.io/zone",
            Topology::Node => "kubernetes.io/hostname",
        };
        Some(self.topology_key.as_deref().unwrap_or(usual))
    }
}

impl Profile {
    /// Reads a profile; the error says where in `text` it is wrong, and how.
    pub fn parse(text: &str) -> Result<Profile, String> {
        let profile: Profile = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        profile.check()?;
        Ok(profile)
    }

    /// How many nodes it has.
    #[must_use]
    pub fn node_count(&self) -> u32 {
        self.nodes.iter().map(|group| group.count).sum()
    }

    /// The cluster it describes.
    #[must_use]
    pub fn config(self, seed: u64) -> ClusterConfig {
        let node_monitor_grace = std::time::Duration::from_secs(self.node_monitor_grace_seconds);
        let nodes = self.node_count();
        let kubelet = self.kubelet;
        ClusterConfig {
            seed,
            nodes,
            node_monitor_grace,
            kubelet,
            profile: Some(Arc::new(self)),
            ..ClusterConfig::default()
        }
    }

    /// The driver of a name.
    #[must_use]
    pub fn driver(&self, name: &str) -> Option<&Driver> {
        self.drivers.iter().find(|driver| driver.name == name)
    }

    /// Whether a cluster can be made of it; the error says what is wrong.
    pub fn check(&self) -> Result<(), String> {
        if self.nodes.is_empty() {
            return Err("nodes: a cluster needs at least one group of nodes".into());
        }
        if self.node_count() > MOST_NODES {
            return Err(format!("nodes: {} nodes, and a lab may have {MOST_NODES}", self.node_count()));
        }
        for (index, group) in self.nodes.iter().enumerate() {
            if group.count > 1 && !group.name.contains("{n}") {
                return Err(format!(
                    "nodes[{index}].name: {} nodes cannot all be called {}: put {{n}}, their number, into the name",
                    group.count, group.name
                ));
            }
        }
        for (index, driver) in self.drivers.iter().enumerate() {
            check_driver(driver).map_err(|why| format!("drivers[{index}]{why}"))?;
            if self.drivers[..index].iter().any(|other| other.name == driver.name) {
                return Err(format!("drivers[{index}].name: there is a driver {} already", driver.name));
            }
        }
        if let Some(balancers) = &self.load_balancer {
            balancers.check().map_err(|why| format!("loadBalancer{why}"))?;
        }
        populate::try_out(self)
    }
}

const MODES: [&str; 4] = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

fn check_driver(driver: &Driver) -> Result<(), String> {
    if driver.name.is_empty() || driver.name.starts_with("kubernetes.io/") {
        return Err(format!(".name: {:?} is not the name of a driver that can be added", driver.name));
    }
    if let Some(mode) = driver.access_modes.iter().find(|mode| !MODES.contains(&mode.as_str())) {
        return Err(format!(".accessModes: {mode:?} is not one of {}", MODES.join(", ")));
    }
    if driver.access_modes.is_empty() {
        return Err(".accessModes: a driver provides at least one access mode".into());
    }
    if driver.attach.is_some() && driver.volumes != Material::Csi {
        return Err(".attach: only volumes of the sort csi are attached".into());
    }
    Ok(())
}

impl Cluster {
    /// A cluster made of a profile.
    #[must_use]
    pub fn of_profile(profile: Profile, seed: u64) -> Cluster {
        Cluster::new(&profile.config(seed))
    }
}
