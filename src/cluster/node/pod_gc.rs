//! The Pod garbage collector: removes Pods whose node is gone, Pods that hang on a node that a person has put out of
//! service, Pods that go without ever having had a node, and ended Pods if there are too many (rules N8 to N10).
//!
//! Upstream: `pkg/controller/podgc`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::object::{self, OUT_OF_SERVICE};
use crate::apiserver::DeleteOptions;
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::Text;
use crate::resource::model::{Condition, ConditionStatus, ConditionType, Phase};
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Store, WatchEvent};

const ACTOR: Actor = Actor::PodGarbageCollector;
/// How often the collector looks.
const PERIOD: Duration = Duration::from_secs(20);
/// How long a node must be missing before its Pods go.
const QUARANTINE: Duration = Duration::from_secs(40);
/// How many ended Pods may stay.
const THRESHOLD: usize = 12_500;

/// The collector.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PodGc {
    /// Nodes that Pods name and that do not exist, and when they were found missing.
    quarantine: BTreeMap<Text, Time>,
    /// Nodes that are out of service.
    out_of_service: BTreeSet<Text>,
    ended: usize,
    threshold: usize,
}

impl Default for PodGc {
    fn default() -> PodGc {
        PodGc { quarantine: BTreeMap::new(), out_of_service: BTreeSet::new(), ended: 0, threshold: THRESHOLD }
    }
}

/// Whether a person has put a node out of service that is in fact not Ready.
fn is_out_of_service(node: &Object) -> bool {
    object::ready(node) != Some("True") && object::taints(node).iter().any(|t| t["key"] == OUT_OF_SERVICE)
}

fn has_ended(object: &Object) -> bool {
    object.pod().is_some_and(|pod| pod.status.phase.is_terminal())
}

fn look(context: &mut Context<'_>) {
    context.enqueue(Worker::PodGc, Item::All, PERIOD);
}

impl PodGc {
    /// Notices nodes that go, or are put out of service.
    pub fn observe_node(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let name = &event.object().meta.name;
        let changed = match &event.new {
            None => {
                self.out_of_service.remove(name);
                true
            }
            Some(node) if is_out_of_service(node) => self.out_of_service.insert(name.clone()),
            Some(_) => {
                self.out_of_service.remove(name);
                false
            }
        };
        if changed {
            look(context);
        }
    }

    /// Notices Pods that end, and those that may have to be collected.
    pub fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let ended = |object: &Option<Arc<Object>>| object.as_deref().is_some_and(has_ended);
        match (ended(&event.old), ended(&event.new)) {
            (false, true) => {
                self.ended += 1;
                if self.ended > self.threshold {
                    look(context);
                }
            }
            (true, false) => self.ended = self.ended.saturating_sub(1),
            _ => {}
        }
        let Some(new) = event.new.as_deref() else { return };
        let Some(pod) = new.pod() else { return };
        let relevant = match &pod.node {
            None => new.meta.terminating() && !pod.status.phase.is_terminal(),
            Some(node) if event.old.is_none() => context.api.store.get(Kind::Node, "", node).is_none(),
            Some(node) => new.meta.terminating() && self.out_of_service.contains(node),
        };
        if relevant {
            look(context);
        }
    }

    /// Looks at all Pods.
    pub fn collect(&mut self, context: &mut Context<'_>) {
        self.collect_ended(context);
        let pods: Vec<Arc<Object>> = context.api.store.all(Kind::Pod).cloned().collect();
        let missing = self.missing_nodes(&pods, context);
        for object in &pods {
            let Some(pod) = object.pod() else { continue };
            let going = object.meta.terminating();
            match &pod.node {
                Some(node) if going && self.out_of_service.contains(node) => remove(object, false, context),
                Some(node) if missing.contains(node) => remove(object, true, context),
                None if going && !pod.status.phase.is_terminal() => remove(object, false, context),
                _ => {}
            }
        }
    }

    /// The nodes that have been missing for long enough. Those that are missing for the first time are remembered.
    fn missing_nodes(&mut self, pods: &[Arc<Object>], context: &mut Context<'_>) -> BTreeSet<Text> {
        let named: BTreeSet<&Text> = pods.iter().filter_map(|o| o.pod()?.node.as_ref()).collect();
        let exists = |node: &str, store: &Store| store.get(Kind::Node, "", node).is_some();
        let gone: BTreeSet<&Text> = named.into_iter().filter(|node| !exists(node, &context.api.store)).collect();
        self.quarantine.retain(|node, _| gone.contains(node));
        let mut out = BTreeSet::new();
        for node in gone {
            let since = *self.quarantine.entry(node.clone()).or_insert(context.now);
            if context.now.since(since) >= QUARANTINE {
                out.insert(node.clone());
            } else {
                look(context);
            }
        }
        out
    }

    /// The oldest ended Pods beyond the threshold; those that a kubelet evicted come first.
    fn collect_ended(&mut self, context: &mut Context<'_>) {
        let surplus = self.ended.saturating_sub(self.threshold);
        if surplus == 0 {
            return;
        }
        let mut ended: Vec<Arc<Object>> = context.api.store.all(Kind::Pod).filter(|o| has_ended(o)).cloned().collect();
        let evicted = |o: &Object| {
            o.pod().is_some_and(|p| p.status.phase == Phase::Failed && p.status.reason.as_deref() == Some("Evicted"))
        };
        ended.sort_by_key(|o| (Reverse(evicted(o)), o.meta.created, o.meta.name.clone()));
        for object in ended.iter().take(surplus) {
            remove(object, false, context);
        }
    }
}

/// Says that a Pod has failed if nobody else can, and removes it without waiting for a kubelet.
fn remove(object: &Object, orphaned: bool, context: &mut Context<'_>) {
    let mut failed = object.clone();
    let Body::Pod(pod) = &mut failed.body else { return };
    let write = context.write(ACTOR);
    if !pod.status.phase.is_terminal() {
        pod.status.phase = Phase::Failed;
        pod.status.observed_generation = object.meta.generation;
        if orphaned {
            pod.status.set_condition(Condition {
                kind: ConditionType::DisruptionTarget,
                status: ConditionStatus::True,
                reason: Some("DeletionByPodGC".into()),
                message: Some("PodGC: node no longer exists".into()),
                last_transition: context.now,
                observed_generation: object.meta.generation,
            });
        }
        if context.api.update(failed, write).is_err() {
            return;
        }
    }
    let options = DeleteOptions { grace_seconds: Some(0), uid: Some(object.meta.uid), ..DeleteOptions::default() };
    // One that somebody removed meanwhile is gone as well.
    let _ = context.api.delete(Kind::Pod, &object.meta.namespace, &object.meta.name, options, write);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::World;
    use crate::cluster::{Cluster, Fault};
    use crate::store::Cause;

    /// Lets a collector of its own look at a world.
    fn collect(gc: &mut PodGc, world: &mut World) {
        let Cluster { api, queue, recorder, indexes, faults, now, .. } = &mut world.cluster;
        gc.collect(&mut Context { api, queue, recorder, indexes, faults, now: *now, cause: Cause::Clock });
    }

    #[test]
    fn n10_the_oldest_ended_pods_go_first_those_evicted_before_them() {
        let mut world = World::new();
        for name in ["a", "b", "c", "d"] {
            world.pod(name, &json!({}), json!({}));
            world.run(2);
        }
        for (name, reason) in [("a", "Error"), ("b", "Error"), ("c", "Evicted")] {
            let (phase, reason) = ("Failed".to_string(), Some(reason.to_string()));
            world.fault(&Fault::PodPhase { name: name.into(), phase, reason, message: None });
        }
        let mut gc = PodGc { ended: 3, threshold: 1, ..PodGc::default() };
        collect(&mut gc, &mut world);
        assert_eq!(world.names(Kind::Pod), ["b", "d"]);
    }

    #[test]
    fn n10_pods_that_go_without_a_node() {
        let mut world = World::new();
        world.create(
            Kind::Pod,
            json!({"metadata": {"name": "a", "finalizers": ["example.com/hold"]},
                "spec": {"schedulerName": "none", "containers": [{"name": "main", "image": "nginx"}]}}),
        );
        world.delete(Kind::Pod, "a");
        world.run(19);
        assert_eq!(world.get(Kind::Pod, "a")["status"]["phase"], "Pending");
        world.run(2);
        assert_eq!(world.get(Kind::Pod, "a")["status"]["phase"], "Failed");
    }
}
