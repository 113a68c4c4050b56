//! Which volumes are wanted on which node, and by which Pods (upstream's desired state of the world).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::PodKey;
use crate::cluster::volume::driver::{Drivers, volume_of};
use crate::resource::Object;
use crate::resource::meta::Text;
use crate::store::{Store, WatchEvent};

/// The Pods that want each volume, by volume and node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Wanted(BTreeMap<Text, BTreeMap<Text, BTreeSet<PodKey>>>);

/// The node on which a Pod wants its volumes: until it has ended or is gone, however long it takes to go.
fn node_of(object: &Object) -> Option<&Text> {
    let pod = object.pod()?;
    pod.node.as_ref().filter(|_| !pod.status.phase.is_terminal())
}

impl Wanted {
    /// Takes note of a write to a Pod; the answer is the volumes for which it changes something.
    pub(super) fn observe(&mut self, event: &WatchEvent, drivers: &Drivers, store: &Store) -> Vec<Text> {
        let (old, new) = (event.old.as_deref().and_then(node_of), event.new.as_deref().and_then(node_of));
        let (Some(node), true) = (new.or(old), old != new) else { return Vec::new() };
        let object = event.object();
        let key = (object.meta.namespace.clone(), object.meta.name.clone());
        if new.is_none() {
            return self.remove(&key, node);
        }
        let Some(pod) = object.pod() else { return Vec::new() };
        let volumes = pod.claims().filter_map(|volume| volume_of(store, &key.0, &volume.claim));
        let volumes: Vec<Text> = volumes
            .filter(|object| object.volume().is_some_and(|volume| drivers.attaches(volume).is_some()))
            .map(|object| object.meta.name.clone())
            .collect();
        for volume in &volumes {
            let nodes = self.0.entry(volume.clone()).or_default();
            nodes.entry(node.clone()).or_default().insert(key.clone());
        }
        volumes
    }

    fn remove(&mut self, pod: &PodKey, node: &Text) -> Vec<Text> {
        let mut changed = Vec::new();
        self.0.retain(|volume, nodes| {
            if let Some(pods) = nodes.get_mut(node) {
                if pods.remove(pod) {
                    changed.push(volume.clone());
                }
                if pods.is_empty() {
                    nodes.remove(node);
                }
            }
            !nodes.is_empty()
        });
        changed
    }

    /// The nodes where a volume is wanted.
    pub(super) fn nodes(&self, volume: &Text) -> Vec<Text> {
        self.0.get(volume).into_iter().flatten().map(|(node, _)| node.clone()).collect()
    }

    /// Whether a volume is wanted on a node.
    pub(super) fn on(&self, volume: &Text, node: &Text) -> bool {
        self.0.get(volume).is_some_and(|nodes| nodes.contains_key(node))
    }

    /// The Pods that want a volume on a node.
    pub(super) fn pods(&self, volume: &Text, node: &Text) -> Vec<PodKey> {
        let pods = self.0.get(volume).and_then(|nodes| nodes.get(node));
        pods.into_iter().flatten().cloned().collect()
    }

    /// The Pods that want a volume on other nodes.
    pub(super) fn pods_elsewhere(&self, volume: &Text, node: &Text) -> Vec<PodKey> {
        let others = self.0.get(volume).into_iter().flatten().filter(|(other, _)| *other != node);
        others.flat_map(|(_, pods)| pods).cloned().collect()
    }
}
