//! The node lifecycle controller: says that nobody knows how a silent node is, taints nodes by their conditions, and
//! takes the Ready condition off the Pods of a node that failed (rules N2 to N4, N9).
//!
//! Upstream: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, `pkg/controller/util/node`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::object::{self, NO_EXECUTE, NO_SCHEDULE, NOT_READY, UNREACHABLE};
use super::zones::{Turn, Zones};
use super::{item, pods_on};
use crate::cluster::ClusterConfig;
use crate::cluster::context::Context;
use crate::cluster::faults::Fault;
use crate::cluster::queue::{Item, Worker};
use crate::cluster::recorder::Occurrence;
use crate::resource::meta::{Meta, Text, Uid};
use crate::resource::model::{Condition, ConditionStatus, ConditionType, EventSource, ObjectReference};
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Store, WatchEvent};

const ACTOR: Actor = Actor::NodeController;
/// How soon the controller looks at a node that changed.
const REACTION: Duration = Duration::from_millis(3);
/// How often the queues of the zones are looked at.
const TAINTING_PERIOD: Duration = Duration::from_millis(100);
/// How long a kubelet may take for its first report.
const STARTUP_GRACE: Duration = Duration::from_secs(60);
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// Which status of which condition is which taint.
const CONDITION_TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
/// What nobody knows of a silent node, in the order upstream writes it.
const CONDITIONS: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
/// Labels that must say the same: the first counts.
const TWIN_LABELS: [(&str, &str); 2] =
    [("kubernetes.io/os", "beta.kubernetes.io/os"), ("kubernetes.io/arch", "beta.kubernetes.io/arch")];

/// What the controller knows of a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    uid: Uid,
    /// Since when its kubelet has not reported.
    silent_since: Option<Time>,
}

/// The controller.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeLifecycle {
    grace: Duration,
    period: Duration,
    known: BTreeMap<Text, Known>,
    zones: Zones,
}

impl NodeLifecycle {
    pub fn new(config: &ClusterConfig, store: &Store) -> NodeLifecycle {
        let known = store.all(Kind::Node).map(|n| (n.meta.name.clone(), Known { uid: n.meta.uid, silent_since: None }));
        NodeLifecycle {
            grace: config.node_monitor_grace,
            period: config.node_monitor_period(),
            known: known.collect(),
            zones: Zones::default(),
        }
    }

    /// Takes note of a write to a node and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let name = &event.object().meta.name;
        let Some(new) = event.new.as_deref() else {
            return context.enqueue(Worker::NodeMonitor, item(name), self.period);
        };
        let old = event.old.as_deref();
        let is_known = self.known.get(name).is_some_and(|known| known.uid == new.meta.uid);
        if old.is_none() && is_known {
            return;
        }
        context.enqueue(Worker::NodeTaints, item(name), REACTION);
        let ready = object::ready(new);
        let tainted = [NOT_READY, UNREACHABLE].iter().any(|key| object::has_taint(new, (key, NO_EXECUTE)));
        let turned = old.and_then(object::ready) != ready;
        let wrong = tainted == (ready == Some("True"));
        if !is_known || turned || wrong && old.map(object::taints) != Some(object::taints(new)) {
            context.enqueue(Worker::NodeMonitor, item(name), self.period);
        }
    }

    /// Takes note of kubelets that stop or go on reporting.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context<'_>) {
        match fault {
            Fault::Node { name, up } => {
                let Some((name, known)) = self.known.get_key_value(&**name).map(|(n, k)| (n.clone(), k.clone())) else {
                    return;
                };
                let since = known.silent_since.unwrap_or(context.now);
                self.set_silent(&name, (!up).then_some(since));
                if !up {
                    context.enqueue(Worker::NodeMonitor, item(&name), self.grace);
                }
            }
            Fault::Clear => self.known.values_mut().for_each(|known| known.silent_since = None),
            _ => {}
        }
    }

    fn set_silent(&mut self, name: &str, since: Option<Time>) {
        if let Some(known) = self.known.get_mut(name) {
            known.silent_since = since;
        }
    }

    /// Upstream's periodic look at a node.
    pub fn monitor(&mut self, name: &Text, context: &mut Context<'_>) {
        let node = context.api.store.get(Kind::Node, "", name).cloned();
        let replaced = |known: &Known| node.as_ref().is_none_or(|node| node.meta.uid != known.uid);
        if self.known.get(name).is_some_and(replaced) {
            self.forget(name, context);
        }
        let Some(mut node) = node else { return self.look_at_zones(context) };
        if !self.known.contains_key(name) {
            self.register(&node, context);
        }
        let was_ready = object::ready(&node) == Some("True");
        if let Some(left) = self.left_of_grace(&node) {
            if left > context.now {
                context.enqueue(Worker::NodeMonitor, item(name), left.since(context.now));
            } else {
                node = lose_sight(&node, context);
            }
        }
        self.taint(&node, context);
        if was_ready && object::ready(&node) != Some("True") {
            let message = format!("Node {name} status is now: NodeNotReady");
            context.event(ACTOR, &node, false, "NodeNotReady", message);
            mark_pods_not_ready(name, context);
        }
        self.look_at_zones(context);
    }

    /// When a silent node's time is up; `None` if it reports, or its time was up before.
    fn left_of_grace(&self, node: &Object) -> Option<Time> {
        let since = self.known.get(&node.meta.name)?.silent_since?;
        if object::ready(node) == Some("Unknown") {
            return None;
        }
        let grace = if object::ready(node).is_none() { STARTUP_GRACE } else { self.grace };
        Some(since + grace)
    }

    fn register(&mut self, node: &Object, context: &mut Context<'_>) {
        let Meta { name, uid, created, .. } = &node.meta;
        let silent = context.faults.nodes_down.contains(&**name);
        self.known.insert(name.clone(), Known { uid: *uid, silent_since: silent.then_some(*created) });
        let message = format!("Node {name} event: Registered Node {name} in Controller");
        context.event(ACTOR, node, false, "RegisteredNode", message);
    }

    fn forget(&mut self, name: &Text, context: &mut Context<'_>) {
        let Some(known) = self.known.remove(name) else { return };
        self.zones.remove(name);
        let mut gone = Meta::new(Text::default(), name.clone(), None);
        gone.uid = known.uid;
        let occurrence = Occurrence {
            about: ObjectReference::new(Kind::Node, &gone),
            warning: false,
            reason: "RemovingNode".into(),
            message: format!("Node {name} event: Removing Node {name} from Controller").into(),
            source: EventSource::Core { component: ACTOR.name().into(), host: None },
        };
        context.occurrence(ACTOR, occurrence);
    }

    /// Sees to the `NoExecute` taint of a node: the wrong one is swapped at once, a new one waits for its turn.
    fn taint(&mut self, node: &Object, context: &mut Context<'_>) {
        let name = &node.meta.name;
        let (wanted, opposite) = match object::ready(node) {
            Some("False") => (NOT_READY, UNREACHABLE),
            Some("Unknown") => (UNREACHABLE, NOT_READY),
            Some(_) => return self.mark_reachable(name, context),
            None => return,
        };
        if object::has_taint(node, (opposite, NO_EXECUTE)) {
            object::swap_taints(name, &[(wanted, NO_EXECUTE)], &[(opposite, NO_EXECUTE)], context);
        } else if !object::has_taint(node, (wanted, NO_EXECUTE)) && self.zones.add(node) {
            context.enqueue(Worker::NodeNoExecute, Item::All, TAINTING_PERIOD);
        }
    }

    fn mark_reachable(&mut self, name: &Text, context: &mut Context<'_>) {
        object::swap_taints(name, &[], &[(UNREACHABLE, NO_EXECUTE), (NOT_READY, NO_EXECUTE)], context);
        self.zones.remove(name);
    }

    /// Taints the nodes whose turn it is.
    pub fn taint_no_execute(&mut self, context: &mut Context<'_>) {
        let (names, next) = self.zones.take(context.now);
        for name in names {
            let ready = context.api.store.get(Kind::Node, "", &name).and_then(|node| object::ready(node));
            let (wanted, opposite) = match ready {
                Some("False") => (NOT_READY, UNREACHABLE),
                Some("Unknown") => (UNREACHABLE, NOT_READY),
                _ => continue,
            };
            object::swap_taints(&name, &[(wanted, NO_EXECUTE)], &[(opposite, NO_EXECUTE)], context);
        }
        if let Some(next) = next {
            context.enqueue(Worker::NodeNoExecute, Item::All, next.since(context.now).max(TAINTING_PERIOD));
        }
    }

    /// If no node is Ready, it is rather the controller that is cut off: nobody is evicted.
    fn look_at_zones(&mut self, context: &mut Context<'_>) {
        let nodes = |context: &Context<'_>| -> Vec<Text> {
            context.api.store.all(Kind::Node).map(|node| node.meta.name.clone()).collect()
        };
        match self.zones.look(&context.api.store, context.now) {
            Turn::Same => {}
            Turn::AllDown => {
                for name in nodes(context) {
                    self.mark_reachable(&name, context);
                }
            }
            Turn::SomeUp => {
                for name in nodes(context) {
                    if self.known.get(&name).is_some_and(|known| known.silent_since.is_some()) {
                        self.set_silent(&name, Some(context.now));
                    }
                    context.enqueue(Worker::NodeMonitor, item(&name), self.period);
                }
            }
        }
        // The limits may have changed for those who wait.
        context.enqueue(Worker::NodeNoExecute, Item::All, TAINTING_PERIOD);
    }
}

/// Says of a silent node that nobody knows how it is.
fn lose_sight(node: &Arc<Object>, context: &mut Context<'_>) -> Arc<Object> {
    let now = context.now.rfc3339();
    let created = node.meta.created.rfc3339();
    object::update(node, ACTOR, context, |body| {
        let status = body.entry("status").or_insert_with(|| json!({}));
        let mut conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        for kind in CONDITIONS {
            match conditions.iter_mut().find(|c| c["type"] == kind) {
                Some(condition) if condition["status"] == "Unknown" => {}
                Some(condition) => {
                    condition["status"] = "Unknown".into();
                    condition["reason"] = "NodeStatusUnknown".into();
                    condition["message"] = "Kubelet stopped posting node status.".into();
                    condition["lastTransitionTime"] = now.as_str().into();
                }
                None => conditions.push(json!({"type": kind, "status": "Unknown", "reason": "NodeStatusNeverUpdated",
                    "message": "Kubelet never posted node status.", "lastHeartbeatTime": created,
                    "lastTransitionTime": now})),
            }
        }
        status["conditions"] = conditions.into();
    })
}

/// Takes the Ready condition off the Pods of a node, and says so of each.
fn mark_pods_not_ready(node: &str, context: &mut Context<'_>) {
    for object in pods_on(node, &context.api.store) {
        let mut new = (*object).clone();
        let Body::Pod(pod) = &mut new.body else { continue };
        let ready = pod.status.condition(&ConditionType::Ready).filter(|c| c.status != ConditionStatus::False);
        let Some(ready) = ready.cloned() else { continue };
        pod.status.set_condition(Condition { status: ConditionStatus::False, last_transition: context.now, ..ready });
        let write = context.write(ACTOR);
        if context.api.update(new, write).is_ok() {
            context.event(ACTOR, &object, true, "NodeNotReady", "Node is not ready");
        }
    }
}

/// What follows from a node's conditions, mark and labels at once: its `NoSchedule` taints, and its old labels.
pub fn process(name: &Text, context: &mut Context<'_>) {
    let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
    let holds =
        |kind: &str, status: &str| object::conditions(&node).iter().any(|c| c["type"] == kind && c["status"] == status);
    let conditions = CONDITION_TAINTS.iter().map(|(kind, status, key)| (*key, holds(kind, status)));
    let closed = object::part(&node, "spec")["unschedulable"] == true;
    let wanted: Vec<(&str, bool)> = conditions.chain([(UNSCHEDULABLE, closed)]).collect();
    let pick = |there: bool| -> Vec<object::Key<'_>> {
        wanted.iter().filter(|(_, w)| *w == there).map(|(key, _)| (*key, NO_SCHEDULE)).collect()
    };
    object::swap_taints(name, &pick(true), &pick(false), context);
    let mut labels = node.meta.labels.clone();
    for (first, twin) in TWIN_LABELS {
        if let Some(value) = labels.get_text(first).cloned().filter(|v| labels.get(twin) != Some(v)) {
            labels = labels.with([(twin.into(), value)]);
        }
    }
    if labels != node.meta.labels {
        let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
        let write = context.write(ACTOR);
        let mut meta = node.meta.clone();
        meta.labels = labels;
        let _ = context.api.update(Object { meta, body: node.body.clone() }, write);
    }
}
