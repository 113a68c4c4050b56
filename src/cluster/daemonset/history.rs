//! A `DaemonSet`'s revisions: which one is the present one, and how many are kept (upstream `update.go`,
//! `constructHistory`, `cleanupHistory`).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::pod::HASH;
use super::selects;
use crate::apiserver::{DeleteOptions, Status};
use crate::cluster::context::Context;
use crate::cluster::pod_control;
use crate::cluster::statefulset::revisions::{data_of, number};
use crate::resource::meta::{Details, Labels, Meta, OwnerReference, Text};
use crate::resource::model::{ControllerRevision, DaemonSet};
use crate::resource::object::Body;
use crate::resource::template_hash::template_hash;
use crate::resource::{Kind, Object};
use crate::store::Actor;

const ACTOR: Actor = Actor::DaemonSetController;

/// The revisions of a set.
pub(super) struct History {
    /// The hash of the present one.
    pub hash: Text,
    /// The others.
    old: Vec<Arc<Object>>,
}

impl History {
    /// Finds the present revision, or makes it; a revision that comes back gets the next number.
    pub fn construct(object: &Object, set: &DaemonSet, context: &mut Context<'_>) -> Result<History, Status> {
        let data = data_of(set.spec.template());
        let (mut current, mut old) = (Vec::new(), Vec::new());
        for revision in claim(object, context)? {
            let same = revision.revision().is_some_and(|revision| *revision.data == data);
            if same { current.push(revision) } else { old.push(revision) }
        }
        let next = old.iter().map(|revision| number(revision)).max().unwrap_or(0) + 1;
        let mut present = match keep_one(object, current, context)? {
            Some(present) => present,
            None => create(object, set, data, next, context)?,
        };
        if number(&present) < next {
            let mut renumbered = (*present).clone();
            if let Body::ControllerRevision(revision) = &mut renumbered.body {
                revision.revision = next;
            }
            let write = context.write(ACTOR);
            present = context.api.update(renumbered, write)?;
        }
        Ok(History { hash: hash_of(&present), old })
    }

    /// Deletes the oldest revisions beyond the limit that no Pod has.
    pub fn clean_up(mut self, limit: i64, pods: &[Arc<Object>], context: &mut Context<'_>) -> Result<(), Status> {
        let surplus = (self.old.len() as i64 - limit).max(0) as usize;
        let live: BTreeSet<&str> = pods.iter().filter_map(|pod| pod.meta.labels.get(HASH)).collect();
        self.old.sort_by_key(|revision| number(revision));
        let unused = self.old.iter().filter(|revision| !live.contains(&*hash_of(revision)));
        for revision in unused.take(surplus) {
            delete(revision, context)?;
        }
        Ok(())
    }
}

fn hash_of(revision: &Object) -> Text {
    revision.meta.labels.get_text(HASH).cloned().unwrap_or_else(|| revision.meta.name.clone())
}

fn delete(revision: &Object, context: &mut Context<'_>) -> Result<(), Status> {
    let write = context.write(ACTOR);
    let Meta { namespace, name, .. } = &revision.meta;
    context.api.delete(Kind::ControllerRevision, namespace, name, DeleteOptions::default(), write).map(|_| ())
}

/// The revisions that the set controls, after releasing and adopting some.
fn claim(object: &Object, context: &mut Context<'_>) -> Result<Vec<Arc<Object>>, Status> {
    let all: Vec<Arc<Object>> =
        context.api.store.in_namespace(Kind::ControllerRevision, &object.meta.namespace).cloned().collect();
    let mut own = Vec::new();
    for revision in all {
        let selected = selects(object, &revision);
        match revision.meta.controller() {
            Some(owner) if owner.uid == object.meta.uid && selected => own.push(revision),
            Some(owner) if owner.uid == object.meta.uid => {
                pod_control::release(object, &revision, ACTOR, context)?;
            }
            None if selected && !revision.meta.terminating() => {
                own.push(pod_control::adopt(object, &revision, ACTOR, context)?);
            }
            _ => {}
        }
    }
    Ok(own)
}

/// Of several revisions with the present template the latest stays, and all Pods count as made from it.
fn keep_one(
    object: &Object,
    current: Vec<Arc<Object>>,
    context: &mut Context<'_>,
) -> Result<Option<Arc<Object>>, Status> {
    let Some(kept) = current.iter().max_by_key(|revision| number(revision)).cloned() else { return Ok(None) };
    if current.len() == 1 {
        return Ok(Some(kept));
    }
    let hash = hash_of(&kept);
    for pod in super::sync::pods_of(object, &context.api.store) {
        if pod.meta.labels.get(HASH) != Some(&hash) {
            let mut relabelled = (*pod).clone();
            relabelled.meta.labels = pod.meta.labels.with([(Text::from(HASH), hash.clone())]);
            let write = context.write(ACTOR);
            context.api.update(relabelled, write)?;
        }
    }
    for revision in current.iter().filter(|revision| revision.meta.uid != kept.meta.uid) {
        delete(revision, context)?;
    }
    Ok(Some(kept))
}

/// Makes the present revision. If its name is another's, counts a collision, and the next try has another name.
fn create(
    object: &Object,
    set: &DaemonSet,
    data: Value,
    number: i64,
    context: &mut Context<'_>,
) -> Result<Arc<Object>, Status> {
    let hash = Text::from(template_hash(set.spec.template(), set.status.collision_count));
    let labels = Labels::from_json(set.spec.template()["metadata"].get("labels"));
    let name = Text::from(format!("{}-{hash}", object.meta.name));
    let details = Details {
        labels: labels.with([(Text::from(HASH), hash)]),
        annotations: object.meta.annotations.clone(),
        owners: vec![OwnerReference::controller(Kind::DaemonSet, object.meta.name.clone(), object.meta.uid)].into(),
        ..Details::default()
    };
    let meta = Meta::new(object.meta.namespace.clone(), name, details);
    let body = Body::ControllerRevision(Box::new(ControllerRevision { data: Arc::new(data), revision: number }));
    let write = context.write(ACTOR);
    let error = match context.api.create(Object { meta, body }, write) {
        Err(error) if error.reason == "AlreadyExists" => error,
        answer => return answer,
    };
    let mut counted = object.clone();
    if let Body::DaemonSet(set) = &mut counted.body {
        set.status.collision_count = Some(set.status.collision_count.unwrap_or(0) + 1);
    }
    context.api.update_status(counted, write)?;
    Err(error)
}
