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
        return look_at_waiting_owners(&object.meta.owners, object, context);
    };
    if new.meta.terminating() && new.meta.finalizers.iter().any(|f| matches!(&**f, FOREGROUND | ORPHAN)) {
        look_at(new.meta.uid, context);
    }
    let before: &[OwnerReference] = event.old.as_deref().map(|o| &*o.meta.owners).unwrap_or_default();
    if *before != *new.meta.owners {
        look_at_waiting_owners(before, new, context);
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
fn look_at_waiting_owners(owners: &[OwnerReference], dependent: &Object, context: &mut Context) {
    for owner in owners {
        let stored = context.api.store.owner(owner, &dependent.meta.namespace);
        if stored.is_some_and(|o| deletes_dependents(o)) {
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
    let Some(object) = store.owner(owner, &dependent.meta.namespace) else {
        return if store.outside.contains(&owner.uid) { Owner::Solid } else { Owner::Gone };
    };
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::apiserver::Propagation;
    use crate::cluster::Fault;
    use crate::cluster::testing::World;
    use crate::resource::Kind;

    fn set(world: &mut World) {
        world.create(
            Kind::StatefulSet,
            json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "serviceName": "web",
                "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}}}}),
        );
        world.settle();
    }

    fn config(world: &mut World, name: &str, owners: &Value) {
        world.create(Kind::ConfigMap, json!({"metadata": {"name": name, "ownerReferences": owners}}));
    }

    fn owner(world: &World, kind: Kind, name: &str) -> Value {
        let uid = world.get(kind, name)["metadata"]["uid"].clone();
        json!({"apiVersion": kind.api_version(), "kind": kind.info().name, "name": name, "uid": uid,
            "blockOwnerDeletion": true})
    }

    fn left(world: &World, name: &str) -> bool {
        world.object(Kind::ConfigMap, name).is_some()
    }

    #[test]
    fn s91_background_deletion_takes_all_dependents_at_once() {
        let mut world = World::new();
        set(&mut world);
        world.delete(Kind::StatefulSet, "web");
        assert!(world.object(Kind::StatefulSet, "web").is_none());
        world.cluster.run_until(world.cluster.now + super::REACTION);
        let going = world.all(Kind::Pod).iter().all(|p| p["metadata"]["deletionTimestamp"].is_string());
        assert!(going && world.names(Kind::Pod).len() == 2);
        world.settle();
        assert!(world.names(Kind::Pod).is_empty() && world.names(Kind::ControllerRevision).is_empty());
    }

    #[test]
    fn s92_g3_foreground_deletion_keeps_the_owner_to_the_end() {
        let mut world = World::new();
        set(&mut world);
        world.fault(&Fault::Pod { name: "web-1".into(), attribute: "hang".into(), value: Some(true) });
        world.delete_with(Kind::StatefulSet, "web", Propagation::Foreground);
        world.settle();
        let finalizers = world.get(Kind::StatefulSet, "web")["metadata"]["finalizers"].clone();
        assert_eq!(finalizers, json!(["foregroundDeletion"]));
        assert_eq!(world.names(Kind::Pod), ["web-1"]);
        world.fault(&Fault::Clear);
        world.settle();
        assert!(world.names(Kind::Pod).is_empty() && world.object(Kind::StatefulSet, "web").is_none());
    }

    #[test]
    fn s93_g4_orphans_forget_their_owner() {
        let mut world = World::new();
        set(&mut world);
        world.delete_with(Kind::StatefulSet, "web", Propagation::Orphan);
        world.settle();
        assert!(world.object(Kind::StatefulSet, "web").is_none());
        let owners: Vec<Value> =
            world.all(Kind::Pod).iter().map(|p| p["metadata"]["ownerReferences"].clone()).collect();
        assert_eq!(owners, [Value::Null, Value::Null]);
        assert_eq!(world.names(Kind::ControllerRevision).len(), 1);
    }

    #[test]
    fn g1_an_object_goes_when_none_of_its_owners_is_left() {
        let mut world = World::new();
        config(&mut world, "a", &json!([]));
        config(&mut world, "b", &json!([]));
        let both = json!([owner(&world, Kind::ConfigMap, "a"), owner(&world, Kind::ConfigMap, "b")]);
        config(&mut world, "child", &both);
        let mut missing = owner(&world, Kind::ConfigMap, "a");
        missing["uid"] = "00000000-0000-4000-8000-000000000001".into();
        config(&mut world, "stray", &json!([missing]));
        world.settle();
        assert!(left(&world, "child") && !left(&world, "stray"));
        world.delete(Kind::ConfigMap, "a");
        world.settle();
        let owners = world.get(Kind::ConfigMap, "child")["metadata"]["ownerReferences"].clone();
        assert_eq!((owners[0]["name"].clone(), owners[1].clone()), (json!("b"), Value::Null));
        world.delete(Kind::ConfigMap, "b");
        world.settle();
        assert!(!left(&world, "child"));
    }

    #[test]
    fn g3_foreground_deletion_goes_from_the_leaves_up() {
        let mut world = World::new();
        config(&mut world, "root", &json!([]));
        let root = owner(&world, Kind::ConfigMap, "root");
        config(&mut world, "branch", &json!([root]));
        let branch = owner(&world, Kind::ConfigMap, "branch");
        config(&mut world, "leaf", &json!([branch]));
        world.patch(Kind::ConfigMap, "leaf", json!({"metadata": {"finalizers": ["example.com/hold"]}}));
        world.delete_with(Kind::ConfigMap, "root", Propagation::Foreground);
        world.settle();
        assert!(left(&world, "root") && left(&world, "branch") && left(&world, "leaf"));
        world.patch(Kind::ConfigMap, "leaf", json!({"metadata": {"finalizers": null}}));
        world.settle();
        assert!(!left(&world, "root") && !left(&world, "branch") && !left(&world, "leaf"));
    }

    #[test]
    fn s59_claims_of_a_retention_policy_go_with_the_set() {
        let mut world = World::new();
        world.create(
            Kind::StatefulSet,
            json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "serviceName": "web",
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"},
                "selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}}}}]}}),
        );
        world.settle();
        assert_eq!(world.names(Kind::PersistentVolumeClaim), ["data-web-0", "data-web-1"]);
        world.delete(Kind::StatefulSet, "web");
        world.settle();
        assert!(world.names(Kind::PersistentVolumeClaim).is_empty() && world.names(Kind::PersistentVolume).is_empty());
    }
}
