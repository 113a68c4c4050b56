//! The namespace controller: it empties a namespace that is going, Pods before everything else, and lets it go once
//! nothing is left in it (rules G8, G9). What is left, and what holds it, stands in the namespace's conditions.
//!
//! Upstream: `pkg/controller/namespace`, `pkg/controller/namespace/deletion`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::context::Context;
use super::queue::{Item, Worker};
use crate::apiserver::{DeleteOptions, Propagation};
use crate::resource::kind::ALL;
use crate::resource::meta::Text;
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};

const ACTOR: Actor = Actor::NamespaceController;
/// How long it waits after a change of the namespace (`namespaceDeletionGracePeriod`).
const PAUSE: Duration = Duration::from_secs(5);
/// How long finalizers are expected to take, in seconds (`finalizerEstimateSeconds`).
const FINALIZER_ESTIMATE: i64 = 15;
/// How soon it looks again at what should be gone and is not.
const RETRY: Duration = Duration::from_secs(5);

/// The conditions in their order: type, and reason and message while all is well.
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    (FAILURE, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    (REMAINING, "ContentRemoved", "All content successfully removed"),
    (FINALIZERS, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
];
const FAILURE: &str = "NamespaceDeletionContentFailure";
const REMAINING: &str = "NamespaceContentRemaining";
const FINALIZERS: &str = "NamespaceFinalizersRemaining";

/// Notices namespaces that are going.
pub fn observe(event: &WatchEvent, context: &mut Context<'_>) {
    let Some(new) = event.new.as_ref().filter(|new| new.kind() == Kind::Namespace && new.meta.terminating()) else {
        return;
    };
    context.enqueue(Worker::Namespace, Item::Name(Text::default(), new.meta.name.clone()), PAUSE);
}

/// What a sweep has found.
#[derive(Default)]
struct Sweep {
    /// How many of a resource are left.
    left: BTreeMap<String, usize>,
    /// How many objects a finalizer holds.
    finalizers: BTreeMap<String, usize>,
    /// What failed.
    errors: Vec<String>,
    /// How many seconds what is left is expected to take.
    estimate: i64,
}

/// Empties a namespace as far as it can be emptied now.
pub fn sync(item: &Item, context: &mut Context<'_>) {
    let Item::Name(_, name) = item else { return };
    let Some(namespace) = context.api.store.get(Kind::Namespace, "", name).cloned() else { return };
    let finalizers = namespace.plain().and_then(|body| body.get("spec")?["finalizers"].as_array().cloned());
    if !namespace.meta.terminating() || finalizers.as_ref().is_none_or(Vec::is_empty) {
        return;
    }
    let mut sweep = Sweep::default();
    sweep.kind(Kind::Pod, name, context);
    let pods_left = !sweep.left.is_empty();
    if !pods_left {
        for info in ALL.iter().filter(|info| info.namespaced && !matches!(info.kind, Kind::Pod | Kind::Endpoints)) {
            sweep.kind(info.kind, name, context);
        }
    }
    // While there are Pods, what else is left is not counted.
    let conditions =
        if pods_left { Sweep { errors: sweep.errors.clone(), ..Sweep::default() }.found() } else { sweep.found() };
    tell(&namespace, &conditions, context);
    let again = |delay: Duration, context: &mut Context<'_>| context.enqueue(Worker::Namespace, item.clone(), delay);
    if !sweep.errors.is_empty() {
        again(RETRY, context);
    } else if sweep.estimate > 0 {
        again(Duration::from_secs(sweep.estimate.unsigned_abs() / 2 + 1), context);
    } else {
        finalize(name, context);
    }
}

impl Sweep {
    /// Deletes all objects of a kind, and counts those that stay.
    fn kind(&mut self, kind: Kind, namespace: &Text, context: &mut Context<'_>) {
        let store = &context.api.store;
        let estimate = if kind == Kind::Pod { grace_of_pods(namespace, context) } else { 0 };
        let names: Vec<Text> = store.in_namespace(kind, namespace).map(|object| object.meta.name.clone()).collect();
        for name in names {
            let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
            let write = context.write(ACTOR);
            // What went in the meantime is gone as well.
            let _ = context.api.delete(kind, namespace, &name, options, write);
        }
        let (mut count, mut held) = (0, false);
        for object in context.api.store.unsorted(kind, namespace) {
            count += 1;
            for finalizer in &*object.meta.finalizers {
                held = true;
                *self.finalizers.entry(finalizer.to_string()).or_default() += 1;
            }
        }
        if count == 0 {
            return;
        }
        let info = kind.info();
        self.left.insert(format!("{}.{}", info.plural, info.group), count);
        match (estimate, held) {
            (0, false) => {
                let group = if info.group.is_empty() { String::new() } else { info.group.to_string() };
                let version = kind.api_version();
                let version = version.rsplit('/').next().unwrap_or_default();
                let failed = format!(
                    "unexpected items still remain in namespace: {namespace} for gvr: {group}/{version}, Resource={}",
                    info.plural
                );
                let pods = format!("failed to delete pods for namespace: {namespace}, err: {failed}");
                self.errors.push(if kind == Kind::Pod { pods } else { failed });
            }
            (0, true) => self.estimate = self.estimate.max(FINALIZER_ESTIMATE),
            (seconds, _) => self.estimate = self.estimate.max(seconds),
        }
    }

    /// The conditions that are not as they should be: type, reason, message.
    fn found(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut out = Vec::new();
        if !self.errors.is_empty() {
            let mut errors = self.errors.clone();
            errors.sort();
            let text =
                format!("Failed to delete all resource types, {} remaining: {}", errors.len(), errors.join(", "));
            out.push((FAILURE, "ContentDeletionFailed", text));
        }
        let list = |counts: &BTreeMap<String, usize>, word: &str| {
            let each: Vec<String> =
                counts.iter().map(|(what, count)| format!("{what} {word} {count} resource instances")).collect();
            each.join(", ")
        };
        if !self.left.is_empty() {
            let text = format!("Some resources are remaining: {}", list(&self.left, "has"));
            out.push((REMAINING, "SomeResourcesRemain", text));
        }
        if !self.finalizers.is_empty() {
            let text =
                format!("Some content in the namespace has finalizers remaining: {}", list(&self.finalizers, "in"));
            out.push((FINALIZERS, "SomeFinalizersRemain", text));
        }
        out
    }
}

/// The longest time that one of the Pods may take to end, in seconds.
fn grace_of_pods(namespace: &str, context: &Context<'_>) -> i64 {
    let pods = context.api.store.unsorted(Kind::Pod, namespace).filter_map(|object| object.pod());
    pods.filter(|pod| !pod.status.phase.is_terminal()).map(|pod| pod.template.grace_seconds).max().unwrap_or(0)
}

/// Writes the conditions if they changed.
fn tell(namespace: &Object, found: &[(&str, &str, String)], context: &mut Context<'_>) {
    let now = context.now.rfc3339();
    let before = namespace.plain().and_then(|body| body.get("status")?["conditions"].as_array().cloned());
    let before = before.unwrap_or_default();
    let condition = |(kind, reason, message): &(&str, &str, &str)| {
        let wrong = found.iter().find(|(own, ..)| own == kind);
        let (status, reason, message) = match wrong {
            Some((_, reason, message)) => ("True", *reason, message.as_str()),
            None => ("False", *reason, *message),
        };
        let old = before.iter().find(|old| old["type"] == *kind && old["status"] == status);
        let since = old.map_or_else(|| Value::from(now.as_str()), |old| old["lastTransitionTime"].clone());
        json!({"lastTransitionTime": since, "message": message, "reason": reason, "status": status, "type": kind})
    };
    let after: Vec<Value> = CONDITIONS.iter().map(condition).collect();
    if after == before {
        return;
    }
    // Whoever else writes the namespace wakes this controller again.
    let _ = context.update_status(ACTOR, namespace, |body| {
        if let Body::Plain(_, rest) = body {
            Arc::make_mut(rest).entry("status").or_insert_with(|| json!({}))["conditions"] = after.into();
        }
    });
}

/// Takes the finalizer off that kept the namespace: with the last one it goes.
fn finalize(name: &str, context: &mut Context<'_>) {
    let Some(namespace) = context.api.store.get(Kind::Namespace, "", name).cloned() else { return };
    let mut new = (*namespace).clone();
    new.meta.resource_version = 0;
    if let Body::Plain(_, rest) = &mut new.body
        && let Some(list) = Arc::make_mut(rest).get_mut("spec").and_then(|spec| spec["finalizers"].as_array_mut())
    {
        list.retain(|finalizer| finalizer != "kubernetes");
    }
    let write = context.write(ACTOR);
    // Somebody else may have taken it off.
    let _ = context.api.update(new, write);
}
