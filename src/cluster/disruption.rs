//! The disruption controller: how many Pods of a budget may be evicted now (rules N15 to N17). It counts with every
//! write to a Pod, so that a budget over many Pods costs no more than one over few.
//!
//! Upstream: `pkg/controller/disruption`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::context::Context;
use super::queue::{Item, Worker};
use crate::resource::meta::{OwnerReference, Text, Uid};
use crate::resource::object::Body;
use crate::resource::selector::Selector;
use crate::resource::{Kind, Object};
use crate::store::{Actor, Store, WatchEvent};

const ACTOR: Actor = Actor::DisruptionController;
/// How long after a write the controller looks at it.
const REACTION: Duration = Duration::from_millis(2);

/// The Pods of one budget, counted.
#[derive(Clone, Debug)]
struct Budget {
    selector: Selector,
    pods: i64,
    healthy: i64,
    /// How many of the Pods each controller has; Pods without controller are under `None`.
    controllers: BTreeMap<Option<Uid>, i64>,
}

impl Budget {
    fn count(&mut self, pod: &Object, sign: i64) {
        if !self.selector.matches(|key| pod.meta.labels.get(key)) {
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
#[derive(Clone, Debug, Default)]
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
        for (name, budget) in budgets {
            let before = (budget.pods, budget.healthy, budget.controllers.len());
            if let Some(old) = &event.old {
                budget.count(old, -1);
            }
            if let Some(new) = &event.new {
                budget.count(new, 1);
            }
            if before != (budget.pods, budget.healthy, budget.controllers.len()) {
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
            return;
        }
        // A budget without a selector means no Pods; one with an empty selector means all.
        let selector = Some(&spec(new)["selector"]).filter(|s| !s.is_null());
        let selector = selector.and_then(|s| Selector::from_label_selector(s).ok()).unwrap_or_else(Selector::nothing);
        let mut budget = Budget { selector, pods: 0, healthy: 0, controllers: BTreeMap::new() };
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
        let Some(budget) = self.budgets.get(namespace).and_then(|b| b.get(name)) else { return };
        let Some(object) = context.api.store.get(Kind::PodDisruptionBudget, namespace, name).cloned() else { return };
        if budget.pods == 0 {
            context.event(ACTOR, &object, false, "NoPods", "No matching pods found");
        }
        let scale = scale(budget, &context.api.store);
        let uses_scale = uses_scale(spec(&object));
        if uses_scale && scale.unmanaged {
            let message = format!(
                "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the \
                 status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for \
                 these pods please set \".spec.minAvailable\" field of the PDB to an integer value.",
                go_selector(&spec(&object)["selector"])
            );
            context.event(ACTOR, &object, true, "UnmanagedPods", message);
        }
        let expected = if uses_scale { scale.replicas } else { budget.pods };
        let desired = desired_healthy(spec(&object), expected);
        write_status(&object, budget.healthy, desired, expected, context);
    }
}

fn spec(object: &Object) -> &Value {
    static NULL: Value = Value::Null;
    object.plain().and_then(|p| p.get("spec")).unwrap_or(&NULL)
}

/// Whether the number of Pods to expect is that of their controllers (rule N16).
fn uses_scale(spec: &Value) -> bool {
    !spec["maxUnavailable"].is_null() || spec["minAvailable"].is_string()
}

/// How many Pods must stay healthy; percentages round up.
fn desired_healthy(spec: &Value, expected: i64) -> i64 {
    if spec["maxUnavailable"].is_null() {
        amount(&spec["minAvailable"], expected)
    } else {
        (expected - amount(&spec["maxUnavailable"], expected)).max(0)
    }
}

fn amount(value: &Value, total: i64) -> i64 {
    let percent = value.as_str().and_then(|s| s.strip_suffix('%')).and_then(|s| s.parse::<i64>().ok());
    match percent {
        Some(percent) => (percent * total + 99) / 100,
        None => value.as_i64().unwrap_or(0),
    }
}

struct Scale {
    replicas: i64,
    unmanaged: bool,
}

/// The replicas of the distinct controllers of a budget's Pods.
fn scale(budget: &Budget, store: &Store) -> Scale {
    let mut out = Scale { replicas: 0, unmanaged: false };
    let mut counted = Vec::new();
    for controller in budget.controllers.keys() {
        match controller.and_then(|uid| scaled_controller(uid, store)) {
            Some(object) if counted.contains(&object.meta.uid) => {}
            Some(object) => {
                counted.push(object.meta.uid);
                out.replicas += replicas(&object).unwrap_or(0);
            }
            None => out.unmanaged |= controller.is_none(),
        }
    }
    out
}

/// The object whose replicas count: the controller, or the Deployment behind a `ReplicaSet`.
fn scaled_controller(uid: Uid, store: &Store) -> Option<Arc<Object>> {
    let object = store.by_uid(uid)?;
    let above: Option<&OwnerReference> = object.meta.controller().filter(|o| &*o.kind == "Deployment");
    let above = above.and_then(|o| store.by_uid(o.uid));
    Some(Arc::clone(above.unwrap_or(object)))
}

fn replicas(object: &Object) -> Option<i64> {
    match &object.body {
        Body::StatefulSet(set) => Some(set.spec.replicas),
        Body::Plain(Kind::Deployment | Kind::ReplicaSet, body) => {
            Some(body.get("spec").and_then(|s| s["replicas"].as_i64()).unwrap_or(1))
        }
        _ => None,
    }
}

fn write_status(object: &Arc<Object>, healthy: i64, desired: i64, expected: i64, context: &mut Context) {
    let Some(body) = object.plain() else { return };
    let old = body.get("status").cloned().unwrap_or_default();
    let allowed = if expected == 0 { 0 } else { (healthy - desired).max(0) };
    let (status, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let before = &old["conditions"][0];
    let since =
        if before["status"] == status { before["lastTransitionTime"].clone() } else { context.now.rfc3339().into() };
    let new = json!({
        "conditions": [{"type": "DisruptionAllowed", "status": status, "reason": reason, "message": "",
            "lastTransitionTime": since, "observedGeneration": object.meta.generation}],
        "currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed, "expectedPods": expected,
        "observedGeneration": object.meta.generation,
    });
    if new == old {
        return;
    }
    let mut body: Map<String, Value> = body.clone();
    body.insert("status".into(), new);
    let new = Object { meta: object.meta.clone(), body: Body::Plain(Kind::PodDisruptionBudget, Arc::new(body)) };
    let write = context.write(ACTOR);
    // A budget that changed meanwhile is counted again.
    let _ = context.api.update(new, write);
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
mod tests {
    use super::*;
    use crate::cluster::Fault;
    use crate::cluster::testing::World;

    fn budget(world: &mut World, spec: &Value) {
        let mut spec = spec.clone();
        spec["selector"] = json!({"matchLabels": {"app": "a"}});
        world.create(Kind::PodDisruptionBudget, json!({"metadata": {"name": "pdb"}, "spec": spec}));
        world.settle();
    }

    fn counts(world: &World) -> [i64; 4] {
        let status = &world.get(Kind::PodDisruptionBudget, "pdb")["status"];
        let keys = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"];
        keys.map(|key| status[key].as_i64().unwrap_or(-1))
    }

    #[test]
    fn n16_n17_a_budget_follows_its_pods() {
        let mut world = World::new();
        budget(&mut world, &json!({"maxUnavailable": 1}));
        assert_eq!(counts(&world), [0, 0, 0, 0]);
        assert_eq!(world.said("PodDisruptionBudget/pdb"), ["NoPods No matching pods found"]);
        world.create(
            Kind::StatefulSet,
            json!({"metadata": {"name": "web"}, "spec": {"replicas": 3, "serviceName": "web",
                "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
        );
        world.settle();
        assert_eq!(counts(&world), [1, 3, 2, 3]);
        let condition = |world: &World| {
            let condition = world.get(Kind::PodDisruptionBudget, "pdb")["status"]["conditions"][0].clone();
            (condition["status"].clone(), condition["reason"].clone(), condition["observedGeneration"].clone())
        };
        assert_eq!(condition(&world), (json!("True"), json!("SufficientPods"), json!(1)));
        world.fault(&Fault::Pod { name: "web-1".into(), attribute: "ready".into(), value: Some(false) });
        world.settle();
        assert_eq!(counts(&world), [0, 2, 2, 3]);
        assert_eq!(condition(&world), (json!("False"), json!("InsufficientPods"), json!(1)));
        world.patch(Kind::PodDisruptionBudget, "pdb", json!({"spec": {"maxUnavailable": 2}}));
        world.settle();
        assert_eq!((counts(&world), condition(&world).2), ([1, 2, 1, 3], json!(2)));
        world.patch(Kind::StatefulSet, "web", json!({"spec": {"replicas": 5}}));
        world.settle();
        assert_eq!(counts(&world)[3], 5);
    }

    #[test]
    fn n17_pods_without_controller_have_no_scale() {
        let mut world = World::new();
        world.pod("app", &json!({"app": "a"}), json!({}));
        budget(&mut world, &json!({"maxUnavailable": 1}));
        assert!(world.said("PodDisruptionBudget/pdb")[0].starts_with("UnmanagedPods Pods selected by this"));
        assert_eq!(counts(&world), [0, 1, 0, 0]);
        world.patch(Kind::PodDisruptionBudget, "pdb", json!({"spec": {"maxUnavailable": null, "minAvailable": 1}}));
        world.settle();
        assert_eq!(counts(&world), [0, 1, 1, 1]);
    }

    #[test]
    fn n16_percentages_round_up() {
        for (spec, expected, desired) in [
            (json!({"minAvailable": 2}), 5, 2),
            (json!({"minAvailable": "50%"}), 5, 3),
            (json!({"maxUnavailable": 1}), 3, 2),
            (json!({"maxUnavailable": "30%"}), 5, 3),
            (json!({"maxUnavailable": 7}), 3, 0),
        ] {
            assert_eq!(desired_healthy(&spec, expected), desired, "{spec}");
        }
    }

    #[test]
    fn selectors_as_go_prints_them() {
        let selector = json!({"matchLabels": {"app": "web"}});
        assert_eq!(
            go_selector(&selector),
            "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}"
        );
    }
}
