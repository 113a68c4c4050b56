//! What the controller writes into a budget's status, and the Pods that evictions have written there (rules N16, N17).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{ACTOR, Budget};
use crate::apiserver::disruption_condition;
use crate::cluster::context::Context;
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};

/// After so long an evicted Pod that is still there counts again.
const DELETION_TIMEOUT: Duration = Duration::from_secs(120);

/// The numbers of a status.
pub(super) struct Counts {
    pub(super) healthy: i64,
    pub(super) desired: i64,
    pub(super) expected: i64,
}

/// The Pods that were evicted and are not yet going.
#[derive(Default)]
pub(super) struct Disrupted {
    /// By name, with the time of the eviction.
    pub(super) pods: Map<String, Value>,
    /// How many of them were counted as healthy.
    pub(super) healthy: i64,
    /// When to look again.
    pub(super) recheck: Option<Duration>,
}

fn status(object: &Object) -> Value {
    object.plain().and_then(|p| p.get("status")).cloned().unwrap_or_else(|| json!({}))
}

/// Looks after the Pods in `status.disruptedPods`: those that go are forgotten, and those that never did.
pub(super) fn disrupted_pods(object: &Object, budget: &Budget, context: &mut Context<'_>) -> Disrupted {
    let mut out = Disrupted::default();
    let namespace = &object.meta.namespace;
    for (name, since) in status(object)["disruptedPods"].as_object().into_iter().flatten() {
        let Some(pod) = context.api.store.get(Kind::Pod, namespace, name).cloned() else { continue };
        if pod.meta.terminating() || !budget.covers(&pod) {
            continue;
        }
        let deadline = since.as_str().and_then(Time::parse).unwrap_or_default() + DELETION_TIMEOUT;
        if deadline < context.now {
            let message = format!("Pod was expected by PDB {namespace}/{namespace} to be deleted but it wasn't");
            context.event(ACTOR, &pod, true, "NotDeleted", message);
            continue;
        }
        let left = deadline.since(context.now) + Duration::from_millis(1);
        out.recheck = Some(out.recheck.map_or(left, |known| known.min(left)));
        out.healthy += i64::from(pod.pod().is_some_and(|p| p.status.is_ready()));
        out.pods.insert(name.clone(), since.clone());
    }
    out
}

/// Writes a status, if it is another one.
pub(super) fn write(object: &Arc<Object>, counts: &Counts, disrupted: Map<String, Value>, context: &mut Context<'_>) {
    let old = status(object);
    let Counts { healthy, desired, expected } = *counts;
    let allowed = if expected == 0 { 0 } else { (healthy - desired).max(0) };
    let generation = object.meta.generation;
    let mut new = json!({
        "conditions": [disruption_condition(&old["conditions"], allowed, generation, context.now)],
        "currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed, "expectedPods": expected,
        "observedGeneration": generation,
    });
    if !disrupted.is_empty() {
        new["disruptedPods"] = disrupted.into();
    }
    if new != old {
        put(object, new, context);
    }
}

/// Nothing may be evicted while the number of Pods to expect is not known.
pub(super) fn write_failure(object: &Arc<Object>, why: &str, context: &mut Context<'_>) {
    let old = status(object);
    let mut new = old.clone();
    let before = &old["conditions"][0];
    let since =
        if before["status"] == "False" { before["lastTransitionTime"].clone() } else { context.now.rfc3339().into() };
    new["conditions"] = json!([{"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": why,
        "lastTransitionTime": since, "observedGeneration": old["observedGeneration"]}]);
    new["disruptionsAllowed"] = 0.into();
    for key in ["currentHealthy", "desiredHealthy", "expectedPods"] {
        new[key] = old[key].as_i64().unwrap_or(0).into();
    }
    if new["conditions"][0]["observedGeneration"].is_null() {
        if let Some(condition) = new["conditions"][0].as_object_mut() {
            condition.remove("observedGeneration");
        }
    }
    if new != old {
        put(object, new, context);
    }
}

fn put(object: &Arc<Object>, status: Value, context: &mut Context<'_>) {
    let Some(body) = object.plain() else { return };
    let mut body: Map<String, Value> = body.clone();
    body.insert("status".into(), status);
    let new = Object { meta: object.meta.clone(), body: Body::Plain(Kind::PodDisruptionBudget, Arc::new(body)) };
    let write = context.write(ACTOR);
    // A budget that changed meanwhile is counted again.
    let _ = context.api.update(new, write);
}
