//! All disks of a cluster: what persons wrote on them, and what they are asked for by those who work out what commands of
//! containers wrote. What goes with a Pod or a volume goes here.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::past::{self, Run};
use super::{Change, Disk, DiskId, Wrote};
use crate::resource::hash::{hash_of, mix};
use crate::resource::meta::Text;
use crate::resource::model::VolumePhase;
use crate::resource::{Kind, Object, Time};
use crate::store::{Store, WatchEvent};

/// What a ConfigMap or Secret said before it was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Earlier {
    kind: Kind,
    namespace: String,
    name: String,
    /// When something else took its place.
    until: Time,
    #[serde(with = "crate::resource::stored::json")]
    object: Value,
}

/// A volume whose object was removed while it was in use: it stays mounted where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Orphan {
    #[serde(with = "crate::resource::stored::shared")]
    volume: Arc<Object>,
    gone: Time,
}

/// All disks that something was written on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Disks {
    written: BTreeMap<DiskId, Disk>,
    earlier: Vec<Earlier>,
    digest: u64,
    /// What persons wrote, in the order of time.
    wrote: Vec<Wrote>,
    past: Vec<Run>,
    orphans: Vec<Orphan>,
}

impl Disks {
    /// A disk, if something was written on it.
    #[must_use]
    pub fn get(&self, id: &DiskId) -> Option<&Disk> {
        self.written.get(id)
    }

    /// A number that two worlds share only if the same was written in them; 0 if nothing was.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Writes.
    pub fn write(&mut self, id: &DiskId, change: &Change, now: Time) {
        self.put(id, change, now);
        self.wrote.push(Wrote { at: now, disk: id.clone(), change: change.clone() });
        let seen = format!("{} {change:?}", id.0);
        self.digest = mix(self.digest ^ hash_of(seen.as_str()));
    }

    /// Writes, of which nobody takes note.
    pub fn put(&mut self, id: &DiskId, change: &Change, now: Time) {
        self.written.entry(id.clone()).or_default().apply(change, now);
    }

    /// What persons wrote on disks that are there, in the order of time.
    #[must_use]
    pub fn wrote(&self) -> &[Wrote] {
        &self.wrote
    }

    /// The runs of containers that may have written, and of which no Pod tells any more.
    #[must_use]
    pub fn past(&self) -> &[Run] {
        &self.past
    }

    /// The same world in which nothing was written.
    #[must_use]
    pub fn blank(&self) -> Disks {
        Disks { earlier: self.earlier.clone(), orphans: self.orphans.clone(), ..Disks::default() }
    }

    /// The same with other disks in the place of those they replace.
    #[must_use]
    pub fn with(&self, disks: BTreeMap<DiskId, Disk>) -> Disks {
        let mut written = self.written.clone();
        written.extend(disks);
        Disks { written, ..self.blank() }
    }

    /// A volume without an object that a Pod of this age still has mounted.
    #[must_use]
    pub fn orphan(&self, volume: &str, since: Time) -> Option<&Arc<Object>> {
        let own = self.orphans.iter().rev().find(|own| *own.volume.meta.name == *volume && since <= own.gone);
        own.map(|own| &own.volume)
    }

    /// What a ConfigMap or Secret said at a moment, if it said something else then than now.
    #[must_use]
    pub fn earlier(&self, kind: Kind, namespace: &str, name: &str, at: Time) -> Option<&Value> {
        let same = |e: &&Earlier| e.kind == kind && e.namespace == namespace && e.name == name && at < e.until;
        self.earlier.iter().find(same).map(|earlier| &earlier.object)
    }

    /// Data go with the Pod, the container or the volume they were written on. ConfigMaps and Secrets that change are
    /// kept as they were, for the containers that have them in their environment.
    pub fn observe(&mut self, event: &WatchEvent, store: &Store, now: Time) {
        match event.kind() {
            Kind::ConfigMap | Kind::Secret => self.keep(event, now),
            Kind::Pod => {
                if let Some(old) = &event.old {
                    self.past.extend(past::forgotten(old, event.new.as_ref(), store, now));
                }
                if event.new.is_none() && !(self.written.is_empty() && self.past.is_empty()) {
                    self.lose_pod(event.object());
                }
            }
            Kind::PersistentVolume if event.new.is_none() => self.lose_volume(event.object(), now),
            _ => {}
        }
    }

    fn lose_pod(&mut self, object: &Object) {
        let prefix = format!("pod/{}/", object.meta.uid);
        self.written.retain(|id, _| !id.0.starts_with(&prefix));
        self.wrote.retain(|wrote| !wrote.disk.0.starts_with(&prefix));
        if object.pod().is_some_and(|pod| !past::is_outlived(pod)) {
            self.past.retain(|run| run.pod.meta.uid != object.meta.uid);
        }
    }

    /// A volume that was given back and deleted takes its data along; one that lost its object alone does not.
    fn lose_volume(&mut self, object: &Arc<Object>, now: Time) {
        let Some(volume) = object.volume() else { return };
        if volume.phase == VolumePhase::Bound {
            self.orphans.push(Orphan { volume: Arc::clone(object), gone: now });
            return;
        }
        if &*volume.spec.reclaim_policy != "Delete" || self.written.is_empty() && self.past.is_empty() {
            return;
        }
        let lost = DiskId::volume(object, volume, "");
        self.written.remove(&lost);
        self.wrote.retain(|wrote| wrote.disk != lost);
        for run in &mut self.past {
            run.claims.retain(|_, disk| *disk != lost);
        }
        self.past
            .retain(|run| !run.claims.is_empty() || run.pod.pod().is_some_and(|pod| pod.claims().next().is_none()));
    }

    fn keep(&mut self, event: &WatchEvent, now: Time) {
        let Some(old) = &event.old else { return };
        if event.new.as_ref().is_some_and(|new| old.plain() == new.plain()) {
            return;
        }
        let text = |text: &Text| text.to_string();
        let (namespace, name) = (text(&old.meta.namespace), text(&old.meta.name));
        self.earlier.push(Earlier { kind: old.kind(), namespace, name, until: now, object: old.to_json() });
    }
}
