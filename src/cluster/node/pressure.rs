//! Nodes that are short of something: what their kubelets say of it, and for how long (upstream
//! `pkg/kubelet/eviction/eviction_manager.go`, `pkg/kubelet/nodestatus/setters.go`). A kubelet that had to evict a Pod says
//! so at once, and takes it back when nothing was short for [`TRANSITION`].

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::Time;
use crate::resource::meta::Text;

/// How long a pressure is believed to last (`evictionPressureTransitionPeriod`).
const TRANSITION: Duration = Duration::from_secs(300);

/// One kind of pressure.
struct Kind {
    condition: &'static str,
    reason: &'static str,
    message: &'static str,
    /// The reason of the Event when it begins.
    event: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        condition: "MemoryPressure",
        reason: "KubeletHasInsufficientMemory",
        message: "kubelet has insufficient memory available",
        event: "NodeHasInsufficientMemory",
    },
    Kind {
        condition: "DiskPressure",
        reason: "KubeletHasDiskPressure",
        message: "kubelet has disk pressure",
        event: "NodeHasDiskPressure",
    },
    Kind {
        condition: "PIDPressure",
        reason: "KubeletHasInsufficientPID",
        message: "kubelet has insufficient PID available",
        event: "NodeHasInsufficientPID",
    },
];

/// What the kubelet says when a condition of pressure gets a status.
pub fn event(condition: &Value) -> Option<&'static str> {
    let own = KINDS.iter().find(|kind| condition["type"] == kind.condition)?;
    (condition["status"] == "True").then_some(own.event)
}

/// The nodes that are short of something: which condition says so, and until when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pressures(BTreeMap<Text, BTreeMap<String, Time>>);

impl Pressures {
    /// A node had to evict for want of a resource.
    pub fn begin(&mut self, node: &Text, resource: &str, now: Time) {
        let condition = match resource {
            "memory" => "MemoryPressure",
            "pids" => "PIDPressure",
            _ => "DiskPressure",
        };
        self.0.entry(node.clone()).or_default().insert(condition.to_string(), now + TRANSITION);
    }

    /// Nothing is short any more: the nodes where something was.
    pub fn end(&mut self) -> Vec<Text> {
        std::mem::take(&mut self.0).into_keys().collect()
    }

    /// Makes the conditions of a node that is well those of this one. When the first of its pressures ends.
    pub fn lay_on(&mut self, node: &Text, conditions: &mut Value, now: Time) -> Option<Time> {
        let own = self.0.get_mut(node)?;
        own.retain(|_, until| *until > now);
        for condition in conditions.as_array_mut().into_iter().flatten() {
            let name = condition["type"].as_str().unwrap_or_default().to_string();
            if let Some(kind) = KINDS.iter().find(|kind| kind.condition == name && own.contains_key(&name)) {
                condition["status"] = "True".into();
                condition["reason"] = kind.reason.into();
                condition["message"] = kind.message.into();
            }
        }
        let next = own.values().min().copied();
        if next.is_none() {
            self.0.remove(node);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::cluster::Fault;
    use crate::cluster::testing::World;
    use crate::resource::Kind;

    fn condition(world: &World, node: &str, kind: &str) -> Value {
        let node = world.get(Kind::Node, node);
        let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.into_iter().find(|condition| condition["type"] == kind).unwrap_or_default()
    }

    #[test]
    fn p32_a_node_that_evicts_says_so_for_five_minutes_and_takes_no_pods() {
        for (resource, kind, taint) in [
            ("memory", "MemoryPressure", "node.kubernetes.io/memory-pressure"),
            ("inodes", "DiskPressure", "node.kubernetes.io/disk-pressure"),
        ] {
            let mut world = World::new();
            world.pod("a", &json!({}), json!({"nodeName": "node-1"}));
            world.settle();
            world.fault(&Fault::Evict { name: "a".into(), resource: resource.into() });
            world.run(5);
            assert_eq!(condition(&world, "node-1", kind)["status"], "True");
            assert_eq!(condition(&world, "node-0", kind)["status"], "False");
            assert_eq!(world.get(Kind::Node, "node-1")["spec"]["taints"][0]["key"], taint);
            assert_eq!(world.count("Node/node-1", "EvictionThresholdMet"), 1);
            world.run(290);
            assert_eq!(condition(&world, "node-1", kind)["status"], "True");
            world.run(10);
            assert_eq!(condition(&world, "node-1", kind)["status"], "False");
            assert_eq!(world.get(Kind::Node, "node-1")["spec"].get("taints"), None);
        }
    }

    #[test]
    fn what_is_forgotten_ends_at_once() {
        let mut world = World::new();
        world.pod("a", &json!({}), json!({"nodeName": "node-1"}));
        world.settle();
        world.fault(&Fault::Evict { name: "a".into(), resource: "pids".into() });
        world.run(1);
        assert_eq!(condition(&world, "node-1", "PIDPressure")["reason"], "KubeletHasInsufficientPID");
        world.fault(&Fault::Clear);
        world.run(1);
        assert_eq!(condition(&world, "node-1", "PIDPressure")["reason"], "KubeletHasSufficientPID");
        assert_eq!(world.count("Node/node-1", "NodeHasSufficientPID"), 1);
    }
}
