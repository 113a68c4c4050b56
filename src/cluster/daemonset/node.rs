//! Whether a node takes a `DaemonSet`'s Pods: its name, labels and taints; not its room, which the scheduler sees to
//! (upstream `NodeShouldRunDaemonPod`).

use serde_json::Value;

use crate::cluster::scheduler::requirements::{Requirements, Taint};
use crate::resource::Object;
use crate::resource::meta::{Labels, Text};

/// What a set asks of a node.
#[derive(Clone, Debug)]
pub(super) struct Wants {
    /// `nodeName` of the template.
    pub node: Option<Text>,
    /// Labels, affinity, tolerations.
    pub requirements: Requirements,
}

/// What counts of a node.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub name: Text,
    labels: Labels,
    taints: Vec<Taint>,
}

impl Place {
    pub fn new(node: &Object) -> Place {
        let spec = node.plain().and_then(|p| p.get("spec"));
        let taints = spec.and_then(|spec| spec["taints"].as_array()).into_iter().flatten();
        let text = |taint: &Value, key: &str| Text::from(taint[key].as_str().unwrap_or_default());
        Place {
            name: node.meta.name.clone(),
            labels: node.meta.labels.clone(),
            taints: taints
                .map(|t| Taint { key: text(t, "key"), value: text(t, "value"), effect: text(t, "effect") })
                .collect(),
        }
    }

    /// Whether a Pod is to run here, and whether one that runs here may stay.
    pub fn takes(&self, wants: &Wants) -> (bool, bool) {
        let named = wants.node.as_ref().is_none_or(|node| *node == self.name);
        if !named || !wants.requirements.selects(&self.name, &self.labels) {
            return (false, false);
        }
        if wants.requirements.tolerates(&self.taints, false) {
            return (true, true);
        }
        let expelling: Vec<Taint> = self.taints.iter().filter(|t| *t.effect == *"NoExecute").cloned().collect();
        (false, wants.requirements.tolerates(&expelling, false))
    }
}
