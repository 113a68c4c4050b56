//! What a person has broken: the faults that the kubelet and the volume controllers obey.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What is wrong with a Pod's containers, or with those of an image. `None` is "nothing said".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerFault {
    /// Whether they become Ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Whether they exit with code 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crash: Option<bool>,
    /// Pods only: whether they never finish terminating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hang: Option<bool>,
    /// Images only: whether the image can be pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<bool>,
}

/// One `fault` command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// `fault pod NAME --ATTRIBUTE=VALUE`: `None` forgets the attribute.
    Pod {
        /// The Pod, by name, in the namespace of the command; also a later Pod of that name.
        name: String,
        /// Which attribute: `ready`, `crash` or `hang`.
        attribute: String,
        /// Its value.
        value: Option<bool>,
    },
    /// `fault pod NAME --phase=PHASE [--reason=R] [--message=M]`: the present Pod ends, once.
    PodPhase {
        /// The Pod.
        name: String,
        /// `Failed` or `Succeeded`.
        phase: String,
        /// `status.reason`.
        reason: Option<String>,
        /// `status.message`.
        message: Option<String>,
    },
    /// `fault image IMAGE --ATTRIBUTE=VALUE`.
    Image {
        /// The image as manifests name it.
        image: String,
        /// Which attribute: `ready`, `crash` or `pull`.
        attribute: String,
        /// Its value.
        value: Option<bool>,
    },
    /// `fault node NAME --down|--up`.
    Node {
        /// The node.
        name: String,
        /// Whether its kubelet reports.
        up: bool,
    },
    /// `fault storage --resizer=BOOL`.
    Resizer {
        /// Whether volumes are resized.
        works: bool,
    },
    /// `fault clear`: forgets all faults.
    Clear,
}

/// All faults in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// By Pod name.
    pub pods: BTreeMap<String, ContainerFault>,
    /// By image.
    pub images: BTreeMap<String, ContainerFault>,
    /// Nodes whose kubelet does not report.
    pub nodes_down: BTreeSet<String>,
    /// Whether the resizer has stopped.
    pub no_resizer: bool,
}

impl Faults {
    /// Takes a fault into account; `PodPhase` is for the kubelet and changes nothing here.
    pub fn apply(&mut self, fault: &Fault) {
        match fault {
            Fault::Pod { name, attribute, value } => set(&mut self.pods, name, attribute, *value),
            Fault::Image { image, attribute, value } => set(&mut self.images, image, attribute, *value),
            Fault::Node { name, up: false } => {
                self.nodes_down.insert(name.clone());
            }
            Fault::Node { name, up: true } => {
                self.nodes_down.remove(name);
            }
            Fault::Resizer { works } => self.no_resizer = !works,
            Fault::Clear => *self = Faults::default(),
            Fault::PodPhase { .. } => {}
        }
    }

    /// What holds for a container: its Pod's fault, where that says nothing its image's.
    #[must_use]
    pub fn of_container(&self, pod: &str, image: &str) -> ContainerFault {
        let pod = self.pods.get(pod).copied().unwrap_or_default();
        let image = self.images.get(image).copied().unwrap_or_default();
        ContainerFault {
            ready: pod.ready.or(image.ready),
            crash: pod.crash.or(image.crash),
            hang: pod.hang,
            pull: image.pull,
        }
    }
}

fn set(faults: &mut BTreeMap<String, ContainerFault>, name: &str, attribute: &str, value: Option<bool>) {
    let fault = faults.entry(name.to_string()).or_default();
    match attribute {
        "ready" => fault.ready = value,
        "crash" => fault.crash = value,
        "hang" => fault.hang = value,
        "pull" => fault.pull = value,
        _ => {}
    }
    if *fault == ContainerFault::default() {
        faults.remove(name);
    }
}
