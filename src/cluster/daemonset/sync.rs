//! One sync of a `DaemonSet`: revisions, Pods, status (upstream `syncDaemonSet`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::decide::{DaemonPod, Decision, NodeView, decide};
use super::history::History;
use super::node::Place;
use super::{Controller, Known, NOTICE, pod, selects};
use crate::apiserver::Status;
use crate::cluster::context::Context;
use crate::cluster::pod_control::{self, PodSource};
use crate::cluster::queue::{Item, Worker};
use crate::cluster::replicaset::decide::slow_start;
use crate::resource::meta::Text;
use crate::resource::model::{ConditionStatus, ConditionType, DaemonSet, DaemonSetStatus};
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, Store};

const ACTOR: Actor = Actor::DaemonSetController;
/// How long a failed Pod is left alone after the first one was replaced, and at most.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LAST_BACK_OFF: Duration = Duration::from_secs(900);

impl Controller {
    /// Brings a set's Pods to its nodes; a failed sync is tried again with a growing back-off.
    pub fn sync(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Name(namespace, name) = item else { return };
        let Some(object) = context.api.store.get(Kind::DaemonSet, namespace, name).cloned() else { return };
        let Some(known) = self.sets.get_mut(&(namespace.clone(), name.clone())) else { return };
        let Some(set) = object.daemon_set().filter(|_| !object.meta.terminating()) else { return };
        match known.sync(&object, set, context) {
            Ok(next) => {
                known.failures = 0;
                if let Some(delay) = next {
                    context.enqueue(Worker::DaemonSet, item.clone(), delay);
                }
            }
            Err(_) => {
                let delay = pod_control::back_off(known.failures);
                known.failures += 1;
                context.enqueue(Worker::DaemonSet, item.clone(), delay.max(NOTICE));
            }
        }
    }
}

/// The Pods that a set controls, and the orphans that it selects.
pub(super) fn pods_of(object: &Object, store: &Store) -> Vec<Arc<Object>> {
    let own = store.dependents(object.meta.uid).into_iter().filter(|key| key.kind == Kind::Pod);
    let own = own.filter_map(|key| store.get(key.kind, &key.namespace, &key.name));
    own.filter(|pod| pod.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid)).cloned().collect()
}

impl Known {
    /// Answers when to look again.
    fn sync(
        &mut self,
        object: &Object,
        set: &DaemonSet,
        context: &mut Context<'_>,
    ) -> Result<Option<Duration>, String> {
        let text = |status: Status| status.to_string();
        let history = History::construct(object, set, context).map_err(text)?;
        let pods = claim(object, self.orphans, context).map_err(text)?;
        self.orphans = false;
        let nodes = self.view(object, set, &pods, &history.hash, context);
        let decision = decide(&set.spec, &nodes);
        let acted = self.act(object, set, &decision, &history.hash, context);
        let hash = history.hash.clone();
        let acted = acted.and_then(|()| history.clean_up(set.spec.history_limit, &pods, context).map_err(text));
        let pods = pods_of(object, &context.api.store);
        let nodes = self.view(object, set, &pods, &hash, context);
        let status = status_of(object, set, &nodes);
        let matures = (status.ready != status.available).then(|| next_maturity(set, &pods, context.now)).flatten();
        write_status(object, set, status, context).map_err(text)?;
        acted?;
        Ok([decision.again, matures].into_iter().flatten().min())
    }

    /// The nodes that there are, and those that Pods are meant for.
    fn view(
        &self,
        object: &Object,
        set: &DaemonSet,
        pods: &[Arc<Object>],
        hash: &str,
        context: &Context<'_>,
    ) -> Vec<NodeView> {
        let mut nodes: BTreeMap<Text, NodeView> = BTreeMap::new();
        let wants = pod::requirements(set);
        for node in context.api.store.all(Kind::Node) {
            let (runs, stays) = wants.as_ref().map_or((false, false), |wants| Place::new(node).takes(wants));
            let name = node.meta.name.clone();
            let back_off = self.back_off(set, &name, context.now);
            nodes.insert(name.clone(), NodeView { name, exists: true, runs, stays, pods: Vec::new(), back_off });
        }
        let generation = pod::generation(&object.meta.annotations);
        for pod in pods {
            let Some(body) = pod.pod() else { continue };
            let gone = body.status.phase.is_terminal() && pod.meta.terminating();
            let Some(node) = pod::target_node(body).filter(|_| !gone) else { continue };
            let since = ready_since(pod);
            let min_ready = Duration::from_secs(set.spec.min_ready_seconds.unsigned_abs());
            let view = nodes.entry(node.clone()).or_insert_with(|| NodeView { name: node, ..NodeView::default() });
            view.pods.push(DaemonPod {
                name: pod.meta.name.clone(),
                created: pod.meta.created,
                assigned: body.node.is_some(),
                phase: body.status.phase,
                terminating: pod.meta.terminating(),
                ready: since.is_some(),
                available: since.is_some_and(|since| since + min_ready <= context.now),
                updated: pod::is_updated(pod, hash, generation),
            });
        }
        nodes.values_mut().for_each(NodeView::sort);
        nodes.into_values().collect()
    }

    fn back_off(&self, set: &DaemonSet, node: &Text, now: Time) -> Option<Duration> {
        let (since, delay) = self.back_off.get(&(set.status.observed_generation, node.clone()))?;
        (now.since(*since) < *delay).then_some(*delay)
    }

    /// The next failed Pod of a node is left alone twice as long; after a long time without any, as at first.
    fn note_failure(&mut self, set: &DaemonSet, node: &Text, now: Time) {
        let entry = self.back_off.entry((set.status.observed_generation, node.clone()));
        let (since, delay) = entry.or_insert((now, Duration::ZERO));
        let fresh = delay.is_zero() || now.since(*since) > LAST_BACK_OFF * 2;
        *delay = if fresh { FIRST_BACK_OFF } else { (*delay * 2).min(LAST_BACK_OFF) };
        *since = now;
    }

    fn act(
        &mut self,
        object: &Object,
        set: &DaemonSet,
        decision: &Decision,
        hash: &str,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        for ended in &decision.ended {
            let (namespace, pod, node) = (&object.meta.namespace, &ended.pod, &ended.node);
            let (word, reason, end) = if ended.failed {
                ("failed", "FailedDaemonPod", "kill")
            } else {
                ("succeeded", "SucceededDaemonPod", "delete")
            };
            let message = format!("Found {word} daemon pod {namespace}/{pod} on node {node}, will try to {end} it");
            context.event(ACTOR, object, ended.failed, reason, message);
            if ended.failed {
                self.note_failure(set, node, context.now);
            }
        }
        let mut failed = create(object, set, &decision.create, hash, context);
        for pod in &decision.delete {
            let deleted = pod_control::delete(object, pod, ACTOR, context);
            failed = failed.and(deleted);
        }
        failed
    }
}

/// Makes a Pod for each node, in growing batches, and stops after the one in which something failed.
fn create(
    object: &Object,
    set: &DaemonSet,
    nodes: &[Text],
    hash: &str,
    context: &mut Context<'_>,
) -> Result<(), String> {
    let generation = pod::generation(&object.meta.annotations);
    let mut nodes = nodes.iter();
    for batch in slow_start(nodes.len() as i64) {
        let mut failed = Ok(());
        for node in nodes.by_ref().take(batch as usize) {
            let source = PodSource::new(object, &pod::template_for(node, set, generation, hash));
            let made = pod_control::create(object, &source, ACTOR, context);
            failed = failed.and(made.map(|_| ()).map_err(|error| error.to_string()));
        }
        failed?;
    }
    Ok(())
}

/// Releases Pods that the set no longer selects, adopts those that nobody controls, and answers which are its own.
fn claim(object: &Object, orphans: bool, context: &mut Context<'_>) -> Result<Vec<Arc<Object>>, Status> {
    let mut own = Vec::new();
    for pod in pods_of(object, &context.api.store) {
        if selects(object, &pod) {
            own.push(pod);
        } else {
            pod_control::release(object, &pod, ACTOR, context)?;
        }
    }
    if !orphans {
        return Ok(own);
    }
    let all = context.api.store.in_namespace(Kind::Pod, &object.meta.namespace);
    let orphan = |pod: &&Arc<Object>| pod.meta.controller().is_none() && !pod.meta.terminating();
    let orphans: Vec<Arc<Object>> = all.filter(orphan).filter(|pod| selects(object, pod)).cloned().collect();
    for pod in orphans {
        own.push(pod_control::adopt(object, &pod, ACTOR, context)?);
    }
    Ok(own)
}

fn ready_since(pod: &Object) -> Option<Time> {
    let ready = pod.pod()?.status.condition(&ConditionType::Ready)?;
    (ready.status == ConditionStatus::True).then_some(ready.last_transition)
}

/// When the next Ready Pod becomes available.
fn next_maturity(set: &DaemonSet, pods: &[Arc<Object>], now: Time) -> Option<Duration> {
    let min_ready = Duration::from_secs(set.spec.min_ready_seconds.unsigned_abs());
    let due = pods.iter().filter_map(|pod| ready_since(pod)).map(|since| since + min_ready);
    due.filter(|due| *due > now).min().map(|due| due.since(now))
}

/// The counts over all nodes.
fn status_of(object: &Object, set: &DaemonSet, nodes: &[NodeView]) -> DaemonSetStatus {
    let mut status = DaemonSetStatus {
        observed_generation: object.meta.generation,
        collision_count: set.status.collision_count,
        conditions: set.status.conditions.clone(),
        ..DaemonSetStatus::default()
    };
    for node in nodes.iter().filter(|node| node.exists) {
        let Some(pod) = node.pods.first() else {
            status.desired += i64::from(node.runs);
            continue;
        };
        if !node.runs {
            status.misscheduled += 1;
            continue;
        }
        status.desired += 1;
        status.current += 1;
        status.ready += i64::from(pod.ready);
        status.available += i64::from(pod.available);
        status.updated += i64::from(pod.updated);
    }
    status.unavailable = status.desired - status.available;
    status
}

fn write_status(
    object: &Object,
    set: &DaemonSet,
    status: DaemonSetStatus,
    context: &mut Context<'_>,
) -> Result<(), Status> {
    if status == set.status {
        return Ok(());
    }
    context.update_status(ACTOR, object, |body| {
        if let Body::DaemonSet(set) = body {
            set.status = status;
        }
    })
}
