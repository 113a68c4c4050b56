//! The `DaemonSet` controller: one Pod on each node that it may run on (rule R13).
//!
//! `decide` says which nodes get a Pod and which Pods go, `sync` does it; `node` knows where Pods may run, `pod` what
//! they are made of, `history` keeps the revisions. Upstream: `pkg/controller/daemon`.

pub mod decide;
mod history;
mod node;
mod pod;
mod sync;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::pod_control::{Name, controller_of};
use super::queue::{Item, Worker};
use crate::resource::meta::{Text, Uid};
use crate::resource::{Kind, Object, Time};
use crate::store::WatchEvent;
use node::Place;
use serde::{Deserialize, Serialize};

/// How soon the controller notices a write.
const NOTICE: Duration = Duration::from_millis(2);

/// What is known of one `DaemonSet`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    failures: u32,
    /// Whether there may be Pods without a controller that the set selects.
    orphans: bool,
    /// Since when, and for how long, a failed Pod of a node is left alone; by generation and node.
    back_off: BTreeMap<(i64, Text), (Time, Duration)>,
}

/// The controller.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controller {
    sets: BTreeMap<Name, Known>,
}

impl Controller {
    /// Notices what concerns `DaemonSet`s: themselves, nodes, Pods, revisions.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        match event.kind() {
            Kind::DaemonSet => {
                let object = event.object();
                let name = (object.meta.namespace.clone(), object.meta.name.clone());
                match &event.new {
                    None => {
                        self.sets.remove(&name);
                    }
                    Some(new) => {
                        if event.old.as_ref().is_none_or(|old| old.meta.uid != new.meta.uid) {
                            self.sets.insert(name, Known { orphans: true, ..Known::default() });
                        }
                        enqueue(new, context);
                    }
                }
            }
            _ if self.sets.is_empty() => {}
            Kind::Node => self.observe_node(event, context),
            Kind::Pod | Kind::ControllerRevision => self.observe_dependent(event, context),
            _ => {}
        }
    }

    /// A Pod or revision concerns the set that controls it, or did; one that nobody controls those that select it.
    fn observe_dependent(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let (old, new) = (event.old.as_deref(), event.new.as_deref());
        let mut told: Option<Uid> = None;
        for object in [new, old].into_iter().flatten() {
            let Some(owner) = controller_of(object, Kind::DaemonSet).filter(|owner| told != Some(owner.uid)) else {
                continue;
            };
            told = Some(owner.uid);
            if let Some(set) = context.api.store.by_uid(owner.uid).cloned() {
                enqueue(&set, context);
            }
        }
        let Some(orphan) = new.filter(|object| object.meta.controller().is_none()) else { return };
        if old.is_some_and(|old| old.meta.labels == orphan.meta.labels && old.meta.controller().is_none()) {
            return;
        }
        let sets = context.api.store.in_namespace(Kind::DaemonSet, &orphan.meta.namespace);
        let selecting: Vec<_> = sets.filter(|set| selects(set, orphan)).cloned().collect();
        for set in selecting {
            if let Some(known) = self.sets.get_mut(&(set.meta.namespace.clone(), set.meta.name.clone())) {
                known.orphans = true;
            }
            enqueue(&set, context);
        }
    }

    /// A node concerns a set only if its Pod has to come or go, or if the set has Pods where it should not
    /// (`syncNodeUpdate`).
    fn observe_node(&self, event: &WatchEvent, context: &mut Context<'_>) {
        let Some(new) = &event.new else { return };
        let taints = |node: &Object| node.plain().and_then(|p| p.get("spec")).map(|spec| spec["taints"].clone());
        let same = |old: &Object| old.meta.labels == new.meta.labels && taints(old) == taints(new);
        if event.old.as_deref().is_some_and(same) {
            return;
        }
        let sets: Vec<_> = context.api.store.all(Kind::DaemonSet).cloned().collect();
        for object in sets {
            let Some(set) = object.daemon_set() else { continue };
            let place = Place::new(new);
            let (runs, stays) = pod::requirements(set).map_or((false, false), |wants| place.takes(&wants));
            let on_node = |pod: &Object| pod.pod().is_some_and(|pod| pod.node.as_ref() == Some(&new.meta.name));
            let scheduled = sync::pods_of(&object, &context.api.store).iter().any(|pod| on_node(pod));
            let misplaced = scheduled && set.status.misscheduled > 0;
            if runs && !scheduled || !stays && scheduled || misplaced {
                enqueue(&object, context);
            }
        }
    }
}

fn enqueue(set: &Object, context: &mut Context<'_>) {
    let item = Item::Name(set.meta.namespace.clone(), set.meta.name.clone());
    context.enqueue(Worker::DaemonSet, item, NOTICE);
}

fn selects(set: &Object, object: &Object) -> bool {
    set.daemon_set().is_some_and(|set| set.spec.selector.matches(|key| object.meta.labels.get(key)))
}
