//! Which Pods are a set's: watching them come and go, adopting orphans, releasing strays (rules S23, S32–S37).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::replicas::Replica;
use super::{Controller, Known, Name, enqueue, identity};
use crate::apiserver::Status;
use crate::cluster::context::Context;
use crate::cluster::queue::{Item, Worker};
use crate::resource::meta::{OwnerReference, Text};
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};

impl Controller {
    pub(super) fn observe_pod(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        if let (Some(old), Some(new)) = (&event.old, &event.new) {
            if same_place(old, new) && self.changed(old, new, context) {
                return;
            }
        }
        if let Some(old) = event.old.as_ref().filter(|old| event.new.as_ref().is_none_or(|new| !same_place(old, new))) {
            self.forget(old);
        }
        if let Some(new) = &event.new {
            self.note(new);
        }
        self.wake(event, context);
    }

    /// Notes the change of a Pod that is a set's and stays it. `false` if it is none's.
    fn changed(&mut self, old: &Object, new: &Object, context: &mut Context<'_>) -> bool {
        let Some(known) = self.set_of(new) else { return false };
        if !ordinal_in(&known.name, new).is_some_and(|ordinal| known.replicas.update(ordinal, new)) {
            known.note(new);
        }
        known.wake(Some(old), new, context);
        true
    }

    fn forget(&mut self, pod: &Object) {
        if let Some(known) = self.set_of(pod) {
            known.strays.remove(&pod.meta.name);
            if let Some(ordinal) = ordinal_in(&known.name, pod) {
                if known.replicas.get(ordinal).is_some_and(|replica| replica.uid == pod.meta.uid) {
                    known.replicas.remove(ordinal);
                }
            }
        } else if let Some(name) = orphan_of(pod) {
            if let Some(pods) = self.orphans.get_mut(&name) {
                pods.remove(&pod.meta.name);
                if pods.is_empty() {
                    self.orphans.remove(&name);
                }
            }
        }
    }

    fn note(&mut self, pod: &Object) {
        if let Some(known) = self.set_of(pod) {
            known.note(pod);
        } else if let Some(name) = orphan_of(pod) {
            self.orphans.entry(name).or_default().insert(pod.meta.name.clone());
        }
    }

    /// Queues the sets that a Pod's change concerns (rule S23).
    fn wake(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        let owner = |o: &'_ Option<Arc<Object>>| o.as_ref().and_then(|o| o.meta.controller().map(|owner| owner.uid));
        let (before, after) = (owner(&event.old), owner(&event.new));
        if let Some(old) = event.old.as_ref().filter(|_| before != after) {
            if let Some(known) = self.set_of(old) {
                enqueue(known.id, context);
            }
        }
        let Some(new) = &event.new else { return };
        if after.is_some() {
            if let Some(known) = self.set_of(new) {
                known.wake(event.old.as_deref(), new, context);
            }
            return;
        }
        let relabelled = event.old.as_ref().is_none_or(|old| old.meta.labels != new.meta.labels);
        if relabelled || before.is_some() {
            let uids = self.names.get(&new.meta.namespace).into_iter().flat_map(BTreeMap::values);
            for known in uids.filter_map(|uid| self.sets.get(uid)).filter(|known| selects(known, new)) {
                enqueue(known.id, context);
            }
        }
    }

    /// Releases strays and adopts orphans, before anything else in a sync.
    pub(super) fn claim_pods(&mut self, set: &Object, context: &mut Context<'_>) -> Result<(), Status> {
        let Some(known) = self.sets.get_mut(&set.meta.uid) else { return Ok(()) };
        let name = &known.name;
        if set.meta.terminating() {
            return Ok(());
        }
        let write = context.write(Actor::StatefulSetController);
        for stray in std::mem::take(&mut known.strays) {
            let Some(pod) = context.api.store.get(Kind::Pod, &name.0, &stray) else { continue };
            let mut released = (**pod).clone();
            released.meta.owners.retain(|owner| owner.uid != set.meta.uid);
            context.api.update(released, write)?;
        }
        let Some(orphans) = self.orphans.get(name) else { return Ok(()) };
        for orphan in orphans {
            let Some(pod) = context.api.store.get(Kind::Pod, &name.0, orphan) else { continue };
            let Some(ordinal) = ordinal_in(name, pod) else { continue };
            if pod.meta.terminating() || pod.meta.controller().is_some() || !selects(known, pod) {
                continue;
            }
            let mut adopted = (**pod).clone();
            let owner = OwnerReference::controller(Kind::StatefulSet, set.meta.name.clone(), set.meta.uid);
            adopted.meta.owners.push(owner);
            let adopted = context.api.update(adopted, write)?;
            if let Some(replica) = Replica::of(&adopted) {
                known.replicas.put(ordinal, replica);
            }
        }
        Ok(())
    }
}

impl Known {
    /// Notes what a Pod that the set controls is like.
    fn note(&mut self, pod: &Object) {
        match (ordinal_in(&self.name, pod), Replica::of(pod)) {
            (Some(ordinal), Some(replica)) if selects(self, pod) => self.replicas.put(ordinal, replica),
            _ => {
                self.strays.insert(pod.meta.name.clone());
            }
        }
    }

    /// Queues the set because of a Pod of its.
    fn wake(&self, old: Option<&Object>, new: &Object, context: &mut Context<'_>) {
        let min_ready = Duration::from_secs(self.spec.min_ready_seconds.unsigned_abs());
        // A sync that fails until then does not look at what matures (rule S26).
        let later = !min_ready.is_zero() && is_ready(new) && old.is_some_and(|old| !is_ready(old));
        enqueue(self.id, context);
        if later {
            context.enqueue(Worker::StatefulSetLater, Item::Object(self.id), min_ready);
        }
    }
}

/// Whether a Pod that was written stays whose it was.
fn same_place(old: &Object, new: &Object) -> bool {
    old.meta.uid == new.meta.uid && old.meta.owners == new.meta.owners && old.meta.labels == new.meta.labels
}

/// The set that a Pod without a controller could belong to by its name.
fn orphan_of(pod: &Object) -> Option<Name> {
    if pod.meta.controller().is_some() {
        return None;
    }
    let (parent, _) = identity::parse_pod_name(&pod.meta.name)?;
    Some((pod.meta.namespace.clone(), Text::from(parent)))
}

/// The ordinal of a Pod whose name says that it is this set's.
fn ordinal_in(name: &Name, pod: &Object) -> Option<i64> {
    let (parent, ordinal) = identity::parse_pod_name(&pod.meta.name)?;
    (*parent == *name.1).then_some(ordinal)
}

fn is_ready(pod: &Object) -> bool {
    Replica::of(pod).is_some_and(|replica| replica.ready_since.is_some())
}

fn selects(known: &Known, pod: &Object) -> bool {
    known.spec.selector.matches(|key| pod.meta.labels.get(key))
}
