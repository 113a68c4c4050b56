//! The garbage collector: what becomes of objects whose owners go (rules G1 to G4, S91 to S93). It keeps nothing of its
//! own; the store knows who depends on whom.
//!
//! Upstream: `pkg/controller/garbagecollector`.

use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::queue::{Item, Worker};
use crate::apiserver::{DeleteOptions, Propagation};
use crate::resource::meta::{OwnerReference, Uid};
use crate::resource::{Kind, Object};
use crate::store::{Actor, Key, Store, WatchEvent};

const ACTOR: Actor = Actor::GarbageCollector;
/// How long after a write the collector looks at it.
const REACTION: Duration = Duration::from_millis(2);
/// Holds an owner until its dependents are gone.
const FOREGROUND: &str = "foregroundDeletion";
/// Holds an owner until its dependents are orphaned.
const ORPHAN: &str = "orphan";

/// Takes note of a write and queues what it calls for.
pub fn observe(event: &WatchEvent, context: &mut Context) {
    if event.kind() == Kind::Event {
        return;
    }
    let object = event.object();
    let Some(new) = &event.new else {
        if context.api.store.has_dependents(object.meta.uid) {
            look_at(object.meta.uid, context);
        }
        return look_at_waiting_owners(&object.meta.owners, context);
    };
    if new.meta.terminating() && new.meta.finalizers.iter().any(|f| matches!(&**f, FOREGROUND | ORPHAN)) {
        look_at(new.meta.uid, context);
    }
    let before: &[OwnerReference] = event.old.as_deref().map(|o| &*o.meta.owners).unwrap_or_default();
    if *before != *new.meta.owners {
        look_at_waiting_owners(before, context);
        let store = &context.api.store;
        if new.meta.owners.iter().any(|o| state(o, new, store) != Owner::Solid) {
            look_at(new.meta.uid, context);
        }
    }
}

fn look_at(uid: Uid, context: &mut Context) {
    context.enqueue(Worker::Garbage, Item::Uid(uid), REACTION);
}

/// Owners in foreground deletion wait for the dependents they had.
fn look_at_waiting_owners(owners: &[OwnerReference], context: &mut Context) {
    for owner in owners {
        if context.api.store.by_uid(owner.uid).is_some_and(|o| deletes_dependents(o)) {
            look_at(owner.uid, context);
        }
    }
}

/// Does what is to be done about an object, or about the dependents of one that is gone.
pub fn collect(item: &Item, context: &mut Context) {
    let Item::Uid(uid) = item else { return };
    let Some(object) = context.api.store.by_uid(*uid).cloned() else {
        for dependent in dependents(*uid, &context.api.store) {
            collect_if_abandoned(&dependent, context);
        }
        return;
    };
    if has(&object, ORPHAN) && object.meta.terminating() {
        orphan_dependents(&object, context);
    } else if deletes_dependents(&object) {
        delete_dependents(&object, context);
    } else {
        collect_if_abandoned(&object, context);
    }
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.meta.finalizers.iter().any(|f| **f == *finalizer)
}

/// Whether an object is in foreground deletion.
fn deletes_dependents(object: &Object) -> bool {
    object.meta.terminating() && has(object, FOREGROUND)
}

fn dependents(owner: Uid, store: &Store) -> Vec<Arc<Object>> {
    let get = |key: Key| store.get(key.kind, &key.namespace, &key.name).cloned();
    store.dependents(owner).into_iter().filter_map(get).collect()
}

/// What an owner reference stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// An object that stays.
    Solid,
    /// An object in foreground deletion that waits for its dependents.
    Waiting,
    /// Nothing any more.
    Gone,
    /// Something of another namespace, which counts as nothing (rule G1).
    Elsewhere,
}

fn state(owner: &OwnerReference, dependent: &Object, store: &Store) -> Owner {
    let Some(object) = store.by_uid(owner.uid) else { return Owner::Gone };
    let namespace = &object.meta.namespace;
    if object.meta.name != owner.name || *object.kind().info().name != *owner.kind {
        Owner::Gone
    } else if !namespace.is_empty() && *namespace != dependent.meta.namespace {
        Owner::Elsewhere
    } else if deletes_dependents(object) {
        Owner::Waiting
    } else {
        Owner::Solid
    }
}

/// Deletes an object none of whose owners stays; one that has an owner left loses its references to the others.
fn collect_if_abandoned(object: &Arc<Object>, context: &mut Context) {
    if object.meta.owners.is_empty() || object.meta.terminating() && !deletes_dependents(object) {
        return;
    }
    let owners = &object.meta.owners;
    let states: Vec<Owner> = owners.iter().map(|o| state(o, object, &context.api.store)).collect();
    for (owner, _) in owners.iter().zip(&states).filter(|(_, state)| **state == Owner::Elsewhere) {
        tell_of_wrong_namespace(object, owner, context);
    }
    let write = context.write(ACTOR);
    if states.contains(&Owner::Solid) {
        let mut new = (**object).clone();
        let mut states = states.iter();
        new.meta.owners.retain(|_| states.next() == Some(&Owner::Solid));
        // An object that changed meanwhile is seen again.
        let _ = context.api.update(new, write);
        return;
    }
    let waiting = states.contains(&Owner::Waiting) && context.api.store.has_dependents(object.meta.uid);
    let propagation = match (waiting, has(object, ORPHAN), has(object, FOREGROUND)) {
        (true, ..) | (false, false, true) => Propagation::Foreground,
        (false, true, _) => Propagation::Orphan,
        _ => Propagation::Background,
    };
    delete(object, propagation, context);
}

fn delete(object: &Object, propagation: Propagation, context: &mut Context) {
    let options =
        DeleteOptions { uid: Some(object.meta.uid), propagation: Some(propagation), ..DeleteOptions::default() };
    let write = context.write(ACTOR);
    // If it is gone already, so much the better.
    let _ = context.api.delete(object.kind(), &object.meta.namespace, &object.meta.name, options, write);
}

/// Foreground deletion (rule G3): all dependents are deleted; the owner goes once none is left that blocks it.
fn delete_dependents(owner: &Arc<Object>, context: &mut Context) {
    let blocks = |o: &Arc<Object>| o.meta.owners.iter().any(|r| r.uid == owner.meta.uid && r.block_owner_deletion);
    let all = dependents(owner.meta.uid, &context.api.store);
    if !all.iter().any(blocks) {
        let write = context.write(ACTOR);
        context.api.remove_finalizer(owner, FOREGROUND, write);
    }
    for dependent in all.iter().filter(|d| !d.meta.terminating()) {
        collect_if_abandoned(dependent, context);
    }
}

/// Orphaning (rule G4): the dependents forget the owner, then it goes.
fn orphan_dependents(owner: &Arc<Object>, context: &mut Context) {
    let write = context.write(ACTOR);
    for dependent in dependents(owner.meta.uid, &context.api.store) {
        let mut new = (*dependent).clone();
        new.meta.owners.retain(|r| r.uid != owner.meta.uid);
        let _ = context.api.update(new, write);
    }
    context.api.remove_finalizer(owner, ORPHAN, write);
}

fn tell_of_wrong_namespace(object: &Object, owner: &OwnerReference, context: &mut Context) {
    let namespace = &object.meta.namespace;
    let message = format!(
        "ownerRef [{}/{}, namespace: {namespace}, name: {}, uid: {}] does not exist in namespace \"{namespace}\"",
        owner.api_version, owner.kind, owner.name, owner.uid
    );
    let source =
        crate::resource::model::EventSource::Core { component: "garbage-collector-controller".into(), host: None };
    let about = crate::resource::model::ObjectReference::new(object.kind(), &object.meta);
    let reason = "OwnerRefInvalidNamespace".into();
    context.occurrence(ACTOR, super::Occurrence { about, warning: true, reason, message: message.into(), source });
}
