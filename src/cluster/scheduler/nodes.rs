//! The scheduler's picture of the nodes: what each has, what the Pods on it use, and how many Pods of each owner it and
//! its zone have. Kept up to date with every write, so that nothing is counted when a Pod is placed.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::requirements::{Requirements, Taint, list};
use crate::resource::Object;
use crate::resource::meta::{Text, Uid};
use crate::resource::model::Resources;
use crate::resource::quantity::Quantity;

/// The label that names a node's zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The label that names a node's region.
pub const REGION: &str = "topology.kubernetes.io/region";

/// One node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeInfo {
    /// Its name.
    pub name: Text,
    /// The Node object; `None` if Pods name a node that does not exist.
    pub object: Option<Arc<Object>>,
    /// `spec.unschedulable`.
    pub unschedulable: bool,
    /// `spec.taints`.
    pub taints: Vec<Taint>,
    /// What it has for Pods.
    pub allocatable: Resources,
    /// How many Pods it takes.
    pub max_pods: i64,
    /// Other resources it has.
    pub extended: BTreeMap<Text, i64>,
    /// What its Pods ask for.
    pub used: Resources,
    /// Other resources its Pods ask for.
    pub used_extended: BTreeMap<Text, i64>,
    /// How many Pods it has.
    pub pods: i64,
    /// The ports its Pods take, and how often.
    pub ports: BTreeMap<(i64, Text), u32>,
    /// What scores count as used.
    assumed: Resources,
    zone: usize,
}

impl NodeInfo {
    fn read(&mut self, object: &Arc<Object>) {
        let null = Value::Null;
        let plain = object.plain();
        let part = |key: &str| plain.and_then(|p| p.get(key)).unwrap_or(&null);
        let (spec, allocatable) = (part("spec"), &part("status")["allocatable"]);
        self.unschedulable = spec["unschedulable"] == true;
        self.taints = list(spec, "taints").iter().map(Taint::from_json).collect();
        let quantity = |key: &str| allocatable[key].as_str().and_then(|s| Quantity::parse(s).ok());
        self.allocatable = Resources {
            cpu_milli: quantity("cpu").map_or(0, Quantity::milli_value),
            memory: quantity("memory").map_or(0, Quantity::value),
            ephemeral_storage: quantity("ephemeral-storage").map_or(0, Quantity::value),
        };
        self.max_pods = quantity("pods").map_or(0, Quantity::value);
        let usual = ["cpu", "memory", "ephemeral-storage", "pods"];
        let others = allocatable.as_object().into_iter().flatten().filter(|(name, _)| !usual.contains(&name.as_str()));
        self.extended =
            others.map(|(name, _)| (name.as_str().into(), quantity(name).map_or(0, Quantity::value))).collect();
        self.object = Some(Arc::clone(object));
    }

    /// How full the node is: the larger share of CPU and memory, in millionths.
    fn load(&self) -> i64 {
        let share =
            |used: i64, all: i64| if all > 0 { used.saturating_mul(1000) / all.div_euclid(1000).max(1) } else { 0 };
        share(self.assumed.cpu_milli, self.allocatable.cpu_milli)
            .max(share(self.assumed.memory, self.allocatable.memory))
    }

    fn charge(&mut self, requirements: &Requirements, sign: i64) {
        add(&mut self.used, requirements.requests, sign);
        add(&mut self.assumed, requirements.assumed, sign);
        self.pods += sign;
        for (name, amount) in &requirements.extended {
            *self.used_extended.entry(name.clone()).or_default() += sign * amount;
        }
        for port in &requirements.ports {
            let count = self.ports.entry(port.clone()).or_default();
            *count = count.saturating_add_signed(if sign > 0 { 1 } else { -1 });
            if *count == 0 {
                self.ports.remove(port);
            }
        }
    }
}

fn add(sum: &mut Resources, part: Resources, sign: i64) {
    sum.cpu_milli += sign * part.cpu_milli;
    sum.memory += sign * part.memory;
    sum.ephemeral_storage += sign * part.ephemeral_storage;
}

/// How many Pods of one owner run where.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct OwnerCounts {
    by_node: Vec<u32>,
    by_zone: Vec<u32>,
    total: u32,
}

/// All nodes. A node keeps its slot, a small number, as long as it or a Pod on it exists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Nodes {
    slots: Vec<NodeInfo>,
    by_name: BTreeMap<Text, usize>,
    zones: Vec<Text>,
    owners: FxHashMap<Uid, OwnerCounts>,
    present: usize,
}

impl Nodes {
    /// Takes a Node object into account. The answer is whether something changed that Pods may have waited for.
    pub fn put(&mut self, object: &Arc<Object>) -> bool {
        let slot = self.slot(&object.meta.name);
        let zone = self.zone(object.meta.labels.get(ZONE).unwrap_or_default());
        let node = &mut self.slots[slot];
        let before = (
            node.object.as_ref().map(|o| o.meta.labels.clone()),
            node.unschedulable,
            node.taints.clone(),
            node.allocatable,
            node.max_pods,
        );
        self.present += usize::from(node.object.is_none());
        node.read(object);
        let old_zone = std::mem::replace(&mut node.zone, zone);
        let labels = Some(object.meta.labels.clone());
        let changed = before != (labels, node.unschedulable, node.taints.clone(), node.allocatable, node.max_pods);
        if old_zone != zone {
            for counts in self.owners.values_mut() {
                let moved = counts.by_node.get(slot).copied().unwrap_or(0);
                *at(&mut counts.by_zone, old_zone) -= moved;
                *at(&mut counts.by_zone, zone) += moved;
            }
        }
        changed
    }

    /// Forgets a Node object; its slot stays for Pods that still name it.
    pub fn remove(&mut self, name: &str) {
        if let Some(slot) = self.by_name.get(name) {
            self.present -= usize::from(self.slots[*slot].object.take().is_some());
        }
    }

    /// How many Node objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present
    }

    /// How many slots there are.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// The node in a slot; `None` if it has no Node object.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&NodeInfo> {
        self.slots.get(slot).filter(|n| n.object.is_some())
    }

    /// The nodes that exist, with their slots.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &NodeInfo)> {
        self.slots.iter().enumerate().filter(|(_, n)| n.object.is_some())
    }

    /// The slot of a node, made if it is new.
    pub fn slot(&mut self, name: &Text) -> usize {
        if let Some(slot) = self.by_name.get(name) {
            return *slot;
        }
        let slot = self.slots.len();
        self.slots.push(NodeInfo { name: name.clone(), ..NodeInfo::default() });
        self.by_name.insert(name.clone(), slot);
        slot
    }

    fn zone(&mut self, name: &str) -> usize {
        if let Some(zone) = self.zones.iter().position(|z| **z == *name) {
            return zone;
        }
        self.zones.push(name.into());
        self.zones.len() - 1
    }

    /// Counts a Pod on a node (`sign` 1), or no longer (`sign` -1).
    pub fn charge(&mut self, slot: usize, requirements: &Requirements, owner: Option<Uid>, sign: i64) {
        let node = &mut self.slots[slot];
        node.charge(requirements, sign);
        let zone = node.zone;
        let Some(owner) = owner else { return };
        let counts = self.owners.entry(owner).or_default();
        let change = |count: &mut u32| *count = count.saturating_add_signed(if sign > 0 { 1 } else { -1 });
        change(at(&mut counts.by_node, slot));
        change(at(&mut counts.by_zone, zone));
        change(&mut counts.total);
        if counts.total == 0 {
            self.owners.remove(&owner);
        }
    }

    /// What decides between nodes that are equally good otherwise (rule K11): fewest Pods of the same owner on the node,
    /// then in its zone, then the least used.
    pub fn ranking(&self, owner: Option<Uid>) -> impl Fn(usize) -> (u32, u32, i64) {
        let counts = owner.and_then(|owner| self.owners.get(&owner));
        move |slot| {
            let node = &self.slots[slot];
            let count = |list: &[u32], index: usize| list.get(index).copied().unwrap_or(0);
            let (here, near) = counts.map_or((0, 0), |c| (count(&c.by_node, slot), count(&c.by_zone, node.zone)));
            (here, near, node.load())
        }
    }
}

/// The counter at an index, with zeros up to it.
fn at(list: &mut Vec<u32>, index: usize) -> &mut u32 {
    if list.len() <= index {
        list.resize(index + 1, 0);
    }
    &mut list[index]
}
