//! The claims of sets: state, volume, who owns them and who uses them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::section::{Extent, Section};
use super::since::Name;
use super::style::Tone;
use super::table::Cell;
use super::words;
use crate::cluster::statefulset::identity;
use crate::resource::model::{ClaimPhase, StatefulSetSpec};
use crate::resource::{Kind, Object};
use crate::store::Store;

/// The claims of these sets, by template and ordinal. Empty if no set has claim templates.
#[must_use]
pub fn claims(store: &Store, sets: &[Name]) -> Option<Section> {
    let mut about: Vec<String> = vec!["One claim for each Pod and template, named TEMPLATE-SET-ORDINAL.".into()];
    let mut list = Vec::new();
    let mut users = BTreeMap::new();
    for set in sets {
        let Some(object) = store.get(Kind::StatefulSet, &set.0, &set.1) else { continue };
        let Some(sts) = object.stateful_set().filter(|sts| !sts.spec.claim_templates.is_empty()) else { continue };
        let sentence = words::retention(&sts.spec);
        if !about.contains(&sentence) {
            about.push(sentence);
        }
        list.extend(claims_of(store, set, &sts.spec));
        users.extend(users_in(store, &set.0));
    }
    if list.is_empty() {
        return None;
    }
    Some(table_of(&list, &users, about.join(" "), Extent::Folded))
}

/// A table of any claims.
pub(super) fn table_of(
    claims: &[Arc<Object>],
    users: &BTreeMap<Name, String>,
    about: String,
    extent: Extent,
) -> Section {
    let columns = ["NAME", "STATUS", "SIZE", "?VOLUME", "+FULL VOLUME NAME", "?CLASS", "OWNER", "USED BY"];
    let mut section = Section::new("PVCS", about, &columns);
    let (shown, left_out) = extent.of(claims);
    for claim in shown {
        section.table.row(row(claim, users));
    }
    section.left_out(left_out, "sts-lab get pvc");
    section
}

/// The claims made from a set's templates, by template and ordinal.
#[must_use]
pub fn claims_of(store: &Store, set: &Name, spec: &StatefulSetSpec) -> Vec<Arc<Object>> {
    let ordinal = |claim: &Object| {
        let mut templates = spec.claim_templates.iter().enumerate();
        templates.find_map(|(at, t)| Some((identity::claim_ordinal(&claim.meta.name, &t.name, &set.1)?, at)))
    };
    let all = store.in_namespace(Kind::PersistentVolumeClaim, &set.0);
    let mut claims: Vec<_> = all.filter_map(|claim| Some((ordinal(claim)?, Arc::clone(claim)))).collect();
    claims.sort_by_key(|(place, _)| *place);
    claims.into_iter().map(|(_, claim)| claim).collect()
}

/// The Pod that mounts each claim of a namespace; the last one of several.
#[must_use]
pub fn users_in(store: &Store, namespace: &str) -> BTreeMap<Name, String> {
    let pods = store.in_namespace(Kind::Pod, namespace);
    let claims = pods.filter_map(|pod| Some((pod, pod.pod()?))).flat_map(|(object, pod)| {
        pod.claims().map(|claim| ((namespace.to_string(), claim.claim.to_string()), object.meta.name.to_string()))
    });
    claims.collect()
}

/// A volume's name, cut where it is a uid.
#[must_use]
pub fn short_volume(name: &str) -> String {
    if name.starts_with("pvc-") && name.chars().count() > 16 {
        let start: String = name.chars().take(12).collect();
        return start + "…";
    }
    name.to_string()
}

fn row(object: &Object, users: &BTreeMap<Name, String>) -> [Cell; 8] {
    let Some(claim) = object.claim() else { return Default::default() };
    let phase = match (object.meta.terminating(), claim.status.phase) {
        (true, _) => Cell::new("Terminating", Tone::Waiting),
        (_, ClaimPhase::Bound) => Cell::new("Bound", Tone::Good),
        (_, ClaimPhase::Pending) => Cell::new("Pending", Tone::Waiting),
        (_, ClaimPhase::Lost) => Cell::new("Lost", Tone::Bad),
    };
    let owners: Vec<String> = object.meta.owners.iter().map(|o| format!("{}/{}", o.kind, o.name)).collect();
    let user = users.get(&super::since::name_of(object));
    let volume = claim.volume.as_deref().unwrap_or("-");
    let size = claim.status.capacity.as_deref().unwrap_or(&claim.spec.storage);
    [
        object.meta.name.to_string().into(),
        phase,
        size.to_string().into(),
        short_volume(volume).into(),
        volume.to_string().into(),
        claim.spec.storage_class.as_deref().unwrap_or("-").to_string().into(),
        if owners.is_empty() { "none".to_string() } else { owners.join(" ") }.into(),
        user.map_or("nobody".to_string(), ToString::to_string).into(),
    ]
}
