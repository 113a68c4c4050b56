//! The disruption controller: how many Pods of a budget may be evicted now (rules N15 to N17). It counts with every
//! write to a Pod, so that a budget over many Pods costs no more than one over few.
//!
//! Upstream: `pkg/controller/disruption`.

mod expected;
mod status;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::Context;
use super::queue::{Item, Worker};
use crate::resource::meta::{Text, Uid};
use crate::resource::selector::Selector;
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};
use expected::{desired_healthy, replicas, scale, uses_scale};
use status::Counts;

const ACTOR: Actor = Actor::DisruptionController;
/// How long after a write the controller looks at it.
const REACTION: Duration = Duration::from_millis(2);

/// The Pods of one budget, counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Budget {
    selector: Selector,
    pods: i64,
    healthy: i64,
    /// How many of the Pods each controller has; Pods without controller are under `None`.
    controllers: BTreeMap<Option<Uid>, i64>,
    /// Whether the last look at it gave a warning: then it is given with every write, as upstream looks at each.
    warns: bool,
}

impl Budget {
    fn covers(&self, pod: &Object) -> bool {
        self.selector.matches(|key| pod.meta.labels.get(key))
    }

    fn count(&mut self, pod: &Object, sign: i64) {
        if !self.covers(pod) {
            return;
        }
        self.pods += sign;
        self.healthy += if healthy(pod) { sign } else { 0 };
        let controller = pod.meta.controller().map(|o| o.uid);
        let count = self.controllers.entry(controller).or_default();
        *count += sign;
        if *count == 0 {
            self.controllers.remove(&controller);
        }
    }
}

/// Whether a Pod counts as healthy: Ready, and not asked to go.
fn healthy(pod: &Object) -> bool {
    !pod.meta.terminating() && pod.pod().is_some_and(|p| p.status.is_ready())
}

/// The budgets by namespace and name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    budgets: BTreeMap<Text, BTreeMap<Text, Budget>>,
}

impl Controller {
    /// Takes note of a write and queues what it calls for.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context) {
        match event.kind() {
            Kind::Pod => self.observe_pod(event, context),
            Kind::PodDisruptionBudget => self.observe_budget(event, context),
            Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet if !self.budgets.is_empty() => {
                self.observe_controller(event, context);
            }
            _ => {}
        }
    }

    fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context) {
        let namespace = &event.object().meta.namespace;
        let Some(budgets) = self.budgets.get_mut(namespace) else { return };
        if budgets.len() > 1 {
            tell_of_several(budgets, event.object(), context);
        }
        for (name, budget) in budgets {
            let before = (budget.pods, budget.healthy, budget.controllers.len());
            if let Some(old) = &event.old {
                budget.count(old, -1);
            }
            if let Some(new) = &event.new {
                budget.count(new, 1);
            }
            let counted = before != (budget.pods, budget.healthy, budget.controllers.len());
            if counted || budget.warns && budget.covers(event.object()) {
                context.enqueue(Worker::Disruption, Item::Name(namespace.clone(), name.clone()), REACTION);
            }
        }
    }

    fn observe_budget(&mut self, event: &WatchEvent, context: &mut Context) {
        let (namespace, name) = (&event.object().meta.namespace, &event.object().meta.name);
        let Some(new) = &event.new else {
            if let Some(budgets) = self.budgets.get_mut(namespace) {
                budgets.remove(name);
                if budgets.is_empty() {
                    self.budgets.remove(namespace);
                }
            }
            return;
        };
        if event.old.as_deref().map(spec) == Some(spec(new)) {
            // Somebody was evicted, or wrote another status.
            let status = |o: &Object| o.plain().and_then(|p| p.get("status")).cloned();
            let written = event.old.as_deref().and_then(status) != status(new);
            let warns = self.budgets.get(namespace).and_then(|b| b.get(name)).is_some_and(|budget| budget.warns);
            if written && (warns || status(new).is_some_and(|s| !s["disruptedPods"].is_null())) {
                context.enqueue(Worker::Disruption, Item::Name(namespace.clone(), name.clone()), REACTION);
            }
            return;
        }
        // A budget without a selector means no Pods; one with an empty selector means all.
        let selector = Some(&spec(new)["selector"]).filter(|s| !s.is_null());
        let selector = selector.and_then(|s| Selector::from_label_selector(s).ok()).unwrap_or_else(Selector::nothing);
        let mut budget = Budget { selector, pods: 0, healthy: 0, controllers: BTreeMap::new(), warns: false };
        for pod in context.api.store.in_namespace(Kind::Pod, namespace) {
            budget.count(pod, 1);
        }
        self.budgets.entry(namespace.clone()).or_default().insert(name.clone(), budget);
        context.enqueue(Worker::Disruption, Item::Name(namespace.clone(), name.clone()), REACTION);
    }

    /// A controller's scale counts in budgets over its Pods.
    fn observe_controller(&mut self, event: &WatchEvent, context: &mut Context) {
        let object = event.object();
        if event.old.as_deref().and_then(replicas) == event.new.as_deref().and_then(replicas) {
            return;
        }
        let Some(budgets) = self.budgets.get(&object.meta.namespace) else { return };
        for name in budgets.keys() {
            context.enqueue(Worker::Disruption, Item::Name(object.meta.namespace.clone(), name.clone()), REACTION);
        }
    }

    /// Brings a budget's status up to date.
    pub fn sync(&mut self, item: &Item, context: &mut Context) {
        let Item::Name(namespace, name) = item else { return };
        let Some(budget) = self.budgets.get_mut(namespace).and_then(|b| b.get_mut(name)) else { return };
        let Some(object) = context.api.store.get(Kind::PodDisruptionBudget, namespace, name).cloned() else { return };
        if budget.pods == 0 {
            context.event(ACTOR, &object, false, "NoPods", "No matching pods found");
        }
        let scale = uses_scale(spec(&object)).then(|| scale(budget, namespace, &context.api.store)).transpose();
        budget.warns = scale.as_ref().map_or(true, |scale| scale.as_ref().is_some_and(|scale| scale.unmanaged));
        let scale = match scale {
            Ok(scale) => scale,
            Err(why) => {
                let message = format!("Failed to calculate the number of expected pods: {why}");
                context.event(ACTOR, &object, true, "CalculateExpectedPodCountFailed", message);
                return status::write_failure(&object, &why, context);
            }
        };
        if budget.warns {
            let message = format!(
                "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the \
                 status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for \
                 these pods please set \".spec.minAvailable\" field of the PDB to an integer value.",
                go_selector(&spec(&object)["selector"])
            );
            context.event(ACTOR, &object, true, "UnmanagedPods", message);
        }
        let expected = scale.map_or(budget.pods, |scale| scale.replicas);
        let desired = desired_healthy(spec(&object), expected);
        let disrupted = status::disrupted_pods(&object, budget, context);
        if let Some(delay) = disrupted.recheck {
            context.enqueue(Worker::Disruption, item.clone(), delay);
        }
        let counts = Counts { healthy: budget.healthy - disrupted.healthy, desired, expected };
        status::write(&object, &counts, disrupted.pods, context);
    }
}

/// A Pod under several budgets can never be evicted; upstream keeps only one of them, any one, up to date with it.
fn tell_of_several(budgets: &BTreeMap<Text, Budget>, pod: &Object, context: &mut Context) {
    let mut covering = budgets.iter().filter(|(_, budget)| budget.covers(pod)).map(|(name, _)| name);
    if let (Some(chosen), Some(_)) = (covering.next(), covering.next()) {
        let (namespace, name) = (&pod.meta.namespace, &pod.meta.name);
        let message =
            format!("Pod {namespace:?}/{name:?} matches multiple PodDisruptionBudgets.  Chose {chosen:?} arbitrarily.");
        context.event(ACTOR, pod, true, "MultiplePodDisruptionBudgets", message);
    }
}

fn spec(object: &Object) -> &Value {
    static NULL: Value = Value::Null;
    object.plain().and_then(|p| p.get("spec")).unwrap_or(&NULL)
}

/// A label selector as Go's `%v` prints it.
fn go_selector(selector: &Value) -> String {
    let labels = selector["matchLabels"].as_object();
    let labels: Vec<String> =
        labels.into_iter().flatten().map(|(k, v)| format!("{k}: {},", v.as_str().unwrap_or_default())).collect();
    let expression = |e: &Value| {
        let values: Vec<&str> = e["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (key, operator) = (e["key"].as_str().unwrap_or_default(), e["operator"].as_str().unwrap_or_default());
        format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{}],}},", values.join(" "))
    };
    let expressions: Vec<String> =
        selector["matchExpressions"].as_array().into_iter().flatten().map(expression).collect();
    let (labels, expressions) = (labels.concat(), expressions.concat());
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

#[cfg(test)]
mod tests;
