//! The taint eviction controller: deletes the Pods of nodes with `NoExecute` taints, at once or when the time they
//! tolerate them is over (rules N5, N6). Budgets are not asked.
//!
//! Upstream: `pkg/controller/tainteviction`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::object::{self, NO_EXECUTE};
use super::{item, pods_on};
use crate::apiserver::DeleteOptions;
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Task, Worker};
use crate::cluster::recorder::Occurrence;
use crate::cluster::scheduler::{Taint, Toleration};
use crate::resource::meta::{Meta, Text};
use crate::resource::model::{
    Condition, ConditionStatus, ConditionType, EventSource, ObjectReference, Pod, PodTemplate,
};
use crate::resource::object::Body;
use crate::resource::{Kind, Object, Time};
use crate::store::{Actor, WatchEvent};

const ACTOR: Actor = Actor::TaintEvictionController;
/// How soon the controller looks at a write.
const REACTION: Duration = Duration::from_millis(1);

/// A Pod's namespace and name.
type PodKey = (Text, Text);

/// A deletion that is to come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Timer {
    since: Time,
}

/// The controller.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TaintEviction {
    /// The nodes with `NoExecute` taints, and these.
    tainted: BTreeMap<Text, Vec<Taint>>,
    timers: BTreeMap<PodKey, Timer>,
}

fn no_execute(node: &Object) -> Vec<Taint> {
    let taints = object::taints(node).iter().filter(|t| t["effect"] == NO_EXECUTE);
    taints.map(Taint::from_json).collect()
}

fn tolerations(template: &PodTemplate) -> Vec<Toleration> {
    let list = template.spec.get("tolerations").and_then(|t| t.as_array());
    list.into_iter().flatten().map(Toleration::from_json).collect()
}

/// How long Pods with these tolerations may stay with these taints; `None` is for ever.
fn tolerated_for(tolerations: &[Toleration], taints: &[Taint]) -> Option<Duration> {
    let mut shortest: Option<Duration> = None;
    for taint in taints {
        let Some(toleration) = tolerations.iter().find(|t| t.tolerates(taint)) else { return Some(Duration::ZERO) };
        if let Some(seconds) = toleration.seconds {
            let time = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            shortest = Some(shortest.map_or(time, |known| known.min(time)));
        }
    }
    shortest
}

impl TaintEviction {
    /// Notices nodes whose `NoExecute` taints change.
    pub fn observe_node(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let taints = |node: &Option<Arc<Object>>| node.as_deref().map(no_execute).unwrap_or_default();
        if event.new.is_none() || taints(&event.old) != taints(&event.new) {
            context.enqueue(Worker::TaintEviction, item(&event.object().meta.name), REACTION);
        }
    }

    /// Notices Pods that come to a node, change their tolerations, or go, as long as any node is tainted.
    pub fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        if self.tainted.is_empty() && self.timers.is_empty() {
            return;
        }
        let same = |old: &Pod, new: &Pod| old.node == new.node && Arc::ptr_eq(&old.template, &new.template);
        if let (Some(old), Some(new)) = (&event.old, &event.new) {
            if old.pod().zip(new.pod()).is_some_and(|(old, new)| same(old, new)) {
                return;
            }
        }
        let Meta { namespace, name, .. } = &event.object().meta;
        context.enqueue(Worker::TaintEviction, Item::Name(namespace.clone(), name.clone()), REACTION);
    }

    /// Looks at the Pods of a node whose taints changed.
    pub fn handle_node(&mut self, name: &Text, context: &mut Context<'_>) {
        let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else {
            // What is due for its Pods stays due.
            self.tainted.remove(name);
            return;
        };
        let taints = no_execute(&node);
        if taints.is_empty() {
            self.tainted.remove(name);
        } else {
            self.tainted.insert(name.clone(), taints);
        }
        for pod in pods_on(name, &context.api.store) {
            self.judge(&pod, context);
        }
    }

    /// Looks at one Pod.
    pub fn handle_pod(&mut self, key: &PodKey, context: &mut Context<'_>) {
        match context.api.store.get(Kind::Pod, &key.0, &key.1).cloned() {
            None => self.cancel(key, context),
            Some(pod) => {
                let node = pod.pod().and_then(|p| p.node.as_deref());
                if node.is_some_and(|node| self.tainted.contains_key(node)) {
                    self.judge(&pod, context);
                }
            }
        }
    }

    /// Deletes a Pod, now or later, or takes that back.
    fn judge(&mut self, object: &Object, context: &mut Context<'_>) {
        let Some(pod) = object.pod() else { return };
        let key = (object.meta.namespace.clone(), object.meta.name.clone());
        let taints = pod.node.as_ref().and_then(|node| self.tainted.get(node)).map(Vec::as_slice).unwrap_or_default();
        match tolerated_for(&tolerations(&pod.template), taints) {
            None => self.cancel(&key, context),
            Some(Duration::ZERO) => {
                self.cancel(&key, context);
                self.fire(&key, context);
            }
            Some(time) => {
                let since = match self.timers.get(&key) {
                    // It is due sooner as it stands.
                    Some(timer) if timer.since < context.now => return,
                    Some(timer) => timer.since,
                    None => context.now,
                };
                self.cancel(&key, context);
                self.timers.insert(key.clone(), Timer { since });
                let left = (since + time).since(context.now);
                context.enqueue(Worker::TaintEvictionTimer, Item::Name(key.0, key.1), left);
            }
        }
    }

    fn cancel(&mut self, key: &PodKey, context: &mut Context<'_>) {
        if self.timers.remove(key).is_some() {
            let item = Item::Name(key.0.clone(), key.1.clone());
            context.queue.cancel(&Task { worker: Worker::TaintEvictionTimer, item });
            tell(key, "Cancelling deletion of", context);
        }
    }

    /// Deletes a Pod.
    pub fn fire(&mut self, key: &PodKey, context: &mut Context<'_>) {
        self.timers.remove(key);
        tell(key, "Marking for deletion", context);
        let Some(object) = context.api.store.get(Kind::Pod, &key.0, &key.1).cloned() else { return };
        let mut marked = (*object).clone();
        if let Body::Pod(pod) = &mut marked.body {
            pod.status.set_condition(Condition {
                kind: ConditionType::DisruptionTarget,
                status: ConditionStatus::True,
                reason: Some("DeletionByTaintManager".into()),
                message: Some("Taint manager: deleting due to NoExecute taint".into()),
                last_transition: context.now,
                observed_generation: object.meta.generation,
            });
        }
        let write = context.write(ACTOR);
        if context.api.update(marked, write).is_ok() {
            // A Pod that is on its way already stays so.
            let _ = context.api.delete(Kind::Pod, &key.0, &key.1, DeleteOptions::default(), write);
        }
    }
}

/// The controller knows Pods by name only, so its Events have no uid.
fn tell((namespace, name): &PodKey, what: &str, context: &mut Context<'_>) {
    let named = Meta::new(namespace.clone(), name.clone(), None);
    let occurrence = Occurrence {
        about: ObjectReference::new(Kind::Pod, &named),
        warning: false,
        reason: "TaintManagerEviction".into(),
        message: format!("{what} Pod {namespace}/{name}").into(),
        source: EventSource::Core { component: ACTOR.name().into(), host: None },
    };
    context.occurrence(ACTOR, occurrence);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn n5_n6_the_shortest_toleration_counts() {
        let taint = |key: &str| Taint::from_json(&json!({"key": key, "effect": NO_EXECUTE}));
        let toleration = |key: &str, seconds: Option<i64>| {
            let mut value = json!({"key": key, "operator": "Exists", "effect": NO_EXECUTE});
            if let Some(seconds) = seconds {
                value["tolerationSeconds"] = seconds.into();
            }
            Toleration::from_json(&value)
        };
        let both = [taint("a"), taint("b")];
        let check = |tolerations: &[Toleration], expect: Option<u64>| {
            assert_eq!(tolerated_for(tolerations, &both), expect.map(Duration::from_secs), "{tolerations:?}");
        };
        check(&[], Some(0));
        check(&[toleration("a", None)], Some(0));
        check(&[toleration("a", Some(300)), toleration("b", Some(30))], Some(30));
        check(&[toleration("a", Some(300)), toleration("b", None)], Some(300));
        check(&[toleration("a", None), toleration("b", None)], None);
        check(&[toleration("a", Some(-5)), toleration("b", None)], Some(0));
        // The first toleration that fits a taint counts for it.
        check(&[toleration("a", Some(60)), toleration("a", Some(5)), toleration("b", None)], Some(60));
        assert_eq!(tolerated_for(&[], &[]), None);
    }
}
