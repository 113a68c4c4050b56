//! What looks after nodes and after Pods whose node fails them: the kubelets' reports, the node lifecycle controller,
//! the taint eviction controller and the Pod garbage collector (rules N1 to N10). None of them polls: each is queued
//! for the moment at which upstream's periodic look would find something, so a cluster whose nodes are well does
//! nothing here.

mod heartbeat;
mod node_lifecycle;
mod object;
mod pod_gc;
mod pressure;
mod taint_eviction;
#[cfg(test)]
mod tests;
mod zones;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ClusterConfig;
use super::context::Context;
use super::faults::Fault;
use super::queue::{Item, Task, Worker};
use crate::resource::meta::Text;
use crate::resource::{Kind, Object};
use crate::store::{Store, WatchEvent};

/// The components that look after nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Controllers {
    heartbeat: heartbeat::Heartbeat,
    lifecycle: node_lifecycle::NodeLifecycle,
    taint_eviction: taint_eviction::TaintEviction,
    pod_gc: pod_gc::PodGc,
}

impl Controllers {
    /// They know the nodes that the cluster begins with, all of which are well.
    #[must_use]
    pub fn new(config: &ClusterConfig, store: &Store) -> Controllers {
        Controllers {
            heartbeat: heartbeat::Heartbeat::new(config),
            lifecycle: node_lifecycle::NodeLifecycle::new(config, store),
            taint_eviction: taint_eviction::TaintEviction::default(),
            pod_gc: pod_gc::PodGc::default(),
        }
    }

    /// How the cluster began.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        self.heartbeat.config()
    }

    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        match event.kind() {
            Kind::Node => {
                self.heartbeat.observe(event, context);
                self.lifecycle.observe(event, context);
                self.taint_eviction.observe_node(event, context);
                self.pod_gc.observe_node(event, context);
            }
            Kind::Pod => {
                self.taint_eviction.observe_pod(event, context);
                self.pod_gc.observe_pod(event, context);
            }
            _ => {}
        }
    }

    /// Takes note of a fault that begins or ends.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context<'_>) {
        self.heartbeat.fault(fault, context);
        self.lifecycle.fault(fault, context);
    }

    /// Runs one task.
    pub fn run(&mut self, task: &Task, context: &mut Context<'_>) {
        match (task.worker, &task.item) {
            (Worker::NodeStatus, Item::Name(_, node)) => self.heartbeat.post(node, context),
            (Worker::NodeMonitor, Item::Name(_, node)) => self.lifecycle.monitor(node, context),
            (Worker::NodeTaints, Item::Name(_, node)) => node_lifecycle::process(node, context),
            (Worker::NodeNoExecute, _) => self.lifecycle.taint_no_execute(context),
            (Worker::TaintEviction, Item::Name(namespace, node)) if namespace.is_empty() => {
                self.taint_eviction.handle_node(node, context);
            }
            (Worker::TaintEviction, Item::Name(namespace, pod)) => {
                self.taint_eviction.handle_pod(&(namespace.clone(), pod.clone()), context);
            }
            (Worker::TaintEvictionTimer, Item::Name(namespace, pod)) => {
                self.taint_eviction.fire(&(namespace.clone(), pod.clone()), context);
            }
            (Worker::PodGc, _) => self.pod_gc.collect(context),
            _ => {}
        }
    }
}

/// The item that stands for a node.
fn item(node: &Text) -> Item {
    Item::Name(Text::default(), node.clone())
}

/// The Pods that have a node, by namespace and name.
fn pods_on(node: &str, store: &Store) -> Vec<Arc<Object>> {
    let on = |object: &&Arc<Object>| object.pod().is_some_and(|pod| pod.node.as_deref() == Some(node));
    store.all(Kind::Pod).filter(on).cloned().collect()
}
