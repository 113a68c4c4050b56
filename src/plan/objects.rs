//! The objects that a command writes itself: made, changed (which fields), deleted; and those it finds as it wants them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Worlds;
use super::fields::{FieldChange, changes};
use crate::resource::Kind;
use crate::store::{Actor, Milestone};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ObjectAction {
    /// It is made.
    Create,
    /// Fields of it change.
    Update,
    /// It is deleted.
    Delete,
    /// It is deleted and made again.
    Replace,
    /// It is as the command wants it.
    Unchanged,
}

/// An object that a command names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectChange {
    /// Its kind; for an object that does not change, the resource as kubectl names it.
    pub kind: String,
    /// Its namespace, empty for kinds without.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub action: ObjectAction,
    /// The fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// The objects that the command writes, in its order, then those it leaves as they are.
pub(super) fn objects(worlds: &Worlds<'_>, stdout: &str) -> Vec<ObjectChange> {
    let mut order: Vec<(Kind, String, String)> = Vec::new();
    let mut actions: BTreeMap<(Kind, String, String), ObjectAction> = BTreeMap::new();
    for change in worlds.since.changes(worlds.asked).filter(|change| change.actor == Actor::User) {
        if change.kind == Kind::Event {
            continue;
        }
        let key = (change.kind, change.namespace.to_string(), change.name.to_string());
        let has = |wanted: fn(&Milestone) -> bool| change.milestones.iter().any(wanted);
        let action = if has(|m| matches!(m, Milestone::Created(_))) {
            ObjectAction::Create
        } else if has(|m| matches!(m, Milestone::Terminating | Milestone::Deleted)) {
            ObjectAction::Delete
        } else {
            ObjectAction::Update
        };
        if !actions.contains_key(&key) {
            order.push(key.clone());
        }
        let known = actions.get(&key).copied();
        actions.insert(key, both(known, action));
    }
    let mut out: Vec<ObjectChange> = Vec::new();
    for key in order {
        let mut action = actions[&key];
        let fields = if action == ObjectAction::Update { fields(worlds, &key) } else { Vec::new() };
        if action == ObjectAction::Update && fields.is_empty() {
            // A write that changes nothing but the notes that programs keep.
            action = ObjectAction::Unchanged;
        }
        let (kind, namespace, name) = key;
        out.push(ObjectChange { kind: kind.info().name.into(), namespace, name, action, fields });
    }
    for line in stdout.lines() {
        let Some((resource, name)) = line.strip_suffix(" unchanged").and_then(|what| what.split_once('/')) else {
            continue;
        };
        let kind = Kind::parse(resource).map_or(resource, |kind| kind.info().name).to_string();
        let (namespace, name) = (String::new(), name.to_string());
        out.push(ObjectChange { kind, namespace, name, action: ObjectAction::Unchanged, fields: Vec::new() });
    }
    out
}

/// What two writes of one command come to.
fn both(first: Option<ObjectAction>, then: ObjectAction) -> ObjectAction {
    match (first, then) {
        (Some(ObjectAction::Create), ObjectAction::Update) => ObjectAction::Create,
        (Some(ObjectAction::Delete), ObjectAction::Create | ObjectAction::Update) => ObjectAction::Replace,
        (Some(ObjectAction::Replace), ObjectAction::Update) => ObjectAction::Replace,
        (_, then) => then,
    }
}

fn fields(worlds: &Worlds<'_>, (kind, namespace, name): &(Kind, String, String)) -> Vec<FieldChange> {
    let of = |cluster: &crate::cluster::Cluster| {
        cluster.api.store.get(*kind, namespace, name).map(|object| object.to_json())
    };
    match (of(worlds.before), of(worlds.asked)) {
        (Some(old), Some(new)) => changes(&old, &new),
        _ => Vec::new(),
    }
}
