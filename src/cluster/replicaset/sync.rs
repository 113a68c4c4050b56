//! One sync of a `ReplicaSet`: claim Pods, make or delete some, write the status of before (upstream `syncReplicaSet`,
//! `replica_set_utils.go`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::decide::{Decision, SlowStart, decide, slow_start};
use super::membership::Counts;
use super::rank::{self, Candidate};
use super::{Controller, Known, NOTICE, enqueue};
use crate::apiserver::Status;
use crate::cluster::context::Context;
use crate::cluster::pod_control::{self, Name, PodSource};
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::Text;
use crate::resource::model::{
    ReplicaSet, ReplicaSetStatus, WorkloadCondition, condition, remove_condition, set_condition,
};
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::Actor;

const ACTOR: Actor = Actor::ReplicaSetController;
/// The condition of a set that cannot make or delete Pods.
const REPLICA_FAILURE: &str = "ReplicaFailure";
/// How long a batch of requests takes: longer than controllers need to notice a write, so that the Pods of a rollout
/// become Ready one batch after the other, as those of a real cluster do.
const BATCH: Duration = Duration::from_millis(3);

/// A sync in the middle of making Pods.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Creation {
    batches: SlowStart,
    /// The Pods that there were when it began.
    counts: Counts,
}

impl Controller {
    /// Brings a set to its size; a failed sync is tried again with a growing back-off.
    pub fn sync(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Name(namespace, name) = item else { return };
        let name = (namespace.clone(), name.clone());
        let Some(object) = context.api.store.get(Kind::ReplicaSet, &name.0, &name.1).cloned() else { return };
        let (Some(set), Some(known)) = (object.replica_set(), self.known(&name)) else { return };
        let result = match known.creation.take() {
            Some(creation) => known.go_on(&name, &object, set, creation, context),
            None => claim(&object, known, context)
                .map_err(|error| error.to_string())
                .and_then(|()| known.sync(&name, &object, set, context)),
        };
        match result {
            Ok(()) => known.failures = 0,
            Err(_) => {
                let delay = pod_control::back_off(known.failures);
                known.failures += 1;
                context.enqueue(Worker::ReplicaSet, item.clone(), delay.max(NOTICE));
            }
        }
    }
}

impl Known {
    fn sync(
        &mut self,
        name: &Name,
        object: &Object,
        set: &ReplicaSet,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let counts = self.members.counts(context.now);
        let decision =
            if object.meta.terminating() { Decision::Nothing } else { decide(counts.active, set.spec.replicas) };
        let managed = match decision {
            Decision::Nothing => Ok(()),
            Decision::Delete(count) => self.delete(object, count as usize, context),
            Decision::Create(count) => {
                let creation = Creation { batches: slow_start(count), counts };
                return self.go_on(name, object, set, creation, context);
            }
        };
        self.finish(name, object, set, (counts, managed), context)
    }

    /// Makes the next batch of Pods; each is made when the one before it is. The first in which something fails is the last.
    fn go_on(
        &mut self,
        name: &Name,
        object: &Object,
        set: &ReplicaSet,
        mut creation: Creation,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let source = self.source.get_or_insert_with(|| PodSource::new(object, &set.spec.json["template"]));
        let mut made = Ok(());
        for _ in 0..creation.batches.next().unwrap_or(0) {
            let pod = pod_control::create(object, source, ACTOR, context);
            made = made.and(pod.map(|_| ()).map_err(|error| error.to_string()));
        }
        if made.is_err() || creation.batches.is_done() {
            return self.finish(name, object, set, (creation.counts, made), context);
        }
        self.creation = Some(creation);
        context.enqueue(Worker::ReplicaSet, Item::Name(name.0.clone(), name.1.clone()), BATCH);
        Ok(())
    }

    /// Writes the status of the Pods that there were, and sees to it that what comes with time alone is noticed.
    fn finish(
        &mut self,
        name: &Name,
        object: &Object,
        set: &ReplicaSet,
        (counts, managed): (Counts, Result<(), String>),
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let status = status_of(object, set, counts, managed.as_ref().err(), context.now);
        write_status(object, set, status, context).map_err(|error| error.to_string())?;
        managed?;
        if self.members.counts(context.now) != counts {
            enqueue(name, context);
        }
        if counts.ready != counts.available {
            if let Some(due) = self.members.next_maturity() {
                let wait = due.since(context.now);
                context.enqueue(Worker::ReplicaSet, Item::Name(name.0.clone(), name.1.clone()), wait);
            }
        }
        Ok(())
    }

    fn delete(&self, object: &Object, count: usize, context: &mut Context<'_>) -> Result<(), String> {
        let mut failed = Ok(());
        for pod in self.victims(object, count, context) {
            let deleted = pod_control::delete(object, &pod, ACTOR, context);
            failed = failed.and(deleted);
        }
        failed
    }

    /// The Pods that go (rule R9).
    fn victims(&self, object: &Object, count: usize, context: &Context<'_>) -> Vec<Text> {
        let store = &context.api.store;
        let namespace = &object.meta.namespace;
        let on_node = kin(object, context);
        let candidate = |name: &Text| {
            let found = store.get(Kind::Pod, namespace, name)?;
            let pod = found.pod()?;
            let siblings = on_node.get(&pod.node).copied().unwrap_or(0);
            Some(Candidate::new(found, pod, siblings))
        };
        let mut candidates: Vec<Candidate> = self.members.active().filter_map(candidate).collect();
        if count < candidates.len() {
            rank::sort(&mut candidates, context.now);
        }
        candidates.into_iter().take(count).map(|candidate| candidate.name).collect()
    }
}

/// How many active Pods of all sets with the same controller each node has. A set without a controller has no kin.
fn kin(object: &Object, context: &Context<'_>) -> BTreeMap<Option<Text>, usize> {
    let store = &context.api.store;
    let mut on_node = BTreeMap::new();
    let Some(controller) = object.meta.controller() else { return on_node };
    let sets = store.dependents(controller.uid).into_iter().filter(|key| key.kind == Kind::ReplicaSet);
    let sets = sets.filter_map(|key| store.get(key.kind, &key.namespace, &key.name));
    for set in sets.filter(|set| set.meta.controller().is_some_and(|owner| owner.uid == controller.uid)) {
        let pods = store.dependents(set.meta.uid).into_iter().filter(|key| key.kind == Kind::Pod);
        for pod in pods.filter_map(|key| store.get(key.kind, &key.namespace, &key.name)) {
            let Some(body) = pod.pod() else { continue };
            if !pod.meta.terminating() && !body.status.phase.is_terminal() {
                *on_node.entry(body.node.clone()).or_default() += 1;
            }
        }
    }
    on_node
}

/// Releases Pods that the set no longer selects, and adopts those that nobody controls.
fn claim(object: &Object, known: &mut Known, context: &mut Context<'_>) -> Result<(), Status> {
    if object.meta.terminating() {
        return Ok(());
    }
    let (strays, orphans) = known.members.claims();
    let get = |name: &Text, context: &Context<'_>| -> Option<Arc<Object>> {
        context.api.store.get(Kind::Pod, &object.meta.namespace, name).cloned()
    };
    for pod in strays.iter().filter_map(|name| get(name, context)).collect::<Vec<_>>() {
        pod_control::release(object, &pod, ACTOR, context)?;
    }
    for pod in orphans.iter().filter_map(|name| get(name, context)).collect::<Vec<_>>() {
        let ended = pod.pod().is_none_or(|body| body.status.phase.is_terminal());
        if pod.meta.controller().is_none() && !pod.meta.terminating() && !ended && known.members.selects(&pod) {
            let pod = pod_control::adopt(object, &pod, ACTOR, context)?;
            known.members.adopt(&pod);
        }
    }
    Ok(())
}

/// The status of the Pods that there were before this sync made or deleted any.
fn status_of(
    object: &Object,
    set: &ReplicaSet,
    counts: Counts,
    failed: Option<&String>,
    now: Time,
) -> ReplicaSetStatus {
    let mut conditions = set.status.conditions.clone();
    match (failed, condition(&conditions, REPLICA_FAILURE)) {
        (Some(error), None) => set_condition(
            &mut conditions,
            WorkloadCondition {
                kind: REPLICA_FAILURE.into(),
                status: "True".into(),
                reason: if counts.active < set.spec.replicas { "FailedCreate" } else { "FailedDelete" }.into(),
                message: error.as_str().into(),
                last_update: None,
                last_transition: now,
            },
        ),
        (None, Some(_)) => remove_condition(&mut conditions, REPLICA_FAILURE),
        _ => {}
    }
    ReplicaSetStatus {
        replicas: counts.active,
        fully_labeled: counts.labeled,
        ready: counts.ready,
        available: counts.available,
        terminating: Some(counts.terminating),
        observed_generation: object.meta.generation,
        conditions,
    }
}

fn write_status(
    object: &Object,
    set: &ReplicaSet,
    status: ReplicaSetStatus,
    context: &mut Context<'_>,
) -> Result<(), Status> {
    if status == set.status {
        return Ok(());
    }
    context.update_status(ACTOR, object, |body| {
        if let Body::ReplicaSet(set) = body {
            set.status = status;
        }
    })
}
