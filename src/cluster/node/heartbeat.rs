//! The kubelets' side of a node: what the kubelet of a machine reports of it (rule N1). Every Node of a lab has a
//! machine, which starts soon after the Node is made; a fault stops its reports. That a kubelet goes on reporting the
//! same is not written down.
//!
//! Upstream: `pkg/kubelet/kubelet_node_status.go`, `pkg/kubelet/nodestatus/setters.go`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::pressure::{self, Pressures};
use super::{item, object};
use crate::cluster::ClusterConfig;
use crate::cluster::context::Context;
use crate::cluster::defaults;
use crate::cluster::faults::Fault;
use crate::cluster::kubelet::victim;
use crate::cluster::queue::Worker;
use crate::cluster::recorder::Occurrence;
use crate::resource::meta::Text;
use crate::resource::model::{EventSource, ObjectReference};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};

/// How long a machine takes until its kubelet reports.
const START: Duration = Duration::from_millis(150);
/// How soon a kubelet reports that goes on.
const NOTICE: Duration = Duration::from_millis(1);
/// How often a kubelet compares what it knows with what is written.
const INTERVAL: Duration = Duration::from_secs(10);
/// What the kubelet says when one of its conditions gets the status of a healthy node.
const WELL: [(&str, &str); 4] = [
    ("MemoryPressure", "NodeHasSufficientMemory"),
    ("DiskPressure", "NodeHasNoDiskPressure"),
    ("PIDPressure", "NodeHasSufficientPID"),
    ("Ready", "NodeReady"),
];

/// The kubelets of all nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Heartbeat {
    config: ClusterConfig,
    /// How many machines there ever were.
    machines: u32,
    pressures: Pressures,
}

impl Heartbeat {
    /// Nodes whose kubelet goes on report at once, and those that run short of something or do no longer.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context<'_>) {
        let heals = |name: &str| match fault {
            Fault::Node { name: healed, up: true } => healed == name,
            Fault::Clear => true,
            _ => false,
        };
        let silent = context.api.store.all(Kind::Node).filter(|node| object::ready(node) != Some("True"));
        let mut names: Vec<Text> = silent.map(|node| node.meta.name.clone()).filter(|name| heals(name)).collect();
        match fault {
            Fault::Clear => names.extend(self.pressures.end()),
            Fault::Evict { name, resource } => {
                let victim = victim(name, &context.api.store);
                let node = victim.and_then(|object| object.pod()?.node.clone());
                let known = |node: &Text| context.api.store.get(Kind::Node, "", node).cloned();
                if let Some((name, node)) = node.and_then(|name| known(&name).map(|node| (name, node))) {
                    self.pressures.begin(&name, resource, context.now);
                    say(&node, true, "EvictionThresholdMet", format!("Attempting to reclaim {resource}"), context);
                    names.push(name);
                }
            }
            _ => {}
        }
        for name in names {
            context.enqueue(Worker::NodeStatus, item(&name), NOTICE);
        }
    }

    /// How the cluster began.
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    pub fn new(config: &ClusterConfig) -> Heartbeat {
        Heartbeat { machines: config.nodes, config: config.clone(), pressures: Pressures::default() }
    }

    /// Notices nodes that are made, and nodes of which somebody else says that they are not well.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let Some(node) = event.new.as_deref() else { return };
        if object::ready(node) == Some("True") || context.faults.nodes_down.contains(&*node.meta.name) {
            return;
        }
        let delay = if event.old.is_none() { START } else { INTERVAL };
        context.enqueue(Worker::NodeStatus, item(&node.meta.name), delay);
    }

    /// Reports what is not yet written of a node.
    pub fn post(&mut self, name: &Text, context: &mut Context<'_>) {
        if context.faults.nodes_down.contains(&**name) {
            return;
        }
        let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
        let before: Vec<(Value, Value)> =
            object::conditions(&node).iter().map(|c| (c["type"].clone(), c["status"].clone())).collect();
        let version = object::part(&node, "status")["nodeInfo"]["kubeletVersion"].as_str().unwrap_or_default();
        let known = !version.is_empty();
        let mut own = defaults::node_status(name, self.machines, &self.config, context.now);
        if let Some(until) = self.pressures.lay_on(name, &mut own["conditions"], context.now) {
            context.enqueue(Worker::NodeStatus, item(name), until.since(context.now));
        }
        let mut body = node.plain().cloned().unwrap_or_default();
        let status = body.entry("status").or_insert_with(|| json!({}));
        status["conditions"] = merged(&status["conditions"], &own["conditions"]);
        for (key, value) in own.as_object().into_iter().flatten() {
            // What a manifest says of the machine's size holds.
            if status[key].is_null() || key == "nodeInfo" && !known {
                status[key] = value.clone();
            }
        }
        let mut meta = node.meta.clone();
        if !known {
            self.machines += 1;
            register(&mut meta);
        }
        let write = context.write(Actor::Kubelet);
        let new = Object { meta, body: Body::Plain(Kind::Node, std::sync::Arc::new(body)) };
        let Ok(new) = context.api.update(new, write) else { return };
        for condition in object::conditions(&new) {
            let was = before.iter().find(|(kind, _)| *kind == condition["type"]).map(|(_, status)| status);
            let well = WELL.iter().find(|(kind, _)| condition["type"] == *kind).map(|(_, reason)| *reason);
            let reason = pressure::event(condition).or(well);
            if let Some(reason) = reason.filter(|_| was != Some(&condition["status"])) {
                tell(&new, reason, context);
            }
        }
    }
}

/// The kubelet's conditions in place of those of their types; one that has the status already stays as it is.
fn merged(present: &Value, own: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut out = list(present);
    for condition in list(own) {
        match out.iter_mut().find(|c| c["type"] == condition["type"]) {
            Some(same) if same["status"] == condition["status"] => {}
            Some(other) => *other = condition,
            None => out.push(condition),
        }
    }
    out.into()
}

/// What a kubelet and the cluster put on a Node that is new to them.
fn register(meta: &mut crate::resource::Meta) {
    let name = meta.name.clone();
    let pair = |key: &str, value: &str| (Text::from(key), Text::from(value));
    meta.labels = meta.labels.with([
        pair("kubernetes.io/hostname", &name),
        pair("kubernetes.io/os", "linux"),
        pair("beta.kubernetes.io/os", "linux"),
    ]);
    meta.annotations = meta.annotations.with([pair("node.alpha.kubernetes.io/ttl", "0")]);
}

fn tell(node: &Object, reason: &str, context: &mut Context<'_>) {
    let message = format!("Node {} status is now: {reason}", node.meta.name);
    say(node, false, reason, message, context);
}

fn say(node: &Object, warning: bool, reason: &str, message: String, context: &mut Context<'_>) {
    let name = &node.meta.name;
    let occurrence = Occurrence {
        about: ObjectReference::new(Kind::Node, &node.meta),
        warning,
        reason: reason.into(),
        message: message.into(),
        source: EventSource::Core { component: Actor::Kubelet.name().into(), host: Some(name.clone()) },
    };
    context.occurrence(Actor::Kubelet, occurrence);
}
