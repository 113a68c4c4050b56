//! How many volumes of a driver a node can have (rule V46): the claims that the Pods of each node use, by driver. In a
//! cluster whose drivers have no limits nothing is counted.
//!
//! Upstream: `plugins/nodevolumelimits/csi.go`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cluster::ClusterConfig;
use crate::cluster::volume::driver::driver_of;
use crate::cluster::volume::names::class_of;
use crate::resource::meta::Text;
use crate::resource::model::Pod;
use crate::resource::{Kind, Object};
use crate::store::Store;

/// A claim's namespace and name.
type ClaimKey = (Text, Text);

/// The limits, and what counts towards them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// How many volumes of a driver a node can have.
    most: BTreeMap<Text, usize>,
    /// The claims in use on each node: whose volumes they are, and how many Pods use them.
    used: BTreeMap<Text, BTreeMap<ClaimKey, (Text, usize)>>,
}

impl Limits {
    /// The limits of a cluster's drivers.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> Limits {
        let drivers = config.profile.iter().flat_map(|profile| &profile.drivers);
        let limit = |driver: &crate::cluster::profile::Driver| driver.attach.and_then(|attach| attach.limit);
        let most = drivers.filter_map(|d| Some((Text::from(d.name.as_str()), limit(d)? as usize))).collect();
        Limits { most, used: BTreeMap::new() }
    }

    /// Whether no driver has a limit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.most.is_empty()
    }

    /// Counts a Pod on a node (`sign` 1), or no longer (`sign` -1).
    pub fn charge(&mut self, namespace: &Text, pod: &Pod, node: &Text, sign: i64, store: &Store) {
        if self.most.is_empty() {
            return;
        }
        let here = self.used.entry(node.clone()).or_default();
        for volume in pod.claims() {
            let key = (namespace.clone(), volume.claim.clone());
            if sign > 0 {
                if let Some(driver) = driver_behind(&key, store).filter(|driver| self.most.contains_key(driver)) {
                    here.entry(key).or_insert((driver, 0)).1 += 1;
                }
            } else if let Some((_, count)) = here.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    here.remove(&key);
                }
            }
        }
    }

    /// The nodes that have no room for the volumes of a Pod.
    #[must_use]
    pub fn full_for(&self, namespace: &Text, pod: &Pod, store: &Store) -> Vec<Text> {
        let wanted = pod.claims().filter_map(|volume| {
            let key = (namespace.clone(), volume.claim.clone());
            let driver = driver_behind(&key, store).filter(|driver| self.most.contains_key(driver))?;
            Some((key, driver))
        });
        let wanted: BTreeMap<ClaimKey, Text> = wanted.collect();
        let full = |here: &BTreeMap<ClaimKey, (Text, usize)>| {
            wanted.values().any(|driver| {
                let new = wanted.iter().filter(|(key, d)| *d == driver && !here.contains_key(*key)).count();
                let there = here.values().filter(|(d, _)| d == driver).count();
                new > 0 && self.most.get(driver).is_some_and(|most| there + new > *most)
            })
        };
        if wanted.is_empty() {
            return Vec::new();
        }
        self.used.iter().filter(|(_, here)| full(here)).map(|(node, _)| node.clone()).collect()
    }
}

/// The driver whose volume a claim has, or will have.
fn driver_behind(claim: &ClaimKey, store: &Store) -> Option<Text> {
    let object: &Object = store.get(Kind::PersistentVolumeClaim, &claim.0, &claim.1)?;
    if let Some(volume) = object.claim()?.volume.as_deref() {
        return driver_of(store.get(Kind::PersistentVolume, "", volume)?.volume()?).map(Text::from);
    }
    let class = store.get(Kind::StorageClass, "", &class_of(object))?;
    class.plain()?.get("provisioner").and_then(Value::as_str).map(Text::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::testing::World;
    use crate::resource::Kind;

    /// AKS nodes take eight managed disks each.
    #[test]
    fn v46_a_node_takes_so_many_volumes_of_a_driver_and_no_more() {
        let mut world = World::of_profile("azure", 1);
        let spec = |claim: &str| json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": claim}}]});
        for index in 0..9 {
            world.claim(&format!("d{index}"), json!({}));
            world.pod(&format!("p{index}"), &json!({}), spec(&format!("d{index}")));
        }
        world.run(60);
        let nodeless = |world: &World, name: &str| world.get(Kind::Pod, name)["spec"].get("nodeName").is_none();
        assert_eq!((0..9).filter(|index| nodeless(&world, &format!("p{index}"))).count(), 1);
        assert_eq!(
            world.said("Pod/p8"),
            [
                "FailedScheduling 0/1 nodes are available: 1 node(s) exceed max volume count. no new claims to deallocate, \
              preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
            ]
        );
        // A volume that is there already, and one of another driver, count no further.
        world.pod("again", &json!({}), spec("d0"));
        world.claim("files", json!({"storageClassName": "azurefile-csi", "accessModes": ["ReadWriteMany"]}));
        world.pod("other", &json!({}), spec("files"));
        world.run(20);
        assert!(!nodeless(&world, "again") && !nodeless(&world, "other"));
        world.delete(Kind::Pod, "p3");
        world.run(60);
        assert!(!nodeless(&world, "p8"));
    }
}
