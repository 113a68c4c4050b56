//! The kubelets' part in volumes that must be attached: a Pod's containers start once all its volumes are attached and
//! mounted, a node says which volumes it uses, and a volume is let go when its Pod is gone (rules V40, V54). In a cluster
//! whose drivers attach nothing it holds nobody.
//!
//! Upstream: `pkg/kubelet/volumemanager`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::node_plugins;
use crate::cluster::ClusterConfig;
use crate::cluster::context::Context;
use crate::cluster::faults::Fault;
use crate::cluster::queue::{Item, Worker};
use crate::cluster::recorder::Occurrence;
use crate::cluster::volume::attach_detach::write_list;
use crate::cluster::volume::driver::{Drivers, unique_name, volume_of};
use crate::resource::meta::{Text, Uid};
use crate::resource::model::{ContainerState, EventSource, ObjectReference, Pod};
use crate::resource::{Kind, Object};
use crate::store::{Actor, WatchEvent};

/// How long a kubelet takes to mount what is attached.
const MOUNTING: Duration = Duration::from_millis(300);
/// How long it takes to stop the containers of a Pod that is gone, and to unmount what it had.
const UNMOUNTING: Duration = Duration::from_secs(2);
/// How long it waits for a Pod's volumes before it says so, and begins to wait again.
const PATIENCE: Duration = Duration::from_secs(123);

/// A Pod's volumes on its node.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mounting {
    node: Text,
    /// The volumes by their names in the Pod, with their unique names.
    volumes: Vec<(Text, Text)>,
    mounted: bool,
    /// Whether the Pod is gone, and its volumes have yet to be let go.
    left: bool,
}

/// The volume managers of all nodes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct VolumeManager {
    drivers: Drivers,
    /// The Pods on nodes that use volumes that must be attached.
    pods: BTreeMap<Uid, Mounting>,
}

impl VolumeManager {
    /// Those of a cluster.
    #[must_use]
    pub fn new(config: &ClusterConfig) -> VolumeManager {
        VolumeManager { drivers: Drivers::new(config), pods: BTreeMap::new() }
    }

    /// Notices Pods that come to nodes and go, and volumes that are attached.
    pub fn observe(&mut self, event: &WatchEvent, context: &mut Context<'_>) {
        if self.drivers.is_empty() {
            return;
        }
        match (event.kind(), event.new.as_deref()) {
            (Kind::Pod, Some(pod)) => self.take(pod, context),
            (Kind::Pod, None) => self.leave(event.object(), context),
            (Kind::Node, Some(node)) if event.old.is_none() => node_plugins::register(node, &self.drivers, context),
            (Kind::Node, Some(node)) => self.attached(node, context),
            _ => {}
        }
    }

    /// Notices nodes whose kubelet runs again: it lets go what was left behind.
    pub fn fault(&mut self, fault: &Fault, context: &mut Context<'_>) {
        if matches!(fault, Fault::Node { up: true, .. } | Fault::Clear) {
            for (uid, _) in self.pods.iter().filter(|(_, mounting)| mounting.left) {
                context.enqueue(Worker::VolumeManager, Item::Uid(*uid), UNMOUNTING);
            }
        }
    }

    /// Whether a Pod's containers must not start yet. Its first status is written all the same.
    #[must_use]
    pub fn holds(&self, item: &Item, context: &Context<'_>) -> bool {
        let Item::Object(id) = item else { return false };
        let waits = self.pods.get(&id.uid).is_some_and(|mounting| !mounting.mounted);
        waits
            && context.api.store.by_id(*id).is_some_and(|object| {
                object.pod().is_some_and(|pod| pod.status.start_time.is_some()) && !object.meta.terminating()
            })
    }

    fn take(&mut self, object: &Object, context: &mut Context<'_>) {
        let Some(pod) = object.pod().filter(|pod| !pod.status.phase.is_terminal()) else { return };
        let (uid, Some(node)) = (object.meta.uid, &pod.node) else { return };
        if self.pods.contains_key(&uid) {
            return;
        }
        let store = &context.api.store;
        let volumes = pod.claims().filter_map(|volume| {
            let bound = volume_of(store, &object.meta.namespace, &volume.claim)?.volume()?;
            self.drivers.attaches(bound)?;
            Some((volume.volume.clone(), unique_name(bound)?))
        });
        let volumes: Vec<(Text, Text)> = volumes.collect();
        if volumes.is_empty() {
            return;
        }
        self.pods.insert(uid, Mounting { node: node.clone(), volumes, mounted: false, left: false });
        context.enqueue(Worker::VolumeManager, Item::Uid(uid), PATIENCE);
        let node = node.clone();
        self.say_in_use(&node, context);
        self.look_for_volumes(uid, context);
    }

    /// A Pod is gone: its volumes are let go, if there is a kubelet to do it.
    fn leave(&mut self, object: &Object, context: &mut Context<'_>) {
        let uid = object.meta.uid;
        let Some(mounting) = self.pods.get_mut(&uid) else { return };
        mounting.left = true;
        let running = object.pod().is_some_and(Self::runs);
        let delay = if running { UNMOUNTING } else { Duration::ZERO };
        context.queue.cancel(&crate::cluster::queue::Task { worker: Worker::VolumeManager, item: Item::Uid(uid) });
        context.enqueue(Worker::VolumeManager, Item::Uid(uid), delay);
    }

    fn runs(pod: &Pod) -> bool {
        pod.status.containers.iter().any(|container| matches!(container.state, ContainerState::Running { .. }))
    }

    /// A Pod has waited long, or is gone and leaves volumes behind.
    pub fn run(&mut self, item: &Item, context: &mut Context<'_>) {
        let Item::Uid(uid) = item else { return };
        let Some(mounting) = self.pods.get(uid) else { return };
        let node = mounting.node.clone();
        if context.faults.nodes_down.contains(&*node) {
            return;
        }
        if mounting.left {
            self.pods.remove(uid);
            self.say_in_use(&node, context);
        } else if !mounting.mounted {
            self.complain(*uid, context);
            context.enqueue(Worker::VolumeManager, Item::Uid(*uid), PATIENCE);
        }
    }

    /// A node has other volumes attached than before.
    fn attached(&mut self, node: &Object, context: &mut Context<'_>) {
        let waiting = self.pods.iter().filter(|(_, mounting)| mounting.node == node.meta.name && !mounting.mounted);
        for uid in waiting.map(|(uid, _)| *uid).collect::<Vec<_>>() {
            self.look_for_volumes(uid, context);
        }
    }

    /// Lets a Pod go on if all its volumes are there.
    fn look_for_volumes(&mut self, uid: Uid, context: &mut Context<'_>) {
        let Some(mounting) = self.pods.get_mut(&uid) else { return };
        let Some(node) = context.api.store.get(Kind::Node, "", &mounting.node) else { return };
        let there = names(node, "volumesAttached");
        if !mounting.left && mounting.volumes.iter().all(|(_, unique)| there.contains(unique)) {
            mounting.mounted = true;
            let Some(id) = context.api.store.by_uid(uid).map(|object| object.meta.id()) else { return };
            context.enqueue(Worker::Kubelet, Item::Object(id), MOUNTING);
        }
    }

    /// Writes on a node which volumes its kubelet uses: before they are attached, and until they are unmounted.
    fn say_in_use(&self, name: &Text, context: &mut Context<'_>) {
        let Some(node) = context.api.store.get(Kind::Node, "", name).cloned() else { return };
        let here = self.pods.values().filter(|mounting| mounting.node == *name);
        let used: BTreeSet<Text> = here.flat_map(|m| m.volumes.iter().map(|(_, unique)| unique.clone())).collect();
        if used != names(&node, "volumesInUse") {
            let list = used.iter().map(|name| Value::from(&**name)).collect();
            write_list(&node, "volumesInUse", list, Actor::Kubelet, context);
        }
    }

    fn complain(&self, uid: Uid, context: &mut Context<'_>) {
        let Some(mounting) = self.pods.get(&uid) else { return };
        let store = &context.api.store;
        let Some(object) = store.by_uid(uid).filter(|object| !object.meta.terminating()).cloned() else { return };
        let there = store.get(Kind::Node, "", &mounting.node).map(|node| names(node, "volumesAttached"));
        let there = there.unwrap_or_default();
        let mut all: Vec<&str> = mounting.volumes.iter().map(|(name, _)| &**name).collect();
        let lacking = mounting.volumes.iter().filter(|(_, unique)| !there.contains(unique));
        let mut lacking: Vec<&str> = lacking.map(|(name, _)| &**name).collect();
        all.sort_unstable();
        lacking.sort_unstable();
        let message = format!(
            "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[{}], failed to process \
             volumes=[]: context deadline exceeded",
            all.join(" "),
            lacking.join(" ")
        );
        let source = EventSource::Core { component: Actor::Kubelet.text(), host: Some(mounting.node.clone()) };
        let about = ObjectReference::new(Kind::Pod, &object.meta);
        let what = Occurrence { about, warning: true, reason: "FailedMount".into(), message: message.into(), source };
        context.occurrence(Actor::Kubelet, what);
    }
}

/// The unique names in a list of a node's status.
fn names(node: &Object, key: &str) -> BTreeSet<Text> {
    let list = node.plain().and_then(|body| body.get("status")).and_then(|status| status[key].as_array());
    let name = |entry: &Value| entry.as_str().or_else(|| entry["name"].as_str()).map(Text::from);
    list.into_iter().flatten().filter_map(name).collect()
}
