//! Indexes: which Pods use a claim, and which volumes are free or reserved, in the order in which they are taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::by_claim::{ByClaim, Claim};
use super::names::class_of;
use crate::resource::meta::{Hint, Id, Labels, Text};
use crate::resource::model::{ClaimRef, ClaimVolume, PersistentVolume, PersistentVolumeClaim, VolumePhase};
use crate::resource::quantity::Quantity;
use crate::resource::selector::Selector;
use crate::resource::{Kind, Meta, Object};
use crate::store::{Store, WatchEvent};

/// What controllers look up by other things than a name, kept once for all of them, as informers' indexes are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Indexes {
    /// Who uses a claim.
    pub users: ClaimUsers,
    /// What a claim could get.
    pub free: FreeVolumes,
}

impl Indexes {
    /// Takes note of a write.
    pub fn observe(&mut self, event: &WatchEvent, store: &Store) {
        let object = event.object();
        match event.kind() {
            Kind::PersistentVolume => self.free.observe(event, store),
            Kind::PersistentVolumeClaim if event.new.is_none() => {
                self.users.0.forget_place(&object.meta);
                self.free.reserved.forget_place(&object.meta);
            }
            Kind::Pod if event.old.is_none() || event.new.is_none() => self.users.observe(event, store),
            _ => {}
        }
    }
}

/// The Pods that use each claim. It is only ever asked about one claim.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ClaimUsers(ByClaim<Id>);

impl ClaimUsers {
    /// Notes that a Pod came, or went.
    fn observe(&mut self, event: &WatchEvent, store: &Store) {
        let object = event.object();
        let Some(pod) = object.pod() else { return };
        for volume in pod.claims() {
            let there = mounted(volume, &object.meta.namespace, store);
            let hint = there.map_or(Hint::default(), |claim| claim.meta.hint());
            let claim = Claim { namespace: &object.meta.namespace, name: &volume.claim, hint };
            if event.new.is_some() {
                self.0.add(claim, object.meta.id());
            } else {
                self.0.remove(claim, &object.meta.id());
            }
        }
    }

    /// The Pods that use a claim, in the order they came.
    pub fn of(&self, claim: &Meta) -> impl Iterator<Item = Id> + use<'_> {
        self.0.of(Claim::of(claim)).copied()
    }
}

/// A set of access modes; smaller sets come first (rule V12, 1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Modes(usize, Vec<Text>);

/// Volumes that a claim could get: free ones, in the order of rule V12, and those that name their claim.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FreeVolumes {
    free: BTreeMap<Text, BTreeMap<Modes, BTreeSet<(i64, Text)>>>,
    reserved: ByClaim<(Text, Hint)>,
}

enum Place<'a> {
    Free(Text, Modes, i64),
    Reserved(Claim<'a>),
}

/// Where a volume stands in the index; nowhere if it is taken, released or going.
fn place<'a>(object: &'a Object, store: &Store) -> Option<Place<'a>> {
    let volume = object.volume()?;
    if object.meta.terminating() {
        return None;
    }
    match (&volume.claim, volume.phase) {
        (None, VolumePhase::Available) => {
            let mut modes = volume.spec.access_modes.to_vec();
            modes.sort();
            Some(Place::Free(volume.spec.storage_class.clone(), Modes(modes.len(), modes), size(&volume.spec.storage)))
        }
        (Some(claim), VolumePhase::Pending | VolumePhase::Available) => {
            let there = claim_of(claim, store);
            let hint = there.map_or(Hint::default(), |claim| claim.meta.hint());
            Some(Place::Reserved(Claim { namespace: &claim.namespace, name: &claim.name, hint }))
        }
        _ => None,
    }
}

/// An amount of storage in bytes; 0 if it cannot be read.
#[must_use]
pub fn size(storage: &str) -> i64 {
    Quantity::parse(storage).map_or(0, Quantity::value)
}

impl FreeVolumes {
    /// Takes note of a write to a volume.
    pub fn observe(&mut self, event: &WatchEvent, store: &Store) {
        let name = &event.object().meta.name;
        match event.old.as_deref().and_then(|old| place(old, store)) {
            Some(Place::Free(class, modes, size)) => {
                let Some(sets) = self.free.get_mut(&class) else { return };
                if let Some(set) = sets.get_mut(&modes) {
                    set.remove(&(size, name.clone()));
                    if set.is_empty() {
                        sets.remove(&modes);
                    }
                }
                if sets.is_empty() {
                    self.free.remove(&class);
                }
            }
            Some(Place::Reserved(claim)) => self.reserved.remove(claim, &(name.clone(), Hint::default())),
            None => {}
        }
        match event.new.as_deref().and_then(|new| place(new, store)) {
            Some(Place::Free(class, modes, size)) => {
                self.free.entry(class).or_default().entry(modes).or_default().insert((size, name.clone()));
            }
            Some(Place::Reserved(claim)) => {
                self.reserved.add(claim, (name.clone(), event.object().meta.hint()));
            }
            None => {}
        }
    }

    /// The volume that the volume controller gives a claim (rule V12); with `delayed`, only one that names the claim.
    #[must_use]
    pub fn best(&self, store: &Store, claim: &Object, delayed: bool) -> Option<Arc<Object>> {
        let wanted = Wanted::new(claim)?;
        if let Some(volume) = self.reserved_for(store, &wanted) {
            return Some(volume);
        }
        if delayed {
            return None;
        }
        let sets = self.free.get(&wanted.class)?;
        sets.iter()
            .filter(|(modes, _)| wanted.accepts(&modes.1))
            .find_map(|(_, volumes)| wanted.from(volumes, store).next().cloned())
    }

    /// The volume that the scheduler gives a claim on a node: the smallest that fits, not one of `taken`.
    #[must_use]
    pub fn on_node(&self, store: &Store, claim: &Object, node: &Object, taken: &[Text]) -> Option<Arc<Object>> {
        let wanted = Wanted::new(claim)?;
        if let Some(volume) = self.reserved_for(store, &wanted) {
            return Some(volume).filter(|v| reachable(v, node));
        }
        let sets = self.free.get(&wanted.class)?;
        let fits = |v: &&Arc<Object>| !taken.contains(&v.meta.name) && reachable(v, node);
        let each = sets.iter().filter(|(modes, _)| wanted.accepts(&modes.1));
        let smallest = each.filter_map(|(_, volumes)| wanted.from(volumes, store).find(fits));
        smallest.min_by_key(|v| (v.volume().map_or(0, |v| size(&v.spec.storage)), v.meta.name.clone())).cloned()
    }

    fn reserved_for(&self, store: &Store, wanted: &Wanted) -> Option<Arc<Object>> {
        let none = Text::default();
        let names = self.reserved.of(Claim::of(&wanted.claim.meta));
        let volumes = names.filter_map(|(name, hint)| store.find(Kind::PersistentVolume, &none, name, *hint));
        volumes
            .filter(|v| v.volume().is_some_and(|p| names_claim(p, wanted.claim) && wanted.fits(p)))
            .filter(|v| v.volume().is_some_and(|p| wanted.accepts(&p.spec.access_modes)))
            .min_by(|a, b| a.meta.name.cmp(&b.meta.name))
            .cloned()
    }
}

/// Whether a volume's `claimRef` means this claim; without a uid it means any claim of that name (rule V15).
#[must_use]
pub fn names_claim(volume: &PersistentVolume, claim: &Object) -> bool {
    volume.claim.as_ref().is_some_and(|r| {
        r.name == claim.meta.name
            && r.namespace == claim.meta.namespace
            && r.uid.is_none_or(|uid| uid == claim.meta.uid)
    })
}

/// The volume that a claim has, or asks for.
#[must_use]
pub fn volume_of<'a>(claim: &PersistentVolumeClaim, store: &'a Store) -> Option<&'a Arc<Object>> {
    store.find(Kind::PersistentVolume, &Text::default(), claim.volume.as_ref()?, claim.hint)
}

/// The claim of the name that a volume has.
#[must_use]
pub fn claim_of<'a>(reference: &ClaimRef, store: &'a Store) -> Option<&'a Arc<Object>> {
    store.find(Kind::PersistentVolumeClaim, &reference.namespace, &reference.name, reference.hint)
}

/// The claim behind a Pod's volume.
#[must_use]
pub fn mounted<'a>(volume: &ClaimVolume, namespace: &Text, store: &'a Store) -> Option<&'a Arc<Object>> {
    store.find(Kind::PersistentVolumeClaim, namespace, &volume.claim, volume.hint)
}

/// `spec.claimRef` as controllers write it.
#[must_use]
pub fn claim_reference(claim: &Object) -> ClaimRef {
    ClaimRef {
        namespace: claim.meta.namespace.clone(),
        name: claim.meta.name.clone(),
        uid: Some(claim.meta.uid),
        resource_version: claim.meta.resource_version,
        typed: true,
        hint: claim.meta.hint(),
    }
}

/// Whether a volume's node affinity allows a node (rule V43).
#[must_use]
pub fn reachable(volume: &Object, node: &Object) -> bool {
    let Some(spec) = volume.volume().map(|v| &v.spec.json) else { return false };
    let Some(required) = spec.get("nodeAffinity").and_then(|a| a.get("required")) else { return true };
    crate::cluster::scheduler::node_selector_matches(required, &node.meta.name, &node.meta.labels)
}

/// `volumeMode`, with its default.
fn volume_mode(spec: &serde_json::Map<String, Value>) -> &str {
    spec.get("volumeMode").and_then(Value::as_str).unwrap_or("Filesystem")
}

fn attributes_class(spec: &serde_json::Map<String, Value>) -> &str {
    spec.get("volumeAttributesClassName").and_then(Value::as_str).unwrap_or_default()
}

/// What a claim asks of a volume.
struct Wanted<'a> {
    claim: &'a Object,
    body: &'a PersistentVolumeClaim,
    class: Text,
    selector: Option<Selector>,
}

impl<'a> Wanted<'a> {
    fn new(claim: &'a Object) -> Option<Wanted<'a>> {
        let body = claim.claim()?;
        let selector = body.spec.json.get("selector").map(Selector::from_label_selector).transpose().ok()?;
        Some(Wanted { claim, body, class: class_of(claim), selector })
    }

    /// How much it asks for, in bytes.
    fn size(&self) -> i64 {
        size(&self.body.spec.storage)
    }

    fn accepts(&self, modes: &[Text]) -> bool {
        self.body.spec.access_modes.iter().all(|mode| modes.contains(mode))
    }

    /// Size and mode; a reserved volume must have them too.
    fn fits(&self, volume: &PersistentVolume) -> bool {
        let (given, wanted) = (&volume.spec.storage, &self.body.spec.storage);
        (given == wanted || size(given) >= self.size())
            && volume_mode(&volume.spec.json) == volume_mode(&self.body.spec.json)
            && attributes_class(&volume.spec.json) == attributes_class(&self.body.spec.json)
    }

    fn selects(&self, labels: &Labels) -> bool {
        self.selector.as_ref().is_none_or(|s| s.matches(|key| labels.get(key)))
    }

    /// The volumes of a set that fit, smallest first.
    fn from<'b>(
        &'b self,
        volumes: &'b BTreeSet<(i64, Text)>,
        store: &'b Store,
    ) -> impl Iterator<Item = &'b Arc<Object>> + 'b {
        let big_enough = volumes.range((self.size(), Text::default())..);
        let objects = big_enough.filter_map(|(_, name)| store.get(Kind::PersistentVolume, "", name));
        objects.filter(|v| v.volume().is_some_and(|p| self.fits(p)) && self.selects(&v.meta.labels))
    }
}

/// Why a volume that a claim asks for by name will not do (rule V14); `None` if it will.
#[must_use]
pub fn mismatch(volume: &Object, claim: &Object) -> Option<String> {
    let (wanted, body) = (Wanted::new(claim)?, volume.volume()?);
    let spec = &body.spec;
    let why = if volume.meta.terminating() {
        return Some(format!("the volume is marked for deletion \"{}\"", volume.meta.name));
    } else if size(&spec.storage) < wanted.size() {
        "requested PV is too small"
    } else if spec.storage_class != wanted.class {
        "storageClassName does not match"
    } else if attributes_class(&spec.json) != attributes_class(&wanted.body.spec.json) {
        "volumeAttributesClassName does not match"
    } else if volume_mode(&spec.json) != volume_mode(&wanted.body.spec.json) {
        "incompatible volumeMode"
    } else if !wanted.accepts(&spec.access_modes) {
        "incompatible accessMode"
    } else {
        return None;
    };
    Some(why.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::Time;
    use crate::resource::object::Body;
    use crate::store::{Actor, Cause, Write};

    const WRITE: Write = Write { now: Time::LAB_START, actor: Actor::User, cause: Cause::Clock };

    #[test]
    fn a_volume_is_never_filed_under_the_claim_that_got_the_place_of_its_own() {
        let (mut store, mut indexes) = (Store::default(), Indexes::default());
        let claim = |name: &str| {
            let value = json!({"metadata": {"name": name, "namespace": "default", "uid": ""}, "spec": {}});
            Object::from_json(Kind::PersistentVolumeClaim, &value)
        };
        let here = store.put(claim("here"), WRITE);
        let value = json!({"metadata": {"name": "disk"}, "spec": {"claimRef": {"namespace": "default", "name": "gone"}},
            "status": {"phase": "Available"}});
        let mut disk = Object::from_json(Kind::PersistentVolume, &value);
        if let Body::PersistentVolume(volume) = &mut disk.body {
            volume.claim.iter_mut().for_each(|reference| reference.hint = here.meta.hint());
        }
        store.put(disk, WRITE);
        let mut see = |store: &mut Store| {
            while let Some(event) = store.next_event() {
                indexes.observe(&event, store);
            }
            let filed = |claim: Claim<'_>| indexes.free.reserved.of(claim).count();
            let gone = Claim { name: &"gone".into(), hint: Hint::default(), namespace: &"default".into() };
            (filed(Claim::of(&here.meta)), filed(gone))
        };
        assert_eq!(see(&mut store), (0, 1));
        store.remove(Kind::PersistentVolume, "", "disk", WRITE);
        assert_eq!(see(&mut store), (0, 0));
    }
}
