//! The storage drivers of a cluster: which there are, whether they run, and how they speak. What they do to claims and
//! volumes is in `external` and `expansion`, what they do to nodes in [`super::attach_detach`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cluster::ClusterConfig;
use crate::cluster::context::Context;
use crate::cluster::faults::Faults;
use crate::cluster::profile::Driver;
use crate::cluster::recorder::Occurrence;
use crate::resource::meta::Text;
use crate::resource::model::{EventSource, ObjectReference, PersistentVolume};
use crate::resource::{Kind, Object};
use crate::store::{Actor, Store};

/// The drivers, by name. The default cluster has none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Drivers(BTreeMap<Text, Driver>);

impl Drivers {
    /// The drivers of a cluster.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> Drivers {
        let drivers = config.profile.iter().flat_map(|profile| &profile.drivers);
        Drivers(drivers.map(|driver| (Text::from(driver.name.as_str()), driver.clone())).collect())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Driver> {
        self.0.values()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }

    /// The driver of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Driver> {
        self.0.get(name)
    }

    /// The driver of a name, if it runs.
    #[must_use]
    pub fn running(&self, name: &str, faults: &Faults) -> Option<&Driver> {
        self.get(name).filter(|driver| faults.drivers.get(name).copied().unwrap_or(driver.runs))
    }

    /// Those that attach volumes to nodes.
    pub fn attaching(&self) -> impl Iterator<Item = (&Text, &Driver)> {
        self.0.iter().filter(|(_, driver)| driver.attach.is_some())
    }

    /// The driver of a volume that must be attached to a node.
    #[must_use]
    pub fn attaches(&self, volume: &PersistentVolume) -> Option<&Driver> {
        self.get(driver_of(volume)?).filter(|driver| driver.attach.is_some())
    }
}

/// The name of the driver that a volume names, if it names one.
#[must_use]
pub fn driver_of(volume: &PersistentVolume) -> Option<&str> {
    volume.spec.json.get("csi").and_then(|csi| csi["driver"].as_str())
}

/// A volume's name that is its own in the whole cluster, as nodes list it (`node.status.volumesAttached`).
#[must_use]
pub fn unique_name(volume: &PersistentVolume) -> Option<Text> {
    let csi = volume.spec.json.get("csi")?;
    let (driver, handle) = (csi["driver"].as_str()?, csi["volumeHandle"].as_str()?);
    Some(format!("kubernetes.io/csi/{driver}^{handle}").into())
}

/// The volume that a claim is bound to.
#[must_use]
pub fn volume_of<'a>(store: &'a Store, namespace: &str, claim: &str) -> Option<&'a std::sync::Arc<Object>> {
    let claim = store.get(Kind::PersistentVolumeClaim, namespace, claim)?.claim()?;
    store.get(Kind::PersistentVolume, "", claim.volume.as_deref()?)
}

/// What a driver's controller says about a claim.
pub(super) fn say(
    driver: &str,
    claim: &Object,
    warning: bool,
    reason: &str,
    message: impl Into<Text>,
    context: &mut Context,
) {
    let source = EventSource::Core { component: format!("{driver}_csi-controller-0").into(), host: None };
    let about = ObjectReference::new(claim.kind(), &claim.meta);
    let occurrence = Occurrence { about, warning, reason: reason.into(), message: message.into(), source };
    context.occurrence(Actor::StorageDriver, occurrence);
}
