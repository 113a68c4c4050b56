//! The claims that are made, kept without a Pod, or lost, those that get another owner, and what becomes of their volumes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Worlds;
use crate::resource::model::{PolicyAction, VolumePhase};
use crate::resource::{Kind, Object};
use crate::store::Store;
use crate::view::claims::users_in;
use crate::view::since::{Name, name_of};

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimFate {
    /// It is made.
    Made,
    /// Its Pod goes, and it stays.
    Kept,
    /// It goes.
    Lost,
    /// It stays with its Pod, and something owns it now, or nothing does any more: it goes on another occasion.
    Owner,
    /// It asks for another size.
    Resized,
}

/// What becomes of a volume whose claim goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum VolumeFate {
    /// It is deleted, and the data with it.
    Deleted,
    /// It stays with the data, bound to nothing.
    Released,
}

/// A claim of which something becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimChange {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub claim: String,
    /// What becomes of it.
    pub fate: ClaimFate,
    /// Its volume; absent if it gets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// What becomes of the volume of a claim that goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_fate: Option<VolumeFate>,
    /// Why, in words.
    pub why: String,
}

/// The claims, those that are lost first.
pub(super) fn claims(worlds: &Worlds<'_>) -> Vec<ClaimChange> {
    let (before, after) = (&worlds.before.api.store, &worlds.after.api.store);
    let kind = Kind::PersistentVolumeClaim;
    let (used_before, used_after) = (users(before), users(after));
    let mut out = Vec::new();
    for old in before.all(kind) {
        let name = name_of(old);
        let new = after.get(kind, &name.0, &name.1).filter(|new| new.meta.uid == old.meta.uid);
        let Some(new) = new else {
            out.push(lost(worlds, old));
            continue;
        };
        let pod_went = used_before.contains_key(&name) && !used_after.contains_key(&name);
        let changed = if new.meta.terminating() && !old.meta.terminating() {
            let why = used_after.get(&name).map_or_else(
                || format!("it is to go, and {} holds it", new.meta.finalizers.join(", ")),
                |pod| format!("it is to go, as soon as Pod {pod} uses it no more"),
            );
            Some((ClaimFate::Kept, why))
        } else if pod_went {
            Some((ClaimFate::Kept, kept(worlds, &name)))
        } else if old.meta.owners != new.meta.owners {
            Some((ClaimFate::Owner, owned(new)))
        } else {
            let size = |claim: &Object| claim.claim().map(|claim| claim.spec.storage.to_string()).unwrap_or_default();
            (size(old) != size(new)).then(|| (ClaimFate::Resized, format!("{} → {}", size(old), size(new))))
        };
        if let Some((fate, why)) = changed {
            out.push(change(new, fate, None, why));
        }
    }
    let fresh = after.all(kind).filter(|new| {
        before.get(kind, &new.meta.namespace, &new.meta.name).is_none_or(|old| old.meta.uid != new.meta.uid)
    });
    for new in fresh {
        let why = match used_after.get(&name_of(new)) {
            Some(pod) => format!("for Pod {pod}"),
            None => "no Pod uses it yet".to_string(),
        };
        let class = new.claim().and_then(|claim| claim.spec.storage_class.as_deref()).filter(|class| !class.is_empty());
        let why = class.map_or(why.clone(), |class| format!("{why}, class {class}"));
        let bound = new.claim().is_some_and(|claim| claim.volume.is_some());
        let why = if bound { why } else { why + "; it gets no volume" };
        out.push(change(new, ClaimFate::Made, None, why));
    }
    out.sort_by_key(|claim| claim.fate != ClaimFate::Lost);
    out
}

/// The Pod that uses each claim.
fn users(store: &Store) -> BTreeMap<Name, String> {
    let mut namespaces: Vec<String> =
        store.all(Kind::PersistentVolumeClaim).map(|claim| claim.meta.namespace.to_string()).collect();
    namespaces.dedup();
    namespaces.iter().flat_map(|namespace| users_in(store, namespace)).collect()
}

fn change(claim: &Object, fate: ClaimFate, volume_fate: Option<VolumeFate>, why: String) -> ClaimChange {
    let volume = claim.claim().and_then(|claim| claim.volume.as_deref()).map(ToString::to_string);
    let (namespace, name) = name_of(claim);
    ClaimChange { namespace, claim: name, fate, volume, volume_fate, why }
}

/// The set and the ordinal that a claim belongs to, and whether the set is still there.
fn set_of(worlds: &Worlds<'_>, claim: &Name) -> Option<(Name, i64, bool)> {
    let (set, ordinal) = worlds.since.set_of_claim(worlds.after, &claim.0, &claim.1)?;
    let alive = worlds.after.api.store.get(Kind::StatefulSet, &set.0, &set.1).is_some();
    Some((set, ordinal, alive))
}

fn lost(worlds: &Worlds<'_>, claim: &Object) -> ClaimChange {
    let name = name_of(claim);
    let volume = claim.claim().and_then(|claim| claim.volume.as_deref());
    let left = volume.and_then(|volume| worlds.after.api.store.get(Kind::PersistentVolume, "", volume));
    let there = volume.is_some_and(|volume| worlds.before.api.store.get(Kind::PersistentVolume, "", volume).is_some());
    let fate = match left.and_then(|left| left.volume()) {
        // A driver that the lab does not have deletes it on the real cluster.
        Some(left) if left.phase != VolumePhase::Bound && &*left.spec.reclaim_policy == "Delete" => {
            Some(VolumeFate::Deleted)
        }
        Some(left) if left.phase != VolumePhase::Bound => Some(VolumeFate::Released),
        None if there => Some(VolumeFate::Deleted),
        _ => None,
    };
    let set = set_of(worlds, &name)
        .and_then(|(set, ordinal, alive)| Some((worlds.since.set(worlds.after, &set)?, ordinal, alive)));
    let why = match set {
        Some((set, _, false)) if set.spec.when_deleted == PolicyAction::Delete => "whenDeleted: Delete",
        Some((set, ordinal, true)) if set.spec.when_scaled == PolicyAction::Delete && !set.spec.in_range(ordinal) => {
            "whenScaled: Delete"
        }
        _ => "it is deleted",
    };
    let why = match fate {
        Some(VolumeFate::Deleted) => format!("{why}; reclaim policy Delete: the data is lost"),
        Some(VolumeFate::Released) => format!("{why}; reclaim policy Retain: the data stays in the volume"),
        None => why.to_string(),
    };
    change(claim, ClaimFate::Lost, fate, why)
}

fn kept(worlds: &Worlds<'_>, claim: &Name) -> String {
    let policy = |action: PolicyAction| if action == PolicyAction::Delete { "Delete" } else { "Retain" };
    let set = set_of(worlds, claim)
        .and_then(|(set, ordinal, alive)| Some((worlds.since.set(worlds.after, &set)?, ordinal, alive)));
    match set {
        Some((set, _, false)) => format!("whenDeleted: {}", policy(set.spec.when_deleted)),
        Some((set, ordinal, true)) if !set.spec.in_range(ordinal) => {
            format!("whenScaled: {}; the Pod gets it back when it returns", policy(set.spec.when_scaled))
        }
        _ => "its Pod is gone".to_string(),
    }
}

/// What its owners mean for a claim.
fn owned(claim: &Object) -> String {
    match claim.meta.owners.first() {
        Some(owner) if &*owner.kind == "StatefulSet" => {
            format!("it goes when StatefulSet {} is deleted, from now on (whenDeleted: Delete)", owner.name)
        }
        Some(owner) => format!("it goes with {} {} from now on", owner.kind, owner.name),
        None => "nothing owns it any more: it stays when its Pod and its set go".into(),
    }
}
