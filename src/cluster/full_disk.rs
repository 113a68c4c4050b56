//! Full disks, a fault: the containers of Pods that use such a claim cannot write and exit (rule V53). To Kubernetes that
//! is nothing: no condition and no Event says it. It ends with the fault, or when the claim grows.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::faults::{is_about, parts};
use super::volume::index::size;
use crate::resource::meta::Id;
use crate::resource::{Kind, Meta, Object, Time};
use crate::store::{Store, WatchEvent};

/// The claims whose volumes are full, by [`place`](super::faults::place).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullDisks(BTreeMap<String, FullDisk>);

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct FullDisk {
    /// How large it was when it was found full.
    size: i64,
    /// The Pods that use it, by namespace and name.
    pods: BTreeSet<(String, String)>,
    /// Since when.
    #[serde(default)]
    since: Time,
}

impl FullDisks {
    /// Whether none is full.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places of the claims.
    pub fn claims(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Whether a claim's volume is full at a moment.
    #[must_use]
    pub fn has(&self, claim: &Meta, at: Time) -> bool {
        self.0.iter().any(|(place, disk)| is_about(place, claim) && disk.since <= at)
    }

    /// The claim whose full volume a Pod uses.
    #[must_use]
    pub fn of_pod(&self, pod: &Meta) -> Option<&String> {
        if self.0.is_empty() {
            return None;
        }
        let key = key(pod);
        self.0.iter().find(|(_, disk)| disk.pods.contains(&key)).map(|(claim, _)| claim)
    }

    /// Fills a claim's volume, or empties it.
    pub(super) fn set(&mut self, claim: &str, full: bool, store: &Store, now: Time) {
        if !full {
            self.0.remove(claim);
            return;
        }
        let found = store.all(Kind::PersistentVolumeClaim).find(|object| is_about(claim, &object.meta));
        let pods = store.all(Kind::Pod).filter(|pod| uses(pod, claim)).map(|pod| key(&pod.meta));
        let (size, pods) = (found.map_or(0, |o| capacity(o)), pods.collect());
        self.0.insert(claim.to_string(), FullDisk { size, pods, since: now });
    }

    /// Takes note of Pods that come, and of claims that grow; the answer is the Pods that can write again.
    pub(super) fn observe(&mut self, event: &WatchEvent, store: &Store) -> Vec<Id> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let object = event.object();
        match event.kind() {
            Kind::Pod if event.old.is_none() => {
                for (_, disk) in self.0.iter_mut().filter(|(claim, _)| uses(object, claim)) {
                    disk.pods.insert(key(&object.meta));
                }
                Vec::new()
            }
            Kind::PersistentVolumeClaim => {
                let grown =
                    |place: &str, disk: &FullDisk| is_about(place, &object.meta) && capacity(object) > disk.size;
                let mut pods = BTreeSet::new();
                self.0.retain(|place, disk| {
                    let grown = grown(place, disk);
                    if grown {
                        pods.append(&mut disk.pods);
                    }
                    !grown
                });
                store.all(Kind::Pod).filter(|pod| pods.contains(&key(&pod.meta))).map(|pod| pod.meta.id()).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn key(pod: &Meta) -> (String, String) {
    (pod.namespace.to_string(), pod.name.to_string())
}

fn uses(object: &Object, claim: &str) -> bool {
    let (namespace, name) = parts(claim);
    let here = namespace.is_none_or(|namespace| *object.meta.namespace == *namespace);
    here && object.pod().is_some_and(|pod| pod.claims().any(|volume| *volume.claim == *name))
}

fn capacity(claim: &Object) -> i64 {
    claim.claim().and_then(|claim| claim.status.capacity.as_deref()).map_or(0, size)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::Fault;
    use crate::cluster::testing::World;
    use crate::resource::Kind;

    fn world() -> World {
        let mut world = World::new();
        world.claim("data", json!({"storageClassName": "expandable"}));
        pod(&mut world, "a");
        world.settle();
        world.fault(&Fault::Disk { claim: "data".into(), full: true });
        world.settle();
        world
    }

    fn pod(world: &mut World, name: &str) {
        let volume = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}});
        world.pod(name, &json!({}), json!({"volumes": [volume]}));
    }

    fn crashes(world: &World, pod: &str) -> bool {
        let status = world.get(Kind::Pod, pod)["status"]["containerStatuses"][0].clone();
        status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    }

    #[test]
    fn v53_pods_on_a_full_disk_crash_and_kubernetes_knows_nothing_of_it() {
        let mut world = world();
        assert!(crashes(&world, "a"));
        assert!(world.said("PersistentVolumeClaim/data").iter().all(|said| !said.contains("space")));
        pod(&mut world, "b");
        world.settle();
        assert!(crashes(&world, "b"));
        world.fault(&Fault::Disk { claim: "data".into(), full: false });
        world.settle();
        assert!(!crashes(&world, "a") && !crashes(&world, "b"));
    }

    #[test]
    fn v53_a_disk_that_grows_is_full_no_more() {
        let mut world = world();
        let size = json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}});
        world.patch(Kind::PersistentVolumeClaim, "data", size);
        world.settle();
        assert!(!crashes(&world, "a"));
    }
}
